import type { FileType } from '../stored-file.ts';
import type { PreviewLimits } from '../preview.ts';
import type { FilePool } from '../pool/file-pool.ts';
import type { DrawnPage } from './page-artist.ts';

export interface DrawnPages {
  pages: DrawnPage[];
  ended: 'whole' | 'broken' | 'costly';
}

export interface DrawOptions {
  owner: string;
  limits: PreviewLimits;
  from?: number;
  // Factor on the usual CPU time.
  patience?: number;
}

export const drawPages = async (
  pool: Pick<FilePool, 'run'>,
  { type, bytes }: { type: FileType; bytes: Buffer | (() => Promise<Buffer>) },
  { owner, limits: given, from = 1, patience = 1 }: DrawOptions,
): Promise<DrawnPages> => {
  const { seconds, memoryBytes, ...limits } = given;
  const pages: DrawnPage[] = [];
  const end = await pool.run({
    name: 'drawPages',
    input: async () => ({
      type,
      bytes: typeof bytes === 'function' ? await bytes() : bytes,
      from,
      limits,
    }),
    owner,
    limits: { cpuSeconds: seconds * patience, memoryBytes },
    onPiece: (page) => pages.push(page),
  });
  if (end.how === 'costly') return { pages, ended: 'costly' };
  return { pages, ended: end.result.isBroken ? 'broken' : 'whole' };
};
