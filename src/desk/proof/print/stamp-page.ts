/**
 * Prints the picture that the preview shows: one program draws both, so layers, forms and notes
 * mean the same in both, and nothing else of the file comes along.
 */
import type { FilePool } from '../../../platform/files/pool/file-pool.ts';
import { drawPages } from '../../../platform/files/previews/draw-pages.ts';
import type { FileType } from '../../../platform/files/stored-file.ts';
import { PAGED_TYPES, SHEET_PICTURE_WIDTH } from '../sheet.ts';
import type { Sheet, SheetLimits } from '../sheet.ts';
import { printStamp } from './print-sheet.ts';

export const stampPage = async (
  pool: Pick<FilePool, 'run'>,
  writeSheet: () => Sheet,
  file: { type: FileType; bytes: Buffer | (() => Promise<Buffer>) },
  { owner, limits, pixels }: { owner: string; limits: SheetLimits; pixels: number },
): Promise<Buffer | undefined> => {
  if (!PAGED_TYPES.includes(file.type)) return undefined;
  const { pages } = await drawPages(pool, file, {
    owner,
    limits: { ...limits, pdfPages: 1, tiffPages: 1, width: SHEET_PICTURE_WIDTH, pixels },
  });
  const [page] = pages;
  return page && printStamp(pool, writeSheet(), { owner, limits, picture: page.bytes });
};
