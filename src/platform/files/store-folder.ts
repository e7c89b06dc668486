import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { OperatorError } from '../base/errors.ts';
import { isUuid } from '../base/uuid.ts';

// Two hex digits: the names of the store's folders.
const FOLDER = /^[0-9a-f]{2}$/;

export const isStorageKey = (name: string): boolean => isUuid(name);

export const incomingIn = (root: string): string => path.join(root, 'incoming');

/** @throws unless it is a storage key, against path traversal */
export const ensureStorageKey = (storageKey: string): void => {
  if (!isUuid(storageKey)) throw new Error('not a storage key');
};

export const placeIn = (root: string, storageKey: string): string => {
  ensureStorageKey(storageKey);
  return path.join(root, storageKey.slice(0, 2), storageKey.slice(2, 4), storageKey);
};

// To be flushed once a file was renamed into `place`.
export const foldersAbove = (root: string, place: string): string[] => {
  const folder = path.dirname(place);
  return [folder, path.dirname(folder), root];
};

// Flushed, then renamed: `place` never holds half a file.
export const writeInPlace = async (
  root: string,
  place: string,
  content: AsyncIterable<Buffer>,
): Promise<void> => {
  const temporary = path.join(incomingIn(root), randomUUID());
  try {
    await makeFolder(incomingIn(root));
    await writeFlushed(temporary, content);
    await makeFolder(path.dirname(place));
    await rename(temporary, place);
  } finally {
    await rm(temporary, { force: true });
  }
};

const writeFlushed = async (target: string, content: AsyncIterable<Buffer>): Promise<void> => {
  const file = await open(target, 'wx', 0o600);
  try {
    for await (const piece of content) await file.writeFile(piece);
    await file.sync();
  } finally {
    await file.close();
  }
};

// Foreign files in the folder are ignored.
export async function* storageKeysIn(root: string, digit = ''): AsyncGenerator<string> {
  for (const first of await namesIn(root)) {
    if (!FOLDER.test(first) || !first.startsWith(digit)) continue;
    for (const second of await namesIn(path.join(root, first))) {
      if (!FOLDER.test(second)) continue;
      for (const name of await namesIn(path.join(root, first, second)))
        if (isUuid(name) && name.startsWith(`${first}${second}`)) yield name;
    }
  }
}

export const parseRoot = (url: string): string => {
  const place = url.replace(/^file:/, '');
  const root = place.startsWith('//') ? safeFileUrl(url) : place;
  if (!url.startsWith('file:') || !root || !path.isAbsolute(root))
    throw new OperatorError(`FILES_URL: must be file:/absolute/path (got "${url}")`);
  return path.normalize(root);
};

const safeFileUrl = (url: string): string | undefined => {
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
};

export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

export const namesIn = async (folder: string): Promise<string[]> => {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
};

export const writtenAt = async (place: string): Promise<Date | undefined> => {
  try {
    return (await stat(place)).mtime;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

export const makeFolder = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true, mode: 0o700 });
};
