import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCheckpointFile } from './checkpoint-outlets.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { addTestApplicant, addTestUnit, submitTestLetter } from '../../testing/letters.ts';
import { testSeals } from '../../testing/seals.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { publishCheckpoints } from './publish-checkpoints.ts';
import { recordDecision } from '../letters/record-decision.ts';
import type { Deps } from '../../platform/deps.ts';

const log = createLogger({ name: 'test', level: 'silent' });
let database: TestDatabase;
let db: Db;
let deps: Deps;
let dir: string;
let file: string;
let approve: () => Promise<unknown>;

beforeAll(async () => {
  database = await createTestDatabase();
  dir = await mkdtemp(path.join(os.tmpdir(), 'pishkhan-checkpoints-'));
  file = path.join(dir, 'kept', 'register-checkpoints.log');
  db = createDb({ url: database.url, max: 8, log, name: 'test', seals: testSeals });
  deps = testDeps(db);
  const unitId = await addTestUnit(db);
  const applicantId = await addTestApplicant(db);
  approve = async () => {
    const letterId = await submitTestLetter(db, { unitId, applicantId });
    return recordDecision(deps, {
      letterId,
      decision: { kind: 'approve', decisionId: randomUUID(), by: 'ali' },
    });
  };
});

afterAll(async () => {
  await db.end();
  await database.drop();
  await rm(dir, { recursive: true, force: true });
});

const publish = (now: string, url = '', to = file) =>
  publishCheckpoints(
    testDeps(db, { log, env: { REGISTER_CHECKPOINT_FILE: to, REGISTER_CHECKPOINT_URL: url } }),
    new Date(now),
  );

const linesOf = async (): Promise<string[]> =>
  (await readFile(file, 'utf8')).split('\n').slice(0, -1);

test('an empty desk publishes nothing and makes no file', async () => {
  expect(await publish('2026-05-01T08:00:00Z')).toEqual([]);
  expect(await readCheckpointFile(file)).toBeUndefined();
});

test('five processes at once publish each checkpoint once, and not again the same day', async () => {
  await approve();
  await approve();
  await Promise.all(Array.from({ length: 5 }, () => publish('2026-05-01T08:00:00Z')));
  await publish('2026-05-01T20:29:59Z');
  const lines = await linesOf();
  expect(lines).toHaveLength(2);
  expect(lines[0]).toMatch(/^2026-05-01T08:00:00\.000Z audit 0 \d+ [0-9a-f]{64}$/);
  expect(lines[1]).toMatch(/^2026-05-01T08:00:00\.000Z main \d{4} 2 [0-9a-f]{64}$/);
});

test('the day turns in the organisation’s time zone', async () => {
  await publish('2026-05-01T20:30:00Z');
  expect(await linesOf()).toHaveLength(4);
});

test('a checkpoint that the file did not take is published at the next try', async () => {
  const at = '2026-05-03T08:00:00Z';
  await expect(publish(at, '', path.join(file, 'below-a-file'))).rejects.toThrow(/EEXIST|ENOTDIR/);
  expect(await publish(at)).toHaveLength(2);
});

test('an address gets every checkpoint once it answers, and each until it took it', async () => {
  const taken: { register: string; line: string }[] = [];
  let status = 503;
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (status === 200)
        taken.push(JSON.parse(Buffer.concat(chunks).toString()) as (typeof taken)[number]);
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/checkpoints`;
  const at = new Date().toISOString();
  await expect(publish(at, url)).rejects.toThrow(/answered 503/);
  status = 200;
  await publish(at, url);
  await publish(at, url);
  server.close();
  const today = taken.filter(({ line }) => line.startsWith(at));
  expect(today.map(({ register }) => register)).toEqual(['audit', 'main']);
  expect(await linesOf()).toEqual(expect.arrayContaining(today.map(({ line }) => line)));
});

test('an audit entry under way is waited for, so that no checkpoint is taken over it', async () => {
  let finish = (): void => {};
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let written = (): void => {};
  const begun = new Promise<void>((resolve) => {
    written = resolve;
  });
  const writing = db.begin(async (tx) => {
    await addAuditEntry(tx, { actor: { kind: 'operator', id: 'x' }, action: 'reconciled' });
    written();
    await held;
  });
  await begun;
  const publishing = publish('2027-01-01T08:00:00Z');
  await expect
    .poll(
      async () =>
        (await db`select 1 from pg_locks where locktype = 'advisory' and not granted`).length,
    )
    .toBe(1);
  finish();
  await writing;
  const [audit] = await publishing;
  const [last] = await db<{ id: number }[]>`
    select id::int as id from audit_entries where action = 'reconciled'`;
  expect(audit).toMatchObject({ register: 'audit', serial: last?.id });
});
