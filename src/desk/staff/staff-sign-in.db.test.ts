/** Staff: passwords, second factors, the first set-up, sessions. On a real database. */
import { randomUUID } from 'node:crypto';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { addSession } from './sessions.sql.ts';
import { addStaff, disableStaff, resetStaff } from './staff.sql.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createAuthenticator } from '../../testing/authenticator.ts';
import type { Authenticator } from '../../testing/authenticator.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { testSeals } from '../../testing/seals.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { testDeps } from '../../testing/test-deps.ts';
import type { Deps } from '../../platform/deps.ts';
import { hashPassword } from './passwords.ts';
import { hashToken, makeToken } from '../../platform/sealing/secrets.ts';
import type { AccountAccess } from './account-access.ts';
import type { StaffSignInResult } from './staff-sign-in.ts';
import { makeTotpSecret } from './totp.ts';
import { findAccount } from './own-account.ts';
import { confirmAccount, askConfirmPasskey, confirmAccountByPasskey } from './own-confirmation.ts';
import { changePassword } from './own-password.ts';
import {
  proposeTotp,
  readTotpSetup,
  confirmTotp,
  removeTotp,
  askNewPasskey,
  addPasskey,
  renamePasskey,
  removePasskey,
  issueRecoveryCodes,
} from './own-factors.ts';
import { listOwnSessions, endOwnSession, endOtherSessions } from './own-sessions.ts';
import {
  signInStaff,
  findPendingSignIn,
  proveByCode,
  askSignInPasskey,
  proveByPasskey,
} from './staff-sign-in.ts';
import { findStaff, signOutStaff } from './staff-sessions.ts';

const PASSWORD = 'correct horse battery';
const OWN_PASSWORD = 'gav-abi-19-parande-tond';
const ORIGIN = 'https://desk.test';
let database: TestDatabase;
let db: Db;
let passwordHash: string;
const log: { fields: Record<string, unknown>; message: string }[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const silent = createLogger({ name: 'test', level: 'silent' });
  db = createDb({ url: database.url, max: 8, log: silent, name: 'test', seals: testSeals });
  passwordHash = await hashPassword(PASSWORD);
  await db`update organisation set name = 'شهرداری نمونه'`;
});

afterAll(async () => {
  await db.end();
  await database.drop();
});

const write = (fields: object, message: string): void => {
  log.push({ fields: { ...fields }, message });
};

const depsWith = (secondFactor: 'required' | 'optional' | 'off'): Deps =>
  testDeps(db, {
    env: {
      PUBLIC_ORIGIN: ORIGIN,
      STAFF_SECOND_FACTOR: secondFactor,
    },
    log: Object.assign(createTestLog('staff'), { info: write, warn: write }),
  });

const required = (): Deps => depsWith('required');
const optional = (): Deps => depsWith('optional');

const addMember = async (
  totpSecret: string | null = null,
  { oneTimeHours }: { oneTimeHours?: number } = {},
): Promise<{ id: string; username: string }> => {
  const id = randomUUID();
  const username = `u${id.slice(0, 8)}`;
  await addStaff(db, {
    id,
    username,
    name: 'کارشناس',
    role: 'reviewer',
    passwordHash,
    totpSecret,
    unitIds: [],
    ...(oneTimeHours !== undefined && { oneTimeHours }),
  });
  return { id, username };
};

/** `ahead`: of a later step, so that a test need not wait for it. */
const codeOf = (secret: string, ahead = 0): string =>
  new TOTP({ secret }).generate({ timestamp: Date.now() + ahead * 30_000 });

const wrongCode = (secret: string): string =>
  ['000000', '111111', '222222', '333333'].find((code) =>
    [-1, 0, 1, 2].every((ahead) => codeOf(secret, ahead) !== code),
  ) ?? '';

const only = <Result extends { outcome: string }, Outcome extends Result['outcome']>(
  result: Result,
  outcome: Outcome,
): Extract<Result, { outcome: Outcome }> => {
  expect(result.outcome).toBe(outcome);
  return result as Extract<Result, { outcome: Outcome }>;
};

const signIn = (deps: Deps, username: string): Promise<StaffSignInResult> =>
  signInStaff(deps, { username, password: PASSWORD });

/** Somebody signed in with nothing but the password, where that is enough. */
const openAccount = async (deps: Deps) => {
  const member = await addMember();
  const { sessionToken } = only(await signIn(deps, member.username), 'signed_in');
  return { ...member, sessionToken };
};

const addTotp = async (deps: Deps, access: AccountAccess): Promise<string> => {
  const { setup, secret } = await proposeTotp(deps, access);
  only(await confirmTotp(deps, { ...access, setup, code: codeOf(secret, -1) }), 'changed');
  return secret;
};

