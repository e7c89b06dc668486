import { until } from '../src/testing/until.ts';
import { listConsultations } from '../src/desk/letters/consultations.sql.ts';
import { readLetterInput } from '../src/desk/letters/dispatch.ts';
import { InternalText, publicText } from '../src/platform/base/audience.ts';
import type { Path } from './history-scene.ts';
import {
  AWAY,
  CLEAN,
  act,
  answeredFor,
  approved,
  asked,
  consulted,
  continuedAsNew,
  ended,
  opened,
  released,
  reopened,
  restarted,
  signal,
  signalsTo,
  takenBack,
  troubled,
  waitingFile,
} from './history-steps.ts';

// After the registration: messages, actions of the unit, the end.
export const UNIT_PATHS: Record<string, Path> = {
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

  async 'referral-taken-back'(scene) {
    const letterId = await approved(scene);
    await takenBack(scene, letterId);
    return { letterId };
  },

  async 'reply-released'(scene) {
    const letterId = await approved(scene);
    await released(scene, letterId);
    return { letterId };
  },

  async 'asked-and-answered'(scene) {
    const letterId = await approved(scene);
    await asked(scene, letterId);
    return { letterId };
  },

  async 'consulted-and-advised'(scene) {
    const letterId = await approved(scene);
    const consultationId = await consulted(scene, letterId);
    const note = new InternalText('موافقیم');
    await act(scene, letterId, { kind: 'opine', consultationId, note });
    return { letterId };
  },

  async 'consultation-overdue'(scene) {
    const { config } = scene.deps;
    const letterId = await approved(scene);
    Object.assign(config, { TEST_WORKING_DAY_SECONDS: 2 });
    const consultationId = await consulted(scene, letterId);
    await until(async () => {
      const [asked] = await listConsultations(scene.db, letterId);
      return asked?.overdueAt;
    });
    await act(scene, letterId, { kind: 'unconsult', consultationId });
    return { letterId };
  },

  async 'closed-by-itself'(scene) {
    const letterId = await answeredFor(scene, { CLOSE_DAYS: 1, REOPEN_DAYS: 1 }, 3);
    await ended(scene, letterId);
    Object.assign(scene.deps.config, { CLOSE_DAYS: 0, REOPEN_DAYS: 0 });
    return { letterId };
  },

  async 'reopened-then-closed'(scene) {
    const letterId = await answeredFor(scene, { CLOSE_DAYS: 1, REOPEN_DAYS: 1 }, 600);
    await reopened(scene, letterId);
    Object.assign(scene.deps.config, { CLOSE_DAYS: 0, REOPEN_DAYS: 0 });
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
    await scene.engine.start(await readLetterInput(scene.deps, letterId));
    await scene.whenTold(letterId, 1);
    await act(scene, letterId, { kind: 'note', note: new InternalText('ادامه') });
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

  async 'retry-names-messages'(scene) {
    const letterId = await approved(scene);
    await scene.whenTold(letterId, 1);
    const messages = await scene.db<{ id: string }[]>`
      select id from messages where letter_id = ${letterId}`;
    await signal(scene, letterId, 'retry', { messageIds: messages.map(({ id }) => id) });
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

  'continued-as-new': continuedAsNew,

  async 'gone-on-after-continued-as-new'(scene) {
    const { letterId } = await continuedAsNew(scene);
    await act(scene, letterId, { kind: 'close', reason: publicText('رسیدگی شد') });
    await ended(scene, letterId);
    return { letterId };
  },
};
