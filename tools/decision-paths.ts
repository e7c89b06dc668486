import { randomUUID } from 'node:crypto';
import { until } from '../src/testing/until.ts';
import { readLetterInput } from '../src/desk/letters/dispatch.ts';
import { decideLetter } from '../src/desk/letters/decide-letter.ts';
import { withdrawLetter } from '../src/desk/letters/withdraw-letter.ts';
import type { Path } from './history-scene.ts';
import {
  CLEAN,
  approved,
  approvedUndoably,
  corrected,
  ended,
  objected,
  opened,
  quarantined,
  rejectedFor,
  restarted,
  sentBack,
  settled,
  settledDecision,
  settledTimer,
  signal,
  started,
  submitted,
  undone,
} from './history-steps.ts';

// Until a decision is recorded and announced. Each path leaves a letter; its history is kept under
// the name of the path.
export const DECISION_PATHS: Record<string, Path> = {
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
    await scene.engine.start(await readLetterInput(scene.deps, letterId));
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

  async 'cancel-asked-and-ignored'(scene) {
    const letterId = await submitted(scene);
    await scene.handleOf(letterId).cancel();
    await started(scene, letterId);
    await signal(scene, letterId, 'approve', { by: 'ali' });
    await scene.whenTold(letterId, 1);
    return { letterId };
  },
};