const addKey = async (
  deps: Deps,
  access: AccountAccess,
  authenticator: Authenticator = createAuthenticator({ origin: ORIGIN }),
): Promise<Authenticator> => {
  const answer = authenticator.create(await askNewPasskey(deps, access));
  only(await addPasskey(deps, { ...access, name: 'کلید من', answer }), 'changed');
  return authenticator;
};

const waiting = async (deps: Deps, username: string): Promise<string> =>
  only(await signIn(deps, username), 'second_factor').pendingToken;

const auditOf = async (staffId: string): Promise<string[]> => {
  const rows = await db<{ action: string }[]>`
    select action from audit_entries where actor = ${staffId} order by id`;
  return rows.map(({ action }) => action);
};

test('the right password opens a session; a wrong one and an unknown name get the same answer', async () => {
  const { id, username } = await addMember();
  const deps = optional();
  const typed = ` ${username.toUpperCase()} `;
  const result = only(
    await signInStaff(deps, { username: typed, password: PASSWORD }),
    'signed_in',
  );
  expect(await findStaff(deps, result.sessionToken)).toMatchObject({ id, role: 'reviewer' });
  const wrong = await signInStaff(deps, { username, password: 'wrong' });
  const unknown = await signInStaff(deps, { username: 'nobody', password: PASSWORD });
  expect([wrong, unknown]).toEqual([{ outcome: 'invalid' }, { outcome: 'invalid' }]);
});

test('a disabled member is out at once and stays out', async () => {
  const deps = optional();
  const { id, username, sessionToken } = await openAccount(deps);
  await disableStaff(db, id);
  expect(await findStaff(deps, sessionToken)).toBeUndefined();
  expect(await signIn(deps, username)).toEqual({ outcome: 'invalid' });
});

test('a sign-in and every refusal stand in the audit trail and in the log, without what was typed', async () => {
  const deps = optional();
  const { id, username } = await addMember();
  log.length = 0;
  await signInStaff(deps, { username, password: 'a wrong one', from: 'hash-of-address' });
  await signInStaff(deps, { username: 'a password typed as a name', password: 'x' });
  await signIn(deps, username);
  expect(await auditOf(id)).toEqual(['staff_sign_in_refused', 'staff_signed_in']);
  const [refused] = await db<{ details: object; fromHash: string }[]>`
    select details, from_hash from audit_entries
    where actor = ${id} and action = 'staff_sign_in_refused'`;
  expect(refused).toMatchObject({ details: { why: 'password' }, fromHash: 'hash-of-address' });
  expect(log.map(({ message }) => message)).toEqual([
    'a staff sign-in was refused',
    'a staff sign-in was refused',
    'staff signed in',
  ]);
  expect(log.map(({ fields }) => fields.staffId)).toEqual([id, 'unknown', id]);
  const told = JSON.stringify([log, await db`select * from audit_entries`]);
  for (const typed of ['a wrong one', 'a password typed as a name', username, PASSWORD])
    expect(told).not.toContain(typed);
});

test('a second factor is asked for, works once, and cannot be skipped or forged', async () => {
  const secret = makeTotpSecret();
  const { id, username } = await addMember(secret);
  const deps = required();
  const pendingToken = await waiting(deps, username);
  expect(await findStaff(deps, pendingToken)).toBeUndefined();
  expect(await findAccount(deps, { pendingToken })).toBeUndefined();
  expect(await findPendingSignIn(deps, pendingToken)).toEqual({
    needs: 'second_factor',
    ways: { totp: true, passkey: false, recoveryCode: false },
  });
  const code = wrongCode(secret);
  expect(await proveByCode(deps, { pendingToken, code })).toEqual({ outcome: 'invalid' });
  const right = codeOf(secret);
  const second = only(await proveByCode(deps, { pendingToken, code: right }), 'signed_in');
  expect(await findStaff(deps, second.sessionToken)).toMatchObject({ id });
  // The sign-in is over with it, and the code is used up also for another one.
  expect(await proveByCode(deps, { pendingToken, code: codeOf(secret, 1) })).toEqual({
    outcome: 'expired',
  });
  const another = { pendingToken: await waiting(deps, username), code: right };
  expect(await proveByCode(deps, another)).toEqual({ outcome: 'invalid' });
  for (const forged of ['', makeToken().token, second.sessionToken])
    expect(await proveByCode(deps, { pendingToken: forged, code: right })).toEqual({
      outcome: 'expired',
    });
});

