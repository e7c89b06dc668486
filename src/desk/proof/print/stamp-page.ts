/**
 * A letter's first page under its stamp. The page is the picture that the preview shows, in print
 * resolution: one program draws both, so layers, forms, notes and encryption mean the same in both,
 * and nothing else of the file comes along.
 */
import { PAGED_TYPES } from '../sheet.ts';
import type { Sheet } from '../sheet.ts';
import type { DrawPages } from '../../../platform/files/previews/draw-pages.ts';
import type { PrintSheet } from './print-sheet.ts';

/** @param drawPages as JPEG */
export const stampPage = async (
  { drawPages, printSheet }: { drawPages: DrawPages; printSheet: PrintSheet },
  writeSheet: () => Sheet,
  { owner, ...file }: Parameters<DrawPages>[0] & { owner: string },
): Promise<Buffer | undefined> => {
  if (!PAGED_TYPES.includes(file.type)) return undefined;
  const [page] = (await drawPages(file, { owner })).pages;
  return page && printSheet(writeSheet(), { owner, picture: page.bytes });
};
