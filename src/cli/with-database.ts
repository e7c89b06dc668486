import type { Config } from '../config.ts';
import { createDb, isDatabaseAway } from '../platform/base/database.ts';
import type { Db } from '../platform/base/database.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { createLogger } from '../platform/base/logger.ts';
import { composeSeals, databaseUrl } from '../main/compose.ts';

export const withDatabase = async <Result>(
  config: Config,
  hint: string,
  act: (db: Db) => Promise<Result>,
): Promise<Result> => {
  const log = createLogger({ name: 'desk', level: 'error' });
  const seals = composeSeals(config);
  const url = databaseUrl(config);
  const db = createDb({ url, max: 2, log, name: 'pishkhan desk', seals });
  try {
    return await act(db);
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    throw new OperatorError(`There is no database at ${new URL(url).host}. ${hint}`, error);
  } finally {
    await db.end({ timeout: 2 });
  }
};
