/**
 * `npm run history:record [FORM]`: walks every path of a letter on real servers and keeps the
 * history of each as workflows/histories/PATH.bin, or PATH.FORM.bin. A history that is already
 * kept is never written again: it stands for letters that are under way somewhere.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ApplicationFailure } from '@temporalio/activity';
import protobuf from '@temporalio/proto';
import { DefaultLogger, Runtime } from '@temporalio/worker';
import { migrate } from '../src/platform/base/migrate.ts';
import { openLetterDesk } from '../src/testing/letter-desk.ts';
import { until } from '../src/testing/until.ts';
import type { LetterDesk } from '../src/testing/letter-desk.ts';
import { fileRow } from '../src/testing/letters.ts';
import type { LetterWorker } from '../src/testing/letter-worker.ts';
import {
  makeTestDir,
  removeTestDir,
  startTestPostgres,
  startTestTemporal,
} from '../src/testing/servers.ts';
import { bundleWorkflows } from '../src/testing/workflow-bundles.ts';
import { resubmitLetter } from '../src/desk/letters/resubmit-letter.ts';
import type { ActOnLetter } from '../src/desk/letters/act-on-letter.ts';
import { readLetterInput } from '../src/desk/letters/dispatch.ts';
import { InternalText, publicText } from '../src/platform/base/audience.ts';
import { undoDecision } from '../src/desk/letters/undo-decision.ts';
import { withdrawLetter } from '../src/desk/letters/withdraw-letter.ts';
import { objectToRejection } from '../src/desk/letters/object-to-rejection.ts';
import { decideLetter } from '../src/desk/letters/decide-letter.ts';
import { actOnLetter } from '../src/desk/letters/act-on-letter.ts';

const OUT = fileURLToPath(new URL('../workflows/histories/', import.meta.url));

/** The server asks for a new run after so many events: far less than by default, to get there soon. */
const EVENTS_OF_A_RUN = 150;

interface Scene extends LetterDesk {
  /** As long as it is above zero, each `recordDecision` fails for good and takes one off. */
  refusals: { left: number };
  withoutWorker(act: () => Promise<void>): Promise<void>;
}

interface Walked {
  letterId: string;
  /** That run; else the last one. */
  runId?: string | undefined;
}

const ended = (scene: Scene, letterId: string): Promise<unknown> =>
  until(async () => (await scene.handleOf(letterId).describe()).status.name === 'COMPLETED');

const started = (scene: Scene, letterId: string): Promise<unknown> =>
  until(() => scene.engine.status(letterId, 3_000));

const submitted = async (scene: Scene): Promise<string> => {
  const letterId = await scene.submit();
  await started(scene, letterId);
  return letterId;
};

const approved = async (scene: Scene): Promise<string> => {
  const letterId = await submitted(scene);
  const { reviewer: staff } = scene;
  await decideLetter(scene.deps, { letterId, staff, decision: { kind: 'approve' } });
  return letterId;
};

/** How long each decision waits that can be taken back, in seconds. */
const UNDO_SECONDS = 3;

const approvedUndoably = (scene: Scene, letterId: string): Promise<string> => {
  const decision = { kind: 'approve' as const };
  return scene.decideUndoably(UNDO_SECONDS, { letterId, staff: scene.reviewer, decision });
};

const undone = (scene: Scene, letterId: string): Promise<void> =>
  scene.withoutWorker(async () => {
    const decisionId = await approvedUndoably(scene, letterId);
    await undoDecision(scene.deps, { letterId, staff: scene.reviewer, decisionId });
  });

const sentBack = async (scene: Scene, letterId: string): Promise<void> => {
  const decision = { kind: 'return' as const, reason: 'پیوست خوانا نیست.' };
  await decideLetter(scene.deps, { letterId, staff: scene.reviewer, decision });
};

const corrected = async (scene: Scene, letterId: string, round: number): Promise<void> => {
  const { applicantId, otherUnitId: unitId } = scene;
  const correction = { unitId, subject: 'درخواست', file: null };
  await resubmitLetter(scene.deps, { applicantId, letterId, round, ...correction });
  await until(async () => (await scene.engine.status(letterId, 3_000))?.status === 'pending');
};

