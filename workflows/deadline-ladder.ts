import * as wf from '@temporalio/workflow';
import { createPatience } from './patience.ts';

export interface DeadlineLadder {
  setNext(at: string | null | undefined): void;
  ask(): void;
  isDue(): boolean;
  take(): void;
}

/**
 * One durable timer for the next rung. When it fires, the record says what is due: the rung may
 * have moved or be gone.
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
