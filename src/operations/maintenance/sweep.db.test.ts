/** Parts of the sweep: what goes wrong in one of them is told, and does not keep the others. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { testSeals } from '../../testing/seals.ts';
import type { FileSweep } from './file-sweep.ts';
import type { Reconcile } from './reconcile.ts';
import { createSweep } from './sweep.ts';

const log = createTestLog('test');
const PARTS = ['reconcile', 'files', 'scans', 'retention'] as const;
type Part = (typeof PARTS)[number];

let database: TestDatabase;
let db: Db;
let done: Part[];

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url, max: 3, log, name: 'test', seals: testSeals });
});
beforeEach(async () => {
  done = [];
  await db`delete from process_heartbeats where role = 'sweep'`;
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

const sweepWith = async (broken: Part, error: Error): Promise<void> => {
  const part = (name: Part) => (): Promise<never> => {
    done.push(name);
    return name === broken ? Promise.reject(error) : Promise.resolve(undefined as never);
  };
  const nothing = {
    started: 0,
    signalled: 0,
    settled: 0,
    ended: { count: 0 },
    failed: { count: 0 },
  };
  await createSweep({
    db,
    reconcile: (() => part('reconcile')().then(() => nothing)) as unknown as Reconcile,
    fileSweep: {
      sweep: () => part('files')().then(() => ({ removed: 0, expired: 0, leftovers: 0 })),
    } as unknown as FileSweep,
    rescanFiles: part('scans'),
    retention: { runWhenDue: part('retention') },
    minutes: 1,
    log,
  }).run();
};

test.each(PARTS)('when the part «%s» fails the others are done', async (broken) => {
  await sweepWith(broken, new Error('out of order'));
  expect(done).toEqual(PARTS);
});

test('without a database the sweep ends, and waits for its next turn', async () => {
  await sweepWith('files', Object.assign(new Error('gone'), { code: 'ECONNREFUSED' }));
  expect(done).toEqual(['reconcile', 'files']);
});
