/** Workers of two versions on the same letters, on a real server: what docs/upgrading.md promises. */
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
import type { ActOnLetter } from '../src/desk/desk.ts';
import { InternalText, publicText } from '../src/platform/base/audience.ts';

let directory: string;
let oldCode: string;
let newCode: string;
let database: TestDatabase;
let desk: LetterDesk;
let workers: Set<LetterWorker>;

/** Keeps no letter in memory: every task may go to any worker and is replayed from the first event. */
const FORGETFUL = { maxCachedWorkflows: 0 };
const HELD = { patchActivationCallback: () => false };

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
  desk.decideLetter({ letterId, staff: desk.reviewer, decision: { kind: 'approve' } });

const act = (letterId: string, action: ActOnLetter['action']): Promise<unknown> =>
  desk.actOnLetter({ letterId, staff: desk.clerk, action });

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

test('letters under way are carried from an old version to a new one by both at once', async () => {
  const old = await start('old', FORGETFUL);
  const letterIds = await submitted(16);
  const [untouched, decided] = [letterIds.slice(0, 8), letterIds.slice(8)];
  await Promise.all(decided.map(approve));

  // Both serve the same letters, and the new one does only what the old one can follow.
  const held = await start('new', { ...FORGETFUL, ...HELD });
  await Promise.all([...untouched.slice(0, 4).map(approve), ...decided.map(note)]);
  await Promise.all(decided.map(note));
  expect(await Promise.all(letterIds.map(patchesIn))).toEqual(letterIds.map(() => 0));
  await old.stop();
  await Promise.all(decided.map(note));

  // The old version is gone: the new one may do what is new.
  await start('new', FORGETFUL);
  await Promise.all(decided.slice(0, 4).map(note));
  await held.stop();
  await Promise.all(untouched.slice(4).map(approve));
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

test('an old worker that meets a letter beyond its code leaves it unharmed for a new one', async () => {
  const early = await start('new', FORGETFUL);
  const letterIds = await submitted(4);
  await Promise.all(letterIds.map(approve));
  await early.stop();
  const numbers = await Promise.all(
    letterIds.map(async (letterId) => (await desk.letterWhen(letterId, () => true)).letterNumber),
  );

  const old = await start('old', FORGETFUL);
  for (const letterId of letterIds) await desk.handleOf(letterId).signal('approve', { by: 'ali' });
  for (const letterId of letterIds) await until(() => hasFailedTask(letterId));
  await old.stop();

  await start('new', FORGETFUL);
  for (const action of [
    { kind: 'reply', text: publicText('پاسخ'), file: null },
    { kind: 'close', reason: null },
  ] as const)
    await Promise.all(letterIds.map((letterId) => act(letterId, action)));
  await expectClosedOnce(letterIds);
  expect(
    await Promise.all(
      letterIds.map(async (letterId) => (await desk.letterWhen(letterId, () => true)).letterNumber),
    ),
  ).toEqual(numbers);
});
