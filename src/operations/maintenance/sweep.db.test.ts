/** Parts of the sweep: what goes wrong in one of them is told, and does not keep the others. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { testSeals } from '../../testing/seals.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { createSweep } from './sweep.ts';

const log = createTestLog('test');

let database: TestDatabase;
let db: Db;
let logged: string[];

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url, max: 3, log, name: 'test', seals: testSeals });
});
beforeEach(async () => {
  logged = [];
  await db`delete from process_heartbeats where role in ('sweep', 'retention')`;
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

/** With an engine that is away, and a file store that fails so. */
const sweepWith = async (error: Error): Promise<void> => {
  const deps = testDeps(db);
  const removeLeftovers = async (): Promise<never> => {
    throw error;
  };
  const write = (fields: { part?: string } | string, message = ''): void =>
    void logged.push(
      typeof fields === 'string' ? fields : `${message} ${fields.part ?? ''}`.trim(),
    );
  await createSweep({
    ...deps,
    files: Object.assign(Object.create(deps.files) as typeof deps.files, { removeLeftovers }),
    log: Object.assign(Object.create(log) as typeof log, { error: write, warn: write }),
  }).run();
};

const wasRetentionRun = async (): Promise<boolean> =>
  (await db`select 1 from process_heartbeats where role = 'retention'`).length > 0;

test('when a part fails the others are done', async () => {
  await sweepWith(new Error('out of order'));
  expect(logged).toEqual([
    'engine not reached, letters are looked at next time',
    'sweep failed files',
  ]);
  expect(await wasRetentionRun()).toBe(true);
});

test('without a database the sweep ends, and waits for its next turn', async () => {
  await sweepWith(Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }));
  expect(logged).toContain('database away, sweep waits');
  expect(await wasRetentionRun()).toBe(false);
});