test('of many who send the same one-time code at once, one is let in', async () => {
  const secret = makeTotpSecret();
  const { username } = await addMember(secret);
  const deps = required();
  const tokens = [];
  for (let i = 0; i < 10; i += 1) tokens.push(await waiting(deps, username));
  const code = codeOf(secret);
  const results = await Promise.all(
    tokens.map((pendingToken) => proveByCode(deps, { pendingToken, code })),
  );
  expect(results.filter(({ outcome }) => outcome === 'signed_in')).toHaveLength(1);
  expect(results.filter(({ outcome }) => outcome === 'invalid')).toHaveLength(9);
});

test('the second step is over after a while', async () => {
  const secret = makeTotpSecret();
  const { id, username } = await addMember(secret);
  const deps = required();
  const pendingToken = await waiting(deps, username);
  await db`update staff_sign_ins set expires_at = now() where staff_id = ${id}`;
  expect(await findPendingSignIn(deps, pendingToken)).toBeUndefined();
  expect(await proveByCode(deps, { pendingToken, code: codeOf(secret) })).toEqual({
    outcome: 'expired',
  });
});

test('a recovery code opens the desk once, under 50 who send it at once', async () => {
  const deps = optional();
  const { id, username, sessionToken } = await openAccount(deps);
  await addTotp(deps, { sessionToken });
  const codes = await issueRecoveryCodes(deps, { sessionToken });
  expect(new Set(codes).size).toBe(10);
  const [code = '', second = ''] = codes;
  const tokens = [];
  for (let i = 0; i < 50; i += 1) tokens.push(await waiting(deps, username));
  const results = await Promise.all(
    tokens.map((pendingToken) =>
      proveByCode(deps, { pendingToken, code: ` ${code.toLowerCase()} ` }),
    ),
  );
  expect(results.filter(({ outcome }) => outcome === 'signed_in')).toHaveLength(1);
  expect(results.filter(({ outcome }) => outcome === 'invalid')).toHaveLength(49);
  expect((await findAccount(deps, { sessionToken }))?.recoveryCodes).toBe(9);
  expect((await auditOf(id)).filter((action) => action === 'recovery_code_used')).toHaveLength(1);
  // New ones kill the old ones, and only hashes are kept.
  const [fresh = ''] = await issueRecoveryCodes(deps, { sessionToken });
  const pendingToken = await waiting(deps, username);
  expect(await proveByCode(deps, { pendingToken, code: second })).toEqual({
    outcome: 'invalid',
  });
  only(await proveByCode(deps, { pendingToken, code: fresh }), 'signed_in');
  const kept = JSON.stringify(await db`select * from staff_recovery_codes`);
  expect(kept).not.toContain(fresh.replaceAll('-', ''));
});

test('50 who send one recovery code with the same sign-in get one session', async () => {
  const deps = optional();
  const { id, username, sessionToken } = await openAccount(deps);
  await addTotp(deps, { sessionToken });
  const [code = ''] = await issueRecoveryCodes(deps, { sessionToken });
  const pendingToken = await waiting(deps, username);
  const results = await Promise.all(
    Array.from({ length: 50 }, () => proveByCode(deps, { pendingToken, code })),
  );
  expect(results.filter(({ outcome }) => outcome === 'signed_in')).toHaveLength(1);
  const [open] = await db`select count(*)::int as count from sessions where staff_id = ${id}`;
  expect(open?.count).toBe(2);
});

test('a recovery code of somebody else is none', async () => {
  const deps = optional();
  const one = await openAccount(deps);
  const other = await openAccount(deps);
  for (const { sessionToken } of [one, other]) await addTotp(deps, { sessionToken });
  const [code = ''] = await issueRecoveryCodes(deps, other);
  const pendingToken = await waiting(deps, one.username);
  expect(await proveByCode(deps, { pendingToken, code })).toEqual({ outcome: 'invalid' });
});

test('a passkey opens the desk; each challenge is good once and for its own sign-in', async () => {
  const deps = optional();
  const { id, username, sessionToken } = await openAccount(deps);
  const key = await addKey(deps, { sessionToken });
  const pendingToken = await waiting(deps, username);
  expect((await findPendingSignIn(deps, pendingToken))?.ways).toEqual({
    totp: false,
    passkey: true,
    recoveryCode: false,
  });
  const options = (await askSignInPasskey(deps, pendingToken)) ?? {};
  expect(options).toMatchObject({ rpId: 'desk.test', userVerification: 'required' });
  const answer = key.get(options);
  // The same challenge at another sign-in of the same member.
  const elsewhere = await waiting(deps, username);
  expect(await proveByPasskey(deps, { pendingToken: elsewhere, answer })).toEqual({
    outcome: 'invalid',
  });
  const { sessionToken: opened } = only(
    await proveByPasskey(deps, { pendingToken, answer }),
    'signed_in',
  );
  expect(await findStaff(deps, opened)).toMatchObject({ id });
  expect(await proveByPasskey(deps, { pendingToken, answer })).toEqual({ outcome: 'expired' });
  expect((await findAccount(deps, { sessionToken }))?.passkeys).toMatchObject([
    { name: 'کلید من', lastUsedAt: expect.any(Date) as Date },
  ]);
});

