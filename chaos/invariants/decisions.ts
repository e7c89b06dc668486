import { type LedgerLine, linesOf } from '../ledger.ts';
import { auditChain } from './audit-chain.ts';
import { deskVerifies } from './commands.ts';
import type { Evidence, LetterRow, Looked } from './evidence.ts';
import { readGateway } from './messages.ts';

interface DecisionRow {
  letter_id: string;
  kind: string;
  round: number;
  decided_by: string;
  username: string | null;
}

const ENDS = ['approved', 'rejected', 'withdrawn'];

export const decidedOnce = async ({ stage, lines, letters }: Evidence): Promise<Looked> => {
  const breaks: string[] = [];
  const decisions = await stage.sql<DecisionRow[]>`
    select d.letter_id, d.kind, d.round, d.decided_by, s.username
    from decisions d left join staff s on s.id = d.staff_id where d.outcome = 'applied'`;
  const events = await stage.sql<{ letter_id: string; action: string }[]>`
    select letter_id, action from audit_entries
    where action in ('approved', 'rejected', 'withdrawn', 'returned', 'resubmitted')`;
  for (const letter of letters.values()) {
    const { id, status } = letter;
    const wanted = [
      ...(letter.objection === null ? [] : ['rejected']),
      ...(ENDS.includes(status) ? [status] : []),
    ].toSorted();
    const applied = decisions.filter((row) => row.letter_id === id && row.kind !== 'return');
    const noted = events
      .filter((row) => row.letter_id === id && ENDS.includes(row.action))
      .map(({ action }) => action);
    if (applied.length !== wanted.length)
      breaks.push(`letter ${id} is ${status} and has ${applied.length} decisions`);
    if (noted.toSorted().join() !== wanted.join())
      breaks.push(`letter ${id} is ${status}, and its audit entries say ${noted.join()}`);
    for (let round = 1; round <= letter.round; round += 1)
      breaks.push(
        ...deciderBroken(
          { id, round },
          stillDecided(lines, id, round),
          applied.find((row) => row.round === round),
        ),
      );
  }
  for (const letter of letters.values())
    breaks.push(
      ...roundsBroken(letter, {
        returned: decisions.filter((row) => row.letter_id === letter.id && row.kind === 'return'),
        told: linesOf(lines, 'decision').filter(
          (line) =>
            line.letterId === letter.id &&
            line.kind === 'return' &&
            (line.told === 'accepted' || line.told === 'undoable'),
        ).length,
        objected: decisions.filter(
          (row) => row.letter_id === letter.id && row.kind === 'reject' && row.round < letter.round,
        ),
        noted: events.filter((row) => row.letter_id === letter.id).map(({ action }) => action),
      }),
    );
  const chain = await auditChain(stage);
  breaks.push(...chain.breaks);
  const verified = await deskVerifies(stage, 'verify-audit');
  if (verified.problem) breaks.push(verified.problem);
  return { breaks, looked: `${decisions.length} decisions; ${chain.looked}; ${verified.said}` };
};

/** Who decided the letter in this round is who was told so, and nobody else. */
const deciderBroken = (
  { id, round }: { id: string; round: number },
  accepted: { by: string; kind: string }[],
  deciding: DecisionRow | undefined,
): string[] => {
  const breaks: string[] = [];
  if (accepted.length > 1)
    breaks.push(
      `${accepted.map(({ by }) => by).join(' and ')} were both told to have decided ${id}`,
    );
  const [told] = accepted;
  const isOther =
    told?.kind === 'withdraw' || deciding?.kind === 'withdraw'
      ? told?.kind !== deciding?.kind
      : (deciding?.username ?? deciding?.decided_by) !== told?.by;
  if (told && deciding && isOther)
    breaks.push(
      `${told.by} was told to have decided ${id}, the record says ${deciding.decided_by}`,
    );
  if (told && !deciding)
    breaks.push(
      `${told.by} was told to have decided ${id}, which has no decision in round ${round}`,
    );
  return breaks;
};

