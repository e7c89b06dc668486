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
import { createStaffAccess } from '../../main/create-staff-access.ts';
import { createKnownBrowsers } from './known-browsers.ts';
import { hashPassword } from './passwords.ts';
import { hashToken, makeToken } from '../../platform/sealing/secrets.ts';
import type { AccountAccess, StaffAccess, StaffSignInResult } from './staff-access.ts';
import { makeTotpSecret } from './totp.ts';

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
});

afterAll(async () => {
  await db.end();
  await database.drop();
});

const accessWith = (secondFactor: 'required' | 'optional' | 'off'): StaffAccess => {
  const write = (fields: object, message: string): void => {
    log.push({ fields: { ...fields }, message });
  };
  return createStaffAccess({
    db,
    key: Buffer.alloc(32, 7),
    knownBrowsers: createKnownBrowsers(Buffer.alloc(32, 8)),
    settings: {
      secondFactor,
      sessionHours: 8,
      sessionIdleMinutes: 30,
      signInMinutes: 15,
      provenMinutes: 10,
      oneTimeHours: 72,
      orgName: 'شهرداری نمونه',
      timeZone: 'Asia/Tehran',
      stockReasons: { length: 400, perKind: 30 },
      calendar: { locale: 'fa', nameLength: 120, days: 500 },
      origin: ORIGIN,
    },
    log: { info: write, warn: write },
  });
};

const required = (): StaffAccess => accessWith('required');
const optional = (): StaffAccess => accessWith('optional');

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

const signIn = (desk: StaffAccess, username: string): Promise<StaffSignInResult> =>
  desk.staffSignIn({ username, password: PASSWORD });

/** Somebody signed in with nothing but the password, where that is enough. */
const openAccount = async (desk: StaffAccess) => {
  const member = await addMember();
  const { sessionToken } = only(await signIn(desk, member.username), 'signed_in');
  return { ...member, sessionToken };
};

const addTotp = async (desk: StaffAccess, access: AccountAccess): Promise<string> => {
  const { setup, secret } = await desk.proposeTotp(access);
  only(await desk.confirmTotp({ ...access, setup, code: codeOf(secret, -1) }), 'changed');
  return secret;
};

const addKey = async (
  desk: StaffAccess,
  access: AccountAccess,
  authenticator: Authenticator = createAuthenticator({ origin: ORIGIN }),
): Promise<Authenticator> => {
  const answer = authenticator.create(await desk.askNewPasskey(access));
  only(await desk.addPasskey({ ...access, name: 'کلید من', answer }), 'changed');
  return authenticator;
};

const waiting = async (desk: StaffAccess, username: string): Promise<string> =>
  only(await signIn(desk, username), 'second_factor').pendingToken;

const auditOf = async (staffId: string): Promise<string[]> => {
  const rows = await db<{ action: string }[]>`
    select action from audit_entries where actor = ${staffId} order by id`;
  return rows.map(({ action }) => action);
};

test('the right password opens a session; a wrong one and an unknown name get the same answer', async () => {
  const { id, username } = await addMember();
  const desk = optional();
  const typed = ` ${username.toUpperCase()} `;
  const result = only(await desk.staffSignIn({ username: typed, password: PASSWORD }), 'signed_in');
  expect(await desk.findStaff(result.sessionToken)).toMatchObject({ id, role: 'reviewer' });
  const wrong = await desk.staffSignIn({ username, password: 'wrong' });
  const unknown = await desk.staffSignIn({ username: 'nobody', password: PASSWORD });
  expect([wrong, unknown]).toEqual([{ outcome: 'invalid' }, { outcome: 'invalid' }]);
});

test('a disabled member is out at once and stays out', async () => {
  const desk = optional();
  const { id, username, sessionToken } = await openAccount(desk);
  await disableStaff(db, id);
  expect(await desk.findStaff(sessionToken)).toBeUndefined();
  expect(await signIn(desk, username)).toEqual({ outcome: 'invalid' });
});

