import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { findDecision, findStandingDecision } from './decisions.sql.ts';
import { findLetter } from './letters.sql.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  submitTestLetter,
} from '../../testing/letters.ts';
import { testSeals } from '../../testing/seals.ts';
import { decideLetter } from './decide-letter.ts';
import type { DecideLetter } from './decide-letter.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { readLetterInput } from './dispatch.ts';
import { recordDecision } from './record-decision.ts';
import { undoDecision } from './undo-decision.ts';
import { withdrawLetter } from './withdraw-letter.ts';
import { testDeps } from '../../testing/test-deps.ts';
import type { Deps } from '../../platform/deps.ts';

const log = createLogger({ name: 'test', level: 'silent' });
const UNDO_SECONDS = 60;

let database: TestDatabase;
let db: Db;
let deps: Deps;
let applicantId: string;
let unitId: string;
let reviewer: StaffMember;
let colleague: StaffMember;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  deps = testDeps(db, { env: { UNDO_SECONDS: String(UNDO_SECONDS) } });
  unitId = await addTestUnit(db);
  applicantId = await addTestApplicant(db);
  reviewer = await addTestStaff(db, { role: 'reviewer' });
  colleague = await addTestStaff(db, { role: 'reviewer' });
});

afterAll(async () => {
  await db.end();
  await database.drop();
});

const submit = () => submitTestLetter(db, { unitId, applicantId });

const decide = (input: Pick<DecideLetter, 'letterId'> & Partial<DecideLetter>) =>
  decideLetter(deps, { staff: reviewer, decision: { kind: 'approve' }, ...input });

/** A letter that the reviewer has approved, with the decision's id. */
const decided = async () => {
  const letterId = await submit();
  expect(await decide({ letterId })).toEqual({ outcome: 'undoable' });
  const standing = await findStandingDecision(db, letterId);
  if (!standing) throw new Error('the decision does not stand');
  return { letterId, decisionId: standing.id };
};

const undo = (which: { letterId: string; decisionId: string }, staff = reviewer) =>
  undoDecision(deps, { ...which, staff });

/** As the letter's workflow does when the undo window is over. */
const apply = ({ letterId, decisionId }: { letterId: string; decisionId: string }) =>
  recordDecision(deps, {
    letterId,
    decision: { kind: 'approve', decisionId, by: reviewer.username },
  });

const effectsOf = async (letterId: string) => {
  const [row] = await db<{ numbers: number; messages: number }[]>`
    select (select count(*)::int from register_entries where letter_id = ${letterId}) as numbers,
      (select count(*)::int from messages where letter_id = ${letterId}) as messages`;
  return row;
};

const trailOf = async (letterId: string): Promise<string[]> => {
  const rows = await db<{ action: string }[]>`
    select action from audit_entries where letter_id = ${letterId} order by id`;
  return rows.map(({ action }) => action);
};

test('a decision that is taken back leaves no number, no SMS and an open letter', async () => {
  const which = await decided();
  expect(await undo(which)).toBe('undone');
  expect((await apply(which)).state.status).toBe('pending');
  expect(await effectsOf(which.letterId)).toEqual({ numbers: 0, messages: 0 });
  expect(await findStandingDecision(db, which.letterId)).toBeUndefined();
  expect(await trailOf(which.letterId)).toEqual(['submitted', 'decided', 'undone']);
  expect(await decide({ letterId: which.letterId, staff: colleague })).toEqual({
    outcome: 'undoable',
  });
});

test('the same form again is answered like the first time', async () => {
  const which = await decided();
  expect([await undo(which), await undo(which)]).toEqual(['undone', 'undone']);
  expect(await trailOf(which.letterId)).toEqual(['submitted', 'decided', 'undone']);
});

test('what has been applied is not taken back', async () => {
  const which = await decided();
  await apply(which);
  expect(await undo(which)).toBe('too_late');
  expect(await effectsOf(which.letterId)).toEqual({ numbers: 1, messages: 1 });
  expect(await trailOf(which.letterId)).toEqual(['submitted', 'decided', 'approved']);
});

