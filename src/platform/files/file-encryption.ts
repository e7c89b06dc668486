// A stored file is `IV (12 bytes) ‖ ciphertext ‖ tag (16)`, AES-256-GCM, bound to its storage key.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import type { DecipherGCM } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { StoredFile } from './stored-file.ts';

export type StoredAt = Pick<StoredFile, 'storageKey' | 'sha256' | 'key'>;

export const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
export const ADDED_BYTES = IV_BYTES + TAG_BYTES;
const bound = (storageKey: string): Buffer => Buffer.from(`stored file:${storageKey}`);

export async function* encryptFile(
  content: AsyncIterable<Buffer>,
  key: Buffer,
  storageKey: string,
): AsyncGenerator<Buffer> {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(bound(storageKey));
  yield iv;
  for await (const piece of content) yield cipher.update(piece);
  yield Buffer.concat([cipher.final(), cipher.getAuthTag()]);
}

const PIECE_BYTES = 64 * 1024;

const notWhatWasStored = (storageKey: string, cause?: unknown): Error =>
  new Error(`stored file ${storageKey} is not what was stored`, { cause });

export const readThrough = async (
  place: string | AsyncIterable<Buffer>,
  file: StoredAt,
  take: (piece: Buffer) => void = () => {},
): Promise<number> => {
  const hash = createHash('sha256');
  let bytes = 0;
  const pieces = typeof place === 'string' ? piecesOf(place, file) : decryptFile(place, file);
  for await (const piece of pieces) {
    hash.update(piece);
    bytes += piece.length;
    take(piece);
  }
  if (hash.digest('hex') !== file.sha256) throw notWhatWasStored(file.storageKey);
  return bytes;
};

/** Yields the last piece only after the authentication tag was verified. */
export async function* piecesOf(
  place: string,
  { storageKey, key }: Omit<StoredAt, 'sha256'>,
): AsyncGenerator<Buffer> {
  if (key === undefined) throw notWhatWasStored(storageKey);
  const file = await open(place, 'r');
  try {
    const { size } = await file.stat();
    const read = async (at: number, length: number): Promise<Buffer> => {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, at);
      if (bytesRead !== length) throw notWhatWasStored(storageKey);
      return buffer;
    };
    const end = size - TAG_BYTES;
    if (end < IV_BYTES) throw notWhatWasStored(storageKey);
    const iv = await read(0, IV_BYTES);
    const decipher = decipherFor(iv, { storageKey, key }).setAuthTag(await read(end, TAG_BYTES));
    for (let at = IV_BYTES; at < end;) {
      const stored = await read(at, Math.min(PIECE_BYTES, end - at));
      at += stored.length;
      const piece = decipher.update(stored);
      if (at === end) finish(decipher, storageKey);
      yield piece;
    }
  } finally {
    await file.close();
  }
}

export async function* decryptFile(
  content: AsyncIterable<Buffer>,
  { storageKey, key }: Omit<StoredAt, 'sha256'>,
): AsyncGenerator<Buffer> {
  if (key === undefined) throw notWhatWasStored(storageKey);
  let decipher: DecipherGCM | undefined;
  let kept = Buffer.alloc(0);
  let opened = Buffer.alloc(0);
  for await (const stored of content) {
    kept = Buffer.concat([kept, stored]);
    if (!decipher) {
      if (kept.length < IV_BYTES) continue;
      decipher = decipherFor(kept.subarray(0, IV_BYTES), { storageKey, key });
      kept = kept.subarray(IV_BYTES);
    }
    // The end may be the tag, and the last piece waits for it.
    const end = kept.length - TAG_BYTES;
    if (end <= 0) continue;
    if (opened.length > 0) yield opened;
    opened = decipher.update(kept.subarray(0, end));
    kept = kept.subarray(end);
  }
  if (!decipher || kept.length !== TAG_BYTES) throw notWhatWasStored(storageKey);
  decipher.setAuthTag(kept);
  finish(decipher, storageKey);
  if (opened.length > 0) yield opened;
}

const decipherFor = (
  iv: Buffer,
  { storageKey, key }: { storageKey: string; key: string },
): DecipherGCM =>
  createDecipheriv('aes-256-gcm', Buffer.from(key, 'base64url'), iv, {
    authTagLength: TAG_BYTES,
  }).setAAD(bound(storageKey));

const finish = (decipher: DecipherGCM, storageKey: string): void => {
  try {
    decipher.final();
  } catch (error) {
    throw notWhatWasStored(storageKey, error);
  }
};
