/**
 * While a version is being replaced, the one before it goes on with the new schema. Each migration
 * after the landed ones is held to that: what there was is there, and nothing new has to be filled.
 */
import { readdir, readFile } from 'node:fs/promises';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';

const DIRECTORY = new URL('./migrations/', import.meta.url);
/** What the landed version was written for; goes up with each release. */
const LANDED_UP_TO = '0001';

interface Column {
  name: string;
  type: string;
  nullable: boolean;
  filled: boolean;
}

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

const emptySchema = async (): Promise<void> => {
  await sql`drop schema public cascade`;
  await sql`create schema public`;
};

const apply = async (name: string): Promise<void> => {
  await sql.unsafe(await readFile(new URL(name, DIRECTORY), 'utf8')).simple();
};

const migrations = async (): Promise<{ landed: string[]; later: string[] }> => {
  const all = (await readdir(DIRECTORY)).filter((name) => name.endsWith('.sql')).sort();
  const isLanded = (name: string): boolean => name.slice(0, 4) <= LANDED_UP_TO;
  return { landed: all.filter(isLanded), later: all.filter((name) => !isLanded(name)) };
};

const columnsOf = async (): Promise<Map<string, Column>> => {
  const rows = await sql<Column[]>`
    select table_name || '.' || column_name as name, udt_name as type,
      is_nullable = 'YES' as nullable,
      column_default is not null or is_identity = 'YES' or is_generated = 'ALWAYS' as filled
    from information_schema.columns where table_schema = 'public'`;
  return new Map(rows.map((row) => [row.name, row]));
};

/** What the version before could not live with. */
const findBreaks = (before: Map<string, Column>, after: Map<string, Column>): string[] => {
  const tables = new Set([...before.keys()].map((name) => name.split('.')[0]));
  const breaks: string[] = [];
  for (const { name, type, nullable } of before.values()) {
    const now = after.get(name);
    if (!now) breaks.push(`${name} is gone`);
    else if (now.type !== type) breaks.push(`${name} was ${type} and is ${now.type}`);
    else if (nullable && !now.nullable) breaks.push(`${name} may not be null any more`);
  }
  for (const { name, nullable, filled } of after.values())
    if (!before.has(name) && tables.has(name.split('.')[0]) && !nullable && !filled)
      breaks.push(`${name} is new and has to be filled`);
  return breaks;
};

test('each migration leaves the version that runs before it able to work', async () => {
  await emptySchema();
  const { landed, later } = await migrations();
  for (const name of landed) await apply(name);
  let before = await columnsOf();
  for (const name of later) {
    await apply(name);
    const after = await columnsOf();
    expect([name, findBreaks(before, after)]).toEqual([name, []]);
    before = after;
  }
  expect(before.size).toBeGreaterThan(100);
}, 120_000);

test.each([
  ['alter table messages drop column last_error', 'messages.last_error is gone'],
  ['alter table messages rename column kind to sort', 'messages.kind is gone'],
  ['alter table messages alter column last_error set not null', 'may not be null any more'],
  [
    'alter table messages add column tone text not null',
    'messages.tone is new and has to be filled',
  ],
  [
    'alter table messages alter column attempts type text',
    'messages.attempts was int4 and is text',
  ],
])('%s is noticed', async (statement, notice) => {
  await emptySchema();
  for (const name of (await migrations()).landed) await apply(name);
  const before = await columnsOf();
  await sql.unsafe(statement);
  expect(findBreaks(before, await columnsOf()).join()).toContain(notice);
});