test('of taking back and applying at the same time exactly one wins', async () => {
  const wins = { undone: 0, too_late: 0 };
  for (let turn = 0; turn < 30; turn += 1) {
    const which = await decided();
    const race = turn % 2 === 0 ? [undo(which), apply(which)] : [apply(which), undo(which)];
    const outcome = (await Promise.all(race)).find((result) => typeof result === 'string');
    const decision = await findDecision(db, which.decisionId);
    const letter = await findLetter(db, which.letterId);
    const isUndone = outcome === 'undone';
    expect([decision?.outcome, letter?.status, await effectsOf(which.letterId)]).toEqual(
      isUndone
        ? ['undone', 'pending', { numbers: 0, messages: 0 }]
        : ['applied', 'approved', { numbers: 1, messages: 1 }],
    );
    wins[isUndone ? 'undone' : 'too_late'] += 1;
  }
  expect(wins.undone + wins.too_late).toBe(30);
});

test('only who made it takes it back', async () => {
  const which = await decided();
  await expect(undo(which, colleague)).rejects.toMatchObject({ code: 'not_allowed' });
  await expect(undo({ ...which, decisionId: randomUUID() })).rejects.toMatchObject({
    code: 'not_found',
  });
  const other = await submit();
  await expect(undo({ ...which, letterId: other })).rejects.toMatchObject({ code: 'not_found' });
  expect((await findStandingDecision(db, which.letterId))?.id).toBe(which.decisionId);
});

test('a colleague who decides meanwhile is told who was first', async () => {
  const { letterId } = await decided();
  await expect(decide({ letterId, staff: colleague })).rejects.toMatchObject({
    code: 'already_decided',
    facts: { kind: 'approve', by: reviewer.name },
  });
});

test('the decision of another system has no undo window', async () => {
  const letterId = await submit();
  const keyId = randomUUID();
  await db`
    insert into api_keys (id, name, scope, prefix, key_hash)
    values (${keyId}, ${keyId}, 'decide', ${keyId}, ${Buffer.alloc(32, 1)})`;
  const staff: StaffMember = { ...reviewer, id: keyId, name: 'key', keyId };
  expect(await decide({ letterId, staff })).toEqual({ outcome: 'recorded' });
  const standing = await findStandingDecision(db, letterId);
  expect(standing?.undoSeconds).toBeNull();
  await expect(undo({ letterId, decisionId: standing?.id ?? '' }, staff)).rejects.toMatchObject({
    code: 'not_allowed',
  });
});

test('a letter whose sender withdraws it in the undo window is withdrawn', async () => {
  const which = await decided();
  const { letterId } = which;
  expect(await withdrawLetter(deps, { applicantId, letterId })).toEqual({ outcome: 'recorded' });
  expect((await apply(which)).state.status).toBe('pending');
  expect(await undo(which)).toBe('too_late');
  const standing = await findStandingDecision(db, letterId);
  expect(standing).toMatchObject({ kind: 'withdraw', outcome: null });
  expect(await effectsOf(letterId)).toEqual({ numbers: 0, messages: 0 });
});

test('a workflow that is started from the record waits for what is left of the window', async () => {
  const { letterId, decisionId } = await decided();
  const openDecisions = async () => (await readLetterInput(deps, letterId)).openWork?.decisions;
  const [decision] = (await openDecisions()) ?? [];
  expect(decision).toMatchObject({ kind: 'approve', decisionId });
  expect(decision?.undoSeconds).toBeGreaterThan(0);
  expect(decision?.undoSeconds).toBeLessThanOrEqual(UNDO_SECONDS);
  await db`update decisions set applies_at = now() - interval '1 second' where id = ${decisionId}`;
  expect(await openDecisions()).toEqual([{ kind: 'approve', decisionId, by: reviewer.username }]);
});
