import * as wf from '@temporalio/workflow';
import { SIGNALS } from './letter.contract.ts';
import type { Decision, LetterInput, UnitActionSignal } from './letter.contract.ts';
import type { LetterProcess } from './letter-process.ts';
import {
  readApprove,
  readReject,
  readResubmit,
  readRetry,
  readReturn,
  readUnitAction,
  readWithdraw,
} from './letter.signals.ts';
import { afterUndoWindow } from './undo-window.ts';

export type Turn = Decision | { kind: 'resubmit'; round: number };

/** What people sent. What cannot be understood or comes too late changes nothing and is logged. */
export class Inbox {
  readonly decisions: Turn[] = [];
  readonly actions: UnitActionSignal[] = [];
  isAnnulled = false;
  readonly #letter: LetterProcess;
  readonly #knownDecisions = new Set<string>();
  readonly #objections = { said: 0, read: 0 };

  constructor(letter: LetterProcess, { decisions = [], actions = [] }: Partial<OpenWork> = {}) {
    this.#letter = letter;
    for (const decision of decisions) {
      afterUndoWindow(decision, (due) => this.#enqueue(due));
      this.#knownDecisions.add(decision.decisionId);
    }
    this.actions.push(...actions);
    this.#hearDecisions();
    this.#hearTheRest();
    wf.setDefaultSignalHandler((signal) => wf.log.warn('unknown signal ignored', { signal }));
  }

  get isObjectedTo(): boolean {
    return this.#objections.said > this.#objections.read;
  }

  /** @returns a function that marks as read the objections that had been made by now */
  readObjections(): () => void {
    const { said } = this.#objections;
    return () => {
      this.#objections.read = said;
      if (!this.#mayDecide()) this.dropLateDecisions();
    };
  }

  dropLateDecisions(): void {
    for (const late of this.decisions.splice(0))
      wf.log.warn('late signal ignored', { signal: late.kind });
  }

  #hearDecisions(): void {
    on('approve', (payload) => this.#hear('approve', readApprove(payload, wf.uuid4)));
    on('reject', (payload) => this.#hear('reject', readReject(payload, wf.uuid4)));
    on('return', (payload) => this.#hear('return', readReturn(payload, wf.uuid4)));
    on('withdraw', (payload) => this.#hear('withdraw', readWithdraw(payload)));
  }

  #hearTheRest(): void {
    on('resubmit', (payload) => {
      const sent = readResubmit(payload);
      if (!sent) ignoreMalformed('resubmit');
      // It may overtake the return that it answers.
      else if (this.#letter.isUndecided) this.decisions.push({ kind: 'resubmit', ...sent });
    });
    on('objection', () => {
      this.#objections.said += 1;
    });
    on('unitAction', (payload) => {
      const action = readUnitAction(payload);
      if (action) this.actions.push(action);
      else ignoreMalformed('unitAction');
    });
    on('annul', () => {
      this.isAnnulled = true;
    });
    on('calendar', () => this.#letter.ladder.ask());
    // Only where record and process differ, as after a backup was restored, has it message ids.
    on('retry', (payload) => this.#letter.retry(readRetry(payload)));
  }

  #hear(signal: keyof typeof SIGNALS, decision: Decision | undefined): void {
    if (!decision) ignoreMalformed(signal);
    else if (this.#knownDecisions.has(decision.decisionId)) return;
    else if (!this.#mayDecide()) this.#enqueue(decision);
    else afterUndoWindow(decision, (due) => this.#enqueue(due));
  }

  #enqueue(decision: Decision): void {
    if (this.#mayDecide()) this.decisions.push(decision);
    else wf.log.warn('late signal ignored', { signal: decision.kind, by: decision.by });
  }

  /** A decision may overtake the reading of the objection that it answers. */
  #mayDecide(): boolean {
    return this.#letter.isUndecided || this.isObjectedTo;
  }
}

type OpenWork = NonNullable<LetterInput['openWork']>;

const on = (signal: keyof typeof SIGNALS, handler: (payload: unknown) => void): void =>
  wf.setHandler(wf.defineSignal<[unknown]>(SIGNALS[signal]), handler);

const ignoreMalformed = (signal: keyof typeof SIGNALS): void =>
  wf.log.warn('malformed signal ignored', { signal });
