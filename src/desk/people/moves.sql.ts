import { openNote } from '../../platform/audit/audit.sql.ts';
import type { Handle, Tx } from '../../platform/base/database.ts';
import { readingSeal, readMobile } from '../../platform/base/record-seals.sql.ts';

export type MoveOutcome = 'moved' | 'refused' | 'withdrawn';

export type MoveObstacle = 'old' | 'not_signed_in';

export interface MoveRow {
  id: string;
  applicantId: string;
  toApplicantId: string;
  toMobile: string;
  proposedBy: string;
  proposer: string;
  proposedAt: Date;
  endedAt: Date | null;
  ender: string | null;
  outcome: MoveOutcome | null;
  obstacle: MoveObstacle | null;
  reason: string;
}

type SealedRow = Omit<MoveRow, 'toMobile' | 'reason'> & {
  mobileSealed: string | null;
  letterId: string | null;
  sealedKey: Buffer | null;
  note: string | null;
};

const openMove = (db: Handle, row: SealedRow): MoveRow => {
  const { mobileSealed, letterId, sealedKey, note, ...move } = row;
  const reason =
    letterId === null || note === null || sealedKey === null
      ? ''
      : openNote(readingSeal(db, { letterId, sealedKey }, 'internal'), 'move_proposed', note);
  const toMobile = readMobile(db, { id: row.toApplicantId, mobileSealed }) ?? '';
  return { ...move, toMobile, reason };
};

const MOST_DAYS = 7;

// A number with a wrong digit is of somebody who never signs in with it.
const obstacle = (db: Handle) => db`
  case when m.proposed_at <= now() - make_interval(days => ${MOST_DAYS}) then 'old'
    when not exists (
      select from audit_entries a where a.actor = m.to_applicant_id::text
        and a.action = 'signed_in' and a.at > m.proposed_at) then 'not_signed_in' end as obstacle`;

// The reason is sealed in the trails of the letters, and goes with them.
const selectMoves = (db: Handle) => db`
  select m.id, m.applicant_id, m.to_applicant_id, p.mobile_sealed, m.proposed_by,
    s.name as proposer, m.proposed_at, m.ended_at, e.name as ender, m.outcome,
    ${obstacle(db)},
    r.letter_id, r.sealed_key, r.note
  from letter_moves m join applicants p on p.id = m.to_applicant_id
    join staff s on s.id = m.proposed_by left join staff e on e.id = m.ended_by
    left join lateral (
      select a.letter_id, k.sealed_key, a.details->>'note' as note
      from letters l join audit_entries a on a.letter_id = l.id
        join letter_keys k on k.letter_id = l.id
      where l.applicant_id in (m.applicant_id, m.to_applicant_id)
        and a.action = 'move_proposed' and a.details->>'id' = m.id::text
        and k.sealed_key is not null
      limit 1) r on true`;

export const listMovesOf = async (
  db: Handle,
  { applicantId, limit }: { applicantId: string; limit: number },
): Promise<MoveRow[]> => {
  const rows = await db<SealedRow[]>`
    ${selectMoves(db)}
    where m.applicant_id = ${applicantId} or m.to_applicant_id = ${applicantId}
    order by m.proposed_at desc limit ${limit}`;
  return rows.map((row) => openMove(db, row));
};

export const listOpenMoves = (
  db: Handle,
  limit: number,
): Promise<{ applicantId: string; proposer: string; proposedAt: Date }[]> =>
  db`
    select m.applicant_id, s.name as proposer, m.proposed_at
    from letter_moves m join staff s on s.id = m.proposed_by
    where m.outcome is null order by m.proposed_at limit ${limit}`;

/** Undefined: another proposal for the person is open. */
export const addMove = async (
  tx: Tx,
  move: { id: string; applicantId: string; toApplicantId: string; proposedBy: string },
): Promise<boolean> => {
  const rows = await tx`
    insert into letter_moves (id, applicant_id, to_applicant_id, proposed_by)
    values (${move.id}, ${move.applicantId}, ${move.toApplicantId}, ${move.proposedBy})
    on conflict (applicant_id) where outcome is null do nothing returning id`;
  return rows.length === 1;
};

export const findObstacle = async (
  tx: Tx,
  { id, staffId }: { id: string; staffId: string },
): Promise<MoveObstacle | null> => {
  const [row] = await tx<{ obstacle: MoveObstacle | null }[]>`
    select ${obstacle(tx)} from letter_moves m
    where m.id = ${id} and m.outcome is null and m.proposed_by <> ${staffId}`;
  return row?.obstacle ?? null;
};

/** The first decision wins. Only the proposer can withdraw a move; only others can approve or refuse it. */
export const endMove = async (
  tx: Tx,
  {
    id,
    applicantId,
    staffId,
    outcome,
  }: { id: string; applicantId: string; staffId: string; outcome: MoveOutcome },
): Promise<{ toApplicantId: string; proposedAt: Date } | undefined> => {
  const [row] = await tx<{ toApplicantId: string; proposedAt: Date }[]>`
    update letter_moves set outcome = ${outcome}, ended_at = now(), ended_by = ${staffId}
    where id = ${id} and applicant_id = ${applicantId} and outcome is null
      and (proposed_by = ${staffId}) = ${outcome === 'withdrawn'}
    returning to_applicant_id, proposed_at`;
  return row;
};

/** Locked against erasure until the transaction ends. */
export const lockNumberOf = async (tx: Tx, applicantId: string): Promise<string> => {
  const [row] = await tx<{ mobileSealed: string | null }[]>`
    select mobile_sealed from applicants where id = ${applicantId} for key share`;
  return (row && readMobile(tx, { id: applicantId, ...row })) ?? '';
};

/** Those whose trail has the proposal. */
export const listLettersToMove = async (
  tx: Tx,
  { moveId, applicantId }: { moveId: string; applicantId: string },
): Promise<string[]> => {
  const rows = await tx<{ id: string }[]>`
    select l.id from letters l
    where l.applicant_id = ${applicantId} and exists (
      select from audit_entries a where a.letter_id = l.id and a.action = 'move_proposed'
        and a.details->>'id' = ${moveId})
    order by l.id`;
  return rows.map(({ id }) => id);
};

export const giveLetter = async (
  tx: Tx,
  { letterId, from, to }: { letterId: string; from: string; to: string },
): Promise<boolean> => {
  const rows = await tx`
    update letters l set applicant_id = ${to},
      submission_key = case when exists (
        select from letters o
        where o.applicant_id = ${to} and o.submission_key = l.submission_key)
        then gen_random_uuid() else l.submission_key end
    where l.id = ${letterId} and l.applicant_id = ${from} returning l.id`;
  return rows.length === 1;
};
