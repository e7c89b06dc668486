import type { Deps } from '../../../platform/deps.ts';
import type { FilePool } from '../../../platform/files/pool/file-pool.ts';
import type { Sheet, SheetLimits } from '../sheet.ts';

type Pool = Pick<FilePool, 'run'>;

interface PrintOptions {
  owner: string;
  limits: SheetLimits;
}

/**
 * The same sheet gives the same bytes.
 * @throws DomainError unavailable when it cannot be printed now
 */
export const printSheet = async (
  pool: Pool,
  sheet: Sheet,
  options: PrintOptions,
): Promise<Buffer> => {
  const pdf = await print(pool, sheet, options);
  // No letter has a part in it that could be refused.
  if (!pdf) throw new Error('a sheet of our own words was not printed');
  return pdf;
};

/**
 * @param options.picture JPEG of the page
 * @returns undefined: the picture cannot be shown, or costs more than the limits allow
 */
export const printStamp = (
  pool: Pool,
  sheet: Sheet,
  { picture, ...options }: PrintOptions & { picture: Uint8Array },
): Promise<Buffer | undefined> => print(pool, sheet, options, picture);

export const sheetLimits = ({ limits }: Deps['config']): SheetLimits => ({
  seconds: limits.printSeconds,
  memoryBytes: limits.printMb * 1024 * 1024,
});

const print = async (
  pool: Pool,
  sheet: Sheet,
  { owner, limits: { seconds, memoryBytes } }: PrintOptions,
  picture?: Uint8Array,
): Promise<Buffer | undefined> => {
  const end = await pool.run({
    name: 'printSheet',
    input: { sheet, ...(picture && { picture }) },
    owner,
    limits: { cpuSeconds: seconds, memoryBytes },
  });
  return end.how === 'done' && 'pdf' in end.result ? Buffer.from(end.result.pdf) : undefined;
};
