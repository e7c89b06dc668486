import { randomUUID } from 'node:crypto';
import {
  accessSync,
  chmodSync,
  constants,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { OperatorError } from '../platform/base/errors.ts';
import { processIdentity } from './processes.ts';

export interface DataDirLock {
  takenOver: boolean;
  release: () => void;
}

interface Holder {
  pid: number;
  identity: string | null;
}

export const lockDataDir = (dataDir: string): DataDirLock => {
  makeDataDir(dataDir);
  const file = path.join(dataDir, 'desk.lock');
  const own = JSON.stringify({ pid: process.pid, identity: processIdentity(process.pid) });
  let takenOver = false;
  for (let tries = 0; tries < 10; tries += 1) {
    if (place(file, own)) {
      return {
        takenOver,
        release: () => {
          if (read(file) === own) rmSync(file, { force: true });
        },
      };
    }
    const found = read(file);
    if (found === null) continue;
    const holder = parse(found);
    if (holder !== null && isAlive(holder))
      throw new OperatorError(
        `Another desk (process ${holder.pid}) is running on ${dataDir}. Stop it, or set DATA_DIR to another folder.`,
      );
    takenOver = removeStale(file, found) || takenOver;
  }
  throw new OperatorError(`Other processes keep taking ${file}; try again.`);
};

// Others may pass through but not list: the embedded PostgreSQL of root runs as another user.
const makeDataDir = (dataDir: string): void => {
  try {
    const made = mkdirSync(dataDir, { recursive: true });
    if (made !== undefined) chmodSync(dataDir, 0o711);
    accessSync(dataDir, constants.W_OK | constants.X_OK);
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new OperatorError(
      `DATA_DIR: ${dataDir} cannot be made or written (${code}). Give the folder to this user (chown), or set DATA_DIR to another one.`,
      error,
    );
  }
};

// A link creates the lock with its content in one step: nobody reads half of it.
const place = (file: string, content: string): boolean => {
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, content, { mode: 0o600 });
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
};

// Renamed first: of two processes that saw the same stale lock only one removes it.
const removeStale = (file: string, stale: string): boolean => {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch {
    return false;
  }
  const moved = read(aside);
  if (moved !== stale && moved !== null) place(file, moved);
  rmSync(aside, { force: true });
  return moved === stale;
};

const read = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
};

const parse = (content: string): Holder | null => {
  try {
    return JSON.parse(content) as Holder;
  } catch {
    return null;
  }
};

const isAlive = ({ pid, identity }: Holder): boolean => {
  const now = processIdentity(pid);
  return now !== null && now === identity;
};