test('an answer that is wrong in any part is refused, and uses its challenge up', async () => {
  const deps = optional();
  const { username, sessionToken } = await openAccount(deps);
  const key = await addKey(deps, { sessionToken });
  const stranger = createAuthenticator({ origin: ORIGIN });
  const forgeries: ((options: object) => string)[] = [
    (options) => key.get(options, { origin: 'https://desk.test.evil.test' }),
    (options) => key.get(options, { origin: 'http://desk.test' }),
    (options) => key.get(options, { rpId: 'evil.test' }),
    (options) => key.get(options, { verified: false }),
    (options) => key.get(options, { challenge: Buffer.alloc(32).toString('base64url') }),
    (options) => stranger.get(options),
    (options) => stranger.get(options).replaceAll(stranger.id, key.id),
    (options) => key.create(options),
    () => '',
    () => '{"id":5}',
    () => `{"id":"${key.id}","rawId":"${key.id}","type":"public-key","response":null}`,
    () => '[]',
  ];
  for (const forge of forgeries) {
    const pendingToken = await waiting(deps, username);
    const options = (await askSignInPasskey(deps, pendingToken)) ?? {};
    const invalid = { outcome: 'invalid' };
    expect(await proveByPasskey(deps, { pendingToken, answer: forge(options) })).toEqual(invalid);
    expect(await proveByPasskey(deps, { pendingToken, answer: key.get(options) })).toEqual(invalid);
  }
});

test('a challenge that is too old is none', async () => {
  const deps = optional();
  const { username, sessionToken } = await openAccount(deps);
  const key = await addKey(deps, { sessionToken });
  const pendingToken = await waiting(deps, username);
  const options = (await askSignInPasskey(deps, pendingToken)) ?? {};
  await db`update passkey_challenges set expires_at = now()
    where bound_to = ${hashToken(pendingToken)}`;
  expect(await proveByPasskey(deps, { pendingToken, answer: key.get(options) })).toEqual({
    outcome: 'invalid',
  });
});

test('a passkey whose count goes back is refused; one that does not count is taken', async () => {
  const deps = optional();
  const { username, sessionToken } = await openAccount(deps);
  const counting = await addKey(deps, { sessionToken });
  const silent = await addKey(
    deps,
    { sessionToken },
    createAuthenticator({ origin: ORIGIN, counts: false }),
  );
  const tryWith = async (key: Authenticator): Promise<string> => {
    const pendingToken = await waiting(deps, username);
    const answer = key.get((await askSignInPasskey(deps, pendingToken)) ?? {});
    return (await proveByPasskey(deps, { pendingToken, answer })).outcome;
  };
  expect(await tryWith(counting)).toBe('signed_in');
  expect(await tryWith(counting)).toBe('signed_in');
  counting.count = 0;
  log.length = 0;
  expect(await tryWith(counting)).toBe('invalid');
  expect(log.map(({ message }) => message)).toContain('a passkey was refused');
  expect(await tryWith(silent)).toBe('signed_in');
  expect(await tryWith(silent)).toBe('signed_in');
});

test('a member has several passkeys, each once and each of one member', async () => {
  const deps = optional();
  const one = await openAccount(deps);
  const other = await openAccount(deps);
  const key = await addKey(deps, one);
  await addKey(deps, one);
  const options = await askNewPasskey(deps, one);
  expect((options as { excludeCredentials: object[] }).excludeCredentials).toHaveLength(2);
  for (const access of [one, other]) {
    const { sessionToken } = access;
    const answer = key.create(await askNewPasskey(deps, { sessionToken }));
    expect(await addPasskey(deps, { sessionToken, name: '', answer })).toEqual({
      outcome: 'invalid',
      problem: 'known',
    });
  }
  const [first] = (await findAccount(deps, one))?.passkeys ?? [];
  const passkeyId = first?.id ?? '';
  const asOther = { sessionToken: other.sessionToken, passkeyId };
  await expect(removePasskey(deps, asOther)).rejects.toMatchObject({ code: 'not_found' });
  await expect(renamePasskey(deps, { ...asOther, name: 'x' })).rejects.toMatchObject({
    code: 'not_found',
  });
  const { sessionToken } = one;
  await renamePasskey(deps, { sessionToken, passkeyId, name: `\u202e${'ن'.repeat(100)}` });
  expect((await findAccount(deps, one))?.passkeys[0]?.name).toBe('ن'.repeat(60));
});

