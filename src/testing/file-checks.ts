/** The checks of files as the desk makes them, for tests. */
import { createCheckFile } from '../adapters/files/check-file.ts';
import type { CheckFile } from '../adapters/files/check-file.ts';
import { createFilePool, DESK_POOL } from '../adapters/file-work/file-pool.ts';
import type { Scanner } from '../adapters/scanner/clamd.ts';
import { FILE_LIMITS } from '../domain/file-checks.ts';
import type { FileLimits } from '../domain/file-checks.ts';

/** Without a `scanner` files are not scanned. */
export const testCheckFile = ({
  scanner,
  scanMs = 3_000,
  limits = {},
}: {
  scanner?: Pick<Scanner, 'scan'>;
  scanMs?: number;
  limits?: Partial<FileLimits>;
} = {}): CheckFile => {
  const all = { ...FILE_LIMITS, ...limits };
  return createCheckFile({ limits: all, pool: createFilePool(DESK_POOL), scanner, scanMs });
};
