/** Files that wait for the virus scanner, in letters that are under way on a real engine. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { findFile } from './letter-files.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { openLetterDesk } from '../../testing/letter-desk.ts';
import type { LetterDesk } from '../../testing/letter-desk.ts';
import type { LetterWorker } from '../../testing/letter-worker.ts';
import { fileRow } from '../../testing/letters.ts';
import { temporalAddress } from '../../testing/temporal.ts';
import { until } from '../../testing/until.ts';
import { bundleWorkflows } from '../../testing/workflow-bundles.ts';
import { readLetterInput } from './dispatch.ts';
import { publicText } from '../../platform/base/audience.ts';
import { decideLetter } from './decide-letter.ts';
import { actOnLetter } from './act-on-letter.ts';

const AWAY = { verdict: 'not_scanned', why: 'no answer within 60000 ms' } as const;
const CLEAN = { verdict: 'clean' } as const;
const INFECTED = { verdict: 'infected', signature: 'Eicar-Test' } as const;

let directory: string;
let codePath: string;
let database: TestDatabase;
let desk: LetterDesk;
let worker: LetterWorker;

beforeAll(async () => {
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => {}),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  directory = await mkdtemp(path.join(os.tmpdir(), 'scan-file-'));
  codePath = path.join(directory, 'bundle.js');
  await writeFile(codePath, await bundleWorkflows());
  database = await createTestDatabase();
  desk = await openLetterDesk({ address: temporalAddress(), databaseUrl: database.url });
});
beforeEach(async () => {
  desk.scanner.says = AWAY;
  worker = await desk.startWorker({ codePath });
});
afterEach(() => worker.stop());
afterAll(async () => {
  await desk.stop();
  await database.drop();
  await rm(directory, { recursive: true });
});

const waiting = (): StoredFile => ({ ...fileRow(), scan: 'waiting' });

const submitted = async (file = waiting()): Promise<{ letterId: string; file: StoredFile }> => {
  const letterId = await desk.submit({ file });
  await until(() => desk.engine.status(letterId, 3_000));
  return { letterId, file };
};

const decide = (letterId: string, kind: 'approve' | 'reject'): Promise<unknown> =>
  decideLetter(desk.deps, {
    letterId,
    staff: desk.reviewer,
    decision: kind === 'approve' ? { kind } : { kind, reason: 'پیوست خوانا نیست.' },
  });

const scanOf = async (letterId: string, fileId: string): Promise<string | undefined> =>
  (await findFile(desk.db, { letterId, fileId }))?.scan;

const scanned = ({ letterId, file }: { letterId: string; file: StoredFile }, scan: string) =>
  until(async () => (await scanOf(letterId, file.id)) === scan);

const auditOf = (letterId: string) =>
  desk.db<{ action: string; actorKind: string; details: Record<string, string> }[]>`
    select action, actor_kind, details from audit_entries where letter_id = ${letterId}
      and action not in ('submitted', 'read') order by id`;

const pendingScans = async (letterId: string): Promise<{ attempt: number; why: string }[]> => {
  const { raw } = await desk.handleOf(letterId).describe();
  return (raw.pendingActivities ?? [])
    .filter(({ activityType }) => activityType?.name === 'scanFile')
    .map(({ attempt, lastFailure }) => ({
      attempt: attempt ?? 0,
      why: lastFailure?.message ?? '',
    }));
};

const ended = (letterId: string): Promise<unknown> =>
  until(async () => (await desk.handleOf(letterId).describe()).status.name === 'COMPLETED');

test('a file that waits is scanned when the scanner is back, and its letter can be approved', async () => {
  const letter = await submitted();
  const { letterId } = letter;
  await until(async () => (await pendingScans(letterId)).some(({ attempt }) => attempt > 1));
  expect(await pendingScans(letterId)).toMatchObject([{ why: AWAY.why }]);
  await expect(decide(letterId, 'approve')).rejects.toMatchObject({ code: 'file_waiting' });
  // The same by Temporal's own tools: refused by the record, and the letter goes on.
  await desk.handleOf(letterId).signal('approve', { by: 'ali' });

  desk.scanner.says = CLEAN;
  await scanned(letter, 'clean');
  await until(async () => (await pendingScans(letterId)).length === 0);
  await decide(letterId, 'approve');
  const approved = await desk.letterWhen(letterId, ({ status }) => status === 'approved');
  expect(approved.letterNumber).toMatch(/^\d{4}\/\d+$/);
  expect(approved.needsAttention).toBeNull();
  expect((await auditOf(letterId)).map(({ action }) => action)).toEqual([
    'file_clean',
    'decided',
    'approved',
  ]);
});

test('a file that turns out to be infected: the desk rejects the letter, with a reason and an SMS', async () => {
  const letter = await submitted();
  const { letterId } = letter;
  desk.scanner.says = INFECTED;
  const rejected = await desk.letterWhen(letterId, ({ status }) => status === 'rejected');
  expect(rejected).toMatchObject({
    decidedBy: 'بررسی ویروس',
    rejectionReason: 'در فایل نامه ویروس پیدا شد. فایل را از دستگاهی بدون ویروس دوباره بفرستید.',
  });
  await desk.whenTold(letterId, 1);
  const sms = desk.gateway.received.at(-1);
  expect(sms).toMatchObject({ kind: 'rejected' });
  expect(sms?.text).toContain('ویروس');
  await ended(letterId);
  expect(await scanOf(letterId, letter.file.id)).toBe('infected');
  expect(await auditOf(letterId)).toMatchObject([
    {
      action: 'file_infected',
      actorKind: 'engine',
      details: { fileId: letter.file.id, sha256: letter.file.sha256, signature: 'Eicar-Test' },
    },
    { action: 'decided', actorKind: 'engine' },
    { action: 'rejected', actorKind: 'engine' },
  ]);
  await expect(decide(letterId, 'approve')).rejects.toBeInstanceOf(DomainError);
});

test('a letter whose file waits can be rejected, and its workflow ends', async () => {
  const { letterId } = await submitted();
  await decide(letterId, 'reject');
  await ended(letterId);
  expect((await desk.letterWhen(letterId, () => true)).status).toBe('rejected');
});

test('the file of a reply waits too, and holds neither the reply nor the SMS up', async () => {
  const { letterId } = await submitted(fileRow());
  await decide(letterId, 'approve');
  const file = waiting();
  await actOnLetter(desk.deps, {
    letterId,
    staff: desk.clerk,
    action: { kind: 'reply', text: publicText('پاسخ'), file },
  });
  await desk.whenTold(letterId, 2);
  expect(await scanOf(letterId, file.id)).toBe('waiting');
  desk.scanner.says = CLEAN;
  await scanned({ letterId, file }, 'clean');
});

test('a worker that is killed within a scan, and an engine that lost the letter: it is scanned', async () => {
  const letter = await submitted();
  const { letterId } = letter;
  await worker.stop();
  await desk.handleOf(letterId).terminate('lost');
  const input = await readLetterInput(desk.deps, letterId);
  expect(input.waitingFileIds).toEqual([letter.file.id]);
  await desk.engine.start(input);
  worker = await desk.startWorker({ codePath });
  desk.scanner.says = CLEAN;
  await scanned(letter, 'clean');
});