test('a sign-in and every refusal stand in the audit trail and in the log, without what was typed', async () => {
  const desk = optional();
  const { id, username } = await addMember();
  log.length = 0;
  await desk.staffSignIn({ username, password: 'a wrong one', from: 'hash-of-address' });
  await desk.staffSignIn({ username: 'a password typed as a name', password: 'x' });
  await signIn(desk, username);
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
  const desk = required();
  const pendingToken = await waiting(desk, username);
  expect(await desk.findStaff(pendingToken)).toBeUndefined();
  expect(await desk.findAccount({ pendingToken })).toBeUndefined();
  expect(await desk.findPendingSignIn(pendingToken)).toEqual({
    needs: 'second_factor',
    ways: { totp: true, passkey: false, recoveryCode: false },
  });
  const code = wrongCode(secret);
  expect(await desk.staffSecondFactor({ pendingToken, code })).toEqual({ outcome: 'invalid' });
  const right = codeOf(secret);
  const second = only(await desk.staffSecondFactor({ pendingToken, code: right }), 'signed_in');
  expect(await desk.findStaff(second.sessionToken)).toMatchObject({ id });
  // The sign-in is over with it, and the code is used up also for another one.
  expect(await desk.staffSecondFactor({ pendingToken, code: codeOf(secret, 1) })).toEqual({
    outcome: 'expired',
  });
  const another = { pendingToken: await waiting(desk, username), code: right };
  expect(await desk.staffSecondFactor(another)).toEqual({ outcome: 'invalid' });
  for (const forged of ['', makeToken().token, second.sessionToken])
    expect(await desk.staffSecondFactor({ pendingToken: forged, code: right })).toEqual({
      outcome: 'expired',
    });
});

test('of many who send the same one-time code at once, one is let in', async () => {
  const secret = makeTotpSecret();
  const { username } = await addMember(secret);
  const desk = required();
  const tokens = [];
  for (let i = 0; i < 10; i += 1) tokens.push(await waiting(desk, username));
  const code = codeOf(secret);
  const results = await Promise.all(
    tokens.map((pendingToken) => desk.staffSecondFactor({ pendingToken, code })),
  );
  expect(results.filter(({ outcome }) => outcome === 'signed_in')).toHaveLength(1);
  expect(results.filter(({ outcome }) => outcome === 'invalid')).toHaveLength(9);
});

test('the second step is over after a while', async () => {
  const secret = makeTotpSecret();
  const { id, username } = await addMember(secret);
  const desk = required();
  const pendingToken = await waiting(desk, username);
  await db`update staff_sign_ins set expires_at = now() where staff_id = ${id}`;
  expect(await desk.findPendingSignIn(pendingToken)).toBeUndefined();
  expect(await desk.staffSecondFactor({ pendingToken, code: codeOf(secret) })).toEqual({
    outcome: 'expired',
  });
});

test('a recovery code opens the desk once, under 50 who send it at once', async () => {
  const desk = optional();
  const { id, username, sessionToken } = await openAccount(desk);
  await addTotp(desk, { sessionToken });
  const codes = await desk.issueRecoveryCodes({ sessionToken });
  expect(new Set(codes).size).toBe(10);
  const [code = '', second = ''] = codes;
  const tokens = [];
  for (let i = 0; i < 50; i += 1) tokens.push(await waiting(desk, username));
  const results = await Promise.all(
    tokens.map((pendingToken) =>
      desk.staffSecondFactor({ pendingToken, code: ` ${code.toLowerCase()} ` }),
    ),
  );
  expect(results.filter(({ outcome }) => outcome === 'signed_in')).toHaveLength(1);
  expect(results.filter(({ outcome }) => outcome === 'invalid')).toHaveLength(49);
  expect((await desk.findAccount({ sessionToken }))?.recoveryCodes).toBe(9);
  expect((await auditOf(id)).filter((action) => action === 'recovery_code_used')).toHaveLength(1);
  // New ones kill the old ones, and only hashes are kept.
  const [fresh = ''] = await desk.issueRecoveryCodes({ sessionToken });
  const pendingToken = await waiting(desk, username);
  expect(await desk.staffSecondFactor({ pendingToken, code: second })).toEqual({
    outcome: 'invalid',
  });
  only(await desk.staffSecondFactor({ pendingToken, code: fresh }), 'signed_in');
  const kept = JSON.stringify(await db`select * from staff_recovery_codes`);
  expect(kept).not.toContain(fresh.replaceAll('-', ''));
});

