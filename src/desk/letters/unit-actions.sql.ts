import { InternalText, publicText } from '../../platform/base/audience.ts';
import type { PublicText } from '../../platform/base/audience.ts';
import type { UnitActionKind } from './letter.ts';
import type { StepEnds } from './letters.sql.ts';
import type { Handle, Tx } from '../../platform/base/database.ts';
import { letterSeal, letterSealFor, readingSeal } from '../../platform/base/record-seals.sql.ts';

export interface UnitActionRow {
  id: string;
  letterId: string;
  kind: UnitActionKind;
  unitId: string | null;
  body: PublicText | null;
  internalNote: InternalText | null;
  questionId: string | null;
  regardingId: string | null;
  consultationId: string | null;
  /** Null: an API key acted in the place of a member, or, without a key, the sender. */
  staffId: string | null;
  keyId: string | null;
  actedBy: string;
  actingFor: string[];
  actingUnit: string;
  actingUnitId: string;
  outcome: 'applied' | 'refused' | null;
  refusal: string | null;
  damaged?: boolean;
}

const bodyOf = (id: string): string => `unit_actions.body:${id}`;
const internalNoteOf = (id: string): string => `unit_actions.internal_note:${id}`;

type SealedRow = Omit<UnitActionRow, 'internalNote'> & {
  internalNote: string | null;
  sealedKey: Buffer | null;
};

export const openBody = (
  db: Handle,
  row: { id: string; letterId: string; body: string | null; sealedKey: Buffer | null },
): string | null => (row.body === null ? null : letterSeal(db, row).open(row.body, bodyOf(row.id)));

export const findUnitAction = async (
  db: Handle,
  id: string,
): Promise<UnitActionRow | undefined> => {
  const [row] = await db<SealedRow[]>`
    select a.id, a.letter_id, a.kind, a.unit_id, a.question_id, a.regarding_id, a.consultation_id, a.body, a.internal_note,
      a.staff_id, a.key_id, a.acting_for,
      a.acted_by, a.acting_unit, a.acting_unit_id, a.outcome, a.refusal, k.sealed_key
    from unit_actions a left join letter_keys k on k.letter_id = a.letter_id
    where a.id = ${id}`;
  if (!row) return undefined;
  const { sealedKey, body, internalNote, ...action } = row;
  const seal = readingSeal(db, { letterId: row.letterId, sealedKey });
  return {
    ...action,
    body: body === null ? null : publicText(seal.open(body, bodyOf(id))),
    internalNote:
      internalNote === null ? null : new InternalText(seal.open(internalNote, internalNoteOf(id))),
    ...(seal.isDamaged() && { damaged: true }),
  };
};

export const addUnitAction = async (
  tx: Tx,
  action: Omit<UnitActionRow, 'outcome' | 'refusal' | 'damaged'>,
): Promise<boolean> => {
  const { id, letterId, body, internalNote } = action;
  const seal = await letterSealFor(tx, letterId);
  const sealedBody = body === null ? null : seal.seal(body, bodyOf(id));
  const sealedNote =
    internalNote === null ? null : seal.seal(internalNote.reveal(), internalNoteOf(id));
  const rows = await tx`
    insert into unit_actions
      (id, letter_id, kind, unit_id, question_id, regarding_id, consultation_id, body, internal_note, staff_id, key_id,
       acting_for, acted_by, acting_unit, acting_unit_id)
    values (${action.id}, ${action.letterId}, ${action.kind}, ${action.unitId}, ${action.questionId},
            ${action.regardingId}, ${action.consultationId},
            ${sealedBody}, ${sealedNote}, ${action.staffId}, ${action.keyId}, ${action.actingFor},
            ${action.actedBy}, ${action.actingUnit}, ${action.actingUnitId})
    on conflict (id) do nothing returning id`;
  return rows.length === 1;
};

export const findActionFileHash = async (
  db: Handle,
  { letterId, unitActionId }: { letterId: string; unitActionId: string },
): Promise<string | undefined> => {
  const [row] = await db<{ sha256: string }[]>`
    select sha256 from files where letter_id = ${letterId} and unit_action_id = ${unitActionId}`;
  return row?.sha256;
};

export const isActionWaiting = async (
  db: Handle,
  { letterId, kinds }: { letterId: string; kinds: UnitActionKind[] },
): Promise<boolean> => {
  const rows = await db`
    select from unit_actions
    where letter_id = ${letterId} and kind = any(${kinds}) and outcome is null limit 1`;
  return rows.length > 0;
};

