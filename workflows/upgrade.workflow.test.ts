/** How a released workflow is changed: the example of docs/upgrading.md, on a real server. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase } from '../src/testing/database.ts';
import type { TestDatabase } from '../src/testing/database.ts';
import { openLetterDesk } from '../src/testing/letter-desk.ts';
import { until } from '../src/testing/until.ts';
import type { LetterDesk } from '../src/testing/letter-desk.ts';
import type { LetterWorker } from '../src/testing/letter-worker.ts';
import { temporalAddress } from '../src/testing/temporal.ts';
import {
  PATCH,
  bundleChangedWorkflows,
  bundleWorkflows,
  withPatchedStep,
} from '../src/testing/workflow-bundles.ts';
import type { ActOnLetter } from '../src/desk/letters/act-on-letter.ts';
import { InternalText, publicText } from '../src/platform/base/audience.ts';
import { decideLetter } from '../src/desk/letters/decide-letter.ts';
import { actOnLetter } from '../src/desk/letters/act-on-letter.ts';

let directory: string;
let oldCode: string;
let newCode: string;
let database: TestDatabase;
let desk: LetterDesk;
let workers: Set<LetterWorker>;

/** Keeps no letter in memory: every task may go to any worker and is replayed from the first event. */
const FORGETFUL = { maxCachedWorkflows: 0 };

const start = async (
  version: 'old' | 'new',
  options: NonNullable<Parameters<LetterDesk['startWorker']>[0]['options']> = {},
): Promise<{ stop: () => Promise<void> }> => {
  const worker = await desk.startWorker({
    codePath: version === 'old' ? oldCode : newCode,
    options: { identity: version, ...options },
  });
  workers.add(worker);
  return {
    async stop() {
      workers.delete(worker);
      await worker.stop();
    },
  };
};

const submitted = async (count: number): Promise<string[]> => {
  const letterIds = await Promise.all(Array.from({ length: count }, () => desk.submit()));
  for (const letterId of letterIds) await until(() => desk.engine.status(letterId, 3_000));
  return letterIds;
};

const approve = (letterId: string): Promise<unknown> =>
  decideLetter(desk.deps, { letterId, staff: desk.reviewer, decision: { kind: 'approve' } });

const act = (letterId: string, action: ActOnLetter['action']): Promise<unknown> =>
  actOnLetter(desk.deps, { letterId, staff: desk.clerk, action });

const note = (letterId: string): Promise<unknown> =>
  act(letterId, { kind: 'note', note: new InternalText('یادداشت') });

const eventsOf = async (letterId: string) =>
  (await desk.handleOf(letterId).fetchHistory()).events ?? [];

const hasFailedTask = async (letterId: string): Promise<boolean> =>
  (await eventsOf(letterId)).some((event) => event.workflowTaskFailedEventAttributes);

/** Which versions did tasks of the letter's workflow. */
const servedBy = async (letterId: string): Promise<string> =>
  [
    ...new Set(
      (await eventsOf(letterId)).flatMap(
        (event) => event.workflowTaskCompletedEventAttributes?.identity ?? [],
      ),
    ),
  ]
    .sort()
    .join(' and ');

/** How often the letter was marked as one that goes the new way. */
const patchesIn = async (letterId: string): Promise<number> =>
  (await eventsOf(letterId))
    .flatMap((event) => Object.values(event.markerRecordedEventAttributes?.details ?? {}))
    .flatMap(({ payloads }) => payloads ?? [])
    .filter(({ data }) => Buffer.from(data ?? []).includes(PATCH)).length;

const expectClosedOnce = async (letterIds: string[]): Promise<void> => {
  for (const letterId of letterIds) {
    await desk.letterWhen(letterId, ({ step }) => step === 'closed');
    await until(async () => (await desk.handleOf(letterId).describe()).status.name === 'COMPLETED');
    const messages = await desk.db<{ kind: string }[]>`
      select kind from messages where letter_id = ${letterId} order by created_at`;
    expect(messages.map(({ kind }) => kind)).toEqual(['approved', 'replied']);
  }
  const entries = await desk.db<{ serial: number }[]>`
    select serial from register_entries where letter_id = any(${letterIds}::uuid[])`;
  expect(entries).toHaveLength(letterIds.length);
  const all = await desk.db<{ serial: number }[]>`
    select serial from register_entries order by serial`;
  expect(all.map(({ serial }) => serial)).toEqual(all.map((_, index) => index + 1));
};

beforeAll(async () => {
  // The workers are told apart in the histories; what they log is asked for nowhere.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => {}),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  directory = await mkdtemp(path.join(os.tmpdir(), 'upgrade-'));
  oldCode = path.join(directory, 'old.js');
  newCode = path.join(directory, 'new.js');
  await writeFile(oldCode, await bundleWorkflows());
  await writeFile(newCode, await bundleChangedWorkflows(withPatchedStep));
  database = await createTestDatabase();
  desk = await openLetterDesk({ address: temporalAddress(), databaseUrl: database.url });
}, 240_000);

beforeEach(() => {
  workers = new Set();
  return async () => {
    for (const worker of workers) await worker.stop();
  };
});

afterAll(async () => {
  await desk?.stop();
  await database?.drop();
  await rm(directory, { recursive: true, force: true });
});

test('a new version behind `patched` goes on with letters that the old one has begun', async () => {
  const old = await start('old', FORGETFUL);
  const letterIds = await submitted(4);
  const [untouched, decided] = [letterIds.slice(0, 2), letterIds.slice(2)];
  await Promise.all(decided.map(approve));
  await Promise.all(decided.map(note));
  await old.stop();

  await start('new', FORGETFUL);
  await Promise.all(untouched.map(approve));
  for (const action of [
    { kind: 'reply', text: publicText('پاسخ'), file: null },
    { kind: 'close', reason: null },
  ] as const)
    await Promise.all(letterIds.map((letterId) => act(letterId, action)));

  await expectClosedOnce(letterIds);
  for (const letterId of letterIds) {
    expect(await hasFailedTask(letterId)).toBe(false);
    expect(await patchesIn(letterId)).toBe(1);
    expect(await servedBy(letterId)).toBe('new and old');
  }
});
