import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';

/** Linux takes one such change in 100 ms from all who are not root. */
const RETRY_MS = 120;
const RETRIES = 20;

/**
 * Of a process that leads a session of its own, from 0 to 19. Where Linux groups processes by
 * session (autogroup), niceness counts only among those of one session, and the session has a
 * niceness too. Elsewhere, as in a container, that of the process counts.
 */
export const setNiceness = async (pid: number, niceness: number): Promise<void> => {
  for (const id of threadsOf(pid))
    try {
      os.setPriority(id, niceness);
    } catch {
      // It has ended again, which shows soon enough.
    }
  if (process.platform === 'linux') await setSessionNiceness(pid, niceness);
};

/** On Linux each thread has a priority of its own, which it takes over from the one that made it. */
const threadsOf = (pid: number): number[] => {
  if (process.platform !== 'linux') return [pid];
  try {
    return readdirSync(`/proc/${pid}/task`).map(Number);
  } catch {
    return [];
  }
};

const setSessionNiceness = async (pid: number, niceness: number): Promise<void> => {
  for (let left = RETRIES; left > 0; left -= 1)
    try {
      return await writeFile(`/proc/${pid}/autogroup`, String(niceness));
    } catch (error) {
      // Without groups there is no such file, or it cannot be written.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return;
      await delay(RETRY_MS);
    }
};