/** Who was told to have decided the letter in this round, without what was taken back since. */
const stillDecided = (
  lines: LedgerLine[],
  letterId: string,
  round: number,
): Extract<LedgerLine, { type: 'decision' }>[] => {
  const undone = new Map<string, number>();
  for (const { by, told, ...undo } of linesOf(lines, 'undo'))
    if (undo.letterId === letterId && undo.round === round && told === 'undone')
      undone.set(by, (undone.get(by) ?? 0) + 1);
  const said = linesOf(lines, 'decision').filter(
    (line) => line.letterId === letterId && line.round === round && line.kind !== 'return',
  );
  const isWithdrawn = said.some(({ kind, told }) => kind === 'withdraw' && told === 'accepted');
  return said.filter(({ told, by }) => {
    if (told !== 'undoable') return told === 'accepted';
    const left = undone.get(by) ?? 0;
    undone.set(by, left - 1);
    return left <= 0 && !isWithdrawn;
  });
};

/** Taken back as its maker was told, and then neither number nor SMS nor an entry of an outcome. */
export const undoneHasNoEffect = async (evidence: Evidence): Promise<Looked> => {
  const { stage, lines } = evidence;
  const rows = await stage.sql<
    { id: string; letter_id: string; applied: number; effects: number; noted: number }[]
  >`
    select d.id, d.letter_id,
      (select count(*)::int from decisions a
       where a.letter_id = d.letter_id and a.outcome = 'applied') as applied,
      (select count(*)::int from register_entries r where r.letter_id = d.letter_id)
        + (select count(*)::int from messages m where m.letter_id = d.letter_id)
        + (select count(*)::int from audit_entries e where e.letter_id = d.letter_id
           and e.action in ('approved', 'rejected', 'returned', 'withdrawn')) as effects,
      (select count(*)::int from audit_entries e where e.letter_id = d.letter_id
       and e.action = 'undone' and e.details ->> 'decisionId' = d.id::text) as noted
    from decisions d where d.outcome = 'undone'`;
  const { told } = await readGateway(evidence);
  const breaks: string[] = [];
  const recorded = new Set(rows.map(({ id }) => id));
  const said = linesOf(lines, 'undo');
  for (const { decisionId, told: how } of said)
    if (recorded.has(decisionId) !== (how === 'undone'))
      breaks.push(`decision ${decisionId} was told to be ${how}, the record says otherwise`);
  for (const { id, letter_id: letterId, applied, effects, noted } of rows) {
    if (!said.some(({ decisionId }) => decisionId === id))
      breaks.push(`decision ${id} is taken back, and nobody asked for it`);
    if (noted !== 1) breaks.push(`decision ${id} is taken back, with ${noted} audit entries of it`);
    const isTold = [...told.values()].some((outcome) => outcome.letterId === letterId);
    if (applied === 0 && (effects > 0 || isTold))
      breaks.push(`letter ${letterId}, whose only decision was taken back, has an outcome`);
  }
  return { breaks, looked: `${rows.length} decisions taken back, ${said.length} tries` };
};

/**
 * Each round but the last was ended by one return, of whose two sides the audit trail tells, or one
 * of them by the rejection that was objected to.
 */
const roundsBroken = (
  { id, status, round }: LetterRow,
  {
    returned,
    told,
    objected,
    noted,
  }: {
    returned: { round: number }[];
    told: number;
    objected: { round: number }[];
    noted: string[];
  },
): string[] => {
  const breaks: string[] = [];
  const rounds = returned.map((row) => row.round).toSorted((a, b) => a - b);
  const reopened = objected.map((row) => row.round);
  // One that is withdrawn may have been returned in its last round, or not.
  const last = status === 'returned' || (status === 'withdrawn' && rounds.includes(round));
  const ended = Array.from({ length: last ? round : round - 1 }, (_, index) => index + 1);
  const wanted = ended.filter((one) => !reopened.includes(one));
  if (rounds.join() !== wanted.join())
    breaks.push(
      `letter ${id} is ${status} in round ${round}, and was returned in ${rounds.join()}`,
    );
  if (told !== rounds.length)
    breaks.push(
      `letter ${id} was returned ${rounds.length} times, and that was told ${told} times`,
    );
  const count = (action: string): number => noted.filter((one) => one === action).length;
  if (count('returned') !== rounds.length || count('resubmitted') !== round - 1 - reopened.length)
    breaks.push(
      `letter ${id} is in round ${round} and has ${count('returned')} entries of a return, ${count('resubmitted')} of a correction`,
    );
  return breaks;
};
