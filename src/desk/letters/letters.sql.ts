import type { PublicText } from '../../platform/base/audience.ts';
import { PUBLIC_ACTIONS, PUBLIC_DETAILS } from '../../platform/audit/audit-action.ts';
import type { PublicAction } from '../../platform/audit/audit-action.ts';
import type { FileFlag, FileScan } from '../../platform/files/file-checks.ts';
import type { LetterStatus, LetterStep } from './letter.ts';
import type { FileType, StoredFile } from '../../platform/files/stored-file.ts';
import { openDetails } from '../../platform/audit/audit.sql.ts';
import type { Handle, Tx } from '../../platform/base/database.ts';
import { askPreview } from '../../platform/files/previews.sql.ts';
import {
  addLetterKey,
  lacksKey,
  letterSealFor,
  newLetterKey,
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
  /** Units that have had it and referred it to another one. */
  referredFrom: string[];
  addressedUnit: string;
  status: LetterStatus;
  step: LetterStep | null;
  submittedAt: Date;
  decidedAt: Date | null;
  decidedBy: string | null;
  rejectionReason: string | null;
  /** 1, 2, …: how often it was sent. */
  round: number;
  /** What the newest return asked to be corrected, and when. */
  returnReason: string | null;
  returnedAt: Date | null;
  withdrawnAt: Date | null;
  /** Until when its sender can object to its rejection; null: they cannot, or not any more. */
  objectionUntil: Date | null;
  /** What its sender objected to its rejection, and when. */
  objection: string | null;
  objectedAt: Date | null;
  letterNumber: string | null;
  trackingCode: string | null;
  registeredAt: Date | null;
  registeredOn: string | null;
  /** Its number is not valid any more. */
  annulledAt: Date | null;
  needsAttention: string | null;
  replies: number;
  /** A decision is recorded and not yet applied. */
  hasOpenDecision: boolean;
  /** '' when it was erased. */
  mobile: string;
  /** Then its texts are ''. */
  erasedAt: Date | null;
  /** A text, or the number of its sender, cannot be opened and is ''. Absent: it is whole. */
  damaged?: boolean;
}

