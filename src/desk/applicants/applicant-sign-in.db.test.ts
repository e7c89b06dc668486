import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { findEndedSession } from '../staff/sessions.sql.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { solveProof } from '../../testing/proof.ts';
import { readMessages } from '../../testing/messages.ts';
import { testSeals } from '../../testing/seals.ts';
import { findApplicant, signOut } from './applicant-sessions.ts';
import { confirmSignIn, findSignIn, resendCode, startSignIn } from './applicant-sign-in.ts';
import type { StartSignIn } from './applicant-sign-in.ts';
import { newCaptcha, readCaptcha } from './captcha/captcha.ts';
import { issueProof } from './captcha/proof.ts';
import type { Deps } from '../../platform/deps.ts';
import { deriveKeys, hashToken } from '../../platform/sealing/secrets.ts';
import { testDeps } from '../../testing/test-deps.ts';

let database: TestDatabase;
let db: Db;
let deps: Deps;
let lastMobile = 9_120_000_000;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createLogger({ name: 'test', level: 'silent' });
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  deps = testDeps(db, {
    env: { RATE_LIMITS: 'on', CAPTCHA_TEST_CODE: '' },
    limits: { codeSendsPerHour: 3 },
  });
});

afterAll(async () => {
  await db.end();
  await database.drop();
});

let mobile: string;
beforeEach(() => {
  lastMobile += 1;
  mobile = `0${lastMobile}`;
});

const solved = () => {
  const { id } = newCaptcha(deps);
  return { captchaId: id, captchaAnswer: readCaptcha(deps, id)?.answer ?? '' };
};

const start = async (): Promise<string> => {
  const result = await startSignIn(deps, { mobile, ...solved() });
  if (result.outcome !== 'sent') throw new Error('not sent');
  return result.challengeToken;
};

const codesSent = async (): Promise<string[]> => {
  const rows = await readMessages(db, { mobile: `+98${mobile.slice(1)}` });
  return rows.map(({ text }) => /@desk\.test #(\d{6})$/.exec(text)?.[1] ?? 'none');
};

test('the code of the SMS signs in once, in digits of any script', async () => {
  const challengeToken = await start();
  const [code = ''] = await codesSent();
  const persian = code.replace(/\d/g, (digit) => String.fromCodePoint(0x06f0 + Number(digit)));
  const confirmed = await confirmSignIn(deps, {
    challengeToken,
    code: `${persian.slice(0, 3)} ${persian.slice(3)}`,
  });
  if (confirmed.outcome !== 'signed_in') throw new Error('not signed in');
  expect(await findApplicant(deps, confirmed.sessionToken)).toMatchObject({
    mobile: `+98${mobile.slice(1)}`,
  });
  expect(await confirmSignIn(deps, { challengeToken, code })).toMatchObject({
    outcome: 'invalid',
  });
  await signOut(deps, confirmed.sessionToken);
  expect(await findApplicant(deps, confirmed.sessionToken)).toBeUndefined();
});

test('of 200 guesses at once five are looked at, and then the right code is too late', async () => {
  const challengeToken = await start();
  const [code = ''] = await codesSent();
  const wrong = code === '000000' ? '000001' : '000000';
  await Promise.all(
    Array.from({ length: 200 }, () => confirmSignIn(deps, { challengeToken, code: wrong })),
  );
  const [row] = await db<{ attempts: number }[]>`
    select attempts from sign_in_challenges
    where mobile_hash in ${db(db.seals.mobileHashes(`+98${mobile.slice(1)}`))}`;
  expect(row?.attempts).toBe(5);
  expect(await confirmSignIn(deps, { challengeToken, code })).toEqual({
    outcome: 'invalid',
    why: 'used_up',
  });
});

test('a displayed security code is worth one answer, right or wrong', async () => {
  const answer = solved();
  const wrong = { ...answer, captchaAnswer: answer.captchaAnswer === '11111' ? '22222' : '11111' };
  expect(await startSignIn(deps, { mobile, ...wrong })).toEqual({
    outcome: 'invalid',
    fields: { captcha: 'wrong' },
  });
  expect(await startSignIn(deps, { mobile, ...answer })).toMatchObject({ outcome: 'invalid' });
  expect(await codesSent()).toEqual([]);
});

const NO_ANSWER = { captchaId: '', captchaAnswer: '' };
const CHEAP = { cost: 10, maxDerivations: 20 };
const prove = async (): Promise<string> => solveProof(await issueProof(deps, CHEAP));

/** Fifty numbers, so that only the code or the proof can stop a sign-in. */
const fiftyAtOnce = async (input: StartSignIn): Promise<number> => {
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      startSignIn(deps, { ...input, mobile: `0938${String(index).padStart(7, '0')}` }),
    ),
  );
  return results.filter(({ outcome }) => outcome === 'sent').length;
};

