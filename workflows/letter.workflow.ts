/**
 * The life of a letter, from submission to closing. It holds only ids and states; activities write
 * the record, from which a lost workflow is started again.
 */
import { RawValue, defaultPayloadConverter, defineSearchAttributeKey } from '@temporalio/common';
import * as wf from '@temporalio/workflow';
import { RECORD_OPTIONS, SCAN_OPTIONS, SMS_OPTIONS } from './activity-options.ts';
import { createDeadlineLadder } from './deadline-ladder.ts';
import { IN_CLEAR, SEARCH_ATTRIBUTES, SIGNALS, STATUS_QUERY } from './letter.contract.ts';
import type {
  Decision,
  LetterActivities,
  LetterInput,
  LetterState,
  Recorded,
  UnitActionSignal,
} from './letter.contract.ts';
import {
  readApprove,
  readReject,
  readResubmit,
  readRetry,
  readReturn,
  readUnitAction,
  readWithdraw,
} from './letter.signals.ts';
import { dueOf } from './due.ts';
import { createPatience } from './patience.ts';
import { proxySteps } from './steps.ts';
import { afterUndoWindow } from './undo-window.ts';

const record = proxySteps<LetterActivities>(RECORD_OPTIONS);
const sms = proxySteps<Pick<LetterActivities, 'sendMessage'>>(SMS_OPTIONS);
const scanner = wf.proxyActivities<Pick<LetterActivities, 'scanFile'>>(SCAN_OPTIONS);

const status = wf.defineQuery<RawValue>(STATUS_QUERY);
const approve = wf.defineSignal<[unknown]>(SIGNALS.approve);
const reject = wf.defineSignal<[unknown]>(SIGNALS.reject);
const sendBack = wf.defineSignal<[unknown]>(SIGNALS.return);
const withdraw = wf.defineSignal<[unknown]>(SIGNALS.withdraw);
const resubmit = wf.defineSignal<[unknown]>(SIGNALS.resubmit);
const objection = wf.defineSignal<[unknown]>(SIGNALS.objection);
const unitAction = wf.defineSignal<[unknown]>(SIGNALS.unitAction);
const annul = wf.defineSignal<[unknown]>(SIGNALS.annul);
const calendar = wf.defineSignal<[unknown]>(SIGNALS.calendar);
const retry = wf.defineSignal<[unknown]>(SIGNALS.retry);

const RECORD_ACTION = {
  update: record.recordUpdate,
  note: record.recordNote,
  refer: record.recordReferral,
  recall: record.recordReferralWithdrawal,
  reply: record.recordReply,
  release: record.recordRelease,
  rework: record.recordRework,
  close: record.recordClosing,
  ask: record.recordQuestion,
  unask: record.recordQuestionWithdrawal,
  answer: record.recordAnswer,
  reopen: record.recordReopening,
  consult: record.recordConsultation,
  opine: record.recordOpinion,
  unconsult: record.recordConsultationWithdrawal,
} satisfies Record<UnitActionSignal['kind'], unknown>;

type Turn = Decision | { kind: 'resubmit'; round: number };