test('50 who send one recovery code with the same sign-in get one session', async () => {
  const desk = optional();
  const { id, username, sessionToken } = await openAccount(desk);
  await addTotp(desk, { sessionToken });
  const [code = ''] = await desk.issueRecoveryCodes({ sessionToken });
  const pendingToken = await waiting(desk, username);
  const results = await Promise.all(
    Array.from({ length: 50 }, () => desk.staffSecondFactor({ pendingToken, code })),
  );
  expect(results.filter(({ outcome }) => outcome === 'signed_in')).toHaveLength(1);
  const [open] = await db`select count(*)::int as count from sessions where staff_id = ${id}`;
  expect(open?.count).toBe(2);
});

test('a recovery code of somebody else is none', async () => {
  const desk = optional();
  const one = await openAccount(desk);
  const other = await openAccount(desk);
  for (const { sessionToken } of [one, other]) await addTotp(desk, { sessionToken });
  const [code = ''] = await desk.issueRecoveryCodes(other);
  const pendingToken = await waiting(desk, one.username);
  expect(await desk.staffSecondFactor({ pendingToken, code })).toEqual({ outcome: 'invalid' });
});

test('a passkey opens the desk; each challenge is good once and for its own sign-in', async () => {
  const desk = optional();
  const { id, username, sessionToken } = await openAccount(desk);
  const key = await addKey(desk, { sessionToken });
  const pendingToken = await waiting(desk, username);
  expect((await desk.findPendingSignIn(pendingToken))?.ways).toEqual({
    totp: false,
    passkey: true,
    recoveryCode: false,
  });
  const options = (await desk.askSignInPasskey(pendingToken)) ?? {};
  expect(options).toMatchObject({ rpId: 'desk.test', userVerification: 'required' });
  const answer = key.get(options);
  // The same challenge at another sign-in of the same member.
  const elsewhere = await waiting(desk, username);
  expect(await desk.staffPasskey({ pendingToken: elsewhere, answer })).toEqual({
    outcome: 'invalid',
  });
  const { sessionToken: opened } = only(
    await desk.staffPasskey({ pendingToken, answer }),
    'signed_in',
  );
  expect(await desk.findStaff(opened)).toMatchObject({ id });
  expect(await desk.staffPasskey({ pendingToken, answer })).toEqual({ outcome: 'expired' });
  expect((await desk.findAccount({ sessionToken }))?.passkeys).toMatchObject([
    { name: 'کلید من', lastUsedAt: expect.any(Date) as Date },
  ]);
});

test('an answer that is wrong in any part is refused, and uses its challenge up', async () => {
  const desk = optional();
  const { username, sessionToken } = await openAccount(desk);
  const key = await addKey(desk, { sessionToken });
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
    const pendingToken = await waiting(desk, username);
    const options = (await desk.askSignInPasskey(pendingToken)) ?? {};
    const invalid = { outcome: 'invalid' };
    expect(await desk.staffPasskey({ pendingToken, answer: forge(options) })).toEqual(invalid);
    expect(await desk.staffPasskey({ pendingToken, answer: key.get(options) })).toEqual(invalid);
  }
});