export interface ReferralRow {
  id: string;
  /** Of the letter when it is taken back now; without `answeredAt` it was not answered. */
  ends: StepEnds;
  fromId: string;
  from: string;
  toId: string;
  isWithdrawn: boolean;
  isTakenUp: boolean;
}

/** The newest one, or the one that is named; `but`: an action that does not count. */
export const findReferral = async (
  db: Handle,
  { letterId, id, but }: { letterId: string; id?: string | null; but?: string },
): Promise<ReferralRow | undefined> => {
  const counts = db`t.outcome is distinct from 'refused' and t.id is distinct from ${but ?? null}::uuid`;
  const [row] = await db<(Omit<ReferralRow, 'ends'> & StepEnds)[]>`
    select f.id, f.acting_unit_id as from_id, f.acting_unit as "from", f.unit_id as to_id,
      f.answered_at, f.closes_at + (now() - f.acted_at) as closes_at,
      f.reopen_until + (now() - f.acted_at) as reopen_until,
      exists (select 1 from unit_actions t where t.regarding_id = f.id and ${counts})
        as is_withdrawn,
      exists (select 1 from unit_actions t
        where t.letter_id = f.letter_id and t.acting_unit_id = f.unit_id
          and t.acted_at > f.acted_at and num_nonnulls(t.staff_id, t.key_id) = 1 and ${counts})
        as is_taken_up
    from unit_actions f
    where f.letter_id = ${letterId} and f.kind = 'refer' and f.outcome = 'applied'
      ${id === undefined ? db`` : db`and f.id = ${id}`}
    order by f.acted_at desc limit 1`;
  if (!row) return undefined;
  const { answeredAt, closesAt, reopenUntil, ...referral } = row;
  return { ...referral, ends: { answeredAt, closesAt, reopenUntil } };
};

export const keepEndsOfAnswer = async (tx: Tx, referralId: string): Promise<void> => {
  await tx`
    update unit_actions f set answered_at = l.answered_at, closes_at = l.closes_at,
      reopen_until = l.reopen_until
    from letters l where f.id = ${referralId} and l.id = f.letter_id and l.step = 'answered'`;
};

export const setUnitActionOutcome = async (
  tx: Tx,
  action: { id: string; outcome: 'applied' | 'refused'; refusal?: string; replyNumber?: number },
): Promise<void> => {
  await tx`
    update unit_actions set outcome = ${action.outcome}, refusal = ${action.refusal ?? null},
      reply_number = ${action.replyNumber ?? null}
    where id = ${action.id} and outcome is null`;
};

export const releaseReply = async (
  tx: Tx,
  { id, replyNumber }: { id: string | null; replyNumber: number },
): Promise<void> => {
  await tx`
    update unit_actions set reply_number = ${replyNumber}, released_at = now()
    where id = ${id} and kind = 'reply' and outcome = 'applied' and reply_number is null`;
};

export interface InternalNoteRow {
  kind: 'note' | 'refer' | 'rework' | 'consult' | 'opine' | 'unconsult';
  at: Date;
  by: string;
  unit: string;
  asked: string[];
  note: InternalText | null;
  damaged?: boolean;
}

export const listInternalNotes = async (
  db: Handle,
  letterId: string,
): Promise<InternalNoteRow[]> => {
  const rows = await db<
    (Omit<InternalNoteRow, 'note'> & {
      id: string;
      note: string | null;
      sealedKey: Buffer | null;
    })[]
  >`
    select a.id, a.kind, a.acted_at as at, a.acted_by as by, a.acting_unit as unit,
      a.internal_note as note, k.sealed_key,
      array(select u.name from consultations c join units u on u.id = c.unit_id
        where c.action_id = a.id or c.id = a.consultation_id and a.kind = 'unconsult'
        order by u.name) as asked
    from unit_actions a left join letter_keys k on k.letter_id = a.letter_id
    where a.letter_id = ${letterId} and (a.internal_note is not null or a.kind = 'unconsult')
      and a.outcome = 'applied'
    order by a.acted_at, a.id`;
  return rows.map(({ id, note, sealedKey, ...row }) => {
    const seal = readingSeal(db, { letterId, sealedKey });
    const text = note === null ? null : new InternalText(seal.open(note, internalNoteOf(id)));
    return { ...row, note: text, ...(seal.isDamaged() && { damaged: true }) };
  });
};

export const countOpenUnitActions = async (db: Handle, letterId: string): Promise<number> => {
  const [row] = await db<{ open: number }[]>`
    select count(*)::int as open from unit_actions
    where letter_id = ${letterId} and outcome is null`;
  return row?.open ?? 0;
};
