import os from 'node:os';
import path from 'node:path';
import { readConfig } from '../config.ts';
import type { Limits } from '../limits.ts';
import { commandDeps } from '../main/compose.ts';
import type { Db } from '../platform/base/database.ts';
import type { Deps } from '../platform/deps.ts';
import { LetterEngine } from '../platform/engine/letter-engine.ts';
import { createTestLog } from './log-alarm.ts';
import { TEST_MASTER_SECRET } from './seals.ts';

export interface TestDepsOptions extends Partial<Omit<Deps, 'config' | 'db'>> {
  env?: Record<string, string>;
  limits?: Partial<Limits>;
}

const NOBODY_LISTENS = '127.0.0.1:9';

const testEngine = (): LetterEngine =>
  new LetterEngine({ connection: { address: NOBODY_LISTENS }, namespace: 'default' });

/**
 * The real parts of a desk on the database of a test: no engine, no rate limits, decisions applied
 * at once, no objections, no reopening, and nothing dispatched, unless the test says otherwise.
 */
export const testDeps = (db: Db, { env, limits, ...given }: TestDepsOptions = {}): Deps => {
  const config = readConfig({
    NODE_ENV: 'test',
    DATABASE_URL: 'postgres://not-used',
    TEMPORAL_ADDRESS: NOBODY_LISTENS,
    FILES_URL: `file:${path.join(os.tmpdir(), 'pishkhan-test-files')}`,
    PUBLIC_ORIGIN: 'http://desk.test',
    SECRET_KEY: TEST_MASTER_SECRET,
    RATE_LIMITS: 'off',
    UNDO_SECONDS: '0',
    OBJECTION_DAYS: '0',
    REOPEN_DAYS: '0',
    CLOSE_DAYS: '0',
    LIMITS: 'decisionWaitMs=0',
    ...env,
  });
  Object.assign(config.limits, limits);
  return {
    ...commandDeps({ config, db }),
    log: createTestLog('test'),
    engine: testEngine(),
    ...given,
  };
};

/** One in which no workflow runs: every one has come to its end. */
export const endedEngine = (): LetterEngine =>
  Object.assign(testEngine(), {
    runningAmong: () => Promise.resolve(new Set<string>()),
    describe: () => Promise.resolve('COMPLETED'),
  });
