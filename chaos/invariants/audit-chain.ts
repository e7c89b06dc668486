import { createHash } from 'node:crypto';
import type { Stage } from '../stage.ts';
import type { Looked } from './evidence.ts';

/** Computed again from the rows, each letter's entries being a chain of their own. */
export const auditChain = async ({ sql }: Stage): Promise<Looked> => {
  const rows = await sql<
    {
      letter_id: string | null;
      letter_seq: number;
      hash: string;
      prev_hash: string;
      said: unknown[];
      details: string;
    }[]
  >`
    select letter_id, letter_seq, hash, prev_hash, details::text as details,
      jsonb_build_array(prev_hash, letter_id, letter_seq,
        to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        actor_kind, actor, action, from_hash, dedup_key) as said
    from audit_entries order by letter_id, letter_seq`;
  const breaks: string[] = [];
  let before: (typeof rows)[number] | undefined;
  for (const row of rows) {
    const first = before?.letter_id !== row.letter_id;
    const follows = first ? '0'.repeat(64) : before?.hash;
    const parts = [...row.said, sha256(row.details)].map((part) => JSON.stringify(part));
    if (
      row.prev_hash !== follows ||
      row.letter_seq !== (first ? 1 : (before?.letter_seq ?? 0) + 1) ||
      row.hash !== sha256(`[${parts.join(', ')}]`)
    )
      breaks.push(`audit entry ${row.letter_seq} of ${row.letter_id} breaks its chain`);
    before = row;
  }
  return { breaks, looked: `${rows.length} audit entries chained` };
};

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
