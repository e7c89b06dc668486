import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDb } from '../platform/base/database.ts';
import type { Db } from '../platform/base/database.ts';
import { nameOrganisation } from '../platform/base/organisation.sql.ts';
import type { FilePool } from '../platform/files/pool/file-pool.ts';
import { createTestDatabase } from '../testing/database.ts';
import type { TestDatabase } from '../testing/database.ts';
import { createTestLog } from '../testing/log-alarm.ts';
import { testSeals } from '../testing/seals.ts';
import { testDeps } from '../testing/test-deps.ts';
import { SiteIdentity } from './identity.ts';

let database: TestDatabase;
let db: Db;
beforeAll(async () => {
  database = await createTestDatabase();
  const log = createTestLog('identity');
  db = createDb({ url: database.url, max: 2, log, name: 'test', seals: testSeals });
});
afterAll(async () => {
  await db?.end();
  await database?.drop();
});

const rename = (name: string): Promise<void> => db.begin((tx) => nameOrganisation(tx, name));
beforeEach(() => rename('شهرداری یکم'));

const depsWith = (draw: () => Promise<unknown>) =>
  testDeps(db, { filePool: { run: draw } as unknown as FilePool });

const PICTURES = { how: 'done', result: { icons: [], touchIcon: undefined } };

test('the organisation is named although its pictures cannot be drawn', async () => {
  const identity = await SiteIdentity.open(
    depsWith(() => Promise.reject(new Error('no process is left'))),
  );
  expect(identity.current().names.fa).toBe('شهرداری یکم');
});

test('a renewal during a read waits for a read that began later', async () => {
  let whileDrawing = () => Promise.resolve();
  let later: Promise<void> | undefined;
  const identity = await SiteIdentity.open(
    depsWith(async () => {
      await whileDrawing();
      return PICTURES;
    }),
  );
  await rename('شهرداری دوم');
  whileDrawing = async () => {
    await rename('شهرداری سوم');
    later ??= identity.renew(60_000);
  };
  await identity.renew();
  await later;
  expect(identity.current().names.fa).toBe('شهرداری سوم');
});
