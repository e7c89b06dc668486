import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createCaptcha } from './captcha/captcha.ts';
import { createProofs } from './captcha/proof.ts';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { findEndedSession } from '../staff/sessions.sql.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { solveProof } from '../../testing/proof.ts';
import { readMessages } from '../../testing/messages.ts';
import { testSeals } from '../../testing/seals.ts';
import { createApplicantSignIn } from './applicant-sign-in.ts';
import { hashToken } from '../../platform/sealing/secrets.ts';
import { createCodeBudget } from './code-budget.ts';
import { createKnownBrowsers } from '../staff/known-browsers.ts';
import { NO_LIMITS } from '../../platform/base/rate-limit.ts';
import { createSignInCodes } from './sign-in-codes.ts';

let database: TestDatabase;
let db: Db;
let signIn: ReturnType<typeof createApplicantSignIn>;
let lastMobile = 9_120_000_000;
const key = Buffer.alloc(32, 1);
const captcha = createCaptcha({ key, minutes: 10, testCode: '' });
const proofs = createProofs({ key, minutes: 10, cost: 10, mostDerivations: 20 });

const settings = {
  codeMinutes: 5,
  codeTries: 5,
  resendSeconds: 60,
  sendsPerHour: 3,
  sendsPerDay: 10,
  limited: true,
  sessionHours: 12,
  sessionIdleMinutes: 30,
  orgName: 'سازمان آزمون',
  locale: 'fa' as const,
  host: 'desk.test',
};

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createLogger({ name: 'test', level: 'silent' });
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  const codes = createSignInCodes({ db, key, settings, sendSoon: () => {} });
  const budget = createCodeBudget({ limits: NO_LIMITS, ofDesk: 1 });
  const knownBrowsers = createKnownBrowsers(key);
  signIn = createApplicantSignIn({ db, captcha, proofs, codes, budget, knownBrowsers, settings });
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
  const { id } = captcha.issue();
  return { captchaId: id, captchaAnswer: captcha.read(id)?.answer ?? '' };
};

const start = async (): Promise<string> => {
  const result = await signIn.startSignIn({ mobile, ...solved() });
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
  const confirmed = await signIn.confirmSignIn({
    challengeToken,
    code: `${persian.slice(0, 3)} ${persian.slice(3)}`,
  });
  if (confirmed.outcome !== 'signed_in') throw new Error('not signed in');
  expect(await signIn.findApplicant(confirmed.sessionToken)).toMatchObject({
    mobile: `+98${mobile.slice(1)}`,
  });
  expect(await signIn.confirmSignIn({ challengeToken, code })).toMatchObject({
    outcome: 'invalid',
  });
  await signIn.signOut(confirmed.sessionToken);
  expect(await signIn.findApplicant(confirmed.sessionToken)).toBeUndefined();
});

test('of 200 guesses at once five are looked at, and then the right code is too late', async () => {
  const challengeToken = await start();
  const [code = ''] = await codesSent();
  const wrong = code === '000000' ? '000001' : '000000';
  await Promise.all(
    Array.from({ length: 200 }, () => signIn.confirmSignIn({ challengeToken, code: wrong })),
  );
  const [row] = await db<{ attempts: number }[]>`
    select attempts from sign_in_challenges
    where mobile_hash in ${db(db.seals.mobileHashes(`+98${mobile.slice(1)}`))}`;
  expect(row?.attempts).toBe(5);
  expect(await signIn.confirmSignIn({ challengeToken, code })).toEqual({
    outcome: 'invalid',
    why: 'used_up',
  });
});

test('a displayed security code is worth one answer, right or wrong', async () => {
  const answer = solved();
  const wrong = { ...answer, captchaAnswer: answer.captchaAnswer === '11111' ? '22222' : '11111' };
  expect(await signIn.startSignIn({ mobile, ...wrong })).toEqual({
    outcome: 'invalid',
    fields: { captcha: 'wrong' },
  });
  expect(await signIn.startSignIn({ mobile, ...answer })).toMatchObject({ outcome: 'invalid' });
  expect(await codesSent()).toEqual([]);
});

const NO_ANSWER = { captchaId: '', captchaAnswer: '' };
const prove = async (): Promise<string> => solveProof(await signIn.newProof({ address: '' }));

/** Fifty numbers, so that only the code or the proof can stop a sign-in. */
const fiftyAtOnce = async (input: Parameters<typeof signIn.startSignIn>[0]): Promise<number> => {
  const results = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      signIn.startSignIn({ ...input, mobile: `0938${String(index).padStart(7, '0')}` }),
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
  expect(await signIn.startSignIn({ mobile, ...NO_ANSWER, proof })).toEqual({
    outcome: 'invalid',
    fields: { captcha: 'missing' },
  });
  expect(await codesSent()).toEqual([]);
});

test('with a wrong number a good proof is not used up, and the corrected number gets its code', async () => {
  const proof = await prove();
  expect(await signIn.startSignIn({ mobile: '0912', ...NO_ANSWER, proof })).toEqual({
    outcome: 'invalid',
    fields: { mobile: 'not_a_mobile' },
    proofStands: true,
  });
  expect(await signIn.startSignIn({ mobile, ...NO_ANSWER, proof })).toMatchObject({
    outcome: 'sent',
  });
  expect(await codesSent()).toHaveLength(1);
});

