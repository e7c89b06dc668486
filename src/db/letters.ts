import type { FileType, LetterStatus, LetterStep, StoredFile } from '../domain/letter.ts';
import type { Handle, Tx } from './client.ts';

export interface LetterRow {
  id: string;
  applicantId: string;
  senderName: string;
  subject: string;
  unitId: string;
  unit: string;
  addressedUnit: string;
  status: LetterStatus;
  step: LetterStep | null;
  submittedAt: Date;
  decidedAt: Date | null;
  decidedBy: string | null;
  rejectionReason: string | null;
  letterNumber: string | null;
  trackingCode: string | null;
  registeredAt: Date | null;
  registeredOn: string | null;
  needsAttention: string | null;
  replies: number;
  mobile: string;
}

const select = (db: Handle) => db`
  select l.id, l.applicant_id, l.sender_name, l.subject, l.unit_id, u.name as unit,
    a.name as addressed_unit, l.status, l.step, l.submitted_at, l.decided_at, l.decided_by,
    l.rejection_reason, l.letter_number, l.tracking_code, l.registered_at, l.registered_on,
    l.needs_attention, p.mobile,
    (select count(*)::int from unit_actions r
     where r.letter_id = l.id and r.reply_number is not null) as replies
  from letters l
    join units u on u.id = l.unit_id
    join units a on a.id = l.addressed_unit_id
    join applicants p on p.id = l.applicant_id`;

export const findLetter = async (db: Handle, id: string): Promise<LetterRow | undefined> => {
  const [row] = await db<LetterRow[]>`${select(db)} where l.id = ${id}`;
  return row;
};

/** The letter, which nobody else changes until the transaction ends. */
export const lockLetter = async (tx: Tx, id: string): Promise<LetterRow | undefined> => {
  const [row] = await tx<LetterRow[]>`${select(tx)} where l.id = ${id} for update of l`;
  return row;
};

export const listApplicantLetters = (
  db: Handle,
  { applicantId, trackingCode }: { applicantId: string; trackingCode?: string },
): Promise<LetterRow[]> =>
  db<LetterRow[]>`
    ${select(db)} where l.applicant_id = ${applicantId}
      ${trackingCode === undefined ? db`` : db`and l.tracking_code = ${trackingCode}`}
    order by l.submitted_at desc limit 500`;

export type QueueName = 'pending' | 'with_unit' | 'answered' | 'closed' | 'rejected';

/** `unitIds` undefined: every unit. Pending and with a unit: oldest first; else newest first. */
export const listQueue = (
  db: Handle,
  { queue, unitIds, limit }: { queue: QueueName; unitIds?: string[]; limit: number },
): Promise<LetterRow[]> =>
  db<LetterRow[]>`
    ${select(db)}
    where ${queue === 'pending' || queue === 'rejected' ? db`l.status = ${queue}` : db`l.step = ${queue}`}
      ${unitIds === undefined ? db`` : db`and l.unit_id = any(${unitIds}::uuid[])`}
    order by ${
      queue === 'pending'
        ? db`l.submitted_at`
        : queue === 'with_unit'
          ? db`l.registered_at`
          : db`l.decided_at desc`
    } limit ${limit}`;

export const countQueues = async (
  db: Handle,
  { unitIds }: { unitIds?: string[] },
): Promise<Record<QueueName, number>> => {
  const rows = await db<{ queue: QueueName; letters: number }[]>`
    select coalesce(step, status) as queue, count(*)::int as letters from letters
    where status in ('pending', 'approved', 'rejected')
      ${unitIds === undefined ? db`` : db`and unit_id = any(${unitIds}::uuid[])`}
    group by 1`;
  const counts = { pending: 0, with_unit: 0, answered: 0, closed: 0, rejected: 0 };
  for (const { queue, letters } of rows) counts[queue] = letters;
  return counts;
};

/** False: this applicant already sent a letter with this submission key. */
export const addLetter = async (
  tx: Tx,
  letter: {
    id: string;
    applicantId: string;
    submissionKey: string;
    senderName: string;
    subject: string;
    unitId: string;
  },
): Promise<boolean> => {
  const rows = await tx`
    insert into letters
      (id, applicant_id, submission_key, sender_name, subject, addressed_unit_id, unit_id)
    values (${letter.id}, ${letter.applicantId}, ${letter.submissionKey}, ${letter.senderName},
            ${letter.subject}, ${letter.unitId}, ${letter.unitId})
    on conflict (applicant_id, submission_key) do nothing
    returning id`;
  return rows.length === 1;
};

