import type postgres from 'postgres';
import type { Handle } from '../../platform/base/database.ts';
import type { AuditAction } from '../../platform/audit/audit-action.ts';
import type { LetterStatus, LetterStep } from './letter.ts';
import { isConsulted } from './consultations.sql.ts';
import { hasClaim } from './claims.sql.ts';
import { isReferral, openLetters, selectLetters } from './letters.sql.ts';
import type { LetterRow, SealedLetterRow } from './letters.sql.ts';

export type QueueName =
  | 'pending'
  | 'returned'
  | 'with_unit'
  | 'answered'
  | 'closed'
  | 'rejected'
  | 'withdrawn'
  | 'referred'
  | 'consulted';

const STATUS_QUEUES: readonly QueueName[] = ['pending', 'returned', 'rejected', 'withdrawn'];

export interface QueueScope {
  unitIds?: string[] | undefined;
  unitId?: string | undefined;
  orReferred?: boolean | undefined;
  history?: LetterHistory | undefined;
  claim?: Parameters<typeof hasClaim>[1] | undefined;
  /** Gregorian days in the organisation's time zone, both inclusive. */
  submitted?:
    | { since?: string | undefined; until?: string | undefined; timeZone: string }
    | undefined;
}

export type LetterHistory = 'first' | 'corrected' | 'objected' | 'asked' | 'held' | 'annulled';

const hasHistory = (db: Handle, history: LetterHistory | undefined) => {
  if (history === 'first') return db`and l.round = 1`;
  if (history === 'objected') return db`and l.objected_at is not null`;
  if (history === 'asked') return db`and l.open_question_id is not null and l.step = 'with_unit'`;
  if (history === 'held') return db`and l.held_reply_id is not null`;
  if (history === 'annulled')
    return db`and l.id in (
      select e.letter_id from register_annulments n join register_entries e
        using (register, year, serial))`;
  return history === undefined ? db`` : db`and l.returned_at is not null`;
};

const isSubmitted = (
  db: Handle,
  { since, until, timeZone }: NonNullable<QueueScope['submitted']>,
) =>
  db`${since === undefined ? db`` : db`and (l.submitted_at at time zone ${timeZone})::date >= ${since}::date`}
    ${until === undefined ? db`` : db`and (l.submitted_at at time zone ${timeZone})::date <= ${until}::date`}`;

const isReferredBy = (db: Handle, unitIds: string[]) => db`
  l.unit_id <> all(${unitIds}::uuid[]) and exists (
    select 1 from unit_actions f
    where f.letter_id = l.id and ${isReferral(db)} and f.acting_unit_id = any(${unitIds}::uuid[]))`;

export const isWithin = (
  db: Handle,
  { unitIds, unitId, orReferred = false, history, submitted, claim }: QueueScope,
) => db`
  ${
    unitIds === undefined
      ? db`true`
      : db`(l.unit_id = any(${unitIds}::uuid[]) ${orReferred ? db`or (${isReferredBy(db, unitIds)}) or ${isConsulted(db, unitIds)}` : db``})`
  }
  and ${unitId === undefined ? db`true` : db`l.unit_id = ${unitId}`}
  ${claim === undefined ? db`` : db`and ${hasClaim(db, claim)}`} ${hasHistory(db, history)} ${submitted === undefined ? db`` : isSubmitted(db, submitted)}`;

const inQueue = (db: Handle, queue: QueueName, { unitIds, ...scope }: QueueScope) => {
  if (queue === 'referred')
    return db`${isReferredBy(db, unitIds ?? [])} and ${isWithin(db, scope)}`;
  if (queue === 'consulted')
    return db`${isConsulted(db, unitIds ?? [])} and ${isWithin(db, scope)}`;
  const isThere = STATUS_QUEUES.includes(queue) ? db`l.status = ${queue}` : db`l.step = ${queue}`;
  return db`${isThere} and ${isWithin(db, { unitIds, ...scope })}`;
};

