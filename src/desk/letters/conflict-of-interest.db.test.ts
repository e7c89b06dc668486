/** Nobody decides their own letter, whichever way the decision takes. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { changeStaff, findStaffById } from '../staff/staff.sql.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  fileRow,
  submitTestLetter,
} from '../../testing/letters.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { testSeals } from '../../testing/seals.ts';
import { decideLetter } from './decide-letter.ts';
import { actOnLetter } from './act-on-letter.ts';
import type { ActOnLetter } from './act-on-letter.ts';
import type { DecideLetter } from './decide-letter.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { OWN_LETTER } from './refusals.ts';
import { recordDecision } from './record-decision.ts';
import type { RecordDecision } from './record-decision.ts';
import { recordUnitAction } from './record-unit-action.ts';
import { testDeps } from '../../testing/test-deps.ts';
import type { Deps } from '../../platform/deps.ts';
import { InternalText, publicText } from '../../platform/base/audience.ts';

const OWN = '+989121112233';
let database: TestDatabase;
let db: Db;
let deps: Deps;
let unitId: string;
let otherUnitId: string;
let applicantId: string;
let people: Record<'reviewer' | 'admin' | 'clerk' | 'colleague', StaffMember>;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createTestLog('own-letter');
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  deps = testDeps(db);
  unitId = await addTestUnit(db);
  otherUnitId = await addTestUnit(db);
  applicantId = await addTestApplicant(db, OWN);
  people = {
    reviewer: await addTestStaff(db, { role: 'reviewer', mobile: OWN }),
    admin: await addTestStaff(db, { role: 'admin', mobile: OWN }),
    clerk: await addTestStaff(db, { role: 'unit', unitIds: [unitId], mobile: OWN }),
    colleague: await addTestStaff(db, { role: 'admin', mobile: '+989350000000' }),
  };
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

const submit = () => submitTestLetter(db, { unitId, applicantId });
const record = (input: RecordDecision) => recordDecision(deps, input);
const approved = async (): Promise<string> => {
  const letterId = await submit();
  await record({ letterId, decision: { kind: 'approve', decisionId: randomUUID(), by: 'other' } });
  return letterId;
};
const written = async (letterId: string) => {
  const [row] = await db<Record<string, number>[]>`
    select (select count(*)::int from decisions where letter_id = ${letterId}) as decisions,
      (select count(*)::int from unit_actions where letter_id = ${letterId}) as actions,
      (select count(*)::int from outbox where letter_id = ${letterId}
        and kind <> 'start') as signals,
      (select count(*)::int from audit_entries where letter_id = ${letterId}
        and action = 'own_letter_refused') as refusals`;
  return row;
};

const DECISIONS: DecideLetter['decision'][] = [
  { kind: 'approve' },
  { kind: 'reject', reason: 'دلیل' },
  { kind: 'return', reason: 'امضا' },
];

test('nobody approves, rejects or returns a letter from their own number, administrators neither', async () => {
  for (const staff of [people.reviewer, people.admin]) {
    const letterId = await submit();
    for (const decision of DECISIONS)
      await expect(decideLetter(deps, { letterId, staff, decision })).rejects.toMatchObject({
        code: 'own_letter',
      });
    expect(await written(letterId)).toEqual({ decisions: 0, actions: 0, signals: 0, refusals: 3 });
    const colleague = { letterId, staff: people.colleague, decision: { kind: 'approve' } } as const;
    expect(await decideLetter(deps, colleague)).toEqual({ outcome: 'recorded' });
  }
});

test('nobody notes, refers, answers or closes a letter from their own number', async () => {
  const letterId = await approved();
  const actions: ActOnLetter['action'][] = [
    { kind: 'note', note: new InternalText('یادداشت') },
    { kind: 'refer', unitId: otherUnitId, note: null },
    { kind: 'reply', text: publicText('پاسخ'), file: fileRow() },
    { kind: 'close', reason: publicText('رسیدگی شد') },
  ];
  for (const staff of [people.clerk, people.admin])
    for (const action of actions)
      await expect(actOnLetter(deps, { letterId, staff, action })).rejects.toMatchObject({
        code: 'own_letter',
      });
  expect(await written(letterId)).toMatchObject({ actions: 0, signals: 0, refusals: 8 });
});

test('a signal in the name of the sender is refused by the record, and told once', async () => {
  const letterId = await submit();
  const { username, name } = people.reviewer;
  for (const by of [username, username.toUpperCase(), name])
    for (const kind of ['approve', 'reject', 'return'] as const) {
      const decision = { kind, decisionId: randomUUID(), by, reason: 'دلیل' };
      for (const again of [1, 2])
        expect(await record({ letterId, decision }), `${kind} ${again}`).toMatchObject({
          refused: OWN_LETTER,
          state: { status: 'pending' },
        });
    }
  expect(await written(letterId)).toMatchObject({ decisions: 0, refusals: 9 });
  const decision = { kind: 'approve' as const, decisionId: randomUUID(), by: 'somebody-else' };
  expect(await record({ letterId, decision })).toMatchObject({ state: { status: 'approved' } });
});

test('a number that is told after the decision is still in time', async () => {
  const letterId = await submit();
  const staff = await addTestStaff(db, { role: 'reviewer' });
  await decideLetter(deps, { letterId, staff, decision: { kind: 'approve' } });
  const member = await findStaffById(db, staff.id);
  if (!member) throw new Error('the member is gone');
  await db.begin((tx) => changeStaff(tx, { ...member, mobile: OWN }));
  const [row] = await db<{ id: string }[]>`select id from decisions where letter_id = ${letterId}`;
  const decisionId = row?.id ?? '';
  const recorded = await record({
    letterId,
    decision: { kind: 'approve', decisionId, by: staff.username },
  });
  expect(recorded).toMatchObject({ refused: OWN_LETTER, state: { status: 'pending' } });
  const colleague = { letterId, staff: people.colleague, decision: { kind: 'approve' } } as const;
  expect(await decideLetter(deps, colleague)).toEqual({ outcome: 'recorded' });
});

test('a unit action recorded before the number was told is refused by the record', async () => {
  const letterId = await approved();
  const staff = await addTestStaff(db, { role: 'unit', unitIds: [unitId] });
  await actOnLetter(deps, {
    letterId,
    staff,
    action: { kind: 'close', reason: publicText('رسیدگی شد') },
  });
  const member = await findStaffById(db, staff.id);
  if (!member) throw new Error('the member is gone');
  await db.begin((tx) => changeStaff(tx, { ...member, mobile: OWN }));
  const [row] = await db<
    { id: string }[]
  >`select id from unit_actions where letter_id = ${letterId}`;
  expect(await recordUnitAction(deps, { letterId, actionId: row?.id ?? '' })).toMatchObject({
    refused: OWN_LETTER,
    state: { step: 'with_unit' },
  });
});

test('a number being told and a decision wait for each other: never both', async () => {
  for (let round = 0; round < 10; round += 1) {
    const letterId = await submit();
    const staff = await addTestStaff(db, { role: 'reviewer' });
    const member = await findStaffById(db, staff.id);
    if (!member) throw new Error('the member is gone');
    const decide = async () => {
      await decideLetter(deps, { letterId, staff, decision: { kind: 'approve' } });
      const [row] = await db<
        { id: string }[]
      >`select id from decisions where letter_id = ${letterId}`;
      const decision = { kind: 'approve' as const, decisionId: row?.id ?? '', by: staff.username };
      return record({ letterId, decision });
    };
    const [decided] = await Promise.allSettled([
      decide(),
      db.begin((tx) => changeStaff(tx, { ...member, mobile: OWN })),
    ]);
    // Refused at either place, or taken up before the number was told.
    const [standing] = await db<{ status: string }[]>`
      select status from letters where id = ${letterId}`;
    if (standing?.status === 'approved') expect(decided.status).toBe('fulfilled');
    else
      expect(decided.status === 'rejected' ? decided.reason : decided.value.refused).toSatisfy(
        (why: unknown) => why === OWN_LETTER || String(why).includes('own_letter'),
      );
  }
});

test("the number stands sealed, and is nobody's business when nobody told one", async () => {
  const [row] = await db<{ mobile: string }[]>`
    select mobile from staff where id = ${people.reviewer.id}`;
  expect(row?.mobile).toMatch(/^s1:/);
  expect((await findStaffById(db, people.reviewer.id))?.mobile).toBe(OWN);
  const letterId = await submit();
  const staff = await addTestStaff(db, { role: 'reviewer' });
  const input = { letterId, staff, decision: { kind: 'approve' } } as const;
  expect(await decideLetter(deps, input)).toEqual({ outcome: 'recorded' });
});
