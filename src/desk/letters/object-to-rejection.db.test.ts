/** The objection to a rejection: once, in time, and decided by somebody else. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addApiKey } from '../../operations/integrations/api-keys.sql.ts';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { findReceiptRow } from '../proof/letter-receipts.sql.ts';
import { findLetter } from './letters.sql.ts';
import type { DecisionKind } from './letter.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { testDeps } from '../../testing/test-deps.ts';
import type { Deps } from '../../platform/deps.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  noFiles,
  submitTestLetter,
} from '../../testing/letters.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { testSeals } from '../../testing/seals.ts';
import { decideLetter } from './decide-letter.ts';
import type { DecideLetter } from './decide-letter.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { objectToRejection } from './object-to-rejection.ts';
import { OWN_REJECTION } from './refusals.ts';
import { getStaffLetter } from './staff-letter.ts';
import { getStaffQueue } from './staff-queue.ts';
import { endObjectionPeriod, recordDecision } from './record-decision.ts';
import { listTimeline, listVersions } from './letter-detail.sql.ts';

const DAY = 60;
const OBJECTION = 'پیوست خوانا بود.';

let database: TestDatabase;
let db: Db;
let deps: Deps;
let unitId: string;
let applicantId: string;
let first: StaffMember;
let second: StaffMember;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createTestLog('test');
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  deps = testDeps(db, {
    files: noFiles,
    env: { OBJECTION_DAYS: '10', TEST_WORKING_DAY_SECONDS: String(DAY) },
  });
  unitId = await addTestUnit(db);
  applicantId = await addTestApplicant(db);
  first = await addTestStaff(db, { role: 'reviewer' });
  second = await addTestStaff(db, { role: 'admin' });
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

const codeOf = (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'done',
    (error: unknown) => {
      if (error instanceof DomainError) return error.code;
      throw error;
    },
  );

const object = (letterId: string, text = OBJECTION, by = applicantId): Promise<string> =>
  codeOf(objectToRejection(deps, { applicantId: by, letterId, text }));

const openId = async (letterId: string): Promise<string> => {
  const [row] = await db<{ id: string }[]>`
    select id from decisions where letter_id = ${letterId} and outcome is null`;
  if (!row) throw new Error('no decision is open');
  return row.id;
};

/** As the desk does, and the workflow after it. */
const decide = async (
  letterId: string,
  staff: StaffMember,
  decision: DecideLetter['decision'],
): Promise<void> => {
  await decideLetter(deps, { letterId, staff, decision });
  const decisionId = await openId(letterId);
  const taken = { kind: decision.kind, decisionId, by: staff.username };
  const { refused } = await recordDecision(deps, { letterId, decision: taken });
  expect(refused).toBeNull();
};

const REJECT = { kind: 'reject', reason: 'پیوست خوانا نیست.' } as const;

const signalled = (letterId: string, kind: DecisionKind, by: string) =>
  recordDecision(deps, {
    letterId,
    decision: { kind, decisionId: randomUUID(), by, reason: 'دلیل' },
  });

const rejected = async (staff = first): Promise<string> => {
  const letterId = await submitTestLetter(db, { unitId, applicantId });
  await decide(letterId, staff, REJECT);
  return letterId;
};

const expire = (letterId: string) =>
  db`update letters set objection_until = now() where id = ${letterId}`;

const told = async (letterId: string): Promise<string[]> => {
  const rows = await db<{ kind: string }[]>`
    select kind from messages where letter_id = ${letterId} order by created_at, kind`;
  return rows.map(({ kind }) => kind);
};

