import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { testSeals } from '../../testing/seals.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { shareHealth } from './health.ts';

let database: TestDatabase;
let db: Db;
beforeAll(async () => {
  database = await createTestDatabase();
  const log = createTestLog('health');
  db = createDb({ url: database.url, max: 2, log, name: 'pishkhan web', seals: testSeals });
});
afterAll(async () => {
  await db.end({ timeout: 5 });
  await database.drop();
});

test('sixty probes at once are one check, which finds the desk ready', async () => {
  let checks = 0;
  const count = async (): Promise<void> => {
    checks += 1;
  };
  const { files, engine, ...deps } = testDeps(db);
  const health = shareHealth({
    ...deps,
    files: { ...files, check: count },
    engine: Object.assign(engine, { check: count }),
  });
  const answers = await Promise.all(Array.from({ length: 60 }, () => health()));
  expect(answers.filter(({ ready }) => ready)).toHaveLength(60);
  expect(checks).toBe(2);
});
