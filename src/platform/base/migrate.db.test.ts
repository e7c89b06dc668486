import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { testSeals } from '../../testing/seals.ts';
import { createDb } from './database.ts';
import { createLogger } from './logger.ts';
import { migrate } from './migrate.ts';
import { findSchemaProblem, listOwnNames } from './schema-state.ts';

let database: TestDatabase;
let sql: postgres.Sql;

beforeAll(async () => {
  database = await createTestDatabase();
  sql = postgres(database.url, { max: 1, onnotice: () => {} });
});

afterAll(async () => {
  await sql.end();
  await database.drop();
});

test('of ten starts at once on an empty database one applies every migration', async () => {
  await sql`drop schema public cascade`;
  await sql`create schema public`;
  const results = await Promise.all(Array.from({ length: 10 }, () => migrate(database.url)));
  expect(results.filter((applied) => applied.length > 0)).toHaveLength(1);
  expect(results.flat()).toEqual([...new Set(results.flat())].sort());
});

test('a migrated database needs nothing', async () => {
  expect(await migrate(database.url)).toEqual([]);
});

test('a schema that lacks a migration of this version is older, in one line that names the remedy', async () => {
  const log = createLogger({ name: 'test', level: 'silent' });
  const db = createDb({ url: database.url, max: 1, log, name: 'test', seals: testSeals });
  try {
    expect(await findSchemaProblem(db)).toBe(null);
    expect(await findSchemaProblem(db, { own: [...listOwnNames(), '9999_next.sql'] })).toBe(
      'The database is older than this version of the desk (9999_next.sql is missing). Run: npm run desk -- migrate',
    );
  } finally {
    await db.end();
  }
});

test('an applied migration that was edited is refused', async () => {
  await sql`update schema_migrations set sha256 = 'other' where name like '0001%'`;
  await expect(migrate(database.url)).rejects.toThrow(/0001.*was edited/);
});
