import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb } from './database.ts';
import type { Db } from './database.ts';
import { deleteEndedLimits } from './rate-limits.sql.ts';
import { DomainError } from './errors.ts';
import { createLogger } from './logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { testSeals } from '../../testing/seals.ts';
import { createRateLimit } from './rate-limit.ts';
import type { RateLimit } from './rate-limit.ts';

const settings = {
  codesPerAddress: 10,
  codesOfDesk: 5,
  staffAttempts: 3,
  trackingMisses: 2,
  forgedReceipts: 3,
};
const silent = createLogger({ name: 'test', level: 'silent' });
let database: TestDatabase;
let db: Db;
const logged: string[] = [];
const log = {
  warn: (_fields: object, message: string) => void logged.push(`warn ${message}`),
  error: (_fields: object, message: string) => void logged.push(`error ${message}`),
};

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url, max: 10, log: silent, name: 'test', seals: testSeals });
});

afterAll(async () => {
  await db.end();
  await database.drop();
});

/** As a process of its own that has just started. */
const started = (on = db): RateLimit =>
  createRateLimit({ db: on, key: Buffer.alloc(32, 3), settings, log });

const outcome = (taking: Promise<void>): Promise<string> =>
  taking.then(
    () => 'taken',
    (error: unknown) => (error instanceof DomainError ? error.code : String(error)),
  );

test('of fifty at once exactly as many are taken as are allowed', async () => {
  const limits = started();
  const name = randomUUID();
  const outcomes = await Promise.all(
    Array.from({ length: 50 }, () => outcome(limits.take('staff_of_name', name))),
  );
  expect(outcomes.filter((each) => each === 'taken')).toHaveLength(3);
  expect(outcomes.filter((each) => each === 'too_many')).toHaveLength(47);
});

test('a limit outlives the process, and says when to come again', async () => {
  const name = randomUUID();
  for (let hit = 0; hit < 3; hit += 1) await started().take('staff_of_name', name);
  const refused = started().take('staff_of_name', name);
  await expect(refused).rejects.toMatchObject({ code: 'too_many' });
  const seconds = await refused.catch((error: DomainError) => Number(error.facts.seconds));
  expect(seconds).toBeGreaterThan(500);
  expect(seconds).toBeLessThanOrEqual(600);
  expect(await outcome(started().take('staff_of_name', `${name} other`))).toBe('taken');
});

test('going on while refused does not lengthen the wait, and the next window is free', async () => {
  const limits = started();
  const name = randomUUID();
  for (let hit = 0; hit < 8; hit += 1) await outcome(limits.take('staff_of_name', name));
  await db`update rate_limits set ends_at = now() - interval '1 second'`;
  expect(await outcome(limits.take('staff_of_name', name))).toBe('taken');
});

test('what turned out to be well is given back', async () => {
  const limits = started();
  const name = randomUUID();
  for (let hit = 0; hit < 10; hit += 1) {
    await limits.take('staff_of_name', name);
    await limits.giveBack('staff_of_name', name);
  }
  expect(await outcome(limits.take('staff_of_name', name))).toBe('taken');
});

test('places of a budget are taken by fifty at once, and the alarm is logged once', async () => {
  logged.length = 0;
  const limits = started();
  const take = () => limits.takePlace(['codes_of_desk']);
  const outcomes = await Promise.all(Array.from({ length: 50 }, take));
  expect(outcomes.filter(({ taken }) => taken)).toHaveLength(5);
  expect(logged).toHaveLength(1);
  expect(logged[0]).toMatch(/^error ALARM: the budget of sign-in codes is used up/);
  // Those who were refused keep nobody from what is given back.
  await limits.giveBack('codes_of_desk');
  expect([await limits.used('codes_of_desk'), (await take()).taken]).toEqual([4, true]);
});

test('many requests of one address are told of before they are refused', async () => {
  logged.length = 0;
  const limits = started();
  const address = randomUUID();
  for (let hit = 0; hit < 10; hit += 1) await limits.take('codes_of_address', address);
  expect(logged).toEqual(['warn many requests from one address']);
  expect(await outcome(limits.take('codes_of_address', address))).toBe('too_many');
});

test('without a database a search goes on, and a code or a password try does not', async () => {
  const away = createDb({
    url: 'postgres://nobody@127.0.0.1:9/none',
    max: 1,
    log: silent,
    name: 'test',
    seals: testSeals,
  });
  const limits = started(away);
  expect(await outcome(limits.take('tracking_misses', 'x'))).toBe('taken');
  await expect(limits.takePlace(['codes_of_desk'])).rejects.toThrow('ECONNREFUSED');
  expect(await outcome(limits.take('staff_of_name', 'x'))).toMatch(/ECONNREFUSED/);
  await limits.giveBack('staff_of_name', 'x');
  await away.end();
});

test('no subject can be read in the table, and ended windows leave it', async () => {
  await started().take('staff_of_name', 'known-user-name');
  const rows = await db<{ all: string }[]>`select r::text as all from rate_limits r`;
  expect(rows.length).toBeGreaterThan(0);
  expect(JSON.stringify(rows)).not.toContain('known-user-name');
  expect(JSON.stringify(rows)).not.toContain(Buffer.from('known-user-name').toString('hex'));
  await db`update rate_limits set ends_at = now() - interval '1 second'`;
  await deleteEndedLimits(db);
  expect(await db`select 1 from rate_limits`).toHaveLength(0);
});
