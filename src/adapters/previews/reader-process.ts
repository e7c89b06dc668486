/** A process that reads one file that nobody trusts, after everything else. */
import type { ChildProcess } from 'node:child_process';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { forkLimited, untilReady } from '../files/limited-process.ts';

/** @param program a file of this folder @throws when it does not start */
export const startReader = async (program: string): Promise<ChildProcess> => {
  const reader = forkLimited(fileURLToPath(new URL(program, import.meta.url)));
  try {
    // Letters go before previews.
    if (reader.pid !== undefined) os.setPriority(reader.pid, os.constants.priority.PRIORITY_LOW);
  } catch {
    // It has ended again, which the next line sees.
  }
  return untilReady(reader, `runs ${program}`);
};
