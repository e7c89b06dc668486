import { randomInt, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { readMessages } from '../../testing/messages.ts';
import { solveProof } from '../../testing/proof.ts';
import { testSeals } from '../../testing/seals.ts';
import { findApplicant } from './applicant-sessions.ts';
import { confirmSignIn, findSignIn, resendCode, startSignIn } from './applicant-sign-in.ts';
import { newCaptcha } from './captcha/captcha.ts';
import { issueProof } from './captcha/proof.ts';
import type { Deps } from '../../platform/deps.ts';
import { priceOfProof } from './code-budget.ts';
import type { CodeAsker } from './code-budget.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { browserIdOf, hasSignedIn } from '../staff/known-browsers.ts';
import { createRateLimit } from '../../platform/base/rate-limit.ts';
import { makeToken } from '../../platform/sealing/secrets.ts';
import { sendCode } from './sign-in-codes.ts';

const OF_DESK = 200;

let database: TestDatabase;
let db: Db;
let deps: Deps;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createTestLog('code budget');
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  const rateLimits = createRateLimit({
    db,
    key: Buffer.alloc(32, 1),
    log: { warn: () => {}, error: () => {} },
    settings: {
      codesPerAddress: 300,
      codesOfDesk: OF_DESK,
      staffAttempts: 10,
      trackingMisses: 20,
      forgedReceipts: 60,
    },
  });
  deps = testDeps(db, {
    env: { RATE_LIMITS: 'on', CAPTCHA_TEST_CODE: '11111' },
    limits: { codesOfDesk: OF_DESK },
    rateLimits,
  });
});
afterAll(async () => {
  await db.end();
  await database.drop();
});
beforeEach(async () => {
  await db`delete from rate_limits`;
});

const anyNumber = (): string => `+98912${randomInt(1_000_000, 9_999_999)}`;
const localOf = (mobile: string): string => `0${mobile.slice(3)}`;

/** Whether an SMS was sent. */
const isSentTo = async (mobile: string, act: () => Promise<unknown>): Promise<boolean> => {
  const before = await readMessages(db, { mobile });
  await act();
  return (await readMessages(db, { mobile })).length > before.length;
};

const ask = async (
  mobile: string,
  asker: Partial<CodeAsker> & { address: string },
): Promise<boolean> => {
  const whole = { isKnown: false, solved: 'picture' as const, ...asker };
  const { tokenHash } = makeToken();
  return isSentTo(mobile, () => sendCode(deps, { mobile, tokenHash, asker: whole }));
};

/** Everybody asks for codes of other numbers, over and over; the number of those that were sent. */
const attack = async (addresses: string[], each: number, solved: CodeAsker['solved']) => {
  let sent = 0;
  for (let round = 0; round < each; round += 1)
    for (let at = 0; at < addresses.length; at += 10)
      await Promise.all(
        addresses.slice(at, at + 10).map(async (address) => {
          const isSent = await ask(anyNumber(), { address, solved }).catch(() => false);
          if (isSent) sent += 1;
        }),
      );
  return sent;
};

/** A person who has signed in: the number, and what the browser keeps. */
const signedInBefore = async (): Promise<{ mobile: string; browserToken: string }> => {
  const mobile = anyNumber();
  const entered = await enter(mobile, {});
  return { mobile, browserToken: entered.browserToken };
};

const enter = async (mobile: string, more: { address?: string; browserToken?: string }) => {
  const { id: captchaId } = newCaptcha(deps);
  const asked = { mobile: localOf(mobile), captchaId, captchaAnswer: '11111', ...more };
  const started = await startSignIn(deps, asked);
  if (started.outcome !== 'sent') throw new Error('not started');
  const message = (await readMessages(db, { mobile })).at(-1);
  const code = /#(\d{6})$/.exec(message?.text ?? '')?.[1] ?? '';
  const { challengeToken } = started;
  const entered = await confirmSignIn(deps, { challengeToken, code });
  if (entered.outcome !== 'signed_in') throw new Error(`not signed in: ${entered.why}`);
  return entered;
};

const networks = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `198.51.${index}.7`);

test.each([
  { addresses: 1, most: 0.05, newcomers: true },
  { addresses: 2, most: 0.1, newcomers: true },
  { addresses: 8, most: 0.4, newcomers: true },
  { addresses: 40, most: 0.55, newcomers: false },
])(
  '$addresses attacking addresses get $most of the codes, and people who signed in before get theirs',
  async ({ addresses, most, newcomers }) => {
    const known = await signedInBefore();
    await db`delete from rate_limits`;
    const sent = await attack(networks(addresses), Math.ceil(320 / addresses), 'proof');
    expect(sent).toBeGreaterThan(0);
    expect(sent).toBeLessThanOrEqual(Math.round(most * OF_DESK));
    // From an address of the attack, and from elsewhere without anything that knows the number.
    await enter(known.mobile, { address: '198.51.0.7', browserToken: known.browserToken });
    await enter(known.mobile, { address: '203.0.113.9' });
    const newcomer = anyNumber();
    expect(await ask(newcomer, { address: '203.0.113.10' })).toBe(newcomers);
  },
);

