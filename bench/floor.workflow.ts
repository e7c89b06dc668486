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

const atOnce = wf.proxyLocalActivities<{ register(): Promise<void>; sendSms(): Promise<void> }>({
  startToCloseTimeout: '20 seconds',
});
const LIFE = ['approve', 'reply', 'close'] as const;

/** The floor of a whole life: three signals, and for the first two what they lead to. */
export async function floorLifeWorkflow(): Promise<void> {
  const heard = new Set<string>();
  for (const signal of LIFE)
    wf.setHandler(wf.defineSignal(signal), () => {
      heard.add(signal);
    });
  for (const signal of LIFE) {
    await wf.condition(() => heard.has(signal));
    await atOnce.register();
    if (signal !== 'close') await atOnce.sendSms();
  }
}
