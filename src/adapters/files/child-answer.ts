/** The next answer of a process that reads what nobody trusts, with bounds on time and memory. */
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';

const LOOK_MS = 25;
const PAGE_BYTES = 4096;

export type NoAnswer = 'late' | 'ended' | 'too large';

/** Its next message, as it came; or why there is none: the caller ends the process then. */
export const answerOf = <Answer extends object>(
  child: ChildProcess,
  { ms, maxBytes = Infinity }: { ms: number; maxBytes?: number },
): Promise<Answer | NoAnswer> =>
  new Promise((resolve) => {
    const settle = (answer: Answer | NoAnswer): void => {
      clearTimeout(late);
      clearInterval(looking);
      child.off('message', heard).off('exit', ended).off('error', ended);
      resolve(answer);
    };
    const heard = (message: unknown): void => settle(message as Answer);
    const ended = (): void => settle('ended');
    const late = setTimeout(() => settle('late'), ms);
    const looking = setInterval(() => {
      void residentBytes(child.pid).then((bytes) => bytes > maxBytes && settle('too large'));
    }, LOOK_MS);
    child.on('message', heard).on('exit', ended).on('error', ended);
  });

/** Memory that a process holds; 0 where the system does not tell, as other systems than Linux. */
const residentBytes = async (pid: number | undefined): Promise<number> => {
  try {
    const [, pages] = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ');
    return Number(pages) * PAGE_BYTES;
  } catch {
    return 0;
  }
};
