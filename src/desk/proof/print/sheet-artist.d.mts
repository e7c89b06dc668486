import type { Sheet } from '../sheet.ts';

export declare const printSheet: (job: {
  sheet: Sheet;
  picture?: Uint8Array;
}) => Promise<{ pdf: Buffer } | { refused: string }>;
