/** The floor of a decision: wait for the signal, two activities that do nothing, done. */
import * as wf from '@temporalio/workflow';

const { register, sendSms } = wf.proxyActivities<{
  register(): Promise<void>;
  sendSms(): Promise<void>;
}>({ startToCloseTimeout: '20 seconds' });

export async function floorWorkflow(): Promise<void> {
  let approved = false;
  wf.setHandler(wf.defineSignal('approve'), () => {
    approved = true;
  });
  await wf.condition(() => approved);
  await register();
  await sendSms();
}
