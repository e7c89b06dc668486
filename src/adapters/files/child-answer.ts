/** The next answer of a process that reads what nobody trusts, with bounds on time and memory. */
import { execFile } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const PAGE_BYTES = 4096;
const PS_MS = 2_000;

export type NoAnswer = 'late' | 'ended' | 'too large';

/** Its next message, as it came; or why there is none: the caller ends the process then. */
export const answerOf = <Answer extends object>(
  child: ChildProcess,
  { ms, maxBytes = Infinity }: { ms: number; maxBytes?: number },
): Promise<Answer | NoAnswer> =>
  new Promise((resolve) => {
    let settled = false;
    const settle = (answer: Answer | NoAnswer): void => {
      settled = true;
      clearTimeout(late);
      clearTimeout(looking);
      child.off('message', heard).off('exit', ended).off('error', ended);
      resolve(answer);
    };
    const heard = (message: unknown): void => settle(message as Answer);
    const ended = (): void => settle('ended');
    const late = setTimeout(() => settle('late'), ms);
    const look = async (): Promise<void> => {
      if ((await WATCH.residentBytes(child.pid ?? 0)) > maxBytes) settle('too large');
      else if (!settled) looking = setTimeout(() => void look(), WATCH.everyMs);
    };
    let looking = maxBytes === Infinity ? undefined : setTimeout(() => void look(), WATCH.everyMs);
    child.on('message', heard).on('exit', ended).on('error', ended);
  });

/** Memory that a process holds, as the kernel of Linux tells at once; 0 when it has ended. */
export const residentByProc = async (pid: number): Promise<number> => {
  try {
    const [, pages] = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ');
    return Number(pages) * PAGE_BYTES;
  } catch {
    return 0;
  }
};

const run = promisify(execFile);

/** The same on any other Unix, by a program that takes some milliseconds. */
export const residentByPs = async (pid: number): Promise<number> => {
  try {
    const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)], { timeout: PS_MS });
    return Number(stdout) * 1024;
  } catch {
    return 0;
  }
};

const WATCH =
  process.platform === 'linux'
    ? { residentBytes: residentByProc, everyMs: 25 }
    : { residentBytes: residentByPs, everyMs: 150 };
