import * as wf from '@temporalio/workflow';
import type { ActivityOptions } from '@temporalio/workflow';
import { AT_ONCE_OPTIONS } from './activity-options.ts';

/**
 * Local activities within the workflow task, where a step costs the engine almost nothing (decision
 * 35), with a regular activity by `options` as fallback.
 * @throws wf.ActivityFailure for what no attempt can do
 */
export const proxySteps = <Activities>(
  options: ActivityOptions,
): wf.ActivityInterfaceFor<Activities> => {
  const atOnce = wf.proxyLocalActivities(AT_ONCE_OPTIONS);
  const later = wf.proxyActivities(options);
  const stepOf =
    (name: string) =>
    async (...args: unknown[]): Promise<unknown> => {
      try {
        return await atOnce[name]?.executeWithOptions({ summary: name }, args);
      } catch (error) {
        if (!(error instanceof wf.TemporalFailure)) throw error;
        if (error instanceof wf.ApplicationFailure && error.nonRetryable === true)
          throw new wf.ActivityFailure(error.message, name, '', 'NON_RETRYABLE_FAILURE', '', error);
        return later[name]?.(...args);
      }
    };
  return new Proxy<object>(
    {},
    { get: (_target, name: string) => stepOf(name) },
  ) as wf.ActivityInterfaceFor<Activities>;
};
