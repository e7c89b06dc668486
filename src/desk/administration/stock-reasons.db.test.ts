/** Reasons that reviewers pick, as administrators keep them. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { addTestStaff } from '../../testing/letters.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { testSeals } from '../../testing/seals.ts';
import type { Administrator } from './administrator.ts';
import type { Deps } from '../../platform/deps.ts';
import { testDeps } from '../../testing/test-deps.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { addReason, changeReason, listAdministeredReasons, retireReason } from './stock-reasons.ts';
import type { AdministeredReason } from './stock-reasons.ts';

let database: TestDatabase;
let db: Db;
let deps: Deps;
let admin: StaffMember;
let by: Administrator & { kind: 'staff' };

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createTestLog('stock reasons');
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  deps = testDeps(db, { limits: { maxStockReasonLength: 60, stockReasons: 3 } });
});
afterAll(async () => {
  await db.end();
  await database.drop();
});
beforeEach(async () => {
  await db`update stock_reasons set retired_at = now()`;
  admin = await addTestStaff(db, { role: 'admin' });
  by = { kind: 'staff', id: admin.id, from: 'a-hash', proven: true };
});

const added = async (text: string, kind = 'reject'): Promise<AdministeredReason> => {
  expect(await addReason(deps, by, { kind, text })).toEqual({ outcome: 'done' });
  const found = (await listAdministeredReasons(deps, admin)).find(
    (one) => one.text === text.trim() && !one.retired,
  );
  if (!found) throw new Error('the reason is not there');
  return found;
};
const told = (action: string) =>
  db`
    select actor, details, from_hash from audit_entries where action = ${action}
    order by id desc limit 1`;

test('a reason is added, changed and retired, and each is told with who, from where, before and after', async () => {
  const reason = await added('  امضا ندارد  ', 'return');
  expect(reason).toMatchObject({ kind: 'return', text: 'امضا ندارد', version: 1 });
  expect((await told('stock_reason_added'))[0]).toEqual({
    actor: by.id,
    fromHash: 'a-hash',
    details: { reasonId: reason.id, kind: 'return', wording: 'امضا ندارد' },
  });
  const change = { reasonId: reason.id, text: 'مهر ندارد', version: 1 };
  expect(await changeReason(deps, by, change)).toEqual({ outcome: 'done' });
  expect((await told('stock_reason_changed'))[0]).toMatchObject({
    details: { wordingBefore: 'امضا ندارد', wording: 'مهر ندارد' },
  });
  const which = { reasonId: reason.id };
  expect(await retireReason(deps, by, { ...which, version: 1 })).toEqual({ outcome: 'stale' });
  expect(await retireReason(deps, by, { ...which, version: 2 })).toEqual({ outcome: 'done' });
  // As by a second click.
  expect(await retireReason(deps, by, { ...which, version: 2 })).toEqual({ outcome: 'done' });
  expect(await changeReason(deps, by, { ...change, version: 3 })).toEqual({ outcome: 'stale' });
  // The same text may come back.
  await added('مهر ندارد', 'return');
});

test('of two administrators who change the same reason at once, one is told', async () => {
  const { id: reasonId } = await added('متن نخست');
  const results = await Promise.all(
    ['الف', 'ب'].map((text) => changeReason(deps, by, { reasonId, text, version: 1 })),
  );
  expect(results.map(({ outcome }) => outcome).toSorted()).toEqual(['done', 'stale']);
});

test('what cannot be a reason is refused with why, and as many are kept as the setting says', async () => {
  const first = await added('یک');
  const problemOf = async (kind: string, text: string) => {
    const result = await addReason(deps, by, { kind, text });
    return result.outcome === 'invalid' ? result.fields : result.outcome;
  };
  expect(await problemOf('', ' ')).toEqual({ kind: 'missing', text: 'missing' });
  expect(await problemOf('reject', 'x'.repeat(61))).toEqual({ text: 'too_long' });
  expect(await problemOf('reject', 'یک')).toEqual({ text: 'taken' });
  // Another kind is another list.
  await added('یک', 'return');
  await added('دو');
  await added('سه');
  expect(await problemOf('reject', 'چهار')).toEqual({ text: 'too_many' });
  const change = { reasonId: first.id, version: 1 };
  expect(await changeReason(deps, by, { ...change, text: 'دو' })).toEqual({
    outcome: 'invalid',
    fields: { text: 'taken' },
  });
});

test('only who administers still changes anything, and what is not there is not found', async () => {
  const { id: reasonId } = await added('متن');
  const unknown = { reasonId: randomUUID(), version: 1 };
  await expect(retireReason(deps, by, unknown)).rejects.toMatchObject({ code: 'not_found' });
  await expect(
    changeReason(deps, by, { ...unknown, reasonId: 'x', text: 'y' }),
  ).rejects.toMatchObject({
    code: 'not_found',
  });
  await db`update staff set disabled_at = now() where id = ${by.id}`;
  await expect(retireReason(deps, by, { reasonId, version: 1 })).rejects.toMatchObject({
    code: 'not_allowed',
  });
});