test('where a second factor is required, the first sign-in opens the set-up and nothing else', async () => {
  const { id, username } = await addMember(null, { oneTimeHours: 72 });
  const deps = required();
  const { pendingToken } = only(await signIn(deps, username), 'setup');
  expect(await findStaff(deps, pendingToken)).toBeUndefined();
  expect(await findPendingSignIn(deps, pendingToken)).toMatchObject({ needs: 'setup' });
  expect(await findAccount(deps, { pendingToken })).toMatchObject({
    state: 'setup',
    missing: ['password', 'second_factor'],
  });
  await expect(issueRecoveryCodes(deps, { pendingToken })).rejects.toMatchObject({
    code: 'not_allowed',
  });

  expect(
    await changePassword(deps, { pendingToken, current: PASSWORD, password: OWN_PASSWORD }),
  ).toEqual({ outcome: 'changed' });
  const { setup, secret } = await proposeTotp(deps, { pendingToken });
  const code = codeOf(secret, -1);
  const done = only(await confirmTotp(deps, { pendingToken, setup, code }), 'changed');
  const sessionToken = done.sessionToken ?? '';
  expect(await findStaff(deps, sessionToken)).toMatchObject({ id });
  // The token of the set-up is dead, and so is the password of the operator.
  expect(await findAccount(deps, { pendingToken })).toBeUndefined();
  expect(await signIn(deps, username)).toEqual({ outcome: 'invalid' });
  only(await signInStaff(deps, { username, password: OWN_PASSWORD }), 'second_factor');
  expect(await issueRecoveryCodes(deps, { sessionToken })).toHaveLength(10);
  expect(await auditOf(id)).toEqual([
    'password_changed',
    'second_factor_added',
    'staff_signed_in',
    'staff_sign_in_refused',
    'recovery_codes_issued',
  ]);
});

test('a member from before, with a password of the operator and no factor, is set up too', async () => {
  const { username } = await addMember();
  const deps = required();
  const setup = only(await signIn(deps, username), 'setup');
  expect((await findAccount(deps, setup))?.missing).toEqual(['password', 'second_factor']);
  // The factor first: the password is the operator's all the same.
  const { pendingToken } = setup;
  const { setup: proposed, secret } = await proposeTotp(deps, { pendingToken });
  const code = codeOf(secret);
  const added = only(await confirmTotp(deps, { pendingToken, setup: proposed, code }), 'changed');
  expect(added.sessionToken).toBeUndefined();
  expect((await findAccount(deps, { pendingToken: added.pendingToken ?? '' }))?.missing).toEqual([
    'password',
  ]);
});

test('the order of the set-up is free, and a passkey will do', async () => {
  const { id, username } = await addMember(null, { oneTimeHours: 72 });
  const deps = required();
  const { pendingToken } = only(await signIn(deps, username), 'setup');
  const key = createAuthenticator({ origin: ORIGIN });
  const answer = key.create(await askNewPasskey(deps, { pendingToken }));
  const added = only(await addPasskey(deps, { pendingToken, name: '', answer }), 'changed');
  expect(added.sessionToken).toBeUndefined();
  const next = added.pendingToken ?? '';
  expect(await findAccount(deps, { pendingToken })).toBeUndefined();
  expect((await findAccount(deps, { pendingToken: next }))?.missing).toEqual(['password']);
  const changed = only(
    await changePassword(deps, { pendingToken: next, current: PASSWORD, password: OWN_PASSWORD }),
    'changed',
  );
  expect(await findStaff(deps, changed.sessionToken ?? '')).toMatchObject({ id });
});

test('of two who have the password of the operator, the first to set a factor up is in', async () => {
  const { username } = await addMember(null, { oneTimeHours: 72 });
  const deps = required();
  const first = only(await signIn(deps, username), 'setup');
  const second = only(await signIn(deps, username), 'setup');
  const late = await proposeTotp(deps, second);
  await addTotp(deps, { pendingToken: first.pendingToken });
  expect(await findAccount(deps, second)).toBeUndefined();
  const { pendingToken } = second;
  await expect(
    confirmTotp(deps, { pendingToken, setup: late.setup, code: codeOf(late.secret) }),
  ).rejects.toMatchObject({ code: 'not_allowed' });
  await expect(
    changePassword(deps, { pendingToken, current: PASSWORD, password: OWN_PASSWORD }),
  ).rejects.toMatchObject({ code: 'not_allowed' });
});

