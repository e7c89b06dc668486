import * as wf from '@temporalio/workflow';
import { createPatience } from './patience.ts';

export interface DeadlineLadder {
  /** Of the record's newest answer. The timer that runs goes on while the instant is the same. */
  setNext(at: string | null | undefined): void;
  /** The record is to be asked, whatever the timer says. */
  ask(): void;
  /** Whether it is to be asked now. */
  isDue(): boolean;
  /** It is being asked: its answer sets the next instant. */
  take(): void;
}

/**
 * One durable timer, of the next rung. What is due when it fires, the record says: the rung may have
 * moved or be gone.
 */
export const createDeadlineLadder = (): DeadlineLadder => {
  const patience = createPatience();
  let next: string | null = null;
  let timer: wf.CancellationScope | undefined;
  let isDue = false;

  const run = async (at: string): Promise<void> => {
    await wf.sleep(patience.left(at), { summary: 'deadline' });
    isDue = true;
  };

  const setNext: DeadlineLadder['setNext'] = (at = null) => {
    if (at === next) return;
    timer?.cancel();
    timer = undefined;
    next = at;
    if (at === null) return;
    const scope = new wf.CancellationScope({ cancellable: true });
    timer = scope;
    void scope
      .run(() => run(at))
      .catch((error: unknown) => {
        if (!wf.isCancellation(error)) throw error;
      });
  };

  return {
    setNext,
    ask() {
      isDue = true;
    },
    isDue: () => isDue,
    take() {
      isDue = false;
      if (next !== null) patience.asked(next);
      setNext(null);
    },
  };
};
