import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from './logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { testSeals } from '../../testing/seals.ts';
import { beginInTime, createDb, isDatabaseAway } from './database.ts';
import type { Db } from './database.ts';

const log = createLogger({ name: 'test', level: 'silent' });
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const withDb = async (url: string, act: (db: Db) => Promise<void>): Promise<void> => {
  const db = createDb({ url, max: 1, log, name: 'test', seals: testSeals });
  try {
    await act(db);
  } finally {
    await db.end({ timeout: 0 });
  }
};

test('a transaction is not begun when no connection was free in time', async () => {
  let begun = false;
  await withDb(database.url, async (db) => {
    const busy = db`select pg_sleep(8)`;
    busy.catch(() => {});
    const late = beginInTime(db, async () => {
      begun = true;
    });
    await expect(late).rejects.toMatchObject({ code: 'unavailable', facts: { stored: 'no' } });
    await busy;
  });
  expect(begun).toBe(false);
});

test('a driver that was installed without its fixes is not used', () => {
  const { fixes } = postgres as unknown as { fixes: string };
  Object.assign(postgres, { fixes: undefined });
  try {
    expect(() =>
      createDb({ url: database.url, max: 1, log, name: 'test', seals: testSeals }),
    ).toThrow(/run npm run postinstall/);
  } finally {
    Object.assign(postgres, { fixes });
  }
});

test('a server that is not there stored nothing', async () => {
  await withDb('postgres://nobody@127.0.0.1:1/none', async (db) => {
    await expect(beginInTime(db, () => Promise.resolve())).rejects.toMatchObject({
      code: 'unavailable',
      facts: { stored: 'no' },
    });
  });
});

test('a connection that broke leaves open what was stored', async () => {
  await withDb(database.url, async (db) => {
    const error: unknown = await beginInTime(
      db,
      (tx) => tx`select pg_terminate_backend(pg_backend_pid())`,
    ).catch((thrown: unknown) => thrown);
    expect(isDatabaseAway(error)).toBe(true);
    expect(error).not.toMatchObject({ facts: { stored: 'no' } });
  });
});

test('connections that break within transactions end neither the process nor the pool', async () => {
  const db = createDb({ url: database.url, max: 5, log, name: 'breaking', seals: testSeals });
  const own = createDb({ url: database.url, max: 1, log, name: 'test', seals: testSeals });
  let working = true;
  let broken = 0;
  const work = async (): Promise<void> => {
    while (working)
      await db
        .begin(async (tx) => {
          for (let step = 0; step < 4; step += 1) await tx`select ${step}::int`;
        })
        .catch((error: unknown) => {
          if (!isDatabaseAway(error)) throw error;
          broken += 1;
        });
  };
  const people = Array.from({ length: 10 }, work);
  while (broken < 50)
    await own`
      select pg_terminate_backend(pid) from pg_stat_activity
      where application_name = 'breaking' and xact_start is not null limit 2`;
  working = false;
  await Promise.all(people);
  const answers = await Promise.all(
    Array.from({ length: 5 }, () => db<{ x: number }[]>`select 1 as x, pg_sleep(0.1)`),
  );
  expect(answers.map(([row]) => row?.x)).toEqual([1, 1, 1, 1, 1]);
  await Promise.all([db.end(), own.end()]);
});