/** As it stands: the texts sealed. */
type SealedLetterRow = Omit<LetterRow, 'mobile'> & {
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

const readLetters = async (
  db: Handle,
  rows: PromiseLike<SealedLetterRow[]>,
): Promise<LetterRow[]> => (await rows).map((row) => openLetter(db, row));

/** An applied referral `f`. */
const isReferral = (db: Handle) => db`f.kind = 'refer' and f.outcome = 'applied'`;

const select = (db: Handle) => db`
  select l.id, l.applicant_id, l.sender_name, l.subject, l.unit_id, u.name as unit,
    a.name as addressed_unit, l.status, l.step, l.submitted_at, l.decided_at, l.decided_by,
    l.rejection_reason, l.round, l.return_reason, l.returned_at, l.withdrawn_at,
    l.objection_until, l.objection, l.objected_at, l.letter_number, l.tracking_code, l.registered_at, l.registered_on,
    n.annulled_at,
    array(select distinct f.acting_unit_id from unit_actions f
      where f.letter_id = l.id and ${isReferral(db)}) as referred_from,
    l.needs_attention, p.mobile_sealed, k.sealed_key, k.erased_at,
    (select count(*)::int from unit_actions r
     where r.letter_id = l.id and r.reply_number is not null) as replies,
    exists (select 1 from decisions d where d.letter_id = l.id and d.outcome is null)
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
  const [row] = await readLetters(db, db<SealedLetterRow[]>`${select(db)} where l.id = ${id}`);
  return row;
};

/** In the order of their ids as given; an id of no letter is left out. */
export const listLettersById = async (db: Handle, ids: string[]): Promise<LetterRow[]> =>
  readLetters(
    db,
    db<SealedLetterRow[]>`
    ${select(db)} where l.id = any(${ids}::uuid[])
    order by array_position(${ids}::uuid[], l.id)`,
  );

/** The letter, which nobody else changes until the transaction ends. */
export const lockLetter = async (tx: Tx, id: string): Promise<LetterRow | undefined> => {
  await tx`select from letters where id = ${id} for update`;
  // A second statement: the first one sees other tables as they were before it waited for the lock.
  const [row] = await readLetters(tx, tx<SealedLetterRow[]>`${select(tx)} where l.id = ${id}`);
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
  readLetters(
    db,
    db<SealedLetterRow[]>`
    ${select(db)} where l.applicant_id = ${applicantId}
      ${trackingCode === undefined ? db`` : db`and l.tracking_code = ${trackingCode}`}
      ${letterNumber === undefined ? db`` : db`and l.letter_number = ${letterNumber}`}
    order by l.submitted_at desc limit 500`,
  );

export type QueueName =
  | 'pending'
  | 'returned'
  | 'with_unit'
  | 'answered'
  | 'closed'
  | 'rejected'
  | 'withdrawn'
  | 'referred';

const STATUS_QUEUES: readonly QueueName[] = ['pending', 'returned', 'rejected', 'withdrawn'];

/** `unitIds`, `unitId` undefined: every unit. */
export interface QueueScope {
  unitIds?: string[] | undefined;
  unitId?: string | undefined;
  /** Also those that these units have referred to another one. */
  orReferred?: boolean | undefined;
}

/** Referred by one of these units and not with any of them now. */
const isReferredBy = (db: Handle, unitIds: string[]) => db`
  l.unit_id <> all(${unitIds}::uuid[]) and exists (
    select 1 from unit_actions f
    where f.letter_id = l.id and ${isReferral(db)} and f.acting_unit_id = any(${unitIds}::uuid[]))`;

const isWithin = (db: Handle, { unitIds, unitId, orReferred = false }: QueueScope) => db`
  ${
    unitIds === undefined
      ? db`true`
      : db`(l.unit_id = any(${unitIds}::uuid[]) ${orReferred ? db`or (${isReferredBy(db, unitIds)})` : db``})`
  }
  and ${unitId === undefined ? db`true` : db`l.unit_id = ${unitId}`}`;

const inQueue = (db: Handle, queue: QueueName, { unitIds, ...scope }: QueueScope) => {
  if (queue === 'referred')
    return db`${isReferredBy(db, unitIds ?? [])} and ${isWithin(db, scope)}`;
  const isThere = STATUS_QUEUES.includes(queue) ? db`l.status = ${queue}` : db`l.step = ${queue}`;
  return db`${isThere} and ${isWithin(db, { unitIds, ...scope })}`;
};

const QUEUE_TIME: Record<
  QueueName,
  'submitted_at' | 'registered_at' | 'returned_at' | 'withdrawn_at' | 'decided_at'
> = {
  pending: 'submitted_at',
  with_unit: 'registered_at',
  returned: 'returned_at',
  withdrawn: 'withdrawn_at',
  answered: 'decided_at',
  closed: 'decided_at',
  rejected: 'decided_at',
  referred: 'registered_at',
};

/** What waits for somebody: these begin with the oldest. */
export const WAITING_QUEUES: readonly QueueName[] = ['pending', 'with_unit', 'returned'];

/** `order` left out: what waits for somebody, oldest first; else newest first. */
export const listQueue = (
  db: Handle,
  {
    queue,
    limit,
    offset = 0,
    order = WAITING_QUEUES.includes(queue) ? 'oldest' : 'newest',
    ...scope
  }: QueueScope & {
    queue: QueueName;
    limit: number;
    offset?: number;
    order?: 'oldest' | 'newest' | undefined;
  },
): Promise<LetterRow[]> =>
  readLetters(
    db,
    db<SealedLetterRow[]>`
    ${select(db)}
    where ${inQueue(db, queue, scope)}
    order by l.${db(QUEUE_TIME[queue])} ${order === 'newest' ? db`desc` : db``}, l.id
    limit ${limit} offset ${offset}`,
  );

export const countQueue = async (
  db: Handle,
  { queue, ...scope }: QueueScope & { queue: QueueName },
): Promise<number> => {
  const [row] = await db<{ letters: number }[]>`
    select count(*)::int as letters from letters l
    where ${inQueue(db, queue, scope)}`;
  return row?.letters ?? 0;
};

/** Letters of any state to look for a text in, newest first; erased ones have no texts. */
export const listToSearch = (
  db: Handle,
  { limit, registered, ...scope }: QueueScope & { limit: number; registered: boolean },
): Promise<LetterRow[]> =>
  readLetters(
    db,
    db<SealedLetterRow[]>`
    ${select(db)}
    where k.erased_at is null and ${isWithin(db, scope)}
      ${registered ? db`and l.status = 'approved'` : db``}
    order by l.submitted_at desc, l.id limit ${limit}`,
  );

/** Letters that carry this number, tracking code or submission number (how their id begins), or are this applicant's. */
export const listNumbered = (
  db: Handle,
  {
    letterNumber,
    trackingCode,
    submissionNumber,
    applicantId,
    limit,
    ...scope
  }: QueueScope & {
    letterNumber: string | undefined;
    trackingCode: string | undefined;
    /** `3f9a12c0-77ab` */
    submissionNumber: string | undefined;
    applicantId: string | undefined;
    limit: number;
  },
): Promise<LetterRow[]> =>
  readLetters(
    db,
    db<SealedLetterRow[]>`
    ${select(db)}
    where (l.letter_number = ${letterNumber ?? null} or l.tracking_code = ${trackingCode ?? null}
        ${applicantId === undefined ? db`` : db`or l.applicant_id = ${applicantId}`}
        ${
          submissionNumber === undefined
            ? db``
            : db`or l.id between ${`${submissionNumber}-0000-0000-000000000000`}
                and ${`${submissionNumber}-ffff-ffff-ffffffffffff`}`
        })
      and ${isWithin(db, scope)}
    order by l.submitted_at desc limit ${limit}`,
  );

/**
 * Letters of any state in the order of submission, after the one with the id `after`. `registered`:
 * approved ones only. An instant `Since` is in, one `Until` is not.
 */
export const listLettersAfter = (
  db: Handle,
  {
    after,
    limit,
    registered = false,
    status,
    step,
    register,
    letterNumbers,
    trackingCode,
    applicantId,
    submittedSince,
    submittedUntil,
    registeredSince,
    registeredUntil,
    ...scope
  }: QueueScope & {
    after?: string | undefined;
    limit: number;
    registered?: boolean;
    status?: LetterStatus | undefined;
    step?: LetterStep | undefined;
    register?: string | undefined;
    /** One of these. */
    letterNumbers?: string[] | undefined;
    trackingCode?: string | undefined;
    applicantId?: string | undefined;
    submittedSince?: Date | undefined;
    submittedUntil?: Date | undefined;
    registeredSince?: Date | undefined;
    registeredUntil?: Date | undefined;
  },
): Promise<LetterRow[]> =>
  readLetters(
    db,
    db<SealedLetterRow[]>`
    ${select(db)}
    where ${isWithin(db, scope)}
      ${registered ? db`and l.status = 'approved'` : db``}
      ${status === undefined ? db`` : db`and l.status = ${status}`}
      ${step === undefined ? db`` : db`and l.step = ${step}`}
      ${
        register === undefined
          ? db``
          : db`and l.id in (select letter_id from register_entries where register = ${register})`
      }
      ${letterNumbers === undefined ? db`` : db`and l.letter_number = any(${letterNumbers})`}
      ${trackingCode === undefined ? db`` : db`and l.tracking_code = ${trackingCode}`}
      ${applicantId === undefined ? db`` : db`and l.applicant_id = ${applicantId}`}
      ${submittedSince === undefined ? db`` : db`and l.submitted_at >= ${submittedSince}`}
      ${submittedUntil === undefined ? db`` : db`and l.submitted_at < ${submittedUntil}`}
      ${registeredSince === undefined ? db`` : db`and l.registered_at >= ${registeredSince}`}
      ${registeredUntil === undefined ? db`` : db`and l.registered_at < ${registeredUntil}`}
      ${
        after === undefined
          ? db``
          : db`and (l.submitted_at, l.id) > (select submitted_at, id from letters where id = ${after})`
      }
    order by l.submitted_at, l.id limit ${limit}`,
  );

export const countQueues = async (
  db: Handle,
  { unitIds }: { unitIds?: string[] },
): Promise<Record<QueueName, number>> => {
  const rows = await db<{ queue: QueueName; letters: number }[]>`
    select coalesce(step, status) as queue, count(*)::int as letters from letters
    where ${unitIds === undefined ? db`true` : db`unit_id = any(${unitIds}::uuid[])`}
    group by 1`;
  const counts = {
    pending: 0,
    returned: 0,
    with_unit: 0,
    answered: 0,
    closed: 0,
    rejected: 0,
    withdrawn: 0,
    referred: unitIds === undefined ? 0 : await countQueue(db, { queue: 'referred', unitIds }),
  };
  for (const { queue, letters } of rows) counts[queue] = letters;
  return counts;
};

/** With its data key. False: this applicant already sent a letter with this submission key. */
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
  const { sealedKey, seal } = newLetterKey(tx, letter.id);
  const rows = await tx`
    insert into letters
      (id, applicant_id, submission_key, sender_name, subject, addressed_unit_id, unit_id)
    values (${letter.id}, ${letter.applicantId}, ${letter.submissionKey},
            ${seal.seal(letter.senderName, 'letters.sender_name')},
            ${seal.seal(letter.subject, 'letters.subject')}, ${letter.unitId}, ${letter.unitId})
    on conflict (applicant_id, submission_key) do nothing
    returning id`;
  if (rows.length === 0) return false;
  await addLetterKey(tx, { letterId: letter.id, sealedKey });
  return true;
};

/** Letters sent in the last 24 hours. Until the transaction ends nobody else counts this applicant's. */
export const countLettersOfDay = async (tx: Tx, applicantId: string): Promise<number> => {
  await tx`select pg_advisory_xact_lock(hashtextextended(${applicantId}, 1))`;
  const [row] = await tx<{ letters: number }[]>`
    select count(*)::int as letters from letters
    where applicant_id = ${applicantId} and submitted_at > now() - interval '1 day'`;
  return row?.letters ?? 0;
};

/** What an applicant sent by one form. The texts are '' when they were erased. */
export interface SubmissionRow {
  letterId: string;
  senderName: string;
  subject: string;
  unitId: string;
  /** Null: no file came with it. */
  sha256: string | null;
}

type SealedSubmissionRow = SubmissionRow & { sealedKey: Buffer | null };

const openSubmission = (
  db: Handle,
  row: SealedSubmissionRow | undefined,
): SubmissionRow | undefined => {
  if (!row) return undefined;
  const { sealedKey, ...submission } = row;
  const seal = readingSeal(db, { letterId: row.letterId, sealedKey });
  return {
    ...submission,
    senderName: seal.open(row.senderName, 'letters.sender_name'),
    subject: seal.open(row.subject, 'letters.subject'),
  };
};

/** A letter `l` as its round said. */
const submissionOf = (db: Handle, round: number) => db`
  select l.id as letter_id, l.sender_name, coalesce(v.subject, l.subject) as subject,
    coalesce(v.addressed_unit_id, l.addressed_unit_id) as unit_id, f.sha256, k.sealed_key
  from letters l
    left join letter_versions v on v.letter_id = l.id and v.round = ${round}
    left join files f on f.letter_id = l.id and f.unit_action_id is null and f.round = ${round}
    left join letter_keys k on k.letter_id = l.id`;

/** As it was sent first, whatever was corrected since. */
export const findSubmission = async (
  db: Handle,
  { applicantId, submissionKey }: { applicantId: string; submissionKey: string },
): Promise<SubmissionRow | undefined> => {
  const [row] = await db<SealedSubmissionRow[]>`
    ${submissionOf(db, 1)}
    where l.applicant_id = ${applicantId} and l.submission_key = ${submissionKey}`;
  return openSubmission(db, row);
};

/** An earlier letter of this applicant whose own file has the same bytes; the newest of them. */
export const findRepeat = async (
  db: Handle,
  { applicantId, letterId }: { applicantId: string; letterId: string },
): Promise<{ letterId: string; submittedAt: Date } | undefined> => {
  const [row] = await db<{ letterId: string; submittedAt: Date }[]>`
    select o.id as letter_id, o.submitted_at
    from letters l
      join files f on f.letter_id = l.id and f.unit_action_id is null
      join letters o on o.applicant_id = l.applicant_id and o.submitted_at < l.submitted_at
      join files g on g.letter_id = o.id and g.unit_action_id is null and g.sha256 = f.sha256
    where l.id = ${letterId} and l.applicant_id = ${applicantId}
    order by o.submitted_at desc limit 1`;
  return row;
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

export const withdrawLetter = async (
  tx: Tx,
  letter: { id: string; withdrawnAt: Date },
): Promise<void> => {
  await tx`
    update letters set status = 'withdrawn', withdrawn_at = ${letter.withdrawnAt}
    where id = ${letter.id} and status in ('pending', 'returned')`;
};

/**
 * The next round of a returned letter; what it said before is kept as a version.
 * @returns the new round; undefined: the letter is not returned, or in another round
 */
export const startNextRound = async (
  tx: Tx,
  letter: {
    id: string;
    round: number;
    subject: string;
    unitId: string;
    formKey: string | undefined;
  },
): Promise<number | undefined> => {
  const seal = await letterSealFor(tx, letter.id);
  await tx`
    insert into letter_versions (letter_id, round, subject, addressed_unit_id, form_key)
    select id, round, subject, addressed_unit_id, ${letter.formKey ?? null} from letters
    where id = ${letter.id} and status = 'returned' and round = ${letter.round}`;
  const [row] = await tx<{ round: number }[]>`
    update letters set status = 'pending', round = round + 1,
      subject = ${seal.seal(letter.subject, 'letters.subject')},
      addressed_unit_id = ${letter.unitId}, unit_id = ${letter.unitId}
    where id = ${letter.id} and status = 'returned' and round = ${letter.round}
    returning round`;
  return row?.round;
};

/** The correction of this round that came by this very form. */
export const findResubmission = async (
  db: Handle,
  { id, round, formKey }: { id: string; round: number; formKey: string },
): Promise<SubmissionRow | undefined> => {
  const [row] = await db<SealedSubmissionRow[]>`
    ${submissionOf(db, round + 1)}
    where l.id = ${id} and exists (
      select from letter_versions c
      where c.letter_id = l.id and c.round = ${round} and c.form_key = ${formKey})`;
  return openSubmission(db, row);
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
  sealedKey: string | null;
  scan: FileScan;
  flags: FileFlag[];
}

export const addFile = async (
  tx: Tx,
  {
    letterId,
    unitActionId,
    round = 1,
    file,
  }: { letterId: string; unitActionId?: string; round?: number; file: StoredFile },
): Promise<void> => {
  const seal = await letterSealFor(tx, letterId);
  const sealedKey = file.key === undefined ? null : seal.seal(file.key, `files.key:${file.id}`);
  await tx`
    insert into files
      (id, letter_id, unit_action_id, round, name, type, bytes, sha256, storage_key,
       sealed_key, scan, flags, scanned_at)
    values (${file.id}, ${letterId}, ${unitActionId ?? null}, ${round}, ${seal.seal(file.name, `files.name:${file.id}`)}, ${file.type},
            ${file.bytes}, ${file.sha256}, ${file.storageKey}, ${sealedKey},
            ${file.scan ?? 'none'}, ${file.flags ?? []}, ${file.scan === 'clean' ? tx`now()` : null})`;
  await askPreview(tx, file.id);
};

const toStoredFile = (
  db: Handle,
  letter: { letterId: string; sealedKey: Buffer | null },
  { sealedKey, ...row }: FileRow,
): StoredFile => {
  const seal = readingSeal(db, letter);
  const file = {
    ...row,
    bytes: Number(row.bytes),
    name: seal.open(row.name, `files.name:${row.id}`),
    ...(sealedKey !== null && { key: seal.open(sealedKey, `files.key:${row.id}`) }),
  };
  return seal.isDamaged() ? { ...file, damaged: true } : file;
};

/**
 * The letter's own file of its newest round, or as it was in `round`; that of an applied reply; or
 * the one that is named.
 */
export const findFile = async (
  db: Handle,
  {
    letterId,
    replyNumber,
    fileId,
    round,
  }: {
    letterId: string;
    replyNumber?: number | undefined;
    fileId?: string;
    round?: number | undefined;
  },
): Promise<StoredFile | undefined> => {
  const [row] = await db<(FileRow & { letterKey: Buffer | null })[]>`
    select f.id, f.name, f.type, f.bytes, f.sha256, f.storage_key, f.sealed_key,
      f.scan, f.flags, k.sealed_key as letter_key
    from files f left join unit_actions r on r.id = f.unit_action_id
      left join letter_keys k on k.letter_id = f.letter_id
    where f.letter_id = ${letterId}
      and ${
        fileId !== undefined
          ? db`f.id = ${fileId}`
          : replyNumber === undefined
            ? db`f.unit_action_id is null and f.round <= ${round ?? db`f.round`}`
            : db`r.reply_number = ${replyNumber}`
      }
    order by f.round desc limit 1`;
  if (!row) return undefined;
  const { letterKey, ...file } = row;
  return toStoredFile(db, { letterId, sealedKey: letterKey }, file);
};

export interface ReplyRow {
  number: number;
  text: string;
  at: Date;
  unit: string;
  file: StoredFile | null;
  /** Its text cannot be opened and is ''. Absent: it is whole. */
  damaged?: boolean;
}

export const listReplies = async (db: Handle, letterId: string): Promise<ReplyRow[]> => {
  const rows = await db<
    (Omit<ReplyRow, 'file'> & { id: string; file: FileRow | null; letterKey: Buffer | null })[]
  >`
    select r.id, r.reply_number as number, coalesce(r.body, '') as text, r.acted_at as at,
      r.acting_unit as unit, k.sealed_key as letter_key,
      case when f.id is not null then json_build_object('id', f.id, 'name', f.name, 'type', f.type,
        'bytes', f.bytes, 'sha256', f.sha256, 'storageKey', f.storage_key,
        'sealedKey', f.sealed_key, 'scan', f.scan, 'flags', f.flags) end as file
    from unit_actions r left join files f on f.unit_action_id = r.id
      left join letter_keys k on k.letter_id = r.letter_id
    where r.letter_id = ${letterId} and r.reply_number is not null
    order by r.reply_number`;
  return rows.map(({ id, letterKey, ...row }) => {
    const letter = { letterId, sealedKey: letterKey };
    const seal = readingSeal(db, letter);
    const text = seal.open(row.text, `unit_actions.body:${id}`);
    return {
      ...row,
      text,
      file: row.file && toStoredFile(db, letter, row.file),
      ...(seal.isDamaged() && { damaged: true }),
    };
  });
};

export interface VersionRow {
  round: number;
  subject: string;
  addressedUnit: string;
  replacedAt: Date;
}

/** What the letter said in the rounds before the one that stands, where a correction came after them. */
export const listVersions = async (db: Handle, letterId: string): Promise<VersionRow[]> => {
  const rows = await db<(VersionRow & { letterKey: Buffer | null })[]>`
    select v.round, v.subject, u.name as addressed_unit, v.replaced_at, k.sealed_key as letter_key
    from letter_versions v join units u on u.id = v.addressed_unit_id
      join letters l on l.id = v.letter_id
      left join letter_keys k on k.letter_id = v.letter_id
    where v.letter_id = ${letterId} and v.replaced_at is distinct from l.objected_at
    order by v.round`;
  return rows.map(({ letterKey, ...row }) => ({
    ...row,
    // One that is damaged is '': the page of its letter still opens.
    subject: readingSeal(db, { letterId, sealedKey: letterKey }).open(
      row.subject,
      'letters.subject',
    ),
  }));
};

export interface TimelineRow {
  action: PublicAction;
  at: Date;
  details: { unit?: string; letterNumber?: string; text?: PublicText };
  /** A detail cannot be opened and is ''. Absent: it is whole. */
  damaged?: boolean;
}

/** What the sender may read of the letter's audit trail, in order; nothing else leaves the database. */
export const listTimeline = async (db: Handle, letterId: string): Promise<TimelineRow[]> => {
  const rows = await db<(TimelineRow & { letterKey: Buffer | null })[]>`
    select a.action, a.at, k.sealed_key as letter_key, (
      select coalesce(jsonb_object_agg(d.key, d.value), '{}') from jsonb_each(a.details) d
      where ${db.json(PUBLIC_DETAILS)}::jsonb -> a.action ? d.key) as details
    from audit_entries a left join letter_keys k on k.letter_id = a.letter_id
    where a.letter_id = ${letterId} and a.action = any(${PUBLIC_ACTIONS})
    order by a.id`;
  return rows.map(({ letterKey, ...row }) => {
    const seal = readingSeal(db, { letterId, sealedKey: letterKey }, 'audit');
    const details = openDetails(seal, row.action, row.details);
    return { ...row, details, ...(seal.isDamaged() && { damaged: true }) };
  });
};