test('the password of the operator is good for a short time', async () => {
  const { id, username } = await addMember(null, { oneTimeHours: 72 });
  const deps = required();
  only(await signIn(deps, username), 'setup');
  await db`update staff set one_time_until = now() - interval '1 second' where id = ${id}`;
  expect(await signIn(deps, username)).toEqual({ outcome: 'one_time_over' });
  await resetStaff(db, { id, passwordHash, oneTimeHours: 72 });
  only(await signIn(deps, username), 'setup');
});

test('a second factor that the operator handed over needs no set-up', async () => {
  const secret = makeTotpSecret();
  const { username } = await addMember(secret);
  const deps = required();
  const pendingToken = await waiting(deps, username);
  only(await proveByCode(deps, { pendingToken, code: codeOf(secret) }), 'signed_in');
});

test('after a reset the old factor is proven before a new password is chosen', async () => {
  const secret = makeTotpSecret();
  const { id, username } = await addMember(secret);
  const deps = required();
  await resetStaff(db, { id, passwordHash, oneTimeHours: 72 });
  const pendingToken = await waiting(deps, username);
  expect(await findAccount(deps, { pendingToken })).toBeUndefined();
  const proven = only(await proveByCode(deps, { pendingToken, code: codeOf(secret) }), 'setup');
  expect(proven.pendingToken).not.toBe(pendingToken);
  expect((await findAccount(deps, proven))?.missing).toEqual(['password']);
  const changed = await changePassword(deps, {
    pendingToken: proven.pendingToken,
    current: PASSWORD,
    password: OWN_PASSWORD,
  });
  expect(only(changed, 'changed').sessionToken).toBeDefined();
});

test('a reset with the second factor takes all of them away, and ends what is open', async () => {
  const deps = optional();
  const { id, username, sessionToken } = await openAccount(deps);
  await addTotp(deps, { sessionToken });
  await addKey(deps, { sessionToken });
  await issueRecoveryCodes(deps, { sessionToken });
  const pendingToken = await waiting(deps, username);
  await resetStaff(db, { id, passwordHash, secondFactor: false, oneTimeHours: 72 });
  expect(await findStaff(deps, sessionToken)).toBeUndefined();
  expect(await findPendingSignIn(deps, pendingToken)).toBeUndefined();
  const { pendingToken: setup } = only(await signIn(required(), username), 'setup');
  expect(await findAccount(required(), { pendingToken: setup })).toMatchObject({
    totp: false,
    passkeys: [],
    recoveryCodes: 0,
  });
});

test('a session without a second factor is none once one is required', async () => {
  const { sessionToken } = await openAccount(optional());
  expect(await findStaff(optional(), sessionToken)).toBeDefined();
  expect(await findStaff(required(), sessionToken)).toBeUndefined();
});

test('the last second factor stays where one is required', async () => {
  const deps = optional();
  const { sessionToken } = await openAccount(deps);
  await addTotp(deps, { sessionToken });
  await addKey(deps, { sessionToken });
  const strict = required();
  only(await removeTotp(strict, { sessionToken }), 'changed');
  const [passkey] = (await findAccount(strict, { sessionToken }))?.passkeys ?? [];
  const passkeyId = passkey?.id ?? '';
  const last = { outcome: 'invalid', problem: 'last' };
  expect(await removePasskey(strict, { sessionToken, passkeyId })).toEqual(last);
  await addTotp(strict, { sessionToken });
  only(await removePasskey(strict, { sessionToken, passkeyId }), 'changed');
  expect(await removeTotp(strict, { sessionToken })).toEqual(last);
  only(await removeTotp(deps, { sessionToken }), 'changed');
});

test('a proposed secret is taken with a right code only, from the member it was made for', async () => {
  const deps = optional();
  const one = await openAccount(deps);
  const other = await openAccount(deps);
  const { setup, secret, uri } = await proposeTotp(deps, one);
  expect(uri).toContain(`secret=${secret}`);
  expect(await readTotpSetup(deps, { sessionToken: one.sessionToken, setup })).toEqual({
    secret,
    uri,
  });
  const answers = [
    await confirmTotp(deps, { sessionToken: one.sessionToken, setup, code: wrongCode(secret) }),
    await confirmTotp(deps, { sessionToken: one.sessionToken, setup, code: ' ' }),
    await confirmTotp(deps, { sessionToken: other.sessionToken, setup, code: codeOf(secret) }),
    await confirmTotp(deps, {
      sessionToken: one.sessionToken,
      setup: `${setup}x`,
      code: codeOf(secret),
    }),
  ];
  expect(answers.map((answer) => ('problem' in answer ? answer.problem : ''))).toEqual([
    'wrong',
    'missing',
    'expired',
    'expired',
  ]);
  expect((await findAccount(deps, one))?.totp).toBe(false);
});

