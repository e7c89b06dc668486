import * as wf from '@temporalio/workflow';
import { RECORD_OPTIONS } from './activity-options.ts';
import type { BulkActivities, BulkInput } from './bulk.contract.ts';

const record = wf.proxyActivities<BulkActivities>(RECORD_OPTIONS);

export async function bulkDecisionWorkflow({ bulkId, letterIds }: BulkInput): Promise<void> {
  // What is not to be decided any more is cancelled in the record.
  await wf.CancellationScope.nonCancellable(async () => {
    for (const letterId of letterIds)
      try {
        await record.decideLetterOfBulk({ bulkId, letterId });
      } catch {
        wf.log.warn('a letter of a bulk decision was not decided', { bulkId, letterId });
      }
    await record.endBulk({ bulkId });
  });
}
