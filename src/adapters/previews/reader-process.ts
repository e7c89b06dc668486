/** A process that reads one file that nobody trusts: without secrets, and after everything else. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { answerOf } from '../files/child-answer.ts';

const START_MS = 20_000;

/** @param program a file of this folder that says `{ ready: true }` @throws when it does not start */
export const startReader = async (program: string): Promise<ChildProcess> => {
  const reader = fork(fileURLToPath(new URL(program, import.meta.url)), {
    // Nothing of this process' secrets goes there.
    env: {},
    execArgv: [],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // Said by its end too; without a listener it would end this process.
  reader.on('error', () => {});
  try {
    // Letters go before previews.
    if (reader.pid !== undefined) os.setPriority(reader.pid, os.constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended again, which the next lines see.
  }
  const first = await answerOf<object>(reader, { ms: START_MS });
  if (typeof first === 'object' && 'ready' in first) return reader;
  reader.kill('SIGKILL');
  throw new Error(`the process of ${program} could not be started`);
};
