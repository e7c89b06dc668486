import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { isCertainlyNotStored } from '../../platform/base/errors.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  fileRow,
  submitTestLetter,
} from '../../testing/letters.ts';
import { testSeals } from '../../testing/seals.ts';
import { actOnLetter } from './act-on-letter.ts';
import { setUnitActionOutcome } from './unit-actions.sql.ts';
import type { Deps } from '../../platform/deps.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { InternalText, publicText } from '../../platform/base/audience.ts';
import { testDeps } from '../../testing/test-deps.ts';

const log = createLogger({ name: 'test', level: 'silent' });
let database: TestDatabase;
let db: Db;
let deps: Deps;
const removed: string[] = [];
let applicantId: string;
let unitId: string;
let admin: StaffMember;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  deps = testDeps(db, {
    files: {
      remove: async (storageKey: string) => void removed.push(storageKey),
    } as unknown as FileStore,
  });
  unitId = await addTestUnit(db);
  applicantId = await addTestApplicant(db);
  admin = await addTestStaff(db, { role: 'admin' });
});

afterAll(async () => {
  await db.end();
  await database.drop();
});

const addApprovedLetter = async (): Promise<string> => {
  const letterId = await submitTestLetter(db, { unitId, applicantId });
  await db`
    update letters set status = 'approved', step = 'with_unit', decided_at = now(),
      decided_by = 'x', letter_number = ${letterId}, tracking_code = ${letterId},
      registered_at = now(), registered_on = '1405/09/01'
    where id = ${letterId}`;
  return letterId;
};

const countActions = async (letterId: string): Promise<unknown> => {
  const [row] = await db`
    select count(*)::int as actions,
      (select count(*)::int from outbox
       where letter_id = ${letterId} and kind = 'unitAction') as signals
    from unit_actions where letter_id = ${letterId}`;
  return row;
};

test('a reply sent twice, as by a second click, is one reply with the first file', async () => {
  const letterId = await addApprovedLetter();
  const actionKey = randomUUID();
  const [first, second] = [fileRow(), fileRow()];
  for (const file of [first, second])
    await actOnLetter(deps, {
      letterId,
      staff: admin,
      actionKey,
      action: { kind: 'reply', text: publicText('پاسخ'), file },
    });
  expect(await countActions(letterId)).toEqual({ actions: 1, signals: 1 });
  expect(removed).toEqual([second.storageKey]);
});

test('ten times the same form at once is one action', async () => {
  const letterId = await addApprovedLetter();
  const actionKey = randomUUID();
  const action = { kind: 'note', note: new InternalText('یادداشت') } as const;
  await Promise.all(
    Array.from({ length: 10 }, () =>
      actOnLetter(deps, { letterId, staff: admin, actionKey, action }),
    ),
  );
  expect(await countActions(letterId)).toEqual({ actions: 1, signals: 1 });
});

test('closing again with the same key is no error once the letter is closed', async () => {
  const letterId = await addApprovedLetter();
  const close = {
    letterId,
    staff: admin,
    actionKey: randomUUID(),
    action: { kind: 'close', reason: publicText('رسیدگی شد') },
  } as const;
  await actOnLetter(deps, close);
  await db`update letters set step = 'closed' where id = ${letterId}`;
  expect(await actOnLetter(deps, close)).toEqual({ outcome: 'recorded' });
});

test('a letter is closed without a reason while its reply is being recorded', async () => {
  const letterId = await addApprovedLetter();
  const reply = { kind: 'reply', text: publicText('پاسخ'), file: null } as const;
  const actionKey = randomUUID();
  await actOnLetter(deps, { letterId, staff: admin, actionKey, action: reply });
  let closing: Promise<unknown> | undefined;
  await db.begin(async (tx) => {
    await tx`select from letters where id = ${letterId} for update`;
    await setUnitActionOutcome(tx, { id: actionKey, outcome: 'applied', replyNumber: 1 });
    const action = { kind: 'close', reason: null } as const;
    closing = actOnLetter(deps, { letterId, staff: admin, action });
    closing.catch(() => {});
    await expect.poll(() => db`select from pg_locks where not granted`).not.toEqual([]);
  });
  expect(await closing).toEqual({ outcome: 'recorded' });
});

test("nobody gets at another letter's or member's action by its key", async () => {
  const letterId = await addApprovedLetter();
  const actionKey = randomUUID();
  const note = { kind: 'note', note: new InternalText('یادداشت') } as const;
  await actOnLetter(deps, { letterId, staff: admin, actionKey, action: note });
  const other = { letterId: await addApprovedLetter(), staff: admin, actionKey, action: note };
  await expect(actOnLetter(deps, other)).rejects.toMatchObject({ code: 'not_allowed' });
});

test('an action that the letter was too late for says that it stands in the record', async () => {
  const letterId = await addApprovedLetter();
  const note = { letterId, staff: admin, actionKey: randomUUID() };
  const action = { kind: 'note', note: new InternalText('یادداشت') } as const;
  await actOnLetter(deps, { ...note, action });
  await db`update unit_actions set outcome = 'refused' where id = ${note.actionKey}`;
  const error: unknown = await actOnLetter(deps, { ...note, action }).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: 'not_open', facts: { stored: 'yes' } });
  expect(isCertainlyNotStored(error)).toBe(false);
});

test('a head acts on the letters of their own units, and sees no others', async () => {
  const letterId = await addApprovedLetter();
  const action = { kind: 'update', text: publicText('در دست بررسی') } as const;
  const own = await addTestStaff(db, { role: 'head', unitIds: [unitId] });
  const other = await addTestStaff(db, { role: 'head', unitIds: [await addTestUnit(db)] });
  expect(await actOnLetter(deps, { letterId, staff: own, action })).toEqual({
    outcome: 'recorded',
  });
  await expect(actOnLetter(deps, { letterId, staff: other, action })).rejects.toMatchObject({
    code: 'not_found',
  });
});
