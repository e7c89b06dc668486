import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import os from 'node:os';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';

/** Linux allows one such change per 100 ms to all but root. */
const RETRY_MS = 120;
const RETRIES = 20;

/**
 * For a session leader, 0 to 19. With Linux autogroup, niceness counts only within a session, and
 * the session has its own; elsewhere, as in a container, the process's niceness counts.
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

/** On Linux each thread has its own priority, inherited from its creator. */
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