test('an objection reopens the letter in its next round, told and shown to both sides', async () => {
  const letterId = await rejected();
  const before = await findLetter(db, letterId);
  expect(before?.objectionUntil?.getTime()).toBe((before?.decidedAt?.getTime() ?? 0) + 600_000);

  expect(await object(letterId)).toBe('done');
  expect(await findLetter(db, letterId)).toMatchObject({
    status: 'pending',
    round: 2,
    objection: OBJECTION,
    objectionUntil: null,
    rejectionReason: null,
    decidedBy: null,
  });
  // The letter itself was not sent again.
  expect(await listVersions(db, letterId)).toEqual([]);
  expect(await findReceiptRow(db, { letterId })).toMatchObject({
    round: 1,
    newestRound: 1,
    submittedAt: before?.submittedAt,
  });
  const timeline = await listTimeline(db, letterId);
  expect(timeline.map(({ action, details }) => [action, details.text])).toEqual([
    ['submitted', undefined],
    ['rejected', REJECT.reason],
    ['objected', OBJECTION],
  ]);
  expect(await told(letterId)).toEqual(['rejected', 'reopened']);
  const signals = await db`
    select payload from outbox where letter_id = ${letterId} and kind = 'objection'`;
  expect(signals).toEqual([{ payload: { round: 2 } }]);
  const [stored] = await db<{ objection: string }[]>`
    select objection from letters where id = ${letterId}`;
  expect(stored?.objection).not.toContain(OBJECTION);

  // The same form again is the same objection; another one is one too many.
  expect(await object(letterId)).toBe('done');
  expect(await object(letterId, 'باز هم')).toBe('not_open');
  expect(await told(letterId)).toEqual(['rejected', 'reopened']);
});

test('it is granted: number, SMS and a second entry of a decision', async () => {
  const letterId = await rejected();
  await object(letterId);
  await decide(letterId, second, { kind: 'approve' });
  const letter = await findLetter(db, letterId);
  expect(letter).toMatchObject({ status: 'approved', decidedBy: second.name });
  expect(letter?.letterNumber).not.toBeNull();
  expect(await told(letterId)).toEqual(['rejected', 'reopened', 'approved']);
  const rounds = await db`
    select kind, round from decisions where letter_id = ${letterId} order by round`;
  expect(rounds).toEqual([
    { kind: 'reject', round: 1 },
    { kind: 'approve', round: 2 },
  ]);
});

test('it is refused: the second rejection is told, and final', async () => {
  const letterId = await rejected();
  await object(letterId);
  await decide(letterId, second, { kind: 'reject', reason: 'بررسی شد؛ باز هم خوانا نیست.' });
  expect(await findLetter(db, letterId)).toMatchObject({
    status: 'rejected',
    objectionUntil: null,
    objection: OBJECTION,
  });
  expect(await told(letterId)).toEqual(['rejected', 'reopened', 'rejected']);
  expect(await object(letterId, 'باز هم')).toBe('not_open');
});

test('nobody objects to what is not rejected, is not theirs, or is over', async () => {
  const pending = await submitTestLetter(db, { unitId, applicantId });
  expect(await object(pending)).toBe('not_open');
  const letterId = await rejected();
  const other = await addTestApplicant(db, '+989120000001');
  expect(await object(letterId, OBJECTION, other)).toBe('not_found');
  await expire(letterId);
  expect(await object(letterId)).toBe('not_open');
  expect(await endObjectionPeriod(deps, { letterId })).toMatchObject({
    state: { objectionUntil: null },
  });

  const early = await rejected();
  const { state } = await endObjectionPeriod(deps, { letterId: early });
  expect(state.objectionUntil).not.toBeNull();
  expect(await object(early)).toBe('done');
});

test('without working days nobody can object', async () => {
  const letterId = await submitTestLetter(db, { unitId, applicantId });
  await recordDecision(testDeps(db), {
    letterId,
    decision: { kind: 'reject', decisionId: randomUUID(), by: 'ali', reason: 'دلیل' },
  });
  expect(await findLetter(db, letterId)).toMatchObject({ objectionUntil: null });
  expect(await object(letterId)).toBe('not_open');
});

test('the working calendar counts when no test says otherwise', async () => {
  const letterId = await submitTestLetter(db, { unitId, applicantId });
  await recordDecision(testDeps(db, { env: { OBJECTION_DAYS: '10' } }), {
    letterId,
    // A Saturday; of the working week of the new desk Thursday and Friday are no days.
    now: new Date('2026-11-28T09:00:00+03:30'),
    decision: { kind: 'reject', decisionId: randomUUID(), by: 'ali', reason: 'دلیل' },
  });
  const letter = await findLetter(db, letterId);
  expect(letter?.objectionUntil?.toISOString().slice(0, 10)).toBe('2026-12-12');
});

