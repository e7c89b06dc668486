/**
 * Prints sheets as PDF, each in a process of its own with bounds on time and memory: a page of a
 * file that is made to exhaust its reader costs that process, and nothing else.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Sheet } from '../../usecases/desk.ts';

export interface SheetPrinter {
  /**
   * One page of A4. The same sheet gives the same bytes.
   * @param first page of a letter, shown smaller under the sheet's rows; undefined: the rows alone
   * @returns undefined: not within the bounds, or `first` is not readable
   */
  print(
    sheet: PrintedSheet,
    first?: { kind: 'pdf' | 'jpeg'; bytes: Buffer },
  ): Promise<Buffer | undefined>;
}

export interface PrintedSheet extends Sheet {
  organisation: string;
  /** PNG. */
  logo: Uint8Array | undefined;
}

export interface PrintBounds {
  seconds: number;
  /** Above what the process takes by itself. */
  memoryBytes: number;
  /** Processes at a time; what comes then waits its turn. */
  processes: number;
}

const DRAWER = fileURLToPath(new URL('./sheet-drawer.mjs', import.meta.url));
const LOOK_MS = 25;
/** What the process takes with its fonts before it has read anything. */
const OWN_BYTES = 220 * 1024 * 1024;

export const createSheetPrinter = ({
  seconds,
  memoryBytes,
  processes,
}: PrintBounds): SheetPrinter => {
  let running = 0;
  const waiting: (() => void)[] = [];

  const turn = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    if (running >= processes) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };

  return {
    print: (sheet, first) =>
      turn(async () => {
        const child = fork(DRAWER, {
          // Nothing of this process' secrets goes there.
          env: {},
          execArgv: [`--max-old-space-size=${Math.ceil(memoryBytes / 1024 / 1024)}`],
          serialization: 'advanced',
          stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
        });
        // Said by its end too; without a listener it would end this process.
        child.on('error', () => {});
        try {
          const ms = seconds * 1000;
          return await printed(child, { asked: { sheet, first }, ms, memoryBytes });
        } finally {
          child.kill('SIGKILL');
        }
      }),
  };
};

/** Asks the process when it is ready. Undefined: it ended, was late or too large, or failed. */
const printed = (
  child: ChildProcess,
  { asked, ms, memoryBytes }: { asked: object; ms: number; memoryBytes: number },
): Promise<Buffer | undefined> =>
  new Promise((resolve) => {
    const settle = (pdf: Buffer | undefined): void => {
      clearTimeout(late);
      clearInterval(looking);
      resolve(pdf);
    };
    const late = setTimeout(() => settle(undefined), ms);
    const looking = setInterval(() => {
      void residentBytes(child.pid).then(
        (bytes) => bytes > OWN_BYTES + memoryBytes && settle(undefined),
      );
    }, LOOK_MS);
    child.on('exit', () => settle(undefined));
    child.on('error', () => settle(undefined));
    child.on('message', (answer: { ready: true } | { pdf: Uint8Array } | { fault: string }) => {
      if ('ready' in answer) child.send(asked, (error) => error && settle(undefined));
      else settle('pdf' in answer ? Buffer.from(answer.pdf) : undefined);
    });
  });

const PAGE_BYTES = 4096;

/** Memory that a process holds; 0 where the system does not tell, as other systems than Linux. */
const residentBytes = async (pid: number | undefined): Promise<number> => {
  try {
    const [, pages] = (await readFile(`/proc/${pid}/statm`, 'utf8')).split(' ');
    return Number(pages) * PAGE_BYTES;
  } catch {
    return 0;
  }
};
