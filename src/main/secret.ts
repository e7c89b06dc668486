import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { isDatabaseAway } from '../platform/base/database.ts';
import type { Db } from '../platform/base/database.ts';
import { findSchemaProblem } from '../platform/base/schema-state.ts';
import { opensRecord } from '../operations/maintenance/reseal.sql.ts';
import { OperatorError } from '../platform/base/errors.ts';

const read = (file: string): string => {
  const secret = readFileSync(file, 'utf8').trim();
  if (secret.length < 32) throw new OperatorError(`${file} must hold at least 32 characters.`);
  return secret;
};

/** Does not repeat the value: it may be the secret itself, in the wrong setting. */
const unreadable = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  return `names no file that can be read (${code})`;
};

export const masterSecretFile = (config: Config): string =>
  config.SECRET_KEY_FILE || path.join(config.DATA_DIR, 'secret-key');

export const hasMasterSecret = (config: Config): boolean =>
  config.SECRET_KEY !== '' || existsSync(masterSecretFile(config));

export const readMasterSecret = (config: Config): string => {
  if (config.SECRET_KEY) return config.SECRET_KEY;
  if (config.SECRET_KEY_FILE) {
    try {
      return read(config.SECRET_KEY_FILE);
    } catch (error) {
      if (error instanceof OperatorError) throw error;
      throw new OperatorError(`SECRET_KEY_FILE ${unreadable(error)}`, error);
    }
  }
  const file = masterSecretFile(config);
  try {
    mkdirSync(config.DATA_DIR, { recursive: true });
    writeFileSync(file, `${randomBytes(32).toString('base64url')}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return read(file);
};

export const readOldSecret = (config: Config): string | undefined => {
  if (!config.SECRET_KEY_OLD_FILE) return undefined;
  try {
    return read(config.SECRET_KEY_OLD_FILE);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(`SECRET_KEY_OLD_FILE ${unreadable(error)}`, error);
  }
};

const ASKED_MS = 5_000;

/**
 * Runs before anything is written: a wrong schema would do harm, and what a wrong secret seals the
 * right one could not read. Does not wait for a database that is down.
 */
export const ensureRecordFits = async (db: Db): Promise<void> => {
  const problem = await Promise.race([
    findRecordProblem(db).catch((error: unknown) => {
      if (isDatabaseAway(error)) return null;
      throw error;
    }),
    sleep(ASKED_MS, null, { ref: false }),
  ]);
  if (problem !== null) throw new OperatorError(problem);
};

const findRecordProblem = async (db: Db): Promise<string | null> => {
  const problem = await findSchemaProblem(db);
  if (problem !== null) return problem;
  return (await opensRecord(db).catch(() => true))
    ? null
    : 'The record was sealed under another master secret. Start with that one in SECRET_KEY_FILE, or name it in SECRET_KEY_OLD_FILE.';
};