test('of 50 answers at once to one displayed code, one is taken', async () => {
  expect(await fiftyAtOnce({ mobile, ...solved() })).toBe(1);
});

test('a proof stands in for the displayed code, once, also for 50 at once', async () => {
  const proof = await prove();
  expect(await fiftyAtOnce({ mobile, ...NO_ANSWER, proof })).toBe(1);
  expect(await startSignIn(deps, { mobile, ...NO_ANSWER, proof })).toEqual({
    outcome: 'invalid',
    fields: { captcha: 'missing' },
  });
  expect(await codesSent()).toEqual([]);
});

test('with a wrong number a good proof is not used up, and the corrected number gets its code', async () => {
  const proof = await prove();
  expect(await startSignIn(deps, { mobile: '0912', ...NO_ANSWER, proof })).toEqual({
    outcome: 'invalid',
    fields: { mobile: 'not_a_mobile' },
    proofStands: true,
  });
  expect(await startSignIn(deps, { mobile, ...NO_ANSWER, proof })).toMatchObject({
    outcome: 'sent',
  });
  expect(await codesSent()).toHaveLength(1);
});

test('a proof that is forged, used up or out of date says what a missing one says', async () => {
  const used = await prove();
  await startSignIn(deps, { mobile: '09380000000', ...NO_ANSWER, proof: used });
  vi.setSystemTime(Date.now() - 3_600_000);
  const earlier = await issueProof(deps, CHEAP);
  vi.useRealTimers();
  const expired = await solveProof(earlier);
  const others = { ...deps, keys: deriveKeys('another master secret') };
  const forged = await solveProof(await issueProof(others, CHEAP));
  const answers = ['', 'x', forged, used, expired].map((proof) =>
    startSignIn(deps, { mobile, ...NO_ANSWER, proof }),
  );
  for (const answer of await Promise.all(answers))
    expect(answer).toEqual({ outcome: 'invalid', fields: { captcha: 'missing' } });
  expect(await codesSent()).toEqual([]);
});

test('with a proof that is no good the displayed code still opens', async () => {
  expect(await startSignIn(deps, { mobile, ...solved(), proof: 'x' })).toMatchObject({
    outcome: 'sent',
  });
});

test('beyond the limit of a number the page is the same and no SMS is written', async () => {
  for (let times = 0; times < 5; times += 1) await start();
  expect(await codesSent()).toHaveLength(3);
});

test('a code may be sent again after a minute, and the late first one still works', async () => {
  const challengeToken = await start();
  expect(await resendCode(deps, { challengeToken })).toMatchObject({ outcome: 'wait' });
  await db`update sign_in_challenges set asked_at = asked_at - interval '61 seconds'`;
  expect(await resendCode(deps, { challengeToken })).toEqual({ outcome: 'sent', crowded: false });
  const [first = '', second] = await codesSent();
  expect(second).toMatch(/^\d{6}$/);
  expect(await confirmSignIn(deps, { challengeToken, code: first })).toMatchObject({
    outcome: 'signed_in',
  });
});

test('a code is understood with spaces and dashes, in Latin, Persian and Arabic digits', async () => {
  const shapes = [
    (code: string) => `${code.slice(0, 3)} ${code.slice(3)}`,
    (code: string) => `کد: ${code.slice(0, 3)}-${code.slice(3)}\n`,
    (code: string) => code.replace(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? ''),
    (code: string) => code.replace(/\d/g, (digit) => '٠١٢٣٤٥٦٧٨٩'[Number(digit)] ?? ''),
  ];
  for (const [index, shape] of shapes.entries()) {
    mobile = `0${9_130_000_000 + index}`;
    const challengeToken = await start();
    const [code = ''] = await codesSent();
    expect(await confirmSignIn(deps, { challengeToken, code: shape(code) })).toMatchObject({
      outcome: 'signed_in',
    });
  }
});

