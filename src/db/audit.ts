import { createHash } from 'node:crypto';
import type { Handle, Tx } from './client.ts';

export type Actor =
  | { kind: 'applicant' | 'staff' | 'operator'; id: string }
  | { kind: 'engine'; id: 'workflow' };

/**
 * Written with the change it tells of. The same `dedupKey` again writes nothing. The database puts
 * the entry in its chain and locks the letter's row for that until the transaction ends: a change
 * that also locks the letter does so before.
 */
export const addAuditEntry = async (
  db: Handle,
  entry: {
    letterId?: string;
    actor: Actor;
    action: string;
    details?: Record<string, string | number | boolean | null>;
    dedupKey?: string;
    /** Where the request came from: a keyed hash of the address, never the address. */
    from?: string;
  },
): Promise<void> => {
  const dedupKey = entry.dedupKey ?? null;
  // Looked for first: a repeated entry then waits for no lock.
  await db`
    insert into audit_entries
      (letter_id, actor_kind, actor, action, details, dedup_key, from_hash)
    select ${entry.letterId ?? null}::uuid, ${entry.actor.kind}, ${entry.actor.id},
      ${entry.action}, ${db.json(entry.details ?? {})}::jsonb, ${dedupKey}::text,
      ${entry.from ?? null}
    where not exists (select 1 from audit_entries where dedup_key = ${dedupKey}::text)
    on conflict (dedup_key) do nothing`;
};

/** An entry as its hash sees it: `at` and `details` are the exact texts. */
export interface ChainedAuditEntry {
  id: number;
  letterId: string | null;
  letterSeq: number;
  /** ISO 8601, UTC, microseconds. */
  at: string;
  actorKind: string;
  actor: string;
  action: string;
  fromHash: string | null;
  dedupKey: string | null;
  details: string;
  prevHash: string;
  hash: string;
}

/** The text that an entry's hash is over; `audit_canonical` of migration 0002 writes the same. */
export const auditCanonical = (entry: ChainedAuditEntry): string =>
  `[${[
    entry.prevHash,
    entry.letterId,
    entry.letterSeq,
    entry.at,
    entry.actorKind,
    entry.actor,
    entry.action,
    entry.fromHash,
    entry.dedupKey,
    createHash('sha256').update(entry.details).digest('hex'),
  ]
    .map((part) => JSON.stringify(part))
    .join(', ')}]`;

export const hashAuditEntry = (entry: ChainedAuditEntry): string =>
  createHash('sha256').update(auditCanonical(entry)).digest('hex');

const chained = (db: Handle) => db`
  select id::float8 as id, letter_id, letter_seq,
    to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
    actor_kind, actor, action, from_hash, dedup_key, details::text as details, prev_hash, hash
  from audit_entries`;

/** Every chain, one after the other, each in its order, some entries at a time. */
export const walkAuditChains = (tx: Tx): AsyncIterable<ChainedAuditEntry[]> =>
  tx<ChainedAuditEntry[]>`${chained(tx)} order by letter_id nulls first, letter_seq`.cursor(2_000);

export const listLetterAudit = (db: Handle, letterId: string): Promise<ChainedAuditEntry[]> =>
  db<ChainedAuditEntry[]>`${chained(db)} where letter_id = ${letterId} order by letter_seq`;

/** Letters whose decision, or whose arrival, the audit trail does not tell of. */
export const listUntoldLetters = (
  db: Handle,
  limit: number,
): Promise<{ id: string; action: string }[]> =>
  db`
    select l.id, told.action from letters l
      cross join lateral (
        values ('submitted'), (case when l.status in ('approved', 'rejected') then l.status end)
      ) as told (action)
    where told.action is not null and not exists (
      select 1 from audit_entries a where a.letter_id = l.id and a.action = told.action)
    order by l.submitted_at limit ${limit}`;
