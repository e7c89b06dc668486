import { readFileSync } from 'node:fs';
import path from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeTestDir, removeTestDir, startTestPostgres } from '../testing/servers.ts';
import type { TestServer } from '../testing/servers.ts';

let dir: string;
let server: TestServer;

beforeAll(async () => {
  dir = makeTestDir();
  server = await startTestPostgres(dir);
}, 120_000);
afterAll(async () => {
  await server?.stop();
  await removeTestDir(dir);
}, 120_000);

test('the log of the embedded server says which rule was broken, and not by which row', async () => {
  const sql = postgres(server.address, { max: 1, onnotice: () => undefined });
  try {
    await sql`create table people (mobile text constraint one_of_each unique)`;
    const add = () => sql`insert into people (mobile) values (${'+989121112233'})`;
    await add();
    await expect(add()).rejects.toThrow('one_of_each');
  } finally {
    await sql.end();
  }
  await server.stop();
  const log = readFileSync(path.join(dir, 'logs/postgres.log'), 'utf8');
  expect(log).toContain('one_of_each');
  expect(log).not.toMatch(/already exists|insert into|DETAIL|STATEMENT/);
});