/** Its sender can object for so long. */
const rejectedFor = async (scene: Scene, seconds: number): Promise<string> => {
  const letterId = await submitted(scene);
  const { config } = scene.deps;
  Object.assign(config, { OBJECTION_DAYS: 1, TEST_WORKING_DAY_SECONDS: seconds });
  const decision = { kind: 'reject' as const, reason: 'پیوست خوانا نیست.' };
  await decideLetter(scene.deps, { letterId, staff: scene.reviewer, decision });
  config.OBJECTION_DAYS = 0;
  return letterId;
};

const objected = async (scene: Scene, letterId: string): Promise<void> => {
  const { applicantId } = scene;
  await objectToRejection(scene.deps, { applicantId, letterId, text: 'پیوست خوانا بود.' });
  await until(async () => (await scene.engine.status(letterId, 3_000))?.status === 'pending');
};

const act = (scene: Scene, letterId: string, action: ActOnLetter['action']): Promise<unknown> =>
  actOnLetter(scene.deps, { letterId, staff: scene.clerk, action });

/** Nothing is under way: the letter waits for somebody, or has ended. */
const settled = (scene: Scene, { letterId, runId }: Walked): Promise<unknown> =>
  until(async () => {
    const { raw, status } = await scene.handleOf(letterId, runId).describe();
    const isOver = status.name !== 'RUNNING';
    return isOver || (!raw.pendingActivities?.length && !raw.pendingWorkflowTask);
  });

const troubled = (scene: Scene, letterId: string): Promise<unknown> =>
  scene.letterWhen(letterId, ({ needsAttention }) => needsAttention !== null);

const signal = (scene: Scene, letterId: string, name: string, ...args: unknown[]): Promise<void> =>
  scene.handleOf(letterId).signal(name, ...args);

const signalsTo = async (scene: Scene, letterId: string): Promise<number> => {
  const { events } = await scene.handleOf(letterId).fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length;
};

/** What the desk did had not been taken up when the engine lost the letter. */
const restarted = async (
  scene: Scene,
  letterId: string,
  doing: () => Promise<unknown>,
): Promise<void> => {
  const done: Promise<unknown>[] = [];
  await scene.withoutWorker(async () => {
    const before = await signalsTo(scene, letterId);
    done.push(doing());
    await until(async () => (await signalsTo(scene, letterId)) > before);
    await scene.handleOf(letterId).terminate('lost');
    await scene.engine.start(await readLetterInput(scene.db, letterId));
  });
  await Promise.all(done);
};

const continuedAsNew = async (scene: Scene): Promise<Walked & { runId: string }> => {
  const letterId = await approved(scene);
  await scene.whenTold(letterId, 1);
  const { runId } = await scene.handleOf(letterId).describe();
  await until(async () => {
    await act(scene, letterId, { kind: 'note', note: new InternalText('در دست بررسی') });
    return (await scene.handleOf(letterId).describe()).runId !== runId;
  }, 60_000);
  return { letterId, runId };
};

const AWAY = { verdict: 'not_scanned', why: 'away' } as const;
const CLEAN = { verdict: 'clean' } as const;

const waitingFile = () => ({ ...fileRow(), scan: 'waiting' as const });

/** A letter whose file waits for the virus scanner, which is away. */
const quarantined = async (scene: Scene): Promise<string> => {
  scene.scanner.says = AWAY;
  const letterId = await scene.submit({ file: waitingFile() });
  await started(scene, letterId);
  return letterId;
};

const scansOf = async (scene: Scene, letterId: string): Promise<string[]> => {
  const rows = await scene.db<{ scan: string }[]>`
    select scan from files where letter_id = ${letterId} order by created_at`;
  return rows.map(({ scan }) => scan);
};

/** The workflow has heard of the refusal of what it was signalled. */
const settledDecision = async (scene: Scene, letterId: string): Promise<void> => {
  await until(async () => {
    const { events } = await scene.handleOf(letterId).fetchHistory();
    return (events ?? []).some((event) => event.activityTaskCompletedEventAttributes);
  });
};

const settledTimer = async (scene: Scene, letterId: string): Promise<void> => {
  await until(async () => {
    const { events } = await scene.handleOf(letterId).fetchHistory();
    return (events ?? []).some((event) => event.timerFiredEventAttributes);
  });
};

const opened = (scene: Scene, letterId: string): Promise<unknown> =>
  until(async () => (await scansOf(scene, letterId)).every((scan) => scan !== 'waiting'));

