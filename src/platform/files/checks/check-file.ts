/**
 * All that is asked of a file before it is taken: what it is, what it holds, and what the virus
 * scanner says. The file lies in clear where `file` says; nothing of it is run.
 */
import type { FileFlag, FileLimits, FileScan } from '../file-checks.ts';
import type { FileType } from '../stored-file.ts';
import type { FileProblem } from '../stored-file.ts';
import type { FilePool } from '../pool/file-pool.ts';
import type { Scanner } from '../clamd.ts';

/** `cpuSeconds`: what reading the file has cost. */
export type FileCheck = { cpuSeconds: number } & (
  | { ok: true; type: FileType; name: string; flags: FileFlag[]; scan: FileScan }
  | { ok: false; problem: Exclude<FileProblem, 'infected'> }
  | { ok: false; problem: 'infected'; signature: string }
);

/** @throws DomainError unavailable when it cannot be checked now, whatever it is */
export type CheckFile = (input: {
  fileName: string;
  /** A path. */
  file: string;
  /** Whose file it is: nobody else waits for it. */
  owner: string;
}) => Promise<FileCheck>;

/** A scanner that is away or slow is no fault of the file: it is good, and `waiting`. */
export const createCheckFile =
  ({
    limits,
    pool,
    scanner,
    scanMs,
  }: {
    limits: FileLimits;
    pool: Pick<FilePool, 'run'>;
    /** Undefined: files are not scanned. */
    scanner: Pick<Scanner, 'scan'> | undefined;
    /** How long the scanner may take while a person waits, in milliseconds. */
    scanMs: number;
  }): CheckFile =>
  async ({ fileName, file, owner }) => {
    const { cpuSeconds, ...end } = await pool.run({
      name: 'decideFileType',
      input: { fileName, file, limits },
      owner,
      limits: { cpuSeconds: limits.seconds, memoryBytes: limits.memoryBytes },
    });
    if (end.how === 'costly') return { ok: false, problem: 'too_complex', cpuSeconds } as const;
    const decision = end.result;
    if (!decision.ok) return { ...decision, cpuSeconds };
    if (!scanner) return { ...decision, scan: 'none', cpuSeconds };
    const found = await scanner.scan(file, { withinMs: scanMs });
    if (found.verdict === 'infected')
      return { ok: false, problem: 'infected', signature: found.signature, cpuSeconds };
    return { ...decision, scan: found.verdict === 'clean' ? 'clean' : 'waiting', cpuSeconds };
  };
