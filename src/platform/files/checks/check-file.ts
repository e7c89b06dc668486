import type { Deps } from '../../deps.ts';
import type { FileFlag, FileLimits, FileScan } from '../file-checks.ts';
import type { FileProblem, FileType } from '../stored-file.ts';

export type FileCheck = { cpuSeconds: number } & (
  | { ok: true; type: FileType; name: string; flags: FileFlag[]; scan: FileScan }
  | { ok: false; problem: Exclude<FileProblem, 'infected'> }
  | { ok: false; problem: 'infected'; signature: string }
);

/**
 * A scanner that is away does not fail the upload: its scan stays `waiting`.
 * @param input.owner files of the same owner wait for each other
 */
export const checkFile = async (
  { config, filePool, scanner }: Pick<Deps, 'config' | 'filePool' | 'scanner'>,
  { fileName, file, owner }: { fileName: string; file: string; owner: string },
): Promise<FileCheck> => {
  const limits = fileLimits(config);
  const { cpuSeconds, ...end } = await filePool.run({
    name: 'decideFileType',
    input: { fileName, file, limits },
    owner,
    limits: { cpuSeconds: limits.seconds, memoryBytes: limits.memoryBytes },
  });
  if (end.how === 'costly') return { ok: false, problem: 'too_complex', cpuSeconds } as const;
  const decision = end.result;
  if (!decision.ok) return { ...decision, cpuSeconds };
  if (!scanner) return { ...decision, scan: 'none', cpuSeconds };
  const found = await scanner.scan(file, { withinMs: config.limits.scanSeconds * 1000 });
  if (found.verdict === 'infected')
    return { ok: false, problem: 'infected', signature: found.signature, cpuSeconds };
  return { ...decision, scan: found.verdict === 'clean' ? 'clean' : 'waiting', cpuSeconds };
};

export const fileLimits = ({ limits }: Deps['config']): FileLimits => ({
  pixels: limits.maxImageMegapixels * 1e6,
  pages: limits.maxPages,
  zipEntries: limits.maxDocxParts,
  unpackedBytes: limits.maxDocxMb * 1024 * 1024,
  zipRatio: limits.maxDocxRatio,
  seconds: limits.fileCheckSeconds,
  memoryBytes: limits.fileCheckMb * 1024 * 1024,
});
