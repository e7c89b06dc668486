/** Prints one sheet as PDF in a process of the pool. The same sheet gives the same bytes. */
import type { Sheet, SheetLimits } from '../sheet.ts';
import type { FilePool } from '../../../platform/files/pool/file-pool.ts';

/**
 * @param how.picture JPEG of a page, shown under the sheet's rows, which are then a stamp; left out:
 *   the rows alone
 * @returns undefined: the picture cannot be shown, or costs more than the limits allow
 * @throws DomainError unavailable when it cannot be printed now
 */
export type PrintSheet = (
  sheet: Sheet,
  how: { owner: string; picture?: Uint8Array | undefined },
) => Promise<Buffer | undefined>;

export const createPrintSheet =
  (pool: Pick<FilePool, 'run'>, { seconds, memoryBytes }: SheetLimits): PrintSheet =>
  async (sheet, { owner, picture }) => {
    const end = await pool.run({
      name: 'printSheet',
      input: { sheet, ...(picture && { picture }) },
      owner,
      limits: { cpuSeconds: seconds, memoryBytes },
    });
    if (end.how === 'done' && 'pdf' in end.result) return Buffer.from(end.result.pdf);
    // What is printed of our own words only cannot be refused by a letter.
    if (!picture) throw new Error('a sheet of our own words was not printed');
    return undefined;
  };