test('pictures alone get less of the budget than proofs, once an address has had a few', async () => {
  expect(await attack(networks(30), 8, 'picture')).toBeLessThanOrEqual(Math.round(0.55 * OF_DESK));
  await db`delete from rate_limits`;
  const [address = ''] = networks(1);
  // Others took a fifth of the budget.
  for (let code = 0; code < 0.2 * OF_DESK; code += 1)
    await ask(anyNumber(), { address: `203.0.${code}.1` });
  for (let code = 0; code < 5; code += 1) await ask(anyNumber(), { address });
  expect(await ask(anyNumber(), { address, solved: 'picture' })).toBe(false);
  expect(await ask(anyNumber(), { address, solved: 'proof' })).toBe(true);
});

test('addresses of one network share a limit, in IPv4 and in IPv6', async () => {
  const ipv4 = Array.from({ length: 20 }, (_, host) => `192.0.2.${host + 1}`);
  expect(await attack(ipv4, 8, 'proof')).toBeLessThanOrEqual(0.1 * OF_DESK);
  const site = Array.from({ length: 20 }, (_, net) => `2001:db8:1:${net + 1}::1`);
  expect(await attack(site, 8, 'proof')).toBeLessThanOrEqual(0.1 * OF_DESK);
  const provider = Array.from({ length: 20 }, (_, net) => `2001:db9:${net + 1}::1`);
  expect(await attack(provider, 8, 'proof')).toBeLessThanOrEqual(0.2 * OF_DESK);
});

test('the answer about a number is the same whether or not it signed in before', async () => {
  const known = await signedInBefore();
  await db`delete from rate_limits`;
  await attack(networks(40), 8, 'proof');
  const answers = [];
  for (const mobile of [known.mobile, anyNumber()]) {
    const { id: captchaId } = newCaptcha(deps);
    const asked = { mobile: localOf(mobile), captchaId, captchaAnswer: '11111' };
    const started = await startSignIn(deps, { ...asked, address: '203.0.113.77' });
    if (started.outcome !== 'sent') throw new Error('not started');
    const { challengeToken, crowded } = started;
    const again = await resendCode(deps, { challengeToken, address: '203.0.113.77' });
    const underWay = await findSignIn(deps, challengeToken);
    answers.push({ crowded, again: again.outcome, waits: (underWay?.resendSeconds ?? 0) > 50 });
  }
  expect(answers[0]).toEqual({ crowded: true, again: 'wait', waits: true });
  expect(answers[1]).toEqual(answers[0]);
});

test('a proof costs more the more codes were sent, to the address and at all', async () => {
  const priceOf = (address: string, isKnown = false) => priceOfProof(deps, { address, isKnown });
  expect(await priceOf('198.51.0.7')).toBe(1);
  await attack(networks(1), 10, 'proof');
  expect([await priceOf('198.51.0.7'), await priceOf('198.51.1.7')]).toEqual([4, 1]);
  // To addresses that stay fresh: their share of the budget has room for all of these.
  expect(await attack(networks(21).slice(1), 4, 'proof')).toBe(0.4 * OF_DESK);
  expect([await priceOf('198.51.0.7'), await priceOf('203.0.113.1')]).toEqual([16, 4]);
  expect(await priceOf('198.51.0.7', true)).toBe(1);
});

test('a proof that was cheap is not taken when it has become much dearer', async () => {
  const proof = solveProof(await issueProof(deps, { cost: 10, maxDerivations: 4 }));
  await attack(networks(8), 15, 'proof');
  const asked = {
    mobile: localOf(anyNumber()),
    captchaId: '',
    captchaAnswer: '',
    proof: await proof,
  };
  expect(await startSignIn(deps, { ...asked, address: '198.51.0.7' })).toMatchObject({
    outcome: 'invalid',
    fields: { captcha: 'missing' },
  });
});

test('a number that strangers keep asking for still gets codes in its own browser, and is told', async () => {
  const { mobile, browserToken } = await signedInBefore();
  for (let time = 0; time < 6; time += 1) await ask(mobile, { address: `203.0.${time}.1` });
  expect(await ask(mobile, { address: '203.0.99.1' })).toBe(false);
  const entered = await enter(mobile, { address: '203.0.113.5', browserToken });
  const applicant = await findApplicant(deps, entered.sessionToken);
  expect(applicant?.foreignCodes?.count).toBe(4);
  expect(applicant?.foreignCodes?.from).toBeInstanceOf(Date);
  // Told once: at the next sign-in there is nothing new.
  const next = await enter(mobile, { address: '203.0.113.5', browserToken: entered.browserToken });
  expect((await findApplicant(deps, next.sessionToken))?.foreignCodes).toBeUndefined();
});

test('what a browser keeps is good for its own number, and cannot be made up', async () => {
  const { mobile, browserToken } = await signedInBefore();
  expect(hasSignedIn(deps, browserToken, mobile)).toBe(true);
  expect(hasSignedIn(deps, browserToken, anyNumber())).toBe(false);
  expect(browserToken).not.toContain(mobile.slice(3));
  for (const forged of [undefined, '', 'x', `${browserToken}x`, randomUUID(), 'a.b'])
    expect(browserIdOf(deps, forged)).toBeUndefined();
  const later = Date.now() + 366 * 86_400_000;
  expect(hasSignedIn(deps, browserToken, mobile, later)).toBe(false);
});