test('whoever rejected it decides the objection neither at the desk nor by a signal', async () => {
  const letterId = await rejected();
  await object(letterId);
  for (const decision of [REJECT, { kind: 'approve' }, { ...REJECT, kind: 'return' }] as const)
    expect(await codeOf(decide(letterId, first, decision))).toBe('own_rejection');
  for (const by of [first.username, first.username.toUpperCase(), first.name])
    expect(await signalled(letterId, 'approve', by)).toMatchObject({ refused: OWN_REJECTION });
  expect(await findLetter(db, letterId)).toMatchObject({ status: 'pending' });
  expect(await signalled(letterId, 'approve', second.username)).toMatchObject({ refused: null });
});

test('the record refuses what was accepted before it was an own rejection', async () => {
  const letterId = await rejected();
  await object(letterId);
  const id = randomUUID();
  await db`
    insert into decisions (id, letter_id, kind, staff_id, decided_by)
    values (${id}, ${letterId}, 'approve', ${first.id}, ${first.name})`;
  const decision = { kind: 'approve', decisionId: id, by: first.username } as const;
  expect(await recordDecision(deps, { letterId, decision })).toMatchObject({
    refused: OWN_REJECTION,
  });
  const [row] = await db`select outcome, refusal from decisions where id = ${id}`;
  expect(row).toEqual({ outcome: 'refused', refusal: OWN_REJECTION });
});

test('a name that a signal gave, and the key of another system, are somebody too', async () => {
  const byName = await submitTestLetter(db, { unitId, applicantId });
  await signalled(byName, 'reject', first.username);
  await object(byName);
  expect(await codeOf(decide(byName, first, { kind: 'approve' }))).toBe('own_rejection');
  expect(await signalled(byName, 'approve', first.username)).toMatchObject({
    refused: OWN_REJECTION,
  });

  const id = randomUUID();
  await addApiKey(db, {
    id,
    name: `key ${id}`,
    scope: 'decide',
    unitId: null,
    prefix: id.slice(0, 8),
    keyHash: Buffer.alloc(32, id),
    days: null,
  });
  const key: StaffMember = { ...second, id, keyId: id, name: 'سامانه‌ی دیگر' };
  const byKey = await rejected(key);
  await object(byKey);
  expect(await codeOf(decide(byKey, key, { kind: 'approve' }))).toBe('own_rejection');
  await decide(byKey, first, { kind: 'approve' });
});

test('its sender withdraws the letter while the objection waits', async () => {
  const withdrawn = await rejected();
  await object(withdrawn);
  const id = randomUUID();
  await db`
    insert into decisions (id, letter_id, kind, decided_by)
    values (${id}, ${withdrawn}, 'withdraw', 'applicant')`;
  const withdraw = { kind: 'withdraw', decisionId: id, by: 'applicant' } as const;
  expect(await recordDecision(deps, { letterId: withdrawn, decision: withdraw })).toMatchObject({
    state: { status: 'withdrawn', objectionUntil: null },
  });
});

test('staff see the objection, whose it is not, and whether anybody else can decide it', async () => {
  const letterId = await rejected();
  await object(letterId);
  const own = await getStaffLetter(deps, { staff: first, letterId });
  expect(own).toMatchObject({ isOwnRejection: true, objection: OBJECTION });
  expect(own.otherDeciders).toBeGreaterThan(0);
  const others = await getStaffLetter(deps, { staff: second, letterId });
  expect(others).toMatchObject({ objection: OBJECTION });
  expect(others.isOwnRejection).toBeUndefined();
  const marked = async (staff: StaffMember) => {
    const { letters } = await getStaffQueue(deps, { staff, filter: 'pending', order: 'newest' });
    return letters.find(({ id }) => id === letterId)?.isOwnRejection;
  };
  expect(await marked(first)).toBe(true);
  expect(await marked(second)).toBeUndefined();

  await db`update staff set disabled_at = now() where id <> ${first.id}`;
  expect(await getStaffLetter(deps, { staff: first, letterId })).toMatchObject({
    otherDeciders: 0,
  });
  await db`update staff set disabled_at = null`;
});
