import * as wf from '@temporalio/workflow';
import type { Decision } from './letter.contract.ts';

export const afterUndoWindow = <Decided extends Pick<Decision, 'undoSeconds'>>(
  decision: Decided,
  passOn: (decision: Decided) => void,
): void => {
  const { undoSeconds = 0 } = decision;
  if (undoSeconds === 0) return passOn(decision);
  void wf.CancellationScope.nonCancellable(async () => {
    await wf.sleep(undoSeconds * 1000, { summary: 'undo window' });
    passOn(decision);
  });
};