export async function letterWorkflow({ letterId, ...start }: LetterInput): Promise<LetterState> {
  const letter = {
    state: start.state,
    decisions: [] as Turn[],
    actions: [] as UnitActionSignal[],
    annulled: false,
    objections: { said: 0, read: 0 },
    retries: 0,
    troubles: new Map<string, string>(),
    told: new Set<string>(),
    telling: new Set<string>(),
    knownDecisions: new Set<string>(),
    shown: start.state,
    scanning: new Set<string>(),
  };
  const ladder = createDeadlineLadder();
  const patience = createPatience();
  const isUndecided = (): boolean =>
    letter.state.status === 'pending' || letter.state.status === 'returned';
  const isObjectedTo = (): boolean => letter.objections.said > letter.objections.read;
  const isOpen = (): boolean =>
    letter.state.status === 'approved' &&
    (letter.state.step !== 'closed' || Boolean(letter.state.reopenUntil));

  const { decisions = [], actions = [] } = start.openWork ?? {};
  for (const decision of decisions) {
    afterUndoWindow(decision, enqueue);
    letter.knownDecisions.add(decision.decisionId);
  }
  letter.actions.push(...actions);

  // All handlers stand before the first await. The first decision wins; what cannot be understood
  // or comes too late changes nothing and is logged.
  wf.setHandler(status, () => answer(letter.state));
  wf.setHandler(approve, (payload) => hear('approve', readApprove(payload, wf.uuid4)));
  wf.setHandler(reject, (payload) => hear('reject', readReject(payload, wf.uuid4)));
  wf.setHandler(sendBack, (payload) => hear('return', readReturn(payload, wf.uuid4)));
  wf.setHandler(withdraw, (payload) => hear('withdraw', readWithdraw(payload)));
  wf.setHandler(resubmit, (payload) => {
    const sent = readResubmit(payload);
    if (!sent) wf.log.warn('malformed signal ignored', { signal: 'resubmit' });
    // It may overtake the return that it answers.
    else if (isUndecided()) letter.decisions.push({ kind: 'resubmit', ...sent });
  });
  wf.setHandler(objection, () => {
    letter.objections.said += 1;
  });
  wf.setHandler(unitAction, (payload) => {
    const action = readUnitAction(payload);
    if (action) letter.actions.push(action);
    else wf.log.warn('malformed signal ignored', { signal: 'unitAction' });
  });
  wf.setHandler(annul, () => {
    letter.annulled = true;
  });
  wf.setHandler(calendar, () => ladder.ask());
  wf.setHandler(retry, (payload) => {
    letter.retries += 1;
    // Only where record and process differ, as after a backup was restored, is there any.
    const untold = readRetry(payload).filter((id) => !letter.telling.has(id));
    void wf.CancellationScope.nonCancellable(async () => untold.forEach(send));
  });
  wf.setDefaultSignalHandler((signal) => wf.log.warn('unknown signal ignored', { signal }));

  await wf.CancellationScope.nonCancellable(async () => {
    ladder.setNext(start.state.nextRungAt);
    tell(start.unsentMessageIds);
    scan(start.waitingFileIds);

    do {
      while (isUndecided()) {
        await wf.condition(() => ladder.isDue() || letter.decisions.length > 0);
        if (ladder.isDue()) await climb();
        const decision = letter.decisions.shift();
        if (decision) await apply(() => take(decision));
      }
      if (!isObjectedTo()) dropLateDecisions();
    } while (await isReopened());
    dropLateDecisions();

    while (isOpen()) {
      const due = dueOf(letter.state);
      const isOver = await untilDue(due?.at);
      if (due && isOver) await apply(() => record[due.act]({ letterId }));
      if (letter.annulled) await showAnnulment();
      if (ladder.isDue()) await climb();
      if (mayContinueAsNew())
        return wf.continueAsNew<typeof letterWorkflow>({
          letterId,
          state: letter.state,
          unsentMessageIds: [],
          ...(letter.scanning.size > 0 && { waitingFileIds: [...letter.scanning] }),
        });
      const action = letter.actions.shift();
      if (action) await apply(() => recordAction(action));
    }

    const isDone = (): boolean => letter.telling.size === 0 && wf.allHandlersFinished();
    do {
      if (letter.annulled) await showAnnulment();
      await wf.condition(() => letter.annulled || isDone());
    } while (letter.annulled);
  });
  return letter.state;

  /** The record has the last word: the letter may have been returned or resubmitted meanwhile. */
  function take(turn: Turn): Promise<Recorded> {
    switch (turn.kind) {
      case 'return':
        return record.recordReturn({ letterId, decision: turn });
      case 'withdraw':
        return record.recordWithdrawal({ letterId, decision: turn });
      case 'resubmit':
        return record.readLetter({ letterId });
      default:
        return record.recordDecision({ letterId, decision: turn });
    }
  }

  function recordAction({ kind, actionId }: UnitActionSignal): Promise<Recorded> {
    return RECORD_ACTION[kind]({ letterId, actionId });
  }

  function showAnnulment(): Promise<void> {
    letter.annulled = false;
    return apply(() => record.readAnnulment({ letterId }));
  }

  async function untilDue(at: string | undefined): Promise<boolean> {
    const isNews = (): boolean =>
      letter.annulled || ladder.isDue() || letter.actions.length > 0 || mayContinueAsNew();
    if (at === undefined) return wf.condition(isNews).then(() => false);
    const isOver = !(await wf.condition(isNews, patience.left(at)));
    if (isOver) patience.asked(at);
    return isOver;
  }

  function climb(): Promise<void> {
    ladder.take();
    return apply(() => record.climbLadder({ letterId }));
  }

  /**
   * The record has the objection before its signal comes, so its answer at the end of the period is
   * final.
   */
  async function isReopened(): Promise<boolean> {
    for (;;) {
      const { status: stands, objectionUntil } = letter.state;
      if (stands !== 'rejected' || !objectionUntil) return isUndecided();
      if (!(await wf.condition(isObjectedTo, patience.left(objectionUntil))))
        patience.asked(objectionUntil);
      const { said } = letter.objections;
      const act = isObjectedTo() ? record.readObjection : record.endObjectionPeriod;
      await apply(() => act({ letterId }));
      letter.objections.read = said;
      if (!mayDecide()) dropLateDecisions();
    }
  }

  function dropLateDecisions(): void {
    for (const late of letter.decisions.splice(0))
      wf.log.warn('late signal ignored', { signal: late.kind });
  }

  function hear(signal: string, decision: Decision | undefined): void {
    if (!decision) wf.log.warn('malformed signal ignored', { signal });
    else if (letter.knownDecisions.has(decision.decisionId)) return;
    else if (!mayDecide()) enqueue(decision);
    else afterUndoWindow(decision, enqueue);
  }

  function enqueue(decision: Decision): void {
    if (mayDecide()) letter.decisions.push(decision);
    else wf.log.warn('late signal ignored', { signal: decision.kind, by: decision.by });
  }

  /** A decision may overtake the reading of the objection that it answers. */
  function mayDecide(): boolean {
    return isUndecided() || isObjectedTo();
  }

  async function apply(act: () => Promise<Recorded>): Promise<void> {
    const { state, messageIds, refused, waitingFileIds } = await untilDone('record', act);
    if (refused) wf.log.warn('refused by the record', { refused });
    show(state);
    tell(messageIds);
    scan(waitingFileIds);
  }

  function scan(fileIds: string[] = []): void {
    for (const fileId of fileIds.filter((id) => !letter.scanning.has(id))) {
      letter.scanning.add(fileId);
      void untilDone(`scan ${fileId}`, () => scanner.scanFile({ letterId, fileId })).then(() =>
        letter.scanning.delete(fileId),
      );
    }
  }

  /** Runs beside everything else: SMS trouble never holds a letter up. */
  function tell(messageIds: string[]): void {
    for (const messageId of messageIds) if (!letter.told.has(messageId)) send(messageId);
  }

  function send(messageId: string): void {
    letter.told.add(messageId);
    letter.telling.add(messageId);
    void untilDone(`sms ${messageId}`, (tries) =>
      sms.sendMessage({ messageId, again: tries > 0 }),
    ).then(() => letter.telling.delete(messageId));
  }

  /** An activity that failed for good does not end the letter: it waits for a `retry` signal. */
  async function untilDone<Result>(
    what: string,
    act: (tries: number) => Promise<Result>,
  ): Promise<Result> {
    for (let tries = 0; ; tries += 1) {
      const retriesBefore = letter.retries;
      try {
        const result = await act(tries);
        if (letter.troubles.delete(what)) await showTroubles();
        return result;
      } catch (error) {
        if (!(error instanceof wf.ActivityFailure)) throw error;
        const why = `${error.activityType}: ${error.cause?.message ?? error.message}`;
        wf.log.error('needs attention', { why });
        letter.troubles.set(what, why);
        await showTroubles();
        await wf.condition(() => letter.retries > retriesBefore);
      }
    }
  }

  async function showTroubles(): Promise<void> {
    const [why = null] = letter.troubles.values();
    show(letter.state);
    try {
      await record.markAttention({ letterId, why });
    } catch (error) {
      if (!(error instanceof wf.ActivityFailure)) throw error;
      wf.log.error('attention could not be recorded', { why });
    }
  }

  /** Updates search attributes only when they changed, as each update costs. */
  function show(state: LetterState): void {
    const [needsAttention = null] = letter.troubles.values();
    letter.state = { ...state, needsAttention };
    wf.setCurrentDetails(describe(letter.state));
    ladder.setNext(state.nextRungAt);
    const { shown } = letter;
    if (
      state.status === shown.status &&
      state.unit === shown.unit &&
      state.letterNumber === shown.letterNumber
    )
      return;
    letter.shown = state;
    wf.upsertSearchAttributes([
      { key: KEYS.status, value: state.status },
      { key: KEYS.unit, value: state.unit },
      { key: KEYS.number, value: state.letterNumber },
    ]);
  }

  function mayContinueAsNew(): boolean {
    return (
      wf.workflowInfo().continueAsNewSuggested &&
      letter.actions.length === 0 &&
      !letter.annulled &&
      !ladder.isDue() &&
      letter.telling.size === 0
    );
  }
}