const ARRIVALS: Record<QueueName, AuditAction[]> = {
  pending: ['submitted', 'resubmitted', 'objected'],
  returned: ['returned'],
  rejected: ['rejected'],
  withdrawn: ['withdrawn'],
  with_unit: ['approved', 'referred', 'referral_withdrawn', 'reopened'],
  answered: ['replied', 'referral_withdrawn'],
  closed: ['closed'],
  referred: ['referred'],
  consulted: ['consulted'],
};

export const listArrivals = async (
  db: Handle,
  { queue, since, ...scope }: QueueScope & { queue: QueueName; since: Date },
): Promise<string[]> => {
  const rows = await db<{ id: string }[]>`
    select l.id from letters l
    where l.id in (
        select e.letter_id from audit_entries e
        where e.at > ${since} and e.action = any(${ARRIVALS[queue]}))
      and ${inQueue(db, queue, scope)}
    order by l.submitted_at desc limit 100`;
  return rows.map(({ id }) => id);
};

export const listStillIn = async (
  db: Handle,
  { letterIds, queue, ...scope }: QueueScope & { letterIds: string[]; queue: QueueName },
): Promise<string[]> => {
  if (letterIds.length === 0) return [];
  const rows = await db<{ id: string }[]>`
    select l.id from letters l
    where l.id = any(${letterIds}::uuid[]) and ${inQueue(db, queue, scope)}
    order by l.id`;
  return rows.map(({ id }) => id);
};

export const listWithin = async (
  db: Handle,
  { letterIds, unitIds }: { letterIds: string[]; unitIds: string[] },
): Promise<string[]> => {
  const rows = await db<{ id: string }[]>`
    select l.id from letters l
    where l.id = any(${letterIds}::uuid[]) and l.status = 'approved'
      and ${isWithin(db, { unitIds, orReferred: true })}`;
  return rows.map(({ id }) => id);
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
  consulted: 'registered_at',
};

export const WAITING_QUEUES: readonly QueueName[] = [
  'pending',
  'with_unit',
  'returned',
  'consulted',
];

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
  openLetters(
    db,
    db<SealedLetterRow[]>`
    ${selectLetters(db)}
    where l.id in (
      select l.id from letters l where ${inQueue(db, queue, scope)}
      order by ${inOrder(db, queue, order)} limit ${limit} offset ${offset})
    order by ${inOrder(db, queue, order)}`,
  );

const inOrder = (db: Handle, queue: QueueName, order: 'oldest' | 'newest') =>
  db`l.${db(QUEUE_TIME[queue])} ${order === 'newest' ? db`desc` : db``}, l.id`;

const isNarrowed = ({ history, claim, submitted }: QueueScope): boolean =>
  [history, claim, submitted?.since, submitted?.until].some((filter) => filter !== undefined);

export const countQueue = async (
  db: Handle,
  { queue, ...scope }: QueueScope & { queue: QueueName },
): Promise<number> => {
  const isOfOthers = queue === 'referred' || queue === 'consulted';
  if (!isOfOthers && !isNarrowed(scope)) return (await readTallies(db, scope))[queue] ?? 0;
  const [row] = await db<{ letters: number }[]>`
    select count(*)::int as letters from letters l
    where ${inQueue(db, queue, scope)}`;
  return row?.letters ?? 0;
};

const readTallies = async (
  db: Handle,
  { unitIds, unitId }: Pick<QueueScope, 'unitIds' | 'unitId'>,
): Promise<Partial<Record<QueueName, number>>> => {
  const rows = await db<{ queue: QueueName; letters: number }[]>`
    select queue, sum(letters)::int as letters from letter_tallies
    where ${unitIds === undefined ? db`true` : db`unit_id = any(${unitIds}::uuid[])`}
      and ${unitId === undefined ? db`true` : db`unit_id = ${unitId}`}
    group by queue`;
  return Object.fromEntries(rows.map(({ queue, letters }) => [queue, letters]));
};

/** Of each unit and queue one row instead of one for each change. */
export const sumTallies = async (db: Handle): Promise<void> => {
  await db`
    with gone as (delete from letter_tallies returning unit_id, queue, letters)
    insert into letter_tallies (unit_id, queue, letters)
    select unit_id, queue, sum(letters) from gone group by unit_id, queue`;
};