/** Letters sent in the last 24 hours. Until the transaction ends nobody else counts this applicant's. */
export const countLettersOfDay = async (tx: Tx, applicantId: string): Promise<number> => {
  await tx`select pg_advisory_xact_lock(hashtextextended(${applicantId}, 1))`;
  const [row] = await tx<{ letters: number }[]>`
    select count(*)::int as letters from letters
    where applicant_id = ${applicantId} and submitted_at > now() - interval '1 day'`;
  return row?.letters ?? 0;
};

export const findLetterBySubmissionKey = async (
  db: Handle,
  { applicantId, submissionKey }: { applicantId: string; submissionKey: string },
): Promise<string | undefined> => {
  const [row] = await db<{ id: string }[]>`
    select id from letters
    where applicant_id = ${applicantId} and submission_key = ${submissionKey}`;
  return row?.id;
};

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
  letter: { id: string; decidedBy: string; decidedAt: Date; reason: string },
): Promise<void> => {
  await tx`
    update letters set status = 'rejected', decided_at = ${letter.decidedAt},
      decided_by = ${letter.decidedBy}, rejection_reason = ${letter.reason}
    where id = ${letter.id} and status = 'pending'`;
};

export const moveLetter = async (
  tx: Tx,
  { id, unitId, step }: { id: string; unitId: string; step: LetterStep },
): Promise<void> => {
  await tx`
    update letters set unit_id = ${unitId}, step = ${step}
    where id = ${id} and status = 'approved'`;
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

interface FileRow {
  id: string;
  name: string;
  type: FileType;
  bytes: string;
  sha256: string;
  storageKey: string;
}

export const addFile = async (
  tx: Tx,
  { letterId, unitActionId, file }: { letterId: string; unitActionId?: string; file: StoredFile },
): Promise<void> => {
  await tx`
    insert into files (id, letter_id, unit_action_id, name, type, bytes, sha256, storage_key)
    values (${file.id}, ${letterId}, ${unitActionId ?? null}, ${file.name}, ${file.type},
            ${file.bytes}, ${file.sha256}, ${file.storageKey})`;
};

const toStoredFile = (row: FileRow): StoredFile => ({ ...row, bytes: Number(row.bytes) });

/** The letter's own file, or that of an applied reply. */
export const findFile = async (
  db: Handle,
  { letterId, replyNumber }: { letterId: string; replyNumber?: number },
): Promise<StoredFile | undefined> => {
  const [row] = await db<FileRow[]>`
    select f.id, f.name, f.type, f.bytes, f.sha256, f.storage_key
    from files f left join unit_actions r on r.id = f.unit_action_id
    where f.letter_id = ${letterId}
      and ${replyNumber === undefined ? db`f.unit_action_id is null` : db`r.reply_number = ${replyNumber}`}`;
  return row && toStoredFile(row);
};

export interface ReplyRow {
  number: number;
  text: string;
  at: Date;
  unit: string;
  file: StoredFile | null;
}

export const listReplies = async (db: Handle, letterId: string): Promise<ReplyRow[]> => {
  const rows = await db<(Omit<ReplyRow, 'file'> & { file: FileRow | null })[]>`
    select r.reply_number as number, coalesce(r.body, '') as text, r.acted_at as at,
      r.acting_unit as unit,
      case when f.id is not null then json_build_object('id', f.id, 'name', f.name, 'type', f.type,
        'bytes', f.bytes, 'sha256', f.sha256, 'storageKey', f.storage_key) end as file
    from unit_actions r left join files f on f.unit_action_id = r.id
    where r.letter_id = ${letterId} and r.reply_number is not null
    order by r.reply_number`;
  return rows.map((row) => ({ ...row, file: row.file && toStoredFile(row.file) }));
};

export interface TimelineRow {
  action: string;
  at: Date;
  details: Record<string, string>;
}

const PUBLIC_ACTIONS = [
  'submitted',
  'approved',
  'rejected',
  'noted',
  'referred',
  'replied',
  'closed',
];

/** The public part of the letter's audit trail, in order. */
export const listTimeline = (db: Handle, letterId: string): Promise<TimelineRow[]> =>
  db<TimelineRow[]>`
    select action, at, details from audit_entries
    where letter_id = ${letterId} and action = any(${PUBLIC_ACTIONS})
    order by id`;
