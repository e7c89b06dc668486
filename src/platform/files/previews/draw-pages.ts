/** The pages of a file as pictures, drawn in a process of the pool. */
import type { FileType } from '../stored-file.ts';
import type { PreviewLimits } from '../preview.ts';
import type { FilePool } from '../pool/file-pool.ts';
import type { DrawJob, DrawnPage } from './page-artist.ts';

/**
 * As far as the limits on the number of pages go, or as far as it came. `broken`: the page after the
 * last one cannot be drawn. `costly`: it takes more than the limits on time and memory allow.
 */
export interface DrawnPages {
  pages: DrawnPage[];
  ended: 'whole' | 'broken' | 'costly';
}

export interface DrawOptions {
  owner: string;
  limits: PreviewLimits;
  /** WebP when left out. */
  format?: DrawJob['format'];
  /** The first page that is drawn; 1 when left out. */
  from?: number;
  /** How many times the usual CPU time it may take; 1 when left out. */
  patience?: number;
}

/**
 * @param file.bytes a function is called when the file's turn has come
 * @throws DomainError unavailable when it cannot be drawn now, whatever it is
 */
export const drawPages = async (
  pool: Pick<FilePool, 'run'>,
  { type, bytes }: { type: FileType; bytes: Buffer | (() => Promise<Buffer>) },
  { owner, limits: given, format = 'webp', from = 1, patience = 1 }: DrawOptions,
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
      format,
    }),
    owner,
    limits: { cpuSeconds: seconds * patience, memoryBytes },
    onPiece: (page) => pages.push(page),
  });
  if (end.how === 'costly') return { pages, ended: 'costly' };
  return { pages, ended: end.result.isBroken ? 'broken' : 'whole' };
};
