import { randomUUID } from 'node:crypto';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb } from '../db/client.ts';
import type { Db } from '../db/client.ts';
import { addStaff, disableStaff, resetStaff } from '../db/staff.ts';
import { createLogger } from '../logger.ts';
import { createTestDatabase } from '../testing/database.ts';
import type { TestDatabase } from '../testing/database.ts';
import { createStaffSignIn, hashPassword, makeTotpSecret } from './staff-sign-in.ts';

const PASSWORD = 'correct horse battery';
let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createLogger({ name: 'test', level: 'silent' });
  db = createDb({ url: database.url, max: 4, log, name: 'test' });
});

afterAll(async () => {
  await db.end();
  await database.drop();
});

const signInWith = (secondFactor: 'required' | 'optional' | 'off') =>
  createStaffSignIn({
    db,
    key: Buffer.alloc(32, 7),
    secondFactor,
    sessionHours: 12,
    sessionIdleMinutes: 30,
  });

const addMember = async (totpSecret: string | null = null) => {
  const id = randomUUID();
  const username = `u${id.slice(0, 8)}`;
  await addStaff(db, {
    id,
    username,
    name: 'کارشناس',
    role: 'reviewer',
    passwordHash: await hashPassword(PASSWORD),
    totpSecret,
    unitIds: [],
  });
  return { id, username };
};

const codeOf = (secret: string): string => new TOTP({ secret }).generate();

test('the right password opens a session; a wrong one and an unknown name get the same answer', async () => {
  const { id, username } = await addMember();
  const desk = signInWith('optional');
  const result = await desk.staffSignIn({
    username: ` ${username.toUpperCase()} `,
    password: PASSWORD,
  });
  if (result.outcome !== 'signed_in') throw new Error(result.outcome);
  expect(await desk.findStaff(result.sessionToken)).toMatchObject({ id, role: 'reviewer' });
  const wrong = await desk.staffSignIn({ username, password: 'wrong' });
  const unknown = await desk.staffSignIn({ username: 'nobody', password: PASSWORD });
  expect([wrong, unknown]).toEqual([{ outcome: 'invalid' }, { outcome: 'invalid' }]);
});

test('a disabled member is out at once and stays out', async () => {
  const { id, username } = await addMember();
  const desk = signInWith('optional');
  const result = await desk.staffSignIn({ username, password: PASSWORD });
  if (result.outcome !== 'signed_in') throw new Error(result.outcome);
  await disableStaff(db, id);
  expect(await desk.findStaff(result.sessionToken)).toBeUndefined();
  expect(await desk.staffSignIn({ username, password: PASSWORD })).toEqual({ outcome: 'invalid' });
});

test('a second factor is asked for, works once, and cannot be skipped or forged', async () => {
  const secret = makeTotpSecret();
  const { id, username } = await addMember(secret);
  const desk = signInWith('required');
  const first = await desk.staffSignIn({ username, password: PASSWORD });
  if (first.outcome !== 'second_factor') throw new Error(first.outcome);
  expect(await desk.findStaff(first.pendingToken)).toBeUndefined();
  const { pendingToken } = first;
  const wrong = codeOf(secret) === '000000' ? '111111' : '000000';
  expect(await desk.staffSecondFactor({ pendingToken, code: wrong })).toEqual({
    outcome: 'invalid',
  });
  const code = codeOf(secret);
  const second = await desk.staffSecondFactor({ pendingToken, code });
  if (second.outcome !== 'signed_in') throw new Error(second.outcome);
  expect(await desk.findStaff(second.sessionToken)).toMatchObject({ id });
  expect(await desk.staffSecondFactor({ pendingToken, code })).toEqual({ outcome: 'invalid' });
  const forged = `${Buffer.from(JSON.stringify([id, Date.now() + 60_000])).toString('base64url')}.AAAA`;
  expect(await desk.staffSecondFactor({ pendingToken: forged, code })).toEqual({
    outcome: 'invalid',
  });
});

test('where a second factor is required, an account without one does not get in until it is given one', async () => {
  const { id, username } = await addMember();
  const desk = signInWith('required');
  expect(await desk.staffSignIn({ username, password: PASSWORD })).toEqual({
    outcome: 'second_factor_missing',
  });
  await resetStaff(db, {
    id,
    passwordHash: await hashPassword(PASSWORD),
    totpSecret: makeTotpSecret(),
  });
  expect(await desk.staffSignIn({ username, password: PASSWORD })).toMatchObject({
    outcome: 'second_factor',
  });
});