/** Failure texts may name a person, so the query hides them. */
const answer = (state: LetterState): RawValue => {
  const [failed = null] = state.needsAttention?.split(':') ?? [];
  const payload = defaultPayloadConverter.toPayload({ ...state, needsAttention: failed });
  return RawValue.fromPayload({
    ...payload,
    metadata: { ...payload.metadata, [IN_CLEAR]: new Uint8Array([1]) },
  });
};

const KEYS = {
  status: defineSearchAttributeKey(SEARCH_ATTRIBUTES.status, 'KEYWORD'),
  unit: defineSearchAttributeKey(SEARCH_ATTRIBUTES.unit, 'KEYWORD'),
  number: defineSearchAttributeKey(SEARCH_ATTRIBUTES.number, 'KEYWORD'),
};

const describe = ({
  status,
  step,
  unit,
  paused,
  objectionUntil,
  closesAt,
  reopenUntil,
  letterNumber,
  annulled,
  needsAttention,
}: LetterState): string =>
  [
    status === 'pending'
      ? `waiting for a reviewer (addressed to ${unit})`
      : status === 'returned'
        ? 'waiting for its sender to correct it'
        : status,
    objectionUntil && `its sender can object until ${objectionUntil}`,
    letterNumber && `number ${letterNumber}${annulled ? ' (annulled)' : ''}`,
    step && `${step} ${unit}`,
    closesAt && `closes at ${closesAt}`,
    reopenUntil && `its sender can reopen it until ${reopenUntil}`,
    step && paused && 'its sender is asked a question',
    needsAttention && `needs attention: ${needsAttention}`,
  ]
    .filter(Boolean)
    .join(' · ');