/** As if the last proof of identity were long ago. */
const ageProof = (staffId: string) =>
  db`update sessions set proven_at = now() - interval '11 minutes' where staff_id = ${staffId}`;

test('after a while nothing changes before the person has proved who they are again', async () => {
  const deps = optional();
  const { id, sessionToken } = await openAccount(deps);
  const secret = await addTotp(deps, { sessionToken });
  await addKey(deps, { sessionToken });
  const [passkey] = (await findAccount(deps, { sessionToken }))?.passkeys ?? [];
  const passkeyId = passkey?.id ?? '';
  await ageProof(id);
  expect((await findAccount(deps, { sessionToken }))?.mayChange).toBe(false);
  const before = JSON.stringify(await db`select * from audit_entries where actor = ${id}`);
  const acts: (() => Promise<unknown>)[] = [
    () => proposeTotp(deps, { sessionToken }),
    () => readTotpSetup(deps, { sessionToken, setup: '' }),
    () => confirmTotp(deps, { sessionToken, setup: '', code: '' }),
    () => removeTotp(deps, { sessionToken }),
    () => askNewPasskey(deps, { sessionToken }),
    () => addPasskey(deps, { sessionToken, name: '', answer: '' }),
    () => renamePasskey(deps, { sessionToken, passkeyId, name: 'x' }),
    () => removePasskey(deps, { sessionToken, passkeyId }),
    () => issueRecoveryCodes(deps, { sessionToken }),
    () => endOwnSession(deps, { sessionToken, sessionId: randomUUID() }),
    () => endOtherSessions(deps, { sessionToken }),
  ];
  for (const act of acts) await expect(act()).rejects.toMatchObject({ code: 'not_allowed' });
  expect(JSON.stringify(await db`select * from audit_entries where actor = ${id}`)).toBe(before);

  const confirm = (password: string, code: string) =>
    confirmAccount(deps, { sessionToken, password, code });
  expect(await confirm('', '')).toMatchObject({ fields: { password: 'missing', code: 'missing' } });
  expect(await confirm('wrong', codeOf(secret))).toMatchObject({ fields: { password: 'wrong' } });
  expect(await confirm(PASSWORD, wrongCode(secret))).toMatchObject({ fields: { code: 'wrong' } });
  const confirmed = only(await confirm(PASSWORD, codeOf(secret)), 'confirmed');
  // The old token is dead.
  expect(await findStaff(deps, sessionToken)).toBeUndefined();
  expect(await findAccount(deps, confirmed)).toMatchObject({ mayChange: true });
});

test('a passkey alone confirms who asks, in its own session', async () => {
  const deps = optional();
  const { id, sessionToken } = await openAccount(deps);
  const key = await addKey(deps, { sessionToken });
  await ageProof(id);
  const options = (await askConfirmPasskey(deps, sessionToken)) ?? {};
  const unverified = key.get(options, { verified: false });
  expect(await confirmAccountByPasskey(deps, { sessionToken, answer: unverified })).toEqual({
    outcome: 'invalid',
  });
  const again = (await askConfirmPasskey(deps, sessionToken)) ?? {};
  const { sessionToken: renewed } = only(
    await confirmAccountByPasskey(deps, { sessionToken, answer: key.get(again) }),
    'confirmed',
  );
  expect(await findStaff(deps, sessionToken)).toBeUndefined();
  expect((await findAccount(deps, { sessionToken: renewed }))?.mayChange).toBe(true);
});

test('a new password is no proof of the second factor: what needs it still asks for both', async () => {
  const deps = optional();
  const { id, sessionToken } = await openAccount(deps);
  await addTotp(deps, { sessionToken });
  await ageProof(id);
  const changed = only(
    await changePassword(deps, { sessionToken, current: PASSWORD, password: OWN_PASSWORD }),
    'changed',
  );
  const renewed = { sessionToken: changed.sessionToken ?? '' };
  expect(await findAccount(deps, renewed)).toMatchObject({ state: 'session', mayChange: false });
  await expect(removeTotp(deps, renewed)).rejects.toMatchObject({ code: 'not_allowed' });
});

