import type { FileFlag } from '../file-checks.ts';

export type PdfFindings =
  | { flags: FileFlag[] }
  | { problem: 'broken' | 'encrypted' | 'too_complex' | 'too_many_pages' };

export declare const inspectPdf: (job: {
  file: string | Uint8Array;
  pages: number;
}) => Promise<PdfFindings>;
