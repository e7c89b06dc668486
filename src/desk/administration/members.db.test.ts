/** Units and staff, as administrators at the desk and the operator change them. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { findStaffById } from '../staff/staff.sql.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { addTestStaff, addTestUnit } from '../../testing/letters.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { testSeals } from '../../testing/seals.ts';
import type { Deps } from '../../platform/deps.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { isRightPassword } from '../staff/passwords.ts';
import { actOnMember, addMember, changeMember } from './members.ts';
import type { MemberFields } from './members.ts';
import { addUnit, changeUnit, retireUnit } from './units.ts';
import type { Administrator } from './administrator.ts';
import type { StaffMember } from '../staff/staff-member.ts';

let database: TestDatabase;
let db: Db;
let deps: Deps;
let admin: StaffMember;
let by: Administrator;
const OPERATOR = { kind: 'operator', id: 'command line' } as const;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createTestLog('administer');
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  deps = testDeps(db);
});
afterAll(async () => {
  await db.end();
  await database.drop();
});
beforeEach(async () => {
  await db`update staff set disabled_at = now()`;
  admin = await addTestStaff(db, { role: 'admin' });
  by = { kind: 'staff', id: admin.id, from: 'a-hash', proven: true };
});

const fieldsOf = async (id: string): Promise<MemberFields & { version: number }> => {
  const member = await findStaffById(db, id);
  if (!member) throw new Error('the member is gone');
  const { name, role, unitIds, mobile, version } = member;
  return { name, role, unitIds, mobile: mobile ?? '', version };
};
const told = (action: string) =>
  db<{ actor: string; details: Record<string, unknown>; fromHash: string | null }[]>`
    select actor, details, from_hash from audit_entries where action = ${action}
    order by id desc limit 1`;

test('a unit is added, renamed and retired, and each is told with who, from where, before and after', async () => {
  const name = `بایگانی ${randomUUID()}`;
  const added = await addUnit(deps, by, { name: `  ${name}  ` });
  if (added.outcome !== 'done') throw new Error(added.outcome);
  const { id: unitId, version } = added.unit;
  expect(await addUnit(deps, by, { name })).toEqual({
    outcome: 'invalid',
    fields: { name: 'taken' },
  });
  expect(await changeUnit(deps, by, { unitId, name: `${name}۲`, version })).toMatchObject({
    outcome: 'done',
  });
  expect((await told('unit_renamed'))[0]).toMatchObject({
    actor: admin.id,
    fromHash: 'a-hash',
    details: { unitId, nameBefore: name, name: `${name}۲` },
  });
  expect(await retireUnit(deps, by, { unitId, version })).toEqual({ outcome: 'stale' });
  const retire = () => retireUnit(deps, by, { unitId, version: version + 1 });
  const retired = await retire();
  expect(retired).toMatchObject({ unit: { retiredAt: expect.any(Date) as Date } });
  // As by a second click.
  expect(await retire()).toEqual(retired);
});

test('of two administrators who rename the same unit at once, one is told', async () => {
  const unitId = await addTestUnit(db);
  const results = await Promise.all(
    ['الف', 'ب'].map((name) =>
      changeUnit(deps, by, { unitId, name: `${name} ${randomUUID()}`, version: 1 }),
    ),
  );
  expect(results.map(({ outcome }) => outcome).toSorted()).toEqual(['done', 'stale']);
});

test('a member is added with a password for the first set-up only, and a sealed number', async () => {
  const unitId = await addTestUnit(db);
  const username = `u-${randomUUID().slice(0, 8)}`;
  const added = await addMember(deps, by, {
    username: username.toUpperCase(),
    name: 'کارشناس',
    role: 'unit',
    unitIds: [unitId, unitId],
    mobile: '۰۹۱۲ ۳۴۵ ۶۷۸۹',
  });
  if (added.outcome !== 'done') throw new Error(added.outcome);
  const member = await findStaffById(db, added.memberId);
  expect(member).toMatchObject({
    username,
    unitIds: [unitId],
    mobile: '+989123456789',
    oneTimeUntil: expect.any(Date) as Date,
  });
  expect(await isRightPassword(member?.passwordHash, added.password)).toBe(true);
  const entry = JSON.stringify(await told('staff_added'));
  expect(entry).toContain(username);
  expect(entry).not.toContain(added.password);
  expect(entry).not.toContain('9123456789');
});

test('what is typed wrongly about a member is said for each field, and nothing is written', async () => {
  const before = await db`select id from staff`;
  const wrong = { username: 'نام', name: ' ', role: 'boss', unitIds: [], mobile: '021123' };
  expect(await addMember(deps, by, wrong)).toEqual({
    outcome: 'invalid',
    fields: { username: 'malformed', name: 'missing', role: 'missing', mobile: 'not_a_mobile' },
  });
  const clerk = { username: 'clerk-x', name: 'کارشناس', role: 'unit', mobile: '' };
  expect(await addMember(deps, by, { ...clerk, unitIds: [] })).toMatchObject({
    fields: { unitIds: 'missing' },
  });
  const retired = await addTestUnit(db);
  await retireUnit(deps, by, { unitId: retired });
  for (const unitId of [retired, randomUUID(), 'x'])
    expect(await addMember(deps, by, { ...clerk, unitIds: [unitId] })).toMatchObject({
      fields: { unitIds: 'gone' },
    });
  expect(
    await addMember(deps, by, {
      ...clerk,
      username: admin.username,
      role: 'auditor',
      unitIds: [],
    }),
  ).toMatchObject({ fields: { username: 'taken' } });
  expect(await db`select id from staff`).toHaveLength(before.length);
});

test('a change tells what was before and after, of the number only that it changed', async () => {
  const { id } = await addTestStaff(db, { role: 'reviewer', mobile: '+989121111111' });
  const fields = await fieldsOf(id);
  const change = { memberId: id, ...fields, role: 'auditor', mobile: '09122222222' };
  expect(await changeMember(deps, by, change)).toEqual({ outcome: 'done' });
  expect((await told('staff_changed'))[0]?.details).toEqual({
    staffId: id,
    roleBefore: 'reviewer',
    role: 'auditor',
    mobileChanged: true,
  });
  expect(await changeMember(deps, by, change)).toEqual({ outcome: 'stale' });
  const [{ count } = { count: 0 }] = await db<{ count: number }[]>`
    select count(*)::int from audit_entries where action = 'staff_changed'`;
  const same = await fieldsOf(id);
  expect(await changeMember(deps, by, { memberId: id, ...same })).toEqual({
    outcome: 'done',
  });
  expect(await db`select id from audit_entries where action = 'staff_changed'`).toHaveLength(count);
});

test('nobody changes their own role or number, disables or resets themselves', async () => {
  await addTestStaff(db, { role: 'admin' });
  const own = { memberId: admin.id, ...(await fieldsOf(admin.id)) };
  expect(await changeMember(deps, by, { ...own, role: 'reviewer' })).toMatchObject({
    fields: { role: 'own' },
  });
  expect(await changeMember(deps, by, { ...own, mobile: '09121111111' })).toMatchObject({
    fields: { mobile: 'own' },
  });
  expect(await changeMember(deps, by, { ...own, name: 'نام تازه' })).toEqual({ outcome: 'done' });
  for (const act of ['disable', 'reset_password', 'reset_factors', 'end_sessions'] as const)
    expect(await actOnMember(deps, by, { memberId: admin.id, act })).toMatchObject({
      fields: { act: 'own' },
    });
});

test('the last administrator can be neither disabled nor given another role, by nobody', async () => {
  const own = { memberId: admin.id, ...(await fieldsOf(admin.id)) };
  expect(await changeMember(deps, OPERATOR, { ...own, role: 'auditor' })).toMatchObject({
    fields: { role: 'last_admin' },
  });
  expect(await actOnMember(deps, OPERATOR, { memberId: admin.id, act: 'disable' })).toMatchObject({
    fields: { act: 'last_admin' },
  });
});

test('two administrators who disable each other at once leave one', async () => {
  for (let round = 0; round < 5; round += 1) {
    await db`update staff set disabled_at = now()`;
    const [a, b] = [
      await addTestStaff(db, { role: 'admin' }),
      await addTestStaff(db, { role: 'admin' }),
    ];
    const results = await Promise.allSettled([
      actOnMember(
        deps,
        { kind: 'staff', id: a.id, proven: true },
        { memberId: b.id, act: 'disable' },
      ),
      actOnMember(
        deps,
        { kind: 'staff', id: b.id, proven: true },
        { memberId: a.id, act: 'disable' },
      ),
    ]);
    expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    const left = await db`select id from staff where role = 'admin' and disabled_at is null`;
    expect(left).toHaveLength(1);
  }
});

test('an administrator who is one no more changes nothing', async () => {
  await addTestStaff(db, { role: 'admin' });
  await db`update staff set role = 'reviewer' where id = ${admin.id}`;
  await expect(addUnit(deps, by, { name: randomUUID() })).rejects.toMatchObject({
    code: 'not_allowed',
  });
});

test('an administrator ends all sessions of a member, who stays one', async () => {
  const { id } = await addTestStaff(db, { role: 'reviewer' });
  for (let session = 0; session < 3; session += 1)
    await db`
      insert into sessions (token_hash, staff_id, expires_at)
      values (${Buffer.from(randomUUID())}, ${id}, now() + interval '1 hour')`;
  expect(await actOnMember(deps, by, { memberId: id, act: 'end_sessions' })).toEqual({
    outcome: 'done',
  });
  expect(await db`select id from sessions where staff_id = ${id}`).toHaveLength(0);
  expect(await findStaffById(db, id)).toMatchObject({ disabledAt: null });
});

test('disabling ends the sessions, enabling lets the member in again, a reset gives one password', async () => {
  const { id } = await addTestStaff(db, { role: 'reviewer' });
  await db`
    insert into sessions (token_hash, staff_id, expires_at)
    values (${Buffer.from(randomUUID())}, ${id}, now() + interval '1 hour')`;
  expect(await actOnMember(deps, by, { memberId: id, act: 'disable' })).toEqual({
    outcome: 'done',
  });
  expect(await db`select id from sessions where staff_id = ${id}`).toHaveLength(0);
  // Shown as enabled, and disabled by now.
  expect(await actOnMember(deps, by, { memberId: id, act: 'reset_password' })).toEqual({
    outcome: 'stale',
  });
  expect(await actOnMember(deps, by, { memberId: id, act: 'enable' })).toEqual({
    outcome: 'done',
  });
  const reset = await actOnMember(deps, by, { memberId: id, act: 'reset_factors' });
  if (reset.outcome !== 'done') throw new Error(reset.outcome);
  const member = await findStaffById(db, id);
  expect(member).toMatchObject({ disabledAt: null, oneTimeUntil: expect.any(Date) as Date });
  expect(await isRightPassword(member?.passwordHash, reset.password ?? '')).toBe(true);
  expect(JSON.stringify(await told('staff_reset'))).not.toContain(reset.password);
});

test('a head of a unit has a unit, like its other members', async () => {
  const unitId = await addTestUnit(db);
  const typed = { name: 'رییس واحد', role: 'head', mobile: '' };
  const add = (unitIds: string[]) =>
    addMember(deps, by, { ...typed, unitIds, username: `head-${randomUUID().slice(0, 8)}` });
  expect(await add([])).toEqual({ outcome: 'invalid', fields: { unitIds: 'missing' } });
  const added = await add([unitId]);
  if (added.outcome !== 'done') throw new Error(added.outcome);
  expect(await fieldsOf(added.memberId)).toMatchObject({ role: 'head', unitIds: [unitId] });
});
