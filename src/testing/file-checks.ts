/** The checks of files as the desk makes them, for tests. */
import { createCheckFile } from '../platform/files/checks/check-file.ts';
import type { CheckFile } from '../platform/files/checks/check-file.ts';
import { createFilePool, DESK_POOL } from '../platform/files/pool/file-pool.ts';
import type { Scanner } from '../platform/files/clamd.ts';
import { FILE_LIMITS } from '../platform/files/file-checks.ts';
import type { FileLimits } from '../platform/files/file-checks.ts';

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
