/** No program of the desk works on a schema of another version. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../testing/database.ts';
import type { TestDatabase } from '../testing/database.ts';
import { freePorts } from '../testing/ports.ts';
import { runDesk } from '../testing/run-desk.ts';
import type { DeskRun } from '../testing/run-desk.ts';

let database: TestDatabase;
let sql: postgres.Sql;
let dir: string;
let port: number;

beforeAll(async () => {
  database = await createTestDatabase();
  sql = postgres(database.url, { max: 1, onnotice: () => {} });
  dir = mkdtempSync(path.join(os.tmpdir(), 'pishkhan-schema-'));
  port = await freePorts();
});
afterAll(async () => {
  await sql?.end();
  await database?.drop();
  rmSync(dir, { recursive: true, force: true });
});

const run = (...args: string[]): Promise<DeskRun> =>
  runDesk(args, {
    env: {
      DATABASE_URL: database.url,
      DATA_DIR: dir,
      PORT: String(port),
      TEMPORAL_ADDRESS: '127.0.0.1:9',
    },
    endWhen: / ready|building/,
  });

const PROGRAMS = [['web'], ['worker'], ['unit', 'list']];

/** Each of them ends at once, with that one line. */
const expectRefused = async (line: RegExp): Promise<void> => {
  for (const program of PROGRAMS) {
    const { code, stdout, stderr } = await run(...program);
    expect({ program, code, stdout }).toEqual({ program, code: 1, stdout: '' });
    expect(stderr).toMatch(line);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  }
};

test('on a newer schema every program ends with one line, and migrate too', async () => {
  await sql`insert into schema_migrations (name, sha256) values ('9999_future.sql', '')`;
  const line = /^The database was migrated by a newer version of the desk \(9999_future\.sql\)/m;
  await expectRefused(line);
  const migrated = await run('migrate');
  expect(migrated.code).toBe(1);
  expect(migrated.stderr).toMatch(line);
  await sql`delete from schema_migrations where name = '9999_future.sql'`;
}, 300_000);

test('on an empty database every program ends with one line that names migrate, which mends it', async () => {
  await sql`drop schema public cascade`;
  await sql`create schema public`;
  await expectRefused(/^The database has no schema yet\. Run: npm run desk -- migrate$/m);
  expect((await run('migrate')).code).toBe(0);
  expect(await run('unit', 'list')).toMatchObject({ code: 0, stdout: 'no units\n' });
}, 300_000);
