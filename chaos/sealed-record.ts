/**
 * Opens what the desk has sealed, with the master secret of the run. Shares no code with the desk:
 * it is written from docs/decisions/0015-sealed-record.md.
 */
import { createDecipheriv, createHash, hkdfSync } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Stage } from './stage.ts';

const IV = 12;
const TAG = 16;
const KEY_ID = 4;

const decrypt = (key: Buffer, iv: Buffer, tag: Buffer, body: Buffer, bound: string): Buffer => {
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: TAG });
  decipher.setAAD(Buffer.from(bound)).setAuthTag(tag);
  return Buffer.concat([decipher.update(body), decipher.final()]);
};

/** `IV ‖ tag ‖ ciphertext`: how values stand in the database. */
const open = (key: Buffer, sealed: Buffer, bound: string): Buffer =>
  decrypt(
    key,
    sealed.subarray(0, IV),
    sealed.subarray(IV, IV + TAG),
    sealed.subarray(IV + TAG),
    bound,
  );

export interface SealedRecord {
  /** @throws when it is not sealed, or for another place */
  text(letterId: string, stored: string, binding: string): string;
  /** SHA-256 of the original bytes of every file in the store, by its name. */
  fileHashes(): Promise<Map<string, string>>;
}

export const openSealedRecord = async ({
  sql,
  dataDir,
  filesDir,
}: Pick<Stage, 'sql' | 'dataDir' | 'filesDir'>): Promise<SealedRecord> => {
  const master = (await readFile(path.join(dataDir, 'secret-key'), 'utf8')).trim();
  const wrapping = Buffer.from(hkdfSync('sha256', master, '', 'pishkhan letter keys v1', 32));
  const wrapped = await sql<{ letter_id: string; sealed_key: Buffer | null }[]>`
    select letter_id, sealed_key from letter_keys`;
  const keys = new Map(
    wrapped.flatMap(({ letter_id: id, sealed_key: sealed }) =>
      sealed ? [[id, open(wrapping, sealed.subarray(KEY_ID), `letter key:${id}`)]] : [],
    ),
  );
  const text: SealedRecord['text'] = (letterId, stored, binding) => {
    const key = keys.get(letterId);
    if (!stored.startsWith('s1:') || !key)
      throw new Error(`${binding} of ${letterId} is not sealed`);
    const sealed = Buffer.from(stored.slice(3), 'base64url');
    return open(key, sealed, `${letterId}:${binding}`).toString();
  };
  return {
    text,
    async fileHashes() {
      const rows = await sql<
        { id: string; letter_id: string; storage_key: string; sealed_key: string | null }[]
      >`select id, letter_id, storage_key, sealed_key from files`;
      const rowOf = new Map(rows.map((row) => [row.storage_key, row]));
      const hashes = new Map<string, string>();
      const entries = await readdir(filesDir, { recursive: true, withFileTypes: true }).catch(
        () => [],
      );
      for (const entry of entries.filter((one) => one.isFile())) {
        const stored = await readFile(path.join(entry.parentPath, entry.name));
        const row = rowOf.get(entry.name);
        const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
        if (!row) {
          hashes.set(entry.name, hash(stored));
          continue;
        }
        try {
          const key = text(row.letter_id, row.sealed_key ?? '', `files.key:${row.id}`);
          const original = decrypt(
            Buffer.from(key, 'base64url'),
            stored.subarray(0, IV),
            stored.subarray(stored.length - TAG),
            stored.subarray(IV, stored.length - TAG),
            `stored file:${entry.name}`,
          );
          hashes.set(entry.name, hash(original));
        } catch {
          hashes.set(entry.name, 'not what was stored');
        }
      }
      return hashes;
    },
  };
};
