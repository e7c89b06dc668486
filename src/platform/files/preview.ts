import type { FileType } from './stored-file.ts';

const TEXT_TYPES: readonly FileType[] = ['docx', 'doc'];

export const isReadAsText = (type: FileType): boolean => TEXT_TYPES.includes(type);

/** `none`: the file is closed, or previews are off. `asked`: a worker will draw it. */
export type Preview =
  | { state: 'none' }
  | { state: 'asked' }
  /** `costly` is final: it exceeds the limits. Others may be retried. */
  | { state: 'failed'; why?: 'costly' }
  | {
      state: 'made';
      kind: 'pages';
      pages: ShownPage[];
      total: number;
      missing?: 'later' | 'costly' | 'broken';
    }
  | { state: 'made'; kind: 'text'; text: string; cut: boolean };

export interface PreviewSize {
  width: number;
  height: number;
}

export interface ShownPage extends PreviewSize {
  /** Quarter turns clockwise set by staff, 0 to 3. */
  turns: number;
}

export interface PreviewLimits {
  pdfPages: number;
  tiffPages: number;
  width: number;
  pixels: number;
  seconds: number;
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

export const PREVIEW_TEXT_LENGTH = 50_000;
