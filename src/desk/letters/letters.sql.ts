import { consultedUnits, endConsultations } from './consultations.sql.ts';
import type { LetterStatus, LetterStep } from './letter.ts';
import type { Handle, Tx } from '../../platform/base/database.ts';
import {
  lacksKey,
  letterSealFor,
  readMobile,
  readingSeal,
} from '../../platform/base/record-seals.sql.ts';

export interface LetterRow {
  id: string;
  applicantId: string;
  senderName: string;
  subject: string;
  unitId: string;
  unit: string;
  referredFrom: string[];
  consulted: string[];
  addressedUnit: string;
  status: LetterStatus;
  step: LetterStep | null;
  submittedAt: Date;
  decidedAt: Date | null;
  decidedBy: string | null;
  rejectionReason: string | null;
  /** 1, 2, …: how often it was sent. */
  round: number;
  returnReason: string | null;
  returnedAt: Date | null;
  withdrawnAt: Date | null;
  objectionUntil: Date | null;
  objection: string | null;
  objectedAt: Date | null;
  letterNumber: string | null;
  trackingCode: string | null;
  registeredAt: Date | null;
  registeredOn: string | null;
  annulledAt: Date | null;
  needsAttention: string | null;
  openQuestionId: string | null;
  heldReplyId: string | null;
  reopened: number;
  reopenUntil: Date | null;
  answeredAt: Date | null;
  closesAt: Date | null;
  replies: number;
  hasOpenDecision: boolean;
  mobile: string;
  erasedAt: Date | null;
  damaged?: boolean;
}

export type SealedLetterRow = Omit<LetterRow, 'mobile'> & {
  sealedKey: Buffer | null;
  mobileSealed: string | null;
};

const openLetter = (
  db: Handle,
  { sealedKey, mobileSealed, ...row }: SealedLetterRow,
): LetterRow => {
  const seal = readingSeal(db, { letterId: row.id, sealedKey });
  const open = (stored: string | null, binding: string): string | null =>
    stored === null ? null : seal.open(stored, binding);
  const number = readMobile(db, { id: row.applicantId, mobileSealed });
  const letter: LetterRow = {
    ...row,
    senderName: seal.open(row.senderName, 'letters.sender_name'),
    subject: seal.open(row.subject, 'letters.subject'),
    rejectionReason: open(row.rejectionReason, 'letters.rejection_reason'),
    returnReason: open(row.returnReason, 'letters.return_reason'),
    objection: open(row.objection, 'letters.objection'),
    mobile: number ?? '',
  };
  const keyIsGone = row.erasedAt === null && lacksKey(row.subject, sealedKey);
  if (keyIsGone || seal.isDamaged() || number === undefined) letter.damaged = true;
  return letter;
};

export const openLetters = async (
  db: Handle,
  rows: PromiseLike<SealedLetterRow[]>,
): Promise<LetterRow[]> => (await rows).map((row) => openLetter(db, row));

export const isReferral = (db: Handle) => db`f.kind = 'refer' and f.outcome = 'applied'`;

export const selectLetters = (db: Handle) => db`
  select l.id, l.applicant_id, l.sender_name, l.subject, l.unit_id, u.name as unit,
    a.name as addressed_unit, l.status, l.step, l.submitted_at, l.decided_at, l.decided_by,
    l.rejection_reason, l.round, l.return_reason, l.returned_at, l.withdrawn_at,
    l.objection_until, l.objection, l.objected_at, l.letter_number, l.tracking_code, l.registered_at, l.registered_on,
    n.annulled_at,
    array(select distinct f.acting_unit_id from unit_actions f
      where f.letter_id = l.id and ${isReferral(db)}) as referred_from,
    ${consultedUnits(db)} as consulted,
    l.needs_attention,
    case when l.step = 'with_unit' then l.open_question_id end as open_question_id,
    l.held_reply_id, l.reopened, l.reopen_until, l.answered_at, l.closes_at, p.mobile_sealed, k.sealed_key, k.erased_at,
    (select count(*)::int from unit_actions r
     where r.letter_id = l.id and r.reply_number is not null) as replies,
    (select d.id from decisions d where d.letter_id = l.id and d.outcome is null) is not null
      as has_open_decision
  from letters l
    join units u on u.id = l.unit_id
    join units a on a.id = l.addressed_unit_id
    join applicants p on p.id = l.applicant_id
    left join letter_keys k on k.letter_id = l.id
    left join register_entries e on e.letter_id = l.id
    left join register_annulments n
      on n.register = e.register and n.year = e.year and n.serial = e.serial`;

export const findLetter = async (db: Handle, id: string): Promise<LetterRow | undefined> => {
  const [row] = await openLetters(
    db,
    db<SealedLetterRow[]>`${selectLetters(db)} where l.id = ${id}`,
  );
  return row;
};

/** In the order of `ids`; unknown ids are left out. */
export const listLettersById = async (db: Handle, ids: string[]): Promise<LetterRow[]> =>
  openLetters(
    db,
    db<SealedLetterRow[]>`
    ${selectLetters(db)} where l.id = any(${ids}::uuid[])
    order by array_position(${ids}::uuid[], l.id)`,
  );

export const lockLetter = async (tx: Tx, id: string): Promise<LetterRow | undefined> => {
  await tx`select from letters where id = ${id} for update`;
  // A second statement: the first one sees other tables as they were before it waited for the lock.
  const rows = await tx<SealedLetterRow[]>`${selectLetters(tx)} where l.id = ${id}`;
  const sealedKey = rows[0]?.sealedKey;
  if (sealedKey) tx.letterKeys.set(id, sealedKey);
  const [row] = await openLetters(tx, Promise.resolve(rows));
  return row;
};

