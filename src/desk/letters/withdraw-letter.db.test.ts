/** «انصراف» against everybody else: at the record whoever is first stands, and the other is told. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { findLetter } from './letters.sql.ts';
import {
  listUnfinishedLetters,
  settleLateWork,
} from '../../operations/maintenance/reconcile.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { testSeals } from '../../testing/seals.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  noFiles,
  submitTestLetter,
} from '../../testing/letters.ts';
import { decideLetter } from './decide-letter.ts';
import type { DecideLetter } from './decide-letter.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { readLetterInput } from './dispatch.ts';
import { recordDecision } from './record-decision.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { resubmitLetter } from './resubmit-letter.ts';
import { withdrawLetter } from './withdraw-letter.ts';
import type { Deps } from '../../platform/deps.ts';

const log = createTestLog('test');

let database: TestDatabase;
let db: Db;
let deps: Deps;
let reviewer: StaffMember;
let unitId: string;
let applicantId: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  deps = testDeps(db);
  reviewer = await addTestStaff(db, { role: 'reviewer' });
  unitId = await addTestUnit(db);
  applicantId = await addTestApplicant(db);
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

const submit = (): Promise<string> => submitTestLetter(db, { unitId, applicantId });

const decide = (letterId: string, decision: DecideLetter['decision']): Promise<string> =>
  codeOf(decideLetter(deps, { letterId, staff: reviewer, decision }));

const withdraw = (letterId: string): Promise<string> =>
  codeOf(withdrawLetter(deps, { applicantId, letterId }));

/** `done`, or what was refused and for whose sake. */
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: unknown) => {
      if (!(error instanceof DomainError)) throw error;
      return [error.code, error.facts.kind].filter(Boolean).join(' ');
    },
  );

/** As the workflow does with what stands open. */
const takeUp = async (letterId: string): Promise<void> => {
  const { openWork } = await readLetterInput(deps, letterId);
  for (const decision of openWork?.decisions ?? [])
    await recordDecision(deps, { letterId, decision });
};

const statusOf = async (letterId: string): Promise<string | undefined> =>
  (await findLetter(db, letterId))?.status;

const decisionsOf = (letterId: string) =>
  db<{ id: string; kind: string; outcome: string | null }[]>`
    select id, kind, outcome from decisions where letter_id = ${letterId} order by decided_at`;

test('of a withdrawal and an approval at the same moment the first stands, fifty times', async () => {
  const winners = new Map<string, number>();
  for (let pair = 0; pair < 50; pair += 1) {
    const letterId = await submit();
    const both = [() => withdraw(letterId), () => decide(letterId, { kind: 'approve' })];
    const answers = await Promise.all((pair % 2 ? both : both.toReversed()).map((act) => act()));
    const [decision, ...others] = await decisionsOf(letterId);
    expect(others).toEqual([]);
    expect(answers.sort()).toEqual([`already_decided ${decision?.kind}`, 'done']);
    await takeUp(letterId);
    const letter = await findLetter(db, letterId);
    expect(letter?.status).toBe(decision?.kind === 'approve' ? 'approved' : 'withdrawn');
    expect(letter?.letterNumber === null).toBe(letter?.status === 'withdrawn');
    winners.set(decision?.kind ?? '', (winners.get(decision?.kind ?? '') ?? 0) + 1);
  }
  expect([...winners.keys()].sort()).toEqual(['approve', 'withdraw']);
});

test('a letter is withdrawn once, however often the button is pressed', async () => {
  const letterId = await submit();
  const answers = await Promise.all(Array.from({ length: 10 }, () => withdraw(letterId)));
  expect(new Set(answers)).toEqual(new Set(['done']));
  await takeUp(letterId);
  expect(await withdraw(letterId)).toBe('done');
  expect(await decisionsOf(letterId)).toHaveLength(1);
  const letter = await findLetter(db, letterId);
  expect(letter).toMatchObject({ status: 'withdrawn', letterNumber: null, trackingCode: null });
  expect(letter?.withdrawnAt).toBeInstanceOf(Date);
  const [told] = await db<{ messages: number; entries: number }[]>`
    select (select count(*)::int from messages where letter_id = ${letterId}) as messages,
      (select count(*)::int from audit_entries
       where letter_id = ${letterId} and action = 'withdrawn' and actor_kind = 'applicant'
         and actor = ${applicantId}) as entries`;
  expect(told).toEqual({ messages: 0, entries: 1 });
});

test('nobody decides a withdrawn letter, and nobody withdraws a decided one', async () => {
  const withdrawn = await submit();
  await withdraw(withdrawn);
  for (const kind of ['approve', 'reject', 'return'] as const) {
    const decision = kind === 'approve' ? { kind } : { kind, reason: 'ناقص' };
    expect(await decide(withdrawn, decision)).toBe('already_decided withdraw');
  }
  const approved = await submit();
  await decide(approved, { kind: 'approve' });
  expect(await withdraw(approved)).toBe('already_decided approve');
  await takeUp(approved);
  expect(await withdraw(approved)).toBe('already_decided approve');
  const rejected = await submit();
  await decide(rejected, { kind: 'reject', reason: 'ناقص' });
  await takeUp(rejected);
  expect(await withdraw(rejected)).toBe('already_decided reject');
});

test('a letter that has come back can be withdrawn, and is then not sent again', async () => {
  const letterId = await submit();
  expect(await decide(letterId, { kind: 'return', reason: 'امضا ندارد' })).toBe('done');
  expect(await withdraw(letterId)).toBe('already_decided return');
  await takeUp(letterId);
  expect(await statusOf(letterId)).toBe('returned');
  expect(await withdraw(letterId)).toBe('done');
  const again = { applicantId, letterId, round: 1, unitId, subject: 'موضوع', files: [] };
  expect(await codeOf(resubmitLetter(testDeps(db, { files: noFiles }), again))).toBe('not_open');
  expect(await decide(letterId, { kind: 'approve' })).toBe('already_decided withdraw');
  // What waits for the workflow is not too late for it.
  await db`update decisions set decided_at = now() - interval '1 hour' where letter_id = ${letterId}`;
  await settleLateWork(db, letterId);
  await takeUp(letterId);
  expect(await statusOf(letterId)).toBe('withdrawn');
});

test('the letter of somebody else does not exist', async () => {
  const letterId = await submit();
  const other = await addTestApplicant(db, '+989120000002');
  expect(await codeOf(withdrawLetter(deps, { applicantId: other, letterId }))).toBe('not_found');
  expect(await codeOf(withdrawLetter(deps, { applicantId, letterId: randomUUID() }))).toBe(
    'not_found',
  );
  expect(await decisionsOf(letterId)).toEqual([]);
});

test('a returned letter needs its workflow, a withdrawn one does not', async () => {
  const [returned, withdrawn] = [await submit(), await submit()];
  await decide(returned, { kind: 'return', reason: 'ناقص' });
  await withdraw(withdrawn);
  for (const letterId of [returned, withdrawn]) await takeUp(letterId);
  await db`update messages set state = 'sent' where letter_id = ${returned}`;
  const open = await listUnfinishedLetters(db, { limit: 10_000, quietSeconds: 0 });
  expect(open).toContain(returned);
  expect(open).not.toContain(withdrawn);
});
