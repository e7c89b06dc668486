import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.ts';
import type { Db } from '../platform/base/database.ts';
import { findOrganisationName } from '../desk/administration/organisation.sql.ts';

const FRESH_MS = 10_000;
const FIRST_MS = 5_000;

/**
 * The name stored by the first setup, unless ORG_NAME overrides it. Read again while the process
 * runs, so that a setup needs no restart.
 */
export const withStoredName = async (config: Config, db: Db): Promise<Config> => {
  if (config.hasOwnName) return config;
  let name = config.ORG_NAME;
  let readAt = -Infinity;
  const read = async (): Promise<void> => {
    readAt = performance.now();
    name = (await findOrganisationName(db).catch(() => undefined)) ?? name;
  };
  await Promise.race([read(), sleep(FIRST_MS, undefined, { ref: false })]);
  return Object.defineProperty({ ...config }, 'ORG_NAME', {
    enumerable: true,
    get: () => {
      if (performance.now() - readAt > FRESH_MS) void read();
      return name;
    },
  });
};
