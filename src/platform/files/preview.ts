/** Pictures of a file's pages, or its text, so that it is read without being opened. */
import type { FileType } from './stored-file.ts';

/** Of these the text is read; of all others pictures are drawn. */
const TEXT_TYPES: readonly FileType[] = ['docx', 'doc'];

export const isReadAsText = (type: FileType): boolean => TEXT_TYPES.includes(type);

/**
 * `none`: nobody may open the file, or previews are off. `asked`: a worker is about
 * to draw it. `failed`: it could not be drawn within the limits.
 */
export type Preview =
  | { state: 'none' }
  | { state: 'asked' }
  /** `costly`: for good, drawing it takes more than any file may. Else it may be tried again. */
  | { state: 'failed'; why?: 'costly' }
  /**
   * `pages` in order; `total` of the file, which may have more. `missing`: they are not as many as
   * are drawn of a file, because the others are still to come, take too much, or are broken.
   */
  | {
      state: 'made';
      kind: 'pages';
      pages: PreviewSize[];
      total: number;
      missing?: 'later' | 'costly' | 'broken';
    }
  /** One line for each paragraph; `cut`: there is more of it. */
  | { state: 'made'; kind: 'text'; text: string; cut: boolean };

/** In pixels. */
export interface PreviewSize {
  width: number;
  height: number;
}

/** Bounds of drawing one file. What is beyond is not drawn. */
export interface PreviewLimits {
  pdfPages: number;
  tiffPages: number;
  /** Of the pictures. */
  width: number;
  /** Of one page of a picture file, as it comes. */
  pixels: number;
  /** For all pages together. */
  seconds: number;
  /** Memory of the process that draws a PDF or reads a text, in bytes. */
  memoryBytes: number;
}

export const PREVIEW_LIMITS: PreviewLimits = {
  pdfPages: 20,
  tiffPages: 50,
  width: 1240,
  pixels: 200e6,
  seconds: 10,
  memoryBytes: 512 * 1024 * 1024,
};

/** So much of a text is shown, in characters. */
export const PREVIEW_TEXT_LENGTH = 50_000;
