import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb } from '../platform/base/database.ts';
import type { Db } from '../platform/base/database.ts';
import type { Deps } from '../platform/deps.ts';
import { archivePages, costOf, seedArchive, settleArchive } from './archive.ts';
import type { Archive, Cost } from './archive.ts';
import { createTestDatabase } from './database.ts';
import type { TestDatabase } from './database.ts';
import { addTestApplicant, addTestStaff, addTestUnit, noFiles } from './letters.ts';
import { createTestLog } from './log-alarm.ts';
import { testSeals } from './seals.ts';
import { testDeps } from './test-deps.ts';

const SMALL = 2_000;
const LARGE = 20_000;
/** A level more of an index, and the leaves that a longer key needs. */
const GROWTH = 1.5;
const SLACK = 250;

/** They count what lies in their time, or hold fewer letters in the small archive. */
const NOT_COMPARED = new Set(['statistics', 'metrics', 'queue: closed, last page']);

let databases: TestDatabase[] = [];
let dbs: Db[] = [];

const seeded = async (letters: number): Promise<{ deps: Deps; archive: Archive }> => {
  const database = await createTestDatabase();
  databases.push(database);
  const log = createTestLog('archive');
  const db = createDb({ url: database.url, max: 1, log, name: 'test', seals: testSeals });
  dbs.push(db);
  const archive = {
    unitId: await addTestUnit(db),
    applicantId: await addTestApplicant(db),
    staff: await addTestStaff(db, { role: 'admin' }),
  };
  await seedArchive(db, archive, letters);
  await settleArchive(db);
  return { deps: testDeps(db, { files: noFiles }), archive };
};

let small: Map<string, Cost>;
let large: Map<string, Cost>;

const measured = async (letters: number): Promise<Map<string, Cost>> => {
  const { deps, archive } = await seeded(letters);
  const blocks = new Map<string, Cost>();
  for (const [name, view] of await archivePages(deps, archive))
    blocks.set(name, await costOf(deps.db, view));
  return blocks;
};

beforeAll(async () => {
  small = await measured(SMALL);
  large = await measured(LARGE);
}, 120_000);
afterAll(async () => {
  for (const db of dbs) await db.end();
  for (const database of databases) await database.drop();
  [databases, dbs] = [[], []];
});

test('a page reads as much of a large archive as of a small one', () => {
  const grown = [...small].flatMap(([name, { blocks: before }]) => {
    const after = large.get(name)?.blocks ?? Number.NaN;
    const isFlat = after <= before * GROWTH + SLACK;
    return isFlat || NOT_COMPARED.has(name) ? [] : [`${name}: ${before} → ${after} blocks`];
  });
  expect(grown).toEqual([]);
});

test('no page reads a table of the archive from end to end', () => {
  const whole = [...large].flatMap(([name, { scanned }]) =>
    scanned.length === 0 || NOT_COMPARED.has(name) ? [] : [`${name}: ${scanned.join(', ')}`],
  );
  expect(whole).toEqual([]);
});