const makeOlder = async (seconds: number): Promise<void> => {
  const age = `${seconds} seconds`;
  await db`update sign_in_codes set created_at = created_at - ${age}::interval,
    expires_at = expires_at - ${age}::interval`;
  await db`update sign_in_challenges set created_at = created_at - ${age}::interval,
    asked_at = asked_at - ${age}::interval,
    expires_at = expires_at - ${age}::interval`;
};

test('after a code has expired a new one can be sent for two hours, and it works', async () => {
  const challengeToken = await start();
  await makeOlder(600);
  const [first = ''] = await codesSent();
  expect(await confirmSignIn(deps, { challengeToken, code: first })).toMatchObject({
    why: 'expired',
  });
  expect(await resendCode(deps, { challengeToken })).toEqual({ outcome: 'sent', crowded: false });
  const [, second = ''] = await codesSent();
  expect(await confirmSignIn(deps, { challengeToken, code: first })).toMatchObject({
    why: 'wrong',
  });
  expect(await confirmSignIn(deps, { challengeToken, code: second })).toMatchObject({
    outcome: 'signed_in',
  });

  const late = await start();
  await makeOlder(2 * 3600);
  expect(await resendCode(deps, { challengeToken: late })).toEqual({ outcome: 'expired' });
});

test('after five wrong tries no new code is sent: the number and the picture come first', async () => {
  const challengeToken = await start();
  for (let tries = 0; tries < 5; tries += 1)
    await confirmSignIn(deps, { challengeToken, code: '000000' });
  await db`update sign_in_challenges set asked_at = asked_at - interval '61 seconds'`;
  expect(await resendCode(deps, { challengeToken })).toEqual({ outcome: 'expired' });
});

test('a sign-in under way knows its number and how long to wait; a used one is none', async () => {
  const challengeToken = await start();
  expect(await findSignIn(deps, challengeToken)).toEqual({ mobile, resendSeconds: 60 });
  await makeOlder(45);
  expect(await findSignIn(deps, challengeToken)).toEqual({ mobile, resendSeconds: 15 });
  const [code = ''] = await codesSent();
  await confirmSignIn(deps, { challengeToken, code });
  expect(await findSignIn(deps, challengeToken)).toBeUndefined();
  expect(await findSignIn(deps, 'forged')).toBeUndefined();
});

const endedSession = (token: string) => findEndedSession(db, hashToken(token));

test('a session says when it ends, and whose it was for an hour after, also when it was signed out', async () => {
  const challengeToken = await start();
  const [code = ''] = await codesSent();
  const entered = await confirmSignIn(deps, { challengeToken, code });
  if (entered.outcome !== 'signed_in') throw new Error(entered.why);
  const { sessionToken } = entered;
  const applicant = await findApplicant(deps, sessionToken);
  expect(applicant?.sessionSeconds).toBeGreaterThan(1790);
  expect(applicant?.sessionSeconds).toBeLessThanOrEqual(1800);
  await db`update sessions set last_seen_at = now() - interval '40 minutes'`;
  expect(await findApplicant(deps, sessionToken)).toBeUndefined();
  expect(await endedSession(sessionToken)).toEqual({ applicantId: applicant?.id });
  await db`update sessions set expires_at = now() - interval '61 minutes'`;
  expect(await endedSession(sessionToken)).toBeUndefined();
  await db`update sessions set expires_at = now() + interval '1 hour'`;
  await signOut(deps, sessionToken);
  expect(await endedSession(sessionToken)).toEqual({ applicantId: applicant?.id });
  await db`update ended_sessions set ended_at = now() - interval '61 minutes'`;
  expect(await endedSession(sessionToken)).toBeUndefined();
});

test('missing and wrong input is named field by field', async () => {
  expect(await startSignIn(deps, { mobile: '', captchaId: 'forged', captchaAnswer: '' })).toEqual({
    outcome: 'invalid',
    fields: { mobile: 'missing', captcha: 'missing' },
  });
  expect(await startSignIn(deps, { mobile: '02188776655', ...solved() })).toEqual({
    outcome: 'invalid',
    fields: { mobile: 'not_a_mobile' },
  });
});
