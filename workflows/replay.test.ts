/** Letters that are under way somewhere: the workflows as they stand can go on with each of them. */
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from '@temporalio/proto';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  bundleChangedWorkflows,
  bundleWorkflows,
  withPatchedStep,
  withUnguardedStep,
} from '../src/testing/workflow-bundles.ts';

const HISTORIES = fileURLToPath(new URL('histories/', import.meta.url));

/** Bundling takes seconds, on a busy machine many. */
const BUNDLING_MS = 60_000;

/** Only ever added to: docs/upgrading.md says why. */
const BULKS = ['cancelled-in-bulk', 'decided-in-bulk'];
const LETTERS = [
  'annulled-after-closing',
  'annulled-with-unit',
  'approved-after-undo-window',
  'approved-and-told',
  'approved-by-signal-with-unit',
  'asked-and-answered',
  'cancel-asked-and-ignored',
  'closed-before-the-sms-was-sent',
  'closed-by-itself',
  'closed-while-a-file-waits',
  'consultation-overdue',
  'consulted-and-advised',
  'continued-as-new',
  'decided-before-the-first-task',
  'file-found-infected',
  'file-scanned-late',
  'gone-on-after-continued-as-new',
  'malformed-signals',
  'noted-referred-answered-closed',
  'objected-then-approved',
  'objected-then-rejected',
  'record-refused-then-retried',
  'referral-taken-back',
  'refused-then-approved',
  'rejected',
  'rejected-by-signal',
  'reopened-then-closed',
  'reply-file-scanned-late',
  'reply-released',
  'resumed-from-record',
  'retry-names-messages',
  'returned',
  'returned-by-signal-then-withdrawn',
  'returned-corrected-approved',
  'second-decision-ignored',
  'signalled-in-undo-window',
  'sms-refused-then-retried',
  'started-in-undo-window',
  'started-returned',
  'started-with-open-action',
  'started-with-open-decision',
  'started-with-open-withdrawal',
  'time-to-object-over',
  'two-actions-at-once',
  'two-decisions-at-once',
  'undone-then-rejected',
  'waiting',
  'withdrawn',
];
const NAMES = [...LETTERS, ...BULKS].toSorted();

/** Twelve digits of chance may look like anything. */
const UUIDS = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

const { History } = protobuf.temporal.api.history.v1;

const histories = new Map<string, { bytes: Buffer; history: ReturnType<typeof History.decode> }>();

/** What each history, by its name, says to this code; undefined: it can be gone on with. */
const replay = async (code: string): Promise<Map<string, Error | undefined>> => {
  const results = new Map<string, Error | undefined>();
  const all = [...histories].map(([workflowId, { history }]) => ({ workflowId, history }));
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle: { code } },
    all,
  ))
    results.set(workflowId, error);
  return results;
};

beforeAll(async () => {
  // What the letters' workflows warn of has been said when they were recorded.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => {}),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  for (const file of await readdir(HISTORIES)) {
    const bytes = await readFile(path.join(HISTORIES, file));
    histories.set(path.basename(file, '.bin'), { bytes, history: History.decode(bytes) });
  }
});

describe('the recorded histories', () => {
  test('are all there', () => {
    expect([...histories.keys()].sort()).toEqual(NAMES);
  });

  test.each(NAMES)('%s: got somewhere', (name) => {
    const events = histories.get(name)?.history.events ?? [];
    expect(events[0]?.workflowExecutionStartedEventAttributes?.workflowType?.name).toBe(
      BULKS.includes(name) ? 'bulkDecisionWorkflow' : 'letterWorkflow',
    );
    expect(events.map(({ eventId }) => Number(eventId))).toEqual(events.map((_, i) => i + 1));
    expect(
      events.some((event) => event.workflowTaskCompletedEventAttributes),
      'no task of the workflow was ever done',
    ).toBe(true);
    expect(events.some((event) => event.workflowTaskFailedEventAttributes)).toBe(false);
  });

  test('each step of a unit bears its name where Temporal UI shows it', () => {
    const { events } = histories.get('noted-referred-answered-closed')?.history ?? {};
    const steps = (events ?? []).flatMap(
      ({ markerRecordedEventAttributes: marker, userMetadata }) =>
        marker ? [Buffer.from(userMetadata?.summary?.data ?? []).toString()] : [],
    );
    expect(steps.filter((step) => step !== '"sendMessage"')).toEqual([
      '"recordDecision"',
      '"recordNote"',
      '"recordReferral"',
      '"recordReply"',
      '"recordClosing"',
    ]);
  });

  test.each(NAMES)('%s: names no person, no mobile number and no machine', (name) => {
    const bytes = histories.get(name)?.bytes ?? Buffer.alloc(0);
    const text = bytes.toString('utf8').replace(UUIDS, '');
    // What the desk knew of the letter: sender, subject, mobile, names of staff, reason and texts.
    for (const personal of ['شرکت نمونه', 'درخواست', 'کارمند', 'پیوست', 'پاسخ', 'بررسی', '.pdf'])
      expect(text).not.toContain(personal);
    expect(text).not.toMatch(/\+98|\b09\d{9}|9123456789/);
    expect(text).not.toMatch(/\d+@|node_modules|\.ts:\d+|file:/);
  });
});

describe('replay', () => {
  test(
    'the workflows as they stand go on with every letter',
    async () => {
      const results = await replay(await bundleWorkflows());
      expect([...results.keys()].sort()).toEqual(NAMES);
      expect([...results].filter(([, error]) => error)).toEqual([]);
    },
    BUNDLING_MS,
  );

  test(
    'a step added without a patch is caught by every letter whose run holds a decision or an action',
    async () => {
      const results = await replay(await bundleChangedWorkflows(withUnguardedStep));
      const caught = [...results].filter(([, error]) => error);
      expect(caught.map(([name]) => name).sort()).toEqual(
        LETTERS.filter((name) => name !== 'waiting' && name !== 'annulled-after-closing'),
      );
      for (const [, error] of caught) expect(error).toBeInstanceOf(DeterminismViolationError);
    },
    BUNDLING_MS,
  );

  test(
    'the same step behind a patch lets every letter go on',
    async () => {
      const results = await replay(await bundleChangedWorkflows(withPatchedStep));
      expect(results.size).toBe(NAMES.length);
      expect([...results].filter(([, error]) => error)).toEqual([]);
    },
    BUNDLING_MS,
  );
});
