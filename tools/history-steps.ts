import { randomUUID } from 'node:crypto';
import { until } from '../src/testing/until.ts';
import { addTestStaff, fileRow } from '../src/testing/letters.ts';
import { resubmitLetter } from '../src/desk/letters/resubmit-letter.ts';
import { readLetterInput } from '../src/desk/letters/dispatch.ts';
import { InternalText, publicText } from '../src/platform/base/audience.ts';
import { answerQuestion } from '../src/desk/letters/answer-question.ts';
import { reopenLetter } from '../src/desk/letters/reopen-letter.ts';
import { decideLetter } from '../src/desk/letters/decide-letter.ts';
import { undoDecision } from '../src/desk/letters/undo-decision.ts';
import { objectToRejection } from '../src/desk/letters/object-to-rejection.ts';
import { actOnLetter } from '../src/desk/letters/act-on-letter.ts';
import type { ActOnLetter } from '../src/desk/letters/act-on-letter.ts';
import { listConsultations } from '../src/desk/letters/consultations.sql.ts';
import { findReferral } from '../src/desk/letters/unit-actions.sql.ts';
import { handleOf } from './history-scene.ts';
import type { Scene, Walked } from './history-scene.ts';

export const ended = (scene: Scene, letterId: string): Promise<unknown> =>
  until(async () => (await scene.handleOf(letterId).describe()).status.name === 'COMPLETED');

export const started = (scene: Scene, letterId: string): Promise<unknown> =>
  until(() => scene.engine.status(letterId, 3_000));

export const submitted = async (scene: Scene): Promise<string> => {
  const letterId = await scene.submit();
  await started(scene, letterId);
  return letterId;
};

export const approved = async (scene: Scene): Promise<string> => {
  const letterId = await submitted(scene);
  const { reviewer: staff } = scene;
  await decideLetter(scene.deps, { letterId, staff, decision: { kind: 'approve' } });
  return letterId;
};

const UNDO_SECONDS = 3;

export const approvedUndoably = (scene: Scene, letterId: string): Promise<string> => {
  const decision = { kind: 'approve' as const };
  return scene.decideUndoably(UNDO_SECONDS, { letterId, staff: scene.reviewer, decision });
};

export const undone = (scene: Scene, letterId: string): Promise<void> =>
  scene.withoutWorker(async () => {
    const decisionId = await approvedUndoably(scene, letterId);
    await undoDecision(scene.deps, { letterId, staff: scene.reviewer, decisionId });
  });

export const sentBack = async (scene: Scene, letterId: string): Promise<void> => {
  const decision = { kind: 'return' as const, reason: 'پیوست خوانا نیست.' };
  await decideLetter(scene.deps, { letterId, staff: scene.reviewer, decision });
};

export const corrected = async (scene: Scene, letterId: string, round: number): Promise<void> => {
  const { applicantId, otherUnitId: unitId } = scene;
  const correction = { unitId, subject: 'درخواست', files: [] };
  await resubmitLetter(scene.deps, { applicantId, letterId, round, ...correction });
  await until(async () => (await scene.engine.status(letterId, 3_000))?.status === 'pending');
};

export const rejectedFor = async (scene: Scene, seconds: number): Promise<string> => {
  const letterId = await submitted(scene);
  const { config } = scene.deps;
  Object.assign(config, { OBJECTION_DAYS: 1, TEST_WORKING_DAY_SECONDS: seconds });
  const decision = { kind: 'reject' as const, reason: 'پیوست خوانا نیست.' };
  await decideLetter(scene.deps, { letterId, staff: scene.reviewer, decision });
  config.OBJECTION_DAYS = 0;
  return letterId;
};

export const objected = async (scene: Scene, letterId: string): Promise<void> => {
  const { applicantId } = scene;
  await objectToRejection(scene.deps, { applicantId, letterId, text: 'پیوست خوانا بود.' });
  await until(async () => (await scene.engine.status(letterId, 3_000))?.status === 'pending');
};

export const asked = async (scene: Scene, letterId: string): Promise<void> => {
  await act(scene, letterId, { kind: 'ask', text: publicText('کدام پلاک؟') });
  const { openQuestionId } = await scene.letterWhen(letterId, (letter) =>
    Boolean(letter.openQuestionId),
  );
  await answerQuestion(scene.deps, {
    applicantId: scene.applicantId,
    letterId,
    questionId: openQuestionId ?? '',
    text: 'پلاک دوازده',
    file: null,
    formKey: randomUUID(),
  });
};

export const answeredFor = async (
  scene: Scene,
  days: { CLOSE_DAYS: number; REOPEN_DAYS: number },
  seconds: number,
): Promise<string> => {
  const letterId = await approved(scene);
  const { config } = scene.deps;
  Object.assign(config, { ...days, TEST_WORKING_DAY_SECONDS: seconds });
  await act(scene, letterId, { kind: 'reply', text: publicText('پاسخ شما'), file: null });
  return letterId;
};

