import { DomainError } from '../../base/errors.ts';
import type { LimitName } from '../../base/rate-limit-rules.ts';
import type { RateLimit } from '../../base/rate-limit.ts';
import { chargedSeconds } from '../pool/charged-seconds.ts';
import type { FilePool } from '../pool/file-pool.ts';

// Drawing counts towards the limits of the sender; what nobody can draw limits their next uploads.
export const chargePreviews = (pool: FilePool, limits: RateLimit): Pick<FilePool, 'run'> => ({
  async run(job) {
    const end = await pool.run(job);
    const seconds = chargedSeconds(end.cpuSeconds);
    const names: LimitName[] = end.how === 'costly' ? ['previews', 'file_checks'] : ['previews'];
    // Whoever is over a limit is told with the next file.
    for (const name of seconds > 0 ? names : [])
      await limits.take(name, job.owner, seconds).catch((error: unknown) => {
        if (!(error instanceof DomainError)) throw error;
      });
    return end;
  },
});
