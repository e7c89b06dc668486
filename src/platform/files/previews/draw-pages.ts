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

/** @throws DomainError unavailable when it cannot be drawn now, whatever it is */
export type DrawPages = (
  /** A function is asked when its turn has come. */
  file: { type: FileType; bytes: Buffer | (() => Promise<Buffer>) },
  how: {
    owner: string;
    /** The first page that is drawn; 1 when left out. */
    from?: number;
    /** How many times the usual CPU time it may take; 1 when left out. */
    patience?: number;
  },
) => Promise<DrawnPages>;

export const createDrawPages =
  (
    pool: Pick<FilePool, 'run'>,
    { seconds, memoryBytes, ...limits }: PreviewLimits,
    format: DrawJob['format'] = 'webp',
  ): DrawPages =>
  async ({ type, bytes }, { owner, from = 1, patience = 1 }) => {
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
