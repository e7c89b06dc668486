/**
 * Reads the structure of PDF files in a process of its own, with bounds on time and memory: a file
 * that is made to exhaust its reader costs that process, and nothing else. The process is started
 * when it is first needed, serves one file after the other, and ends when it has been idle.
 */
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { FileFlag, FileLimits } from '../../domain/file-checks.ts';
import { answerOf } from './child-answer.ts';
import { forkLimited, untilReady } from './limited-process.ts';

export type PdfFindings =
  | { flags: FileFlag[] }
  | { problem: 'broken' | 'encrypted' | 'too_many_pages' };

export interface PdfReader {
  /**
   * @param file the bytes, or a path
   * @throws DomainError unavailable when no process could be started: a fault of this machine
   */
  read(file: string | Buffer): Promise<PdfFindings>;
  /** Ends the process, if one runs. */
  close(): void;
}

const INSPECTOR = fileURLToPath(new URL('./pdf-inspector.mjs', import.meta.url));
const IDLE_MS = 60_000;
/** What the process takes before it has read anything. */
const OWN_BYTES = 120 * 1024 * 1024;

type Answer = PdfFindings | { ready: true } | { fault: string };

export const createPdfReader = (
  limits: Pick<FileLimits, 'pages' | 'seconds' | 'memoryBytes'>,
): PdfReader => {
  let child: ChildProcess | undefined;
  let idle: NodeJS.Timeout | undefined;
  let last: Promise<unknown> = Promise.resolve();

  const close = (): void => {
    clearTimeout(idle);
    child?.kill('SIGKILL');
    child = undefined;
  };

  const started = async (): Promise<ChildProcess> => {
    if (child?.connected) return child;
    child = forkLimited(INSPECTOR, { heapBytes: limits.memoryBytes });
    try {
      return await untilReady(child, 'reads PDF files');
    } catch (error) {
      close();
      throw error;
    }
  };

  const readNow = async (file: string | Buffer): Promise<PdfFindings> => {
    clearTimeout(idle);
    const reader = await started();
    reader.ref();
    reader.channel?.ref();
    const answer = answerOf<Answer>(reader, {
      ms: limits.seconds * 1000,
      maxBytes: OWN_BYTES + limits.memoryBytes,
    });
    reader.send({ file, pages: limits.pages });
    const found = await answer;
    if (typeof found === 'string' || 'ready' in found) {
      close();
      return { problem: 'broken' };
    }
    // Nothing waits for an idle process to end.
    reader.unref();
    reader.channel?.unref();
    idle = setTimeout(close, IDLE_MS).unref();
    if ('fault' in found) throw new Error(`a PDF file could not be read: ${found.fault}`);
    return 'flags' in found ? { flags: found.flags.toSorted() } : found;
  };

  return {
    close,
    read(file) {
      const reading = last.then(() => readNow(file));
      last = reading.catch(() => {});
      return reading;
    },
  };
};