export const listApplicantLetters = (
  db: Handle,
  {
    applicantId,
    trackingCode,
    letterNumber,
  }: { applicantId: string; trackingCode?: string; letterNumber?: string },
): Promise<LetterRow[]> =>
  openLetters(
    db,
    db<SealedLetterRow[]>`
    ${selectLetters(db)} where l.applicant_id = ${applicantId}
      ${trackingCode === undefined ? db`` : db`and l.tracking_code = ${trackingCode}`}
      ${letterNumber === undefined ? db`` : db`and l.letter_number = ${letterNumber}`}
    order by l.submitted_at desc limit 500`,
  );

export const approveLetter = async (
  tx: Tx,
  letter: {
    id: string;
    unitId: string;
    decidedBy: string;
    letterNumber: string;
    trackingCode: string;
    registeredAt: Date;
    registeredOn: string;
  },
): Promise<void> => {
  await tx`
    update letters set status = 'approved', step = 'with_unit', unit_id = ${letter.unitId},
      decided_at = ${letter.registeredAt}, decided_by = ${letter.decidedBy},
      letter_number = ${letter.letterNumber}, tracking_code = ${letter.trackingCode},
      registered_at = ${letter.registeredAt}, registered_on = ${letter.registeredOn}
    where id = ${letter.id} and status = 'pending'`;
};

export const rejectLetter = async (
  tx: Tx,
  letter: {
    id: string;
    decidedBy: string;
    decidedAt: Date;
    reason: string;
    objectionUntil: Date | null;
  },
): Promise<void> => {
  const seal = await letterSealFor(tx, letter.id);
  await tx`
    update letters set status = 'rejected', decided_at = ${letter.decidedAt},
      decided_by = ${letter.decidedBy}, objection_until = ${letter.objectionUntil},
      rejection_reason = ${seal.seal(letter.reason, 'letters.rejection_reason')}
    where id = ${letter.id} and status = 'pending'`;
};

export const returnLetter = async (
  tx: Tx,
  letter: { id: string; returnedAt: Date; reason: string },
): Promise<void> => {
  const seal = await letterSealFor(tx, letter.id);
  await tx`
    update letters set status = 'returned', returned_at = ${letter.returnedAt},
      return_reason = ${seal.seal(letter.reason, 'letters.return_reason')}
    where id = ${letter.id} and status = 'pending'`;
};

export const markLetterWithdrawn = async (
  tx: Tx,
  letter: { id: string; withdrawnAt: Date },
): Promise<void> => {
  await tx`
    update letters set status = 'withdrawn', withdrawn_at = ${letter.withdrawnAt}
    where id = ${letter.id} and status in ('pending', 'returned')`;
};

export interface StepEnds {
  answeredAt: Date | null;
  closesAt: Date | null;
  reopenUntil: Date | null;
}

const NO_ENDS: StepEnds = { answeredAt: null, closesAt: null, reopenUntil: null };

export const moveLetter = async (
  tx: Tx,
  {
    id,
    unitId,
    step,
    ends = NO_ENDS,
  }: { id: string; unitId: string; step: LetterStep; ends?: StepEnds },
): Promise<void> => {
  await tx`
    update letters set unit_id = ${unitId}, step = ${step}, answered_at = ${ends.answeredAt},
      closes_at = ${ends.closesAt}, reopen_until = ${ends.reopenUntil}, held_reply_id = null,
      open_question_id = case when ${step} = 'with_unit' then open_question_id end
    where id = ${id} and status = 'approved'`;
  await endConsultations(tx, id);
};

export const reopenLetterRow = async (tx: Tx, id: string): Promise<number | undefined> => {
  const [row] = await tx<{ reopened: number }[]>`
    update letters set step = 'with_unit', reopened = reopened + 1, answered_at = null,
      closes_at = null, reopen_until = null
    where id = ${id} and step in ('answered', 'closed') returning reopened`;
  return row?.reopened;
};

export const setClosingTime = async (
  tx: Tx,
  { id, closesAt }: { id: string; closesAt: Date | null },
): Promise<void> => {
  await tx`update letters set closes_at = ${closesAt} where id = ${id} and step = 'answered'`;
};

/** An answered letter does not close by itself while another reply waits. */
export const holdReply = async (
  tx: Tx,
  { id, replyId }: { id: string; replyId: string },
): Promise<void> => {
  await tx`update letters set held_reply_id = ${replyId}, closes_at = null where id = ${id}`;
};

export const dropHeldReply = async (tx: Tx, id: string): Promise<void> => {
  await tx`update letters set held_reply_id = null where id = ${id}`;
};

export const endReopeningTime = async (tx: Tx, id: string): Promise<void> => {
  await tx`
    update letters l set reopen_until = null
    where id = ${id} and step = 'closed' and reopen_until <= now() and not exists (
      select 1 from unit_actions a
      where a.letter_id = l.id and a.kind = 'reopen' and a.outcome is null)`;
};

export const setAttention = async (
  db: Handle,
  { id, why }: { id: string; why: string | null },
): Promise<void> => {
  await db`
    update letters set needs_attention = ${why},
      attention_since = case when ${why}::text is not null then coalesce(attention_since, now()) end
    where id = ${id}`;
};
