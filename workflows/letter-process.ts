import * as wf from '@temporalio/workflow';
import { Attention } from './attention.ts';
import { createDeadlineLadder } from './deadline-ladder.ts';
import { record } from './letter-steps.ts';
import type { LetterInput, LetterState, Recorded } from './letter.contract.ts';
import { SideWork } from './side-work.ts';
import { showState } from './visible-state.ts';

/** A letter as its process knows it: what the record said last, and what follows from that. */
export class LetterProcess {
  readonly letterId: string;
  readonly ladder = createDeadlineLadder();
  readonly sideWork: SideWork;
  readonly #attention = new Attention(() => this.#showTrouble());
  #state: LetterState;

  constructor(letterId: string, state: LetterState) {
    this.letterId = letterId;
    this.#state = state;
    this.sideWork = new SideWork(letterId, this.#attention);
  }

  get state(): LetterState {
    return this.#state;
  }

  get isUndecided(): boolean {
    return this.#state.status === 'pending' || this.#state.status === 'returned';
  }

  get isOpen(): boolean {
    const { status, step, reopenUntil } = this.#state;
    return status === 'approved' && (step !== 'closed' || Boolean(reopenUntil));
  }

  begin({ unsentMessageIds, waitingFileIds }: Omit<LetterInput, 'letterId'>): void {
    this.ladder.setNext(this.#state.nextRungAt);
    this.sideWork.begin({ messageIds: unsentMessageIds, waitingFileIds });
  }

  async apply(act: () => Promise<Recorded>): Promise<void> {
    const { state, refused, ...work } = await this.#attention.untilDone('record', act);
    if (refused) wf.log.warn('refused by the record', { refused });
    this.ladder.setNext(state.nextRungAt);
    this.#show(state);
    this.sideWork.begin(work);
  }

  climb(): Promise<void> {
    this.ladder.take();
    return this.apply(() => record.climbLadder({ letterId: this.letterId }));
  }

  retry(unsentMessageIds: string[]): void {
    this.#attention.retry();
    void wf.CancellationScope.nonCancellable(async () => this.sideWork.resend(unsentMessageIds));
  }

  #show(state: LetterState): void {
    const before = this.#state;
    this.#state = { ...state, needsAttention: this.#attention.why };
    showState(this.#state, before);
  }

  async #showTrouble(): Promise<void> {
    const { why } = this.#attention;
    this.#show(this.#state);
    try {
      await record.markAttention({ letterId: this.letterId, why });
    } catch (error) {
      if (!(error instanceof wf.ActivityFailure)) throw error;
      wf.log.error('attention could not be recorded', { why });
    }
  }
}