/** Each leaves a letter whose history is kept under its name. */
const PATHS: Record<string, (scene: Scene) => Promise<Walked>> = {
  async waiting(scene) {
    return { letterId: await submitted(scene) };
  },

  async 'approved-and-told'(scene) {
    const letterId = await approved(scene);
    await scene.whenTold(letterId, 1);
    return { letterId };
  },

  async 'approved-by-signal-with-unit'(scene) {
    const letterId = await submitted(scene);
    await signal(scene, letterId, 'approve', { by: 'ali', unit: scene.otherUnitId });
    await scene.whenTold(letterId, 1);
    return { letterId };
  },

  async rejected(scene) {
    const letterId = await submitted(scene);
    const decision = { kind: 'reject' as const, reason: 'پیوست خوانا نیست.' };
    await decideLetter(scene.deps, { letterId, staff: scene.reviewer, decision });
    await ended(scene, letterId);
    return { letterId };
  },

  async 'objected-then-approved'(scene) {
    const letterId = await rejectedFor(scene, 600);
    await objected(scene, letterId);
    const decision = { kind: 'approve' as const };
    await decideLetter(scene.deps, { letterId, staff: scene.otherReviewer, decision });
    await scene.whenTold(letterId, 3);
    return { letterId };
  },

  async 'objected-then-rejected'(scene) {
    const letterId = await rejectedFor(scene, 600);
    await objected(scene, letterId);
    const decision = { kind: 'reject' as const, reason: 'پیوست خوانا نیست.' };
    await decideLetter(scene.deps, { letterId, staff: scene.otherReviewer, decision });
    await ended(scene, letterId);
    return { letterId };
  },

  async 'time-to-object-over'(scene) {
    const letterId = await rejectedFor(scene, 3);
    await ended(scene, letterId);
    return { letterId };
  },

  async 'rejected-by-signal'(scene) {
    const letterId = await submitted(scene);
    await signal(scene, letterId, 'reject', { by: 'ali', reason: 'incomplete' });
    await ended(scene, letterId);
    return { letterId };
  },

  async 'second-decision-ignored'(scene) {
    const letterId = await approved(scene);
    await scene.whenTold(letterId, 1);
    await signal(scene, letterId, 'reject', { by: 'reza', reason: 'late' });
    await signal(scene, letterId, 'approve', { by: 'reza' });
    return { letterId };
  },

  async 'two-decisions-at-once'(scene) {
    const letterId = await submitted(scene);
    await scene.withoutWorker(async () => {
      await signal(scene, letterId, 'approve', { by: 'ali' });
      await signal(scene, letterId, 'reject', { by: 'reza', reason: 'late' });
    });
    await scene.whenTold(letterId, 1);
    return { letterId };
  },

  async 'decided-before-the-first-task'(scene) {
    let letterId = '';
    await scene.withoutWorker(async () => {
      letterId = await scene.submit();
      await until(() =>
        scene
          .handleOf(letterId)
          .describe()
          .catch(() => false),
      );
      await signal(scene, letterId, 'approve', { by: 'ali' });
    });
    await scene.whenTold(letterId, 1);
    return { letterId };
  },

  async 'malformed-signals'(scene) {
    const letterId = await submitted(scene);
    for (const payload of [undefined, 7, [], {}, { by: '' }, { by: 'ali', unit: 'nowhere' }])
      await signal(scene, letterId, 'approve', payload);
    await signal(scene, letterId, 'reject', { by: 'ali' });
    await signal(scene, letterId, 'unitAction', { actionId: 'none' });
    await signal(scene, letterId, 'unheardOf', { by: 'ali' });
    await signal(scene, letterId, 'retry');
    await started(scene, letterId);
    await signal(scene, letterId, 'approve', { by: 'ali' });
    await scene.whenTold(letterId, 1);
    return { letterId };
  },

  async 'refused-then-approved'(scene) {
    const letterId = await submitted(scene);
    await signal(scene, letterId, 'approve', { by: 'ali', unit: randomUUID() });
    await started(scene, letterId);
    await signal(scene, letterId, 'approve', { by: 'reza' });
    await scene.whenTold(letterId, 1);
    return { letterId };
  },

  async 'record-refused-then-retried'(scene) {
    scene.refusals.left = 2;
    const letterId = await submitted(scene);
    await signal(scene, letterId, 'approve', { by: 'ali' });
    for (const left of [1, 0]) {
      await until(() => Promise.resolve(scene.refusals.left === left));
      await settled(scene, { letterId });
      await signal(scene, letterId, 'retry');
    }
    await scene.whenTold(letterId, 1);
    await scene.letterWhen(letterId, ({ needsAttention }) => needsAttention === null);
    return { letterId };
  },

  async 'sms-refused-then-retried'(scene) {
    scene.gateway.setMode({ status: 400 });
    const letterId = await approved(scene);
    await troubled(scene, letterId);
    scene.gateway.setMode('ok');
    await signal(scene, letterId, 'retry');
    await scene.whenTold(letterId, 1);
    await scene.letterWhen(letterId, ({ needsAttention }) => needsAttention === null);
    return { letterId };
  },

  async 'closed-before-the-sms-was-sent'(scene) {
    scene.gateway.setMode({ status: 400 });
    const letterId = await approved(scene);
    await troubled(scene, letterId);
    await act(scene, letterId, { kind: 'close', reason: publicText('رسیدگی شد') });
    scene.gateway.setMode('ok');
    await signal(scene, letterId, 'retry');
    await ended(scene, letterId);
    return { letterId };
  },

  async 'noted-referred-answered-closed'(scene) {
    const letterId = await approved(scene);
    await act(scene, letterId, { kind: 'note', note: new InternalText('در دست بررسی') });
    await act(scene, letterId, { kind: 'refer', unitId: scene.otherUnitId, note: null });
    await act(scene, letterId, { kind: 'reply', text: publicText('پاسخ شما'), file: null });
    await scene.whenTold(letterId, 2);
    await act(scene, letterId, { kind: 'close', reason: publicText('رسیدگی شد') });
    await ended(scene, letterId);
    return { letterId };
  },

  async 'annulled-with-unit'(scene) {
    const letterId = await approved(scene);
    await scene.annul(letterId);
    await ended(scene, letterId);
    return { letterId };
  },

  async 'annulled-after-closing'(scene) {
    const letterId = await approved(scene);
    await act(scene, letterId, { kind: 'close', reason: publicText('رسیدگی شد') });
    await ended(scene, letterId);
    await scene.annul(letterId);
    await scene.whenTold(letterId, 3);
    await ended(scene, letterId);
    return { letterId };
  },

  async 'two-actions-at-once'(scene) {
    const letterId = await approved(scene);
    await scene.whenTold(letterId, 1);
    const notes: Promise<unknown>[] = [];
    await scene.withoutWorker(async () => {
      for (const text of ['یک', 'دو'])
        notes.push(act(scene, letterId, { kind: 'note', note: new InternalText(text) }));
      await until(async () => (await signalsTo(scene, letterId)) === 3);
    });
    await Promise.all(notes);
    return { letterId };
  },

  async 'resumed-from-record'(scene) {
    scene.gateway.setMode('down');
    const letterId = await approved(scene);
    await scene.handleOf(letterId).terminate('lost');
    scene.gateway.setMode('ok');
    await scene.engine.start(await readLetterInput(scene.db, letterId));
    await scene.whenTold(letterId, 1);
    await act(scene, letterId, { kind: 'note', note: new InternalText('ادامه') });
    return { letterId };
  },

  async 'started-with-open-decision'(scene) {
    const letterId = await submitted(scene);
    const decision = { kind: 'approve' as const, unitId: scene.otherUnitId };
    await restarted(scene, letterId, () =>
      decideLetter(scene.deps, { letterId, staff: scene.reviewer, decision }),
    );
    await scene.whenTold(letterId, 1);
    return { letterId };
  },

  async 'approved-after-undo-window'(scene) {
    const letterId = await submitted(scene);
    await approvedUndoably(scene, letterId);
    await scene.whenTold(letterId, 1);
    return { letterId };
  },

  async 'undone-then-rejected'(scene) {
    const letterId = await submitted(scene);
    await undone(scene, letterId);
    await settledDecision(scene, letterId);
    const decision = { kind: 'reject' as const, reason: 'پیوست خوانا نیست.' };
    await decideLetter(scene.deps, { letterId, staff: scene.reviewer, decision });
    await ended(scene, letterId);
    return { letterId };
  },

  async 'started-in-undo-window'(scene) {
    const letterId = await submitted(scene);
    await restarted(scene, letterId, () => approvedUndoably(scene, letterId));
    await scene.whenTold(letterId, 1);
    return { letterId };
  },

  async 'signalled-in-undo-window'(scene) {
    const letterId = await submitted(scene);
    await approvedUndoably(scene, letterId);
    await signal(scene, letterId, 'approve', { by: 'ali' });
    await scene.whenTold(letterId, 1);
    await settledTimer(scene, letterId);
    return { letterId };
  },

  async 'started-with-open-action'(scene) {
    const letterId = await approved(scene);
    await scene.whenTold(letterId, 1);
    await restarted(scene, letterId, () =>
      act(scene, letterId, { kind: 'reply', text: publicText('پاسخ شما'), file: null }),
    );
    await scene.whenTold(letterId, 2);
    return { letterId };
  },

  async withdrawn(scene) {
    const letterId = await submitted(scene);
    await withdrawLetter(scene.deps, { applicantId: scene.applicantId, letterId });
    await ended(scene, letterId);
    return { letterId };
  },

  async returned(scene) {
    const letterId = await submitted(scene);
    await sentBack(scene, letterId);
    await scene.whenTold(letterId, 1);
    return { letterId };
  },

  async 'returned-corrected-approved'(scene) {
    const letterId = await submitted(scene);
    for (const round of [1, 2]) {
      await sentBack(scene, letterId);
      await corrected(scene, letterId, round);
    }
    const decision = { kind: 'approve' as const };
    await decideLetter(scene.deps, { letterId, staff: scene.reviewer, decision });
    await scene.whenTold(letterId, 3);
    return { letterId };
  },

  async 'returned-by-signal-then-withdrawn'(scene) {
    const letterId = await submitted(scene);
    await signal(scene, letterId, 'return', { by: 'ali' });
    await signal(scene, letterId, 'withdraw', { by: 'ali' });
    await signal(scene, letterId, 'return', { by: 'ali', reason: 'unsigned' });
    await scene.whenTold(letterId, 1);
    await signal(scene, letterId, 'approve', { by: 'ali' });
    await withdrawLetter(scene.deps, { applicantId: scene.applicantId, letterId });
    await ended(scene, letterId);
    return { letterId };
  },

  async 'started-returned'(scene) {
    const letterId = await submitted(scene);
    await sentBack(scene, letterId);
    await scene.whenTold(letterId, 1);
    await scene.handleOf(letterId).terminate('lost');
    await scene.engine.start(await readLetterInput(scene.db, letterId));
    await corrected(scene, letterId, 1);
    return { letterId };
  },

  async 'started-with-open-withdrawal'(scene) {
    const letterId = await submitted(scene);
    await restarted(scene, letterId, () =>
      withdrawLetter(scene.deps, { applicantId: scene.applicantId, letterId }),
    );
    await ended(scene, letterId);
    return { letterId };
  },

  async 'retry-names-messages'(scene) {
    const letterId = await approved(scene);
    await scene.whenTold(letterId, 1);
    const messages = await scene.db<{ id: string }[]>`
      select id from messages where letter_id = ${letterId}`;
    await signal(scene, letterId, 'retry', { messageIds: messages.map(({ id }) => id) });
    return { letterId };
  },

  async 'file-scanned-late'(scene) {
    const letterId = await quarantined(scene);
    // Refused by the record, as nobody may approve what nobody may read.
    await signal(scene, letterId, 'approve', { by: 'ali' });
    await settledDecision(scene, letterId);
    scene.scanner.says = CLEAN;
    await opened(scene, letterId);
    await signal(scene, letterId, 'approve', { by: 'reza' });
    await scene.whenTold(letterId, 1);
    return { letterId };
  },

  async 'file-found-infected'(scene) {
    const letterId = await quarantined(scene);
    scene.scanner.says = { verdict: 'infected', signature: 'Eicar' };
    await ended(scene, letterId);
    return { letterId };
  },

  async 'reply-file-scanned-late'(scene) {
    const letterId = await approved(scene);
    scene.scanner.says = AWAY;
    await act(scene, letterId, {
      kind: 'reply',
      text: publicText('پاسخ شما'),
      file: waitingFile(),
    });
    scene.scanner.says = CLEAN;
    await opened(scene, letterId);
    await scene.whenTold(letterId, 2);
    return { letterId };
  },

  async 'closed-while-a-file-waits'(scene) {
    const letterId = await approved(scene);
    scene.scanner.says = AWAY;
    await act(scene, letterId, {
      kind: 'reply',
      text: publicText('پاسخ شما'),
      file: waitingFile(),
    });
    await scene.whenTold(letterId, 2);
    await act(scene, letterId, { kind: 'close', reason: publicText('رسیدگی شد') });
    await ended(scene, letterId);
    return { letterId };
  },

  async 'cancel-asked-and-ignored'(scene) {
    const letterId = await submitted(scene);
    await scene.handleOf(letterId).cancel();
    await started(scene, letterId);
    await signal(scene, letterId, 'approve', { by: 'ali' });
    await scene.whenTold(letterId, 1);
    return { letterId };
  },

  'continued-as-new': continuedAsNew,

  async 'gone-on-after-continued-as-new'(scene) {
    const { letterId } = await continuedAsNew(scene);
    await act(scene, letterId, { kind: 'close', reason: publicText('رسیدگی شد') });
    await ended(scene, letterId);
    return { letterId };
  },
};

