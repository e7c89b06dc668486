import type { Sheet } from '../../domain/sheet.ts';

export declare const printSheet: (job: {
  sheet: Sheet;
  picture?: Uint8Array;
}) => Promise<{ pdf: Buffer } | { refused: string }>;