export const reopened = async (scene: Scene, letterId: string): Promise<void> => {
  const { applicantId } = scene;
  const formKey = randomUUID();
  await reopenLetter(scene.deps, { applicantId, letterId, text: 'هنوز نرسیده است.', formKey });
};

export const act = (
  scene: Scene,
  letterId: string,
  action: ActOnLetter['action'],
): Promise<unknown> => actOnLetter(scene.deps, { letterId, staff: scene.clerk, action });

export const takenBack = async (scene: Scene, letterId: string): Promise<void> => {
  await act(scene, letterId, { kind: 'refer', unitId: scene.otherUnitId, note: null });
  const referral = await findReferral(scene.deps.db, { letterId });
  await act(scene, letterId, { kind: 'recall', referralId: referral?.id ?? '' });
};

export const consulted = async (scene: Scene, letterId: string): Promise<string> => {
  const units = [{ unitId: scene.otherUnitId, workingDays: 1 }];
  await act(scene, letterId, { kind: 'consult', units, note: new InternalText('نظر شما؟') });
  const [asked] = await listConsultations(scene.db, letterId);
  return asked?.id ?? '';
};

/** The first try goes back to its author; a second person releases the next one. */
export const released = async (scene: Scene, letterId: string): Promise<void> => {
  const { db } = scene.deps;
  await db`update units set second_look = true`;
  const reply = async (text: string): Promise<string> => {
    await act(scene, letterId, { kind: 'reply', text: publicText(text), file: null });
    const { heldReplyId } = await scene.letterWhen(letterId, (letter) =>
      Boolean(letter.heldReplyId),
    );
    return heldReplyId ?? '';
  };
  const note = new InternalText('کوتاه‌تر');
  await act(scene, letterId, { kind: 'rework', replyId: await reply('پاسخ'), note });
  const action = { kind: 'release', replyId: await reply('پاسخ شما') } as const;
  const staff = await addTestStaff(db, { role: 'unit', unitIds: [scene.unitId] });
  await actOnLetter(scene.deps, { letterId, staff, action });
  await db`update units set second_look = false`;
};

export const settled = (scene: Scene, walked: Walked): Promise<unknown> =>
  until(async () => {
    const { raw, status } = await handleOf(scene, walked).describe();
    const isOver = status.name !== 'RUNNING';
    return isOver || (!raw.pendingActivities?.length && !raw.pendingWorkflowTask);
  });

export const troubled = (scene: Scene, letterId: string): Promise<unknown> =>
  scene.letterWhen(letterId, ({ needsAttention }) => needsAttention !== null);

export const signal = (
  scene: Scene,
  letterId: string,
  name: string,
  ...args: unknown[]
): Promise<void> => scene.handleOf(letterId).signal(name, ...args);

export const signalsTo = async (scene: Scene, letterId: string): Promise<number> => {
  const { events } = await scene.handleOf(letterId).fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length;
};

// The engine loses the workflow before it has handled what the desk did.
export const restarted = async (
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
    await scene.engine.start(await readLetterInput(scene.deps, letterId));
  });
  await Promise.all(done);
};

export const continuedAsNew = async (
  scene: Scene,
): Promise<{ letterId: string; runId: string }> => {
  const letterId = await approved(scene);
  await scene.whenTold(letterId, 1);
  const { runId } = await scene.handleOf(letterId).describe();
  await until(async () => {
    await act(scene, letterId, { kind: 'note', note: new InternalText('در دست بررسی') });
    return (await scene.handleOf(letterId).describe()).runId !== runId;
  }, 60_000);
  return { letterId, runId };
};

export const AWAY = { verdict: 'not_scanned', why: 'away' } as const;
export const CLEAN = { verdict: 'clean' } as const;

export const waitingFile = () => ({ ...fileRow(), scan: 'waiting' as const });

export const quarantined = async (scene: Scene): Promise<string> => {
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

export const settledDecision = async (scene: Scene, letterId: string): Promise<void> => {
  await until(async () => {
    const { events } = await scene.handleOf(letterId).fetchHistory();
    return (events ?? []).some((event) => event.markerRecordedEventAttributes);
  });
};

export const settledTimer = async (scene: Scene, letterId: string): Promise<void> => {
  await until(async () => {
    const { events } = await scene.handleOf(letterId).fetchHistory();
    return (events ?? []).some((event) => event.timerFiredEventAttributes);
  });
};

export const opened = (scene: Scene, letterId: string): Promise<unknown> =>
  until(async () => (await scansOf(scene, letterId)).every((scan) => scan !== 'waiting'));
