import { linesOf } from '../ledger.ts';
import { openSealedRecord } from '../sealed-record.ts';
import type { Evidence, Looked } from './evidence.ts';

interface TracesRow {
  id: string;
  audit_entries: number;
  messages: number;
  outbox_rows: number;
  versions: number;
}

/** Accepted is on the record once, with the words that were sent; what is on the record was accepted. */
export const objectionsHeard = async (evidence: Evidence): Promise<Looked> => {
  const { stage, lines, letters } = evidence;
  const record = await openSealedRecord(stage);
  const accepted = linesOf(lines, 'objected').filter(({ told }) => told === 'accepted');
  const traces = await stage.sql<TracesRow[]>`
    select l.id,
      (select count(*)::int from audit_entries e
       where e.letter_id = l.id and e.action = 'objected') as audit_entries,
      (select count(*)::int from messages m
       where m.letter_id = l.id and m.kind = 'reopened') as messages,
      (select count(*)::int from outbox o
       where o.letter_id = l.id and o.kind = 'objection') as outbox_rows,
      (select count(*)::int from letter_versions v
       join decisions d on d.letter_id = v.letter_id and d.round = v.round
       where v.letter_id = l.id and d.kind = 'reject' and d.outcome = 'applied') as versions
    from letters l`;
  const breaks: string[] = [];
  for (const { id, ...counts } of traces) {
    const stored = letters.get(id)?.objection ?? null;
    const text = stored === null ? null : record.text(id, stored, 'letters.objection');
    const texts = accepted.filter(({ letterId }) => letterId === id).map((line) => line.text);
    breaks.push(...textBroken(id, text, texts));
    for (const [trace, count] of Object.entries(counts))
      if (count !== (text === null ? 0 : 1))
        breaks.push(`letter ${id} has ${count} ${trace.replace('_', ' ')} of an objection`);
  }
  const decided = await decidedByOthers(evidence);
  breaks.push(...decided.breaks);
  return { breaks, looked: `${accepted.length} objections; ${decided.looked}` };
};

const textBroken = (id: string, text: string | null, accepted: string[]): string[] => {
  if (accepted.length > 1) return [`letter ${id}: ${accepted.length} objections were accepted`];
  const [wanted = null] = accepted;
  if (text === wanted) return [];
  return [
    wanted === null
      ? `letter ${id} holds an objection that was not accepted`
      : `letter ${id} was objected to, and the record ${text === null ? 'holds nothing of it' : 'holds other words'}`,
  ];
};

/** No reviewer decided an objection to their own rejection, and no answer claimed that one had. */
const decidedByOthers = async ({ stage, lines, letters }: Evidence): Promise<Looked> => {
  const decisions = await stage.sql<
    { letter_id: string; kind: string; round: number; person: string }[]
  >`
    select d.letter_id, d.kind, d.round, coalesce(s.username, lower(d.decided_by)) as person
    from decisions d left join staff s on s.id = d.staff_id
      or (d.staff_id is null and lower(d.decided_by) in (s.username, lower(s.name)))
    where d.outcome = 'applied' and d.kind <> 'withdraw'`;
  const breaks: string[] = [];
  const isOwn = (letterId: string, round: number, person: string): boolean =>
    decisions.some(
      (row) =>
        row.letter_id === letterId &&
        row.kind === 'reject' &&
        row.round < round &&
        row.person === person,
    );
  for (const { letter_id: id, kind, round, person } of decisions)
    if (isOwn(id, round, person))
      breaks.push(`${person} decided (${kind}) the objection against their own rejection of ${id}`);
  const refused = linesOf(lines, 'decision').filter(({ told }) => told === 'refused');
  for (const { letterId, round, by } of refused)
    if (!isOwn(letterId, round, by) || letters.get(letterId)?.objection === null)
      breaks.push(`${by} was kept from deciding ${letterId}, and has not rejected it`);
  return { breaks, looked: `${refused.length} of their own rejecters kept from them` };
};
