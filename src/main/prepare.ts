import type { Config } from '../config.ts';
import { createDb } from '../platform/base/database.ts';
import { migrate } from '../platform/base/migrate.ts';
import { createLogger } from '../platform/base/logger.ts';
import { composeSeals, databaseUrl } from './compose.ts';
import { ensureSampleOrganisation } from './sample-organisation.ts';
import type { SampleAccount } from './sample-organisation.ts';
import { ensureRecordFits, readMasterSecret } from './secret.ts';

/**
 * Migrates, creates the master secret and, outside production, the sample organisation. Idempotent.
 * @throws OperatorError also when the record was sealed under another master secret
 */
export const prepareDesk = async (config: Config): Promise<{ sampleAccounts: SampleAccount[] }> => {
  readMasterSecret(config);
  const url = databaseUrl(config);
  await migrate(url);
  const log = createLogger({ name: 'prepare', level: 'warn' });
  const db = createDb({ url, max: 1, log, name: 'pishkhan prepare', seals: composeSeals(config) });
  try {
    await ensureRecordFits(db);
    if (config.production) return { sampleAccounts: [] };
    return { sampleAccounts: await ensureSampleOrganisation(db, config.DATA_DIR) };
  } finally {
    await db.end({ timeout: 5 });
  }
};