test('a challenge that is too old is none', async () => {
  const desk = optional();
  const { username, sessionToken } = await openAccount(desk);
  const key = await addKey(desk, { sessionToken });
  const pendingToken = await waiting(desk, username);
  const options = (await desk.askSignInPasskey(pendingToken)) ?? {};
  await db`update passkey_challenges set expires_at = now()
    where bound_to = ${hashToken(pendingToken)}`;
  expect(await desk.staffPasskey({ pendingToken, answer: key.get(options) })).toEqual({
    outcome: 'invalid',
  });
});

test('a passkey whose count goes back is refused; one that does not count is taken', async () => {
  const desk = optional();
  const { username, sessionToken } = await openAccount(desk);
  const counting = await addKey(desk, { sessionToken });
  const silent = await addKey(
    desk,
    { sessionToken },
    createAuthenticator({ origin: ORIGIN, counts: false }),
  );
  const tryWith = async (key: Authenticator): Promise<string> => {
    const pendingToken = await waiting(desk, username);
    const answer = key.get((await desk.askSignInPasskey(pendingToken)) ?? {});
    return (await desk.staffPasskey({ pendingToken, answer })).outcome;
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
  const desk = optional();
  const one = await openAccount(desk);
  const other = await openAccount(desk);
  const key = await addKey(desk, one);
  await addKey(desk, one);
  const options = await desk.askNewPasskey(one);
  expect((options as { excludeCredentials: object[] }).excludeCredentials).toHaveLength(2);
  for (const access of [one, other]) {
    const { sessionToken } = access;
    const answer = key.create(await desk.askNewPasskey({ sessionToken }));
    expect(await desk.addPasskey({ sessionToken, name: '', answer })).toEqual({
      outcome: 'invalid',
      problem: 'known',
    });
  }
  const [first] = (await desk.findAccount(one))?.passkeys ?? [];
  const passkeyId = first?.id ?? '';
  const asOther = { sessionToken: other.sessionToken, passkeyId };
  await expect(desk.removePasskey(asOther)).rejects.toMatchObject({ code: 'not_found' });
  await expect(desk.renamePasskey({ ...asOther, name: 'x' })).rejects.toMatchObject({
    code: 'not_found',
  });
  const { sessionToken } = one;
  await desk.renamePasskey({ sessionToken, passkeyId, name: `\u202e${'ن'.repeat(100)}` });
  expect((await desk.findAccount(one))?.passkeys[0]?.name).toBe('ن'.repeat(60));
});

test('where a second factor is required, the first sign-in opens the set-up and nothing else', async () => {
  const { id, username } = await addMember(null, { oneTimeHours: 72 });
  const desk = required();
  const { pendingToken } = only(await signIn(desk, username), 'setup');
  expect(await desk.findStaff(pendingToken)).toBeUndefined();
  expect(await desk.findPendingSignIn(pendingToken)).toMatchObject({ needs: 'setup' });
  expect(await desk.findAccount({ pendingToken })).toMatchObject({
    state: 'setup',
    missing: ['password', 'second_factor'],
  });
  await expect(desk.issueRecoveryCodes({ pendingToken })).rejects.toMatchObject({
    code: 'not_allowed',
  });

  expect(
    await desk.changePassword({ pendingToken, current: PASSWORD, password: OWN_PASSWORD }),
  ).toEqual({ outcome: 'changed' });
  const { setup, secret } = await desk.proposeTotp({ pendingToken });
  const code = codeOf(secret, -1);
  const done = only(await desk.confirmTotp({ pendingToken, setup, code }), 'changed');
  const sessionToken = done.sessionToken ?? '';
  expect(await desk.findStaff(sessionToken)).toMatchObject({ id });
  // The token of the set-up is dead, and so is the password of the operator.
  expect(await desk.findAccount({ pendingToken })).toBeUndefined();
  expect(await signIn(desk, username)).toEqual({ outcome: 'invalid' });
  only(await desk.staffSignIn({ username, password: OWN_PASSWORD }), 'second_factor');
  expect(await desk.issueRecoveryCodes({ sessionToken })).toHaveLength(10);
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
  const desk = required();
  const setup = only(await signIn(desk, username), 'setup');
  expect((await desk.findAccount(setup))?.missing).toEqual(['password', 'second_factor']);
  // The factor first: the password is the operator's all the same.
  const { pendingToken } = setup;
  const { setup: proposed, secret } = await desk.proposeTotp({ pendingToken });
  const code = codeOf(secret);
  const added = only(await desk.confirmTotp({ pendingToken, setup: proposed, code }), 'changed');
  expect(added.sessionToken).toBeUndefined();
  expect((await desk.findAccount({ pendingToken: added.pendingToken ?? '' }))?.missing).toEqual([
    'password',
  ]);
});

test('the order of the set-up is free, and a passkey will do', async () => {
  const { id, username } = await addMember(null, { oneTimeHours: 72 });
  const desk = required();
  const { pendingToken } = only(await signIn(desk, username), 'setup');
  const key = createAuthenticator({ origin: ORIGIN });
  const answer = key.create(await desk.askNewPasskey({ pendingToken }));
  const added = only(await desk.addPasskey({ pendingToken, name: '', answer }), 'changed');
  expect(added.sessionToken).toBeUndefined();
  const next = added.pendingToken ?? '';
  expect(await desk.findAccount({ pendingToken })).toBeUndefined();
  expect((await desk.findAccount({ pendingToken: next }))?.missing).toEqual(['password']);
  const changed = only(
    await desk.changePassword({ pendingToken: next, current: PASSWORD, password: OWN_PASSWORD }),
    'changed',
  );
  expect(await desk.findStaff(changed.sessionToken ?? '')).toMatchObject({ id });
});

test('of two who have the password of the operator, the first to set a factor up is in', async () => {
  const { username } = await addMember(null, { oneTimeHours: 72 });
  const desk = required();
  const first = only(await signIn(desk, username), 'setup');
  const second = only(await signIn(desk, username), 'setup');
  const late = await desk.proposeTotp(second);
  await addTotp(desk, { pendingToken: first.pendingToken });
  expect(await desk.findAccount(second)).toBeUndefined();
  const { pendingToken } = second;
  await expect(
    desk.confirmTotp({ pendingToken, setup: late.setup, code: codeOf(late.secret) }),
  ).rejects.toMatchObject({ code: 'not_allowed' });
  await expect(
    desk.changePassword({ pendingToken, current: PASSWORD, password: OWN_PASSWORD }),
  ).rejects.toMatchObject({ code: 'not_allowed' });
});

test('the password of the operator is good for a short time', async () => {
  const { id, username } = await addMember(null, { oneTimeHours: 72 });
  const desk = required();
  only(await signIn(desk, username), 'setup');
  await db`update staff set one_time_until = now() - interval '1 second' where id = ${id}`;
  expect(await signIn(desk, username)).toEqual({ outcome: 'one_time_over' });
  await resetStaff(db, { id, passwordHash, oneTimeHours: 72 });
  only(await signIn(desk, username), 'setup');
});

test('a second factor that the operator handed over needs no set-up', async () => {
  const secret = makeTotpSecret();
  const { username } = await addMember(secret);
  const desk = required();
  const pendingToken = await waiting(desk, username);
  only(await desk.staffSecondFactor({ pendingToken, code: codeOf(secret) }), 'signed_in');
});

test('after a reset the old factor is proven before a new password is chosen', async () => {
  const secret = makeTotpSecret();
  const { id, username } = await addMember(secret);
  const desk = required();
  await resetStaff(db, { id, passwordHash, oneTimeHours: 72 });
  const pendingToken = await waiting(desk, username);
  expect(await desk.findAccount({ pendingToken })).toBeUndefined();
  const proven = only(
    await desk.staffSecondFactor({ pendingToken, code: codeOf(secret) }),
    'setup',
  );
  expect(proven.pendingToken).not.toBe(pendingToken);
  expect((await desk.findAccount(proven))?.missing).toEqual(['password']);
  const changed = await desk.changePassword({
    pendingToken: proven.pendingToken,
    current: PASSWORD,
    password: OWN_PASSWORD,
  });
  expect(only(changed, 'changed').sessionToken).toBeDefined();
});

test('a reset with the second factor takes all of them away, and ends what is open', async () => {
  const desk = optional();
  const { id, username, sessionToken } = await openAccount(desk);
  await addTotp(desk, { sessionToken });
  await addKey(desk, { sessionToken });
  await desk.issueRecoveryCodes({ sessionToken });
  const pendingToken = await waiting(desk, username);
  await resetStaff(db, { id, passwordHash, secondFactor: false, oneTimeHours: 72 });
  expect(await desk.findStaff(sessionToken)).toBeUndefined();
  expect(await desk.findPendingSignIn(pendingToken)).toBeUndefined();
  const { pendingToken: setup } = only(await signIn(required(), username), 'setup');
  expect(await required().findAccount({ pendingToken: setup })).toMatchObject({
    totp: false,
    passkeys: [],
    recoveryCodes: 0,
  });
});

test('a session without a second factor is none once one is required', async () => {
  const { sessionToken } = await openAccount(optional());
  expect(await optional().findStaff(sessionToken)).toBeDefined();
  expect(await required().findStaff(sessionToken)).toBeUndefined();
});

test('the last second factor stays where one is required', async () => {
  const desk = optional();
  const { sessionToken } = await openAccount(desk);
  await addTotp(desk, { sessionToken });
  await addKey(desk, { sessionToken });
  const strict = required();
  only(await strict.removeTotp({ sessionToken }), 'changed');
  const [passkey] = (await strict.findAccount({ sessionToken }))?.passkeys ?? [];
  const passkeyId = passkey?.id ?? '';
  const last = { outcome: 'invalid', problem: 'last' };
  expect(await strict.removePasskey({ sessionToken, passkeyId })).toEqual(last);
  await addTotp(strict, { sessionToken });
  only(await strict.removePasskey({ sessionToken, passkeyId }), 'changed');
  expect(await strict.removeTotp({ sessionToken })).toEqual(last);
  only(await desk.removeTotp({ sessionToken }), 'changed');
});

test('a proposed secret is taken with a right code only, from the member it was made for', async () => {
  const desk = optional();
  const one = await openAccount(desk);
  const other = await openAccount(desk);
  const { setup, secret, uri } = await desk.proposeTotp(one);
  expect(uri).toContain(`secret=${secret}`);
  expect(await desk.readTotpSetup({ sessionToken: one.sessionToken, setup })).toEqual({
    secret,
    uri,
  });
  const answers = [
    await desk.confirmTotp({ sessionToken: one.sessionToken, setup, code: wrongCode(secret) }),
    await desk.confirmTotp({ sessionToken: one.sessionToken, setup, code: ' ' }),
    await desk.confirmTotp({ sessionToken: other.sessionToken, setup, code: codeOf(secret) }),
    await desk.confirmTotp({
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
  expect((await desk.findAccount(one))?.totp).toBe(false);
});

/** As if the last proof of identity were long ago. */
const ageProof = (staffId: string) =>
  db`update sessions set proven_at = now() - interval '11 minutes' where staff_id = ${staffId}`;

test('after a while nothing changes before the person has proved who they are again', async () => {
  const desk = optional();
  const { id, sessionToken } = await openAccount(desk);
  const secret = await addTotp(desk, { sessionToken });
  await addKey(desk, { sessionToken });
  const [passkey] = (await desk.findAccount({ sessionToken }))?.passkeys ?? [];
  const passkeyId = passkey?.id ?? '';
  await ageProof(id);
  expect((await desk.findAccount({ sessionToken }))?.mayChange).toBe(false);
  const before = JSON.stringify(await db`select * from audit_entries where actor = ${id}`);
  const acts: (() => Promise<unknown>)[] = [
    () => desk.proposeTotp({ sessionToken }),
    () => desk.readTotpSetup({ sessionToken, setup: '' }),
    () => desk.confirmTotp({ sessionToken, setup: '', code: '' }),
    () => desk.removeTotp({ sessionToken }),
    () => desk.askNewPasskey({ sessionToken }),
    () => desk.addPasskey({ sessionToken, name: '', answer: '' }),
    () => desk.renamePasskey({ sessionToken, passkeyId, name: 'x' }),
    () => desk.removePasskey({ sessionToken, passkeyId }),
    () => desk.issueRecoveryCodes({ sessionToken }),
    () => desk.endOwnSession({ sessionToken, sessionId: randomUUID() }),
    () => desk.endOtherSessions({ sessionToken }),
  ];
  for (const act of acts) await expect(act()).rejects.toMatchObject({ code: 'not_allowed' });
  expect(JSON.stringify(await db`select * from audit_entries where actor = ${id}`)).toBe(before);

  const confirm = (password: string, code: string) =>
    desk.confirmAccount({ sessionToken, password, code });
  expect(await confirm('', '')).toMatchObject({ fields: { password: 'missing', code: 'missing' } });
  expect(await confirm('wrong', codeOf(secret))).toMatchObject({ fields: { password: 'wrong' } });
  expect(await confirm(PASSWORD, wrongCode(secret))).toMatchObject({ fields: { code: 'wrong' } });
  const confirmed = only(await confirm(PASSWORD, codeOf(secret)), 'confirmed');
  // The old token is dead.
  expect(await desk.findStaff(sessionToken)).toBeUndefined();
  expect(await desk.findAccount(confirmed)).toMatchObject({ mayChange: true });
});

test('a passkey alone confirms who asks, in its own session', async () => {
  const desk = optional();
  const { id, sessionToken } = await openAccount(desk);
  const key = await addKey(desk, { sessionToken });
  await ageProof(id);
  const options = (await desk.askConfirmPasskey(sessionToken)) ?? {};
  const unverified = key.get(options, { verified: false });
  expect(await desk.confirmAccountByPasskey({ sessionToken, answer: unverified })).toEqual({
    outcome: 'invalid',
  });
  const again = (await desk.askConfirmPasskey(sessionToken)) ?? {};
  const { sessionToken: renewed } = only(
    await desk.confirmAccountByPasskey({ sessionToken, answer: key.get(again) }),
    'confirmed',
  );
  expect(await desk.findStaff(sessionToken)).toBeUndefined();
  expect((await desk.findAccount({ sessionToken: renewed }))?.mayChange).toBe(true);
});

test('a new password is no proof of the second factor: what needs it still asks for both', async () => {
  const desk = optional();
  const { id, sessionToken } = await openAccount(desk);
  await addTotp(desk, { sessionToken });
  await ageProof(id);
  const changed = only(
    await desk.changePassword({ sessionToken, current: PASSWORD, password: OWN_PASSWORD }),
    'changed',
  );
  const renewed = { sessionToken: changed.sessionToken ?? '' };
  expect(await desk.findAccount(renewed)).toMatchObject({ state: 'session', mayChange: false });
  await expect(desk.removeTotp(renewed)).rejects.toMatchObject({ code: 'not_allowed' });
});

test('a new password within the time of a proof does not end that time', async () => {
  const desk = optional();
  const { sessionToken } = await openAccount(desk);
  await addTotp(desk, { sessionToken });
  const changed = only(
    await desk.changePassword({ sessionToken, current: PASSWORD, password: OWN_PASSWORD }),
    'changed',
  );
  const renewed = { sessionToken: changed.sessionToken ?? '' };
  expect(await desk.findAccount(renewed)).toMatchObject({ mayChange: true });
});

test('a new password ends every other session, and takes the place of the old one', async () => {
  const desk = optional();
  const { username, sessionToken } = await openAccount(desk);
  const { sessionToken: other } = only(await signIn(desk, username), 'signed_in');
  const change = (current: string, password: string) =>
    desk.changePassword({ sessionToken, current, password });
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
  expect(await desk.findStaff(other)).toBeDefined();
  const changed = only(await change(PASSWORD, OWN_PASSWORD), 'changed');
  expect(await desk.findStaff(other)).toBeUndefined();
  expect(await desk.findStaff(sessionToken)).toBeUndefined();
  expect(await desk.findStaff(changed.sessionToken ?? '')).toBeDefined();
  expect(await signIn(desk, username)).toEqual({ outcome: 'invalid' });
  only(await desk.staffSignIn({ username, password: OWN_PASSWORD }), 'signed_in');
});

test('own sessions are listed, the own one first, and ended one by one or all others at once', async () => {
  const desk = optional();
  const { id, username, sessionToken } = await openAccount(desk);
  const agents = ['Mozilla/5.0 (X11; Linux x86_64) Firefox/145.0', 'x'.repeat(400)];
  const others = [];
  for (const userAgent of agents) {
    const { tokenHash, token } = makeToken();
    others.push(token);
    await addSession(db, { tokenHash, staffId: id, hours: 1, userAgent });
  }
  const fourth = only(
    await desk.staffSignIn({ username, password: PASSWORD, userAgent: agents[1] }),
    'signed_in',
  );
  const stranger = await openAccount(desk);
  const listed = await desk.listOwnSessions(sessionToken);
  expect(listed).toHaveLength(4);
  expect(listed.map(({ own }) => own)).toEqual([true, false, false, false]);
  const one = listed.find(({ userAgent }) => userAgent === agents[0])?.id ?? '';
  // Of somebody else: nothing happens, and nothing is said.
  const foreign = { sessionToken: stranger.sessionToken, sessionId: one };
  expect(await desk.endOwnSession(foreign)).toEqual({ own: false });
  expect(await desk.findStaff(others[0] ?? '')).toBeDefined();
  expect(await desk.endOwnSession({ sessionToken, sessionId: one })).toEqual({ own: false });
  expect(await desk.findStaff(others[0] ?? '')).toBeUndefined();
  const [cut] = await db<{ userAgent: string }[]>`
    select user_agent from sessions where token_hash = ${hashToken(fourth.sessionToken)}`;
  expect(cut?.userAgent).toHaveLength(300);
  expect(await desk.endOtherSessions({ sessionToken })).toEqual({ ended: 2 });
  expect(await desk.findStaff(fourth.sessionToken)).toBeUndefined();
  const [own] = await desk.listOwnSessions(sessionToken);
  expect(await desk.endOwnSession({ sessionToken, sessionId: own?.id ?? '' })).toEqual({
    own: true,
  });
  expect(await desk.findStaff(sessionToken)).toBeUndefined();
  expect(await desk.findStaff(stranger.sessionToken)).toBeDefined();
});

test('signing out ends the session, and a sign-in that is under way', async () => {
  const secret = makeTotpSecret();
  const { id, username } = await addMember(secret);
  const desk = required();
  const pendingToken = await waiting(desk, username);
  const done = await desk.staffSecondFactor({ pendingToken, code: codeOf(secret) });
  const { sessionToken } = only(done, 'signed_in');
  const half = await waiting(desk, username);
  await desk.staffSignOut({ sessionToken, pendingToken: half });
  expect(await desk.findStaff(sessionToken)).toBeUndefined();
  expect(await desk.findPendingSignIn(half)).toBeUndefined();
  expect((await auditOf(id)).at(-1)).toBe('staff_signed_out');
});
