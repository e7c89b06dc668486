/**
 * All that is asked of a file before it is taken: what it is, what it holds, and what the virus
 * scanner says. The file lies in clear where `file` says; nothing of it is run.
 */
import type { FileFlag, FileLimits, FileScan } from '../../domain/file-checks.ts';
import type { FileType } from '../../domain/letter.ts';
import type { FileProblem } from '../../usecases/desk.ts';
import type { Scanner } from '../scanner/clamd.ts';
import { decideFileType } from './file-type.ts';
import type { PdfReader } from './pdf-reader.ts';

// Decoding a picture keeps a thread busy that the file system needs too.
const MAX_DECISIONS_AT_ONCE = 2;

export type FileCheck =
  | { ok: true; type: FileType; name: string; flags: FileFlag[]; scan: FileScan }
  | { ok: false; problem: Exclude<FileProblem, 'infected'> }
  | { ok: false; problem: 'infected'; signature: string };

export type CheckFile = (input: { fileName: string; file: string }) => Promise<FileCheck>;

/**
 * @returns a function that throws only for a fault of this machine. A scanner that is away or slow
 *   is none: the file is good, and `waiting`
 */
export const createCheckFile = ({
  limits,
  pdf,
  scanner,
  scanMs,
}: {
  limits: FileLimits;
  pdf: Pick<PdfReader, 'read'>;
  /** Undefined: files are not scanned. */
  scanner: Pick<Scanner, 'scan'> | undefined;
  /** How long the scanner may take while a person waits, in milliseconds. */
  scanMs: number;
}): CheckFile => {
  const takeTurn = createTurns(MAX_DECISIONS_AT_ONCE);
  return async ({ fileName, file }) => {
    const decision = await takeTurn(() => decideFileType({ fileName, file, limits, pdf }));
    if (!decision.ok) return decision as Extract<FileCheck, { ok: false }>;
    if (!scanner) return { ...decision, scan: 'none' };
    const found = await scanner.scan(file, { withinMs: scanMs });
    if (found.verdict === 'infected')
      return { ok: false, problem: 'infected', signature: found.signature };
    return { ...decision, scan: found.verdict === 'clean' ? 'clean' : 'waiting' };
  };
};

/** Runs at most `limit` jobs at once, in the order in which they came. */
const createTurns = (limit: number): (<Result>(job: () => Promise<Result>) => Promise<Result>) => {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (job) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await job();
    } finally {
      // The turn is handed on, or given back.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
};