export const listToSearch = (
  db: Handle,
  { limit, registered, ...scope }: QueueScope & { limit: number; registered: boolean },
): Promise<LetterRow[]> =>
  openLetters(
    db,
    db<SealedLetterRow[]>`
    ${selectLetters(db)}
    where k.erased_at is null and ${isWithin(db, scope)}
      ${registered ? db`and l.status = 'approved'` : db``}
    order by l.submitted_at desc, l.id limit ${limit}`,
  );

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
    /** The first two groups of a letter's id: `3f9a12c0-77ab`. */
    submissionNumber: string | undefined;
    applicantId: string | undefined;
    limit: number;
  },
): Promise<LetterRow[]> =>
  openLetters(
    db,
    db<SealedLetterRow[]>`
    ${selectLetters(db)}
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

/** `registered`: approved ones only. `Since` is inclusive, `Until` exclusive. */
export interface LetterFilter {
  registered?: boolean | undefined;
  status?: LetterStatus | undefined;
  step?: LetterStep | undefined;
  register?: string | undefined;
  letterNumbers?: string[] | undefined;
  trackingCode?: string | undefined;
  applicantId?: string | undefined;
  submittedSince?: Date | undefined;
  submittedUntil?: Date | undefined;
  registeredSince?: Date | undefined;
  registeredUntil?: Date | undefined;
}

type Fragment = postgres.PendingQuery<postgres.Row[]>;

const matches = (db: Handle, filter: LetterFilter) => {
  const when = <Value>(value: Value | undefined, condition: (value: Value) => Fragment) =>
    value === undefined ? db`` : db`and ${condition(value)}`;
  return db`
    ${filter.registered ? db`and l.status = 'approved'` : db``}
    ${when(filter.status, (status) => db`l.status = ${status}`)}
    ${when(filter.step, (step) => db`l.step = ${step}`)}
    ${when(
      filter.register,
      (id) => db`l.id in (select letter_id from register_entries where register = ${id})`,
    )}
    ${when(filter.letterNumbers, (numbers) => db`l.letter_number = any(${numbers})`)}
    ${when(filter.trackingCode, (code) => db`l.tracking_code = ${code}`)}
    ${when(filter.applicantId, (id) => db`l.applicant_id = ${id}`)}
    ${when(filter.submittedSince, (since) => db`l.submitted_at >= ${since}`)}
    ${when(filter.submittedUntil, (until) => db`l.submitted_at < ${until}`)}
    ${when(filter.registeredSince, (since) => db`l.registered_at >= ${since}`)}
    ${when(filter.registeredUntil, (until) => db`l.registered_at < ${until}`)}`;
};

/** In the order of submission, after the letter `after`. */
export const listLettersAfter = (
  db: Handle,
  {
    after,
    limit,
    ...filter
  }: QueueScope & LetterFilter & { after?: string | undefined; limit: number },
): Promise<LetterRow[]> =>
  openLetters(
    db,
    db<SealedLetterRow[]>`
    ${selectLetters(db)}
    where ${isWithin(db, filter)} ${matches(db, filter)}
      ${
        after === undefined
          ? db``
          : db`and (l.submitted_at, l.id)
              > ((select submitted_at from letters where id = ${after}), ${after}::uuid)`
      }
    order by l.submitted_at, l.id limit ${limit}`,
  );

export const countQueues = async (
  db: Handle,
  { unitIds }: { unitIds?: string[] },
): Promise<Record<QueueName, number>> => ({
  pending: 0,
  returned: 0,
  with_unit: 0,
  answered: 0,
  closed: 0,
  rejected: 0,
  withdrawn: 0,
  ...(await readTallies(db, { unitIds })),
  referred: unitIds === undefined ? 0 : await countQueue(db, { queue: 'referred', unitIds }),
  consulted: unitIds === undefined ? 0 : await countQueue(db, { queue: 'consulted', unitIds }),
});