/** What the machine that recorded it adds to a history, and replay does not ask for. */
const withoutTraces = <Value>(value: Value): Value => {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const fields = value as Record<string, unknown>;
  for (const [name, field] of Object.entries(fields)) {
    if (name === 'identity') fields[name] = 'recorder';
    else if (name === 'stackTrace') fields[name] = '';
    else if (name === 'taskQueue') fields[name] = { name: 'letters' };
    else withoutTraces(field);
  }
  return value;
};

const historyOf = async (scene: Scene, { letterId, runId }: Walked): Promise<Uint8Array> => {
  await settled(scene, { letterId, runId });
  const { History } = protobuf.temporal.api.history.v1;
  const history = await scene.handleOf(letterId, runId).fetchHistory();
  return History.encode(withoutTraces(history)).finish();
};

const openScene = async (dir: string): Promise<{ scene: Scene; stop: () => Promise<void> }> => {
  const codePath = path.join(dir, 'bundle.js');
  await writeFile(codePath, await bundleWorkflows());
  const postgres = await startTestPostgres(dir);
  await migrate(postgres.address);
  const temporal = await startTestTemporal(dir, undefined, [
    `--dynamic-config-value=limit.historyCount.suggestContinueAsNew=${EVENTS_OF_A_RUN}`,
  ]);
  const desk = await openLetterDesk({ address: temporal.address, databaseUrl: postgres.address });
  const refusals = { left: 0 };
  const startWorker = (): Promise<LetterWorker> =>
    desk.startWorker({
      codePath,
      wrap: (activities) => ({
        ...activities,
        recordDecision(input) {
          if (refusals.left <= 0) return activities.recordDecision(input);
          refusals.left -= 1;
          throw ApplicationFailure.nonRetryable('refused', 'RecordRefused');
        },
      }),
    });
  let worker = await startWorker();
  const scene: Scene = {
    ...desk,
    refusals,
    async withoutWorker(act) {
      await worker.stop();
      await act();
      worker = await startWorker();
    },
  };
  return {
    scene,
    async stop() {
      await worker.stop();
      await desk.stop();
      await temporal.stop();
      await postgres.stop();
    },
  };
};

const record = async (form: string | undefined): Promise<void> => {
  const fileOf = (name: string): string =>
    path.join(OUT, [name, form, 'bin'].filter(Boolean).join('.'));
  const missing = Object.entries(PATHS).filter(([name]) => !existsSync(fileOf(name)));
  if (missing.length === 0) {
    console.log('every path has its history; a changed workflow is recorded as a new form');
    return;
  }
  await mkdir(OUT, { recursive: true });
  // Trouble is part of some paths; what goes wrong beside them shows as a path that never ends.
  Runtime.install({
    logger: new DefaultLogger('ERROR', () => {}),
    telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } },
  });
  const dir = makeTestDir();
  try {
    const { scene, stop } = await openScene(dir);
    try {
      for (const [name, walk] of missing) {
        const history = await historyOf(scene, await walk(scene));
        await writeFile(fileOf(name), history);
        console.log(`${path.relative(process.cwd(), fileOf(name))} ${history.length} bytes`);
      }
    } finally {
      await stop();
    }
  } finally {
    await removeTestDir(dir);
  }
};

await record(process.argv[2]);