test('a proof that is forged, used up or out of date says what a missing one says', async () => {
  const used = await prove();
  await signIn.startSignIn({ mobile: '09380000000', ...NO_ANSWER, proof: used });
  const hourAgo = Date.now() - 3_600_000;
  const earlier = createProofs({
    key,
    minutes: 10,
    cost: 10,
    mostDerivations: 20,
    now: () => hourAgo,
  });
  const expired = await solveProof(await earlier.issue());
  const foreign = createProofs({ key: Buffer.alloc(32, 9), minutes: 10, cost: 10 });
  const forged = await solveProof(await foreign.issue());
  const answers = ['', 'x', forged, used, expired].map((proof) =>
    signIn.startSignIn({ mobile, ...NO_ANSWER, proof }),
  );
  for (const answer of await Promise.all(answers))
    expect(answer).toEqual({ outcome: 'invalid', fields: { captcha: 'missing' } });
  expect(await codesSent()).toEqual([]);
});

test('with a proof that is no good the displayed code still opens', async () => {
  expect(await signIn.startSignIn({ mobile, ...solved(), proof: 'x' })).toMatchObject({
    outcome: 'sent',
  });
});

test('beyond the limit of a number the page is the same and no SMS is written', async () => {
  for (let times = 0; times < 5; times += 1) await start();
  expect(await codesSent()).toHaveLength(3);
});

test('a code may be sent again after a minute, and the late first one still works', async () => {
  const challengeToken = await start();
  expect(await signIn.resendCode({ challengeToken })).toMatchObject({ outcome: 'wait' });
  await db`update sign_in_challenges set asked_at = asked_at - interval '61 seconds'`;
  expect(await signIn.resendCode({ challengeToken })).toEqual({ outcome: 'sent', crowded: false });
  const [first = '', second] = await codesSent();
  expect(second).toMatch(/^\d{6}$/);
  expect(await signIn.confirmSignIn({ challengeToken, code: first })).toMatchObject({
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
    expect(await signIn.confirmSignIn({ challengeToken, code: shape(code) })).toMatchObject({
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
  expect(await signIn.confirmSignIn({ challengeToken, code: first })).toMatchObject({
    why: 'expired',
  });
  expect(await signIn.resendCode({ challengeToken })).toEqual({ outcome: 'sent', crowded: false });
  const [, second = ''] = await codesSent();
  expect(await signIn.confirmSignIn({ challengeToken, code: first })).toMatchObject({
    why: 'wrong',
  });
  expect(await signIn.confirmSignIn({ challengeToken, code: second })).toMatchObject({
    outcome: 'signed_in',
  });

  const late = await start();
  await makeOlder(2 * 3600);
  expect(await signIn.resendCode({ challengeToken: late })).toEqual({ outcome: 'expired' });
});

test('after five wrong tries no new code is sent: the number and the picture come first', async () => {
  const challengeToken = await start();
  for (let tries = 0; tries < 5; tries += 1)
    await signIn.confirmSignIn({ challengeToken, code: '000000' });
  await db`update sign_in_challenges set asked_at = asked_at - interval '61 seconds'`;
  expect(await signIn.resendCode({ challengeToken })).toEqual({ outcome: 'expired' });
});

test('a sign-in under way knows its number and how long to wait; a used one is none', async () => {
  const challengeToken = await start();
  expect(await signIn.findSignIn(challengeToken)).toEqual({ mobile, resendSeconds: 60 });
  await makeOlder(45);
  expect(await signIn.findSignIn(challengeToken)).toEqual({ mobile, resendSeconds: 15 });
  const [code = ''] = await codesSent();
  await signIn.confirmSignIn({ challengeToken, code });
  expect(await signIn.findSignIn(challengeToken)).toBeUndefined();
  expect(await signIn.findSignIn('forged')).toBeUndefined();
});

const endedSession = (token: string) => findEndedSession(db, hashToken(token));

test('a session says when it ends, and whose it was for an hour after, also when it was signed out', async () => {
  const challengeToken = await start();
  const [code = ''] = await codesSent();
  const entered = await signIn.confirmSignIn({ challengeToken, code });
  if (entered.outcome !== 'signed_in') throw new Error(entered.why);
  const { sessionToken } = entered;
  const applicant = await signIn.findApplicant(sessionToken);
  expect(applicant?.sessionSeconds).toBeGreaterThan(1790);
  expect(applicant?.sessionSeconds).toBeLessThanOrEqual(1800);
  await db`update sessions set last_seen_at = now() - interval '40 minutes'`;
  expect(await signIn.findApplicant(sessionToken)).toBeUndefined();
  expect(await endedSession(sessionToken)).toEqual({ applicantId: applicant?.id });
  await db`update sessions set expires_at = now() - interval '61 minutes'`;
  expect(await endedSession(sessionToken)).toBeUndefined();
  await db`update sessions set expires_at = now() + interval '1 hour'`;
  await signIn.signOut(sessionToken);
  expect(await endedSession(sessionToken)).toEqual({ applicantId: applicant?.id });
  await db`update ended_sessions set ended_at = now() - interval '61 minutes'`;
  expect(await endedSession(sessionToken)).toBeUndefined();
});

test('missing and wrong input is named field by field', async () => {
  expect(await signIn.startSignIn({ mobile: '', captchaId: 'forged', captchaAnswer: '' })).toEqual({
    outcome: 'invalid',
    fields: { mobile: 'missing', captcha: 'missing' },
  });
  expect(await signIn.startSignIn({ mobile: '02188776655', ...solved() })).toEqual({
    outcome: 'invalid',
    fields: { mobile: 'not_a_mobile' },
  });
});
