import { isDatabaseAway } from '../platform/base/database.ts';
import { withoutCredentials } from '../platform/base/credentials.ts';
import { OperatorError } from '../platform/base/errors.ts';

const DATABASE: Record<string, string> = {
  '28P01': 'The database refuses the password: correct DATABASE_URL.',
  '28000': 'The database refuses this user or this address: correct DATABASE_URL or pg_hba.conf.',
  '3D000': 'There is no database of that name: create it, or correct DATABASE_URL.',
  '42501': 'The role of DATABASE_URL may not do this: run it as the owner of the database.',
  '53100': 'The disk of the database is full: make room on it.',
};

const FILES: Record<string, string> = {
  EACCES: 'is closed to this user: change its owner or mode, or start as another user',
  EPERM: 'is closed to this user: change its owner or mode, or start as another user',
  EROFS: 'is on a read-only file system: name another place',
  ENOENT: 'does not exist',
  ENOTDIR: 'goes through something that is no folder',
  EISDIR: 'is a folder',
  ENOSPC: 'cannot be written: the disk is full',
  EDQUOT: 'cannot be written: the quota of this user is used up',
};

export const operatorLine = (error: unknown): string | undefined => {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof OperatorError) return error.message;
  const { code = '', path } = error as NodeJS.ErrnoException;
  const inDatabase = DATABASE[code];
  if (inDatabase !== undefined) return inDatabase;
  if (typeof path === 'string' && FILES[code] !== undefined) return `${path} ${FILES[code]}.`;
  if (code === 'ENOSPC') return 'The disk is full: make room on it.';
  return isDatabaseAway(error)
    ? `The database does not answer (${withoutCredentials(error.message)}). Is it running, and DATABASE_URL right?`
    : undefined;
};

export const errorText = (error: unknown): string =>
  operatorLine(error) ??
  withoutCredentials(error instanceof Error ? (error.stack ?? error.message) : String(error));
