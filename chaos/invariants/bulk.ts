import type { Evidence, Looked } from './evidence.ts';

interface BulkLetterRow {
  bulk_id: string;
  letter_id: string;
  ended: boolean;
  outcome: string | null;
  refusal: string | null;
  applied: number;
  by_others: number;
}

/** A bulk decision is the sum of its letters, each decided by a decision of its own. */
export const bulkIsItsLetters = async ({ stage }: Evidence): Promise<Looked> => {
  const rows = await stage.sql<BulkLetterRow[]>`
    select b.bulk_id, b.letter_id, k.ended_at is not null as ended, b.outcome, b.refusal,
      (select count(*)::int from decisions d
       where d.id = b.decision_id and d.letter_id = b.letter_id and d.kind = k.kind
         and d.staff_id = k.staff_id and d.outcome = 'applied') as applied,
      (select count(*)::int from decisions d
       where d.letter_id = b.letter_id and d.id <> b.decision_id and d.kind = k.kind
         and d.staff_id = k.staff_id and d.round = b.round and d.outcome = 'applied') as by_others
    from bulk_decision_letters b join bulk_decisions k on k.id = b.bulk_id`;
  const breaks: string[] = [];
  for (const { bulk_id: bulk, letter_id: id, ended, outcome, refusal, ...counts } of rows) {
    if (!ended || outcome === null) breaks.push(`bulk decision ${bulk} has not come to its end`);
    if (refusal === 'unknown') breaks.push(`letter ${id} of a bulk was passed over`);
    if (counts.applied !== (outcome === 'decided' ? 1 : 0))
      breaks.push(`letter ${id} of a bulk is «${outcome}», with ${counts.applied} decisions of it`);
    if (counts.by_others > 0) breaks.push(`letter ${id} of a bulk was decided beside it`);
  }
  const bulks = new Set(rows.map((row) => row.bulk_id));
  return { breaks, looked: `${rows.length} letters in ${bulks.size} bulk decisions` };
};