test('a new password within the time of a proof does not end that time', async () => {
  const deps = optional();
  const { sessionToken } = await openAccount(deps);
  await addTotp(deps, { sessionToken });
  const changed = only(
    await changePassword(deps, { sessionToken, current: PASSWORD, password: OWN_PASSWORD }),
    'changed',
  );
  const renewed = { sessionToken: changed.sessionToken ?? '' };
  expect(await findAccount(deps, renewed)).toMatchObject({ mayChange: true });
});

test('a new password ends every other session, and takes the place of the old one', async () => {
  const deps = optional();
  const { username, sessionToken } = await openAccount(deps);
  const { sessionToken: other } = only(await signIn(deps, username), 'signed_in');
  const change = (current: string, password: string) =>
    changePassword(deps, { sessionToken, current, password });
  expect(await change('', '')).toMatchObject({
    fields: { current: 'missing', password: 'missing' },
  });
  expect(await change('wrong', OWN_PASSWORD)).toMatchObject({ fields: { current: 'wrong' } });
  const refused: [string, string][] = [
    ['short', 'too_short'],
    ['password1234', 'common'],
    [`${username}-kq81zpt`, 'personal'],
    ['شهرداری-kq81zpt', 'personal'],
    [PASSWORD, 'same'],
  ];
  for (const [password, problem] of refused)
    expect(await change(PASSWORD, password)).toEqual({
      outcome: 'invalid',
      fields: { password: problem },
    });
  expect(await findStaff(deps, other)).toBeDefined();
  const changed = only(await change(PASSWORD, OWN_PASSWORD), 'changed');
  expect(await findStaff(deps, other)).toBeUndefined();
  expect(await findStaff(deps, sessionToken)).toBeUndefined();
  expect(await findStaff(deps, changed.sessionToken ?? '')).toBeDefined();
  expect(await signIn(deps, username)).toEqual({ outcome: 'invalid' });
  only(await signInStaff(deps, { username, password: OWN_PASSWORD }), 'signed_in');
});

test('own sessions are listed, the own one first, and ended one by one or all others at once', async () => {
  const deps = optional();
  const { id, username, sessionToken } = await openAccount(deps);
  const agents = ['Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0', 'x'.repeat(400)];
  const others = [];
  for (const userAgent of agents) {
    const { tokenHash, token } = makeToken();
    others.push(token);
    await addSession(db, { tokenHash, staffId: id, hours: 1, userAgent });
  }
  const fourth = only(
    await signInStaff(deps, { username, password: PASSWORD, userAgent: agents[1] }),
    'signed_in',
  );
  const stranger = await openAccount(deps);
  const listed = await listOwnSessions(deps, sessionToken);
  expect(listed).toHaveLength(4);
  expect(listed.map(({ own }) => own)).toEqual([true, false, false, false]);
  const one = listed.find(({ userAgent }) => userAgent === agents[0])?.id ?? '';
  // Of somebody else: nothing happens, and nothing is said.
  const foreign = { sessionToken: stranger.sessionToken, sessionId: one };
  expect(await endOwnSession(deps, foreign)).toEqual({ own: false });
  expect(await findStaff(deps, others[0] ?? '')).toBeDefined();
  expect(await endOwnSession(deps, { sessionToken, sessionId: one })).toEqual({ own: false });
  expect(await findStaff(deps, others[0] ?? '')).toBeUndefined();
  const [cut] = await db<{ userAgent: string }[]>`
    select user_agent from sessions where token_hash = ${hashToken(fourth.sessionToken)}`;
  expect(cut?.userAgent).toHaveLength(300);
  expect(await endOtherSessions(deps, { sessionToken })).toEqual({ ended: 2 });
  expect(await findStaff(deps, fourth.sessionToken)).toBeUndefined();
  const [own] = await listOwnSessions(deps, sessionToken);
  expect(await endOwnSession(deps, { sessionToken, sessionId: own?.id ?? '' })).toEqual({
    own: true,
  });
  expect(await findStaff(deps, sessionToken)).toBeUndefined();
  expect(await findStaff(deps, stranger.sessionToken)).toBeDefined();
});

test('signing out ends the session, and a sign-in that is under way', async () => {
  const secret = makeTotpSecret();
  const { id, username } = await addMember(secret);
  const deps = required();
  const pendingToken = await waiting(deps, username);
  const done = await proveByCode(deps, { pendingToken, code: codeOf(secret) });
  const { sessionToken } = only(done, 'signed_in');
  const half = await waiting(deps, username);
  await signOutStaff(deps, { sessionToken, pendingToken: half });
  expect(await findStaff(deps, sessionToken)).toBeUndefined();
  expect(await findPendingSignIn(deps, half)).toBeUndefined();
  expect((await auditOf(id)).at(-1)).toBe('staff_signed_out');
});
