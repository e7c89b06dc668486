/** The e-mail address of a member: sealed, and sealed anew under another master secret. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { addTestStaff } from '../../testing/letters.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { testSeals } from '../../testing/seals.ts';
import { findMailSettings, setMailSettings } from './staff-mail.sql.ts';
import { MAIL_KINDS } from './mail-settings.ts';

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createTestLog('own mail');
  db = createDb({ url: database.url, max: 4, log, name: 'test', seals: testSeals });
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

test('an address stands sealed in the record, and every kind of mail is wanted at first', async () => {
  const { id } = await addTestStaff(db, { role: 'reviewer' });
  expect(await findMailSettings(db, id)).toEqual({ email: null, kinds: [...MAIL_KINDS] });
  await setMailSettings(db, { staffId: id, email: 'sara@example.org', kinds: ['digest'] });
  expect(await findMailSettings(db, id)).toEqual({ email: 'sara@example.org', kinds: ['digest'] });
  const [row] = await db<{ email: string }[]>`select email from staff where id = ${id}`;
  expect(row?.email).toMatch(/^s1:/);
  expect(row?.email).not.toContain('sara');
});

test('one that was changed in the record is none', async () => {
  const { id } = await addTestStaff(db, { role: 'reviewer' });
  await setMailSettings(db, { staffId: id, email: 'sara@example.org', kinds: [] });
  await db`update staff set email = 's1:broken' where id = ${id}`;
  expect((await findMailSettings(db, id))?.email).toBeNull();
});
