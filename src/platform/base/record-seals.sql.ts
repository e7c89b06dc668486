/**
 * Encryption of personal text in the record: `s1:` and base64url, bound to its row. A letter's text
 * is sealed with its own data key, the rest with a desk key. A bare `s1:` is erased text and reads
 * as ''.
 */
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { decrypt, encrypt } from './encryption.ts';
import { foldText } from './text.ts';
import type { Handle, Tx } from './database.ts';

/** 32 bytes each, derived from the master secret. */
export interface SealKeys {
  letterKeys: Buffer;
  desk: Buffer;
  mobileLookup: Buffer;
}

export interface RecordSeals {
  seal(text: string, binding: string): string;
  open(stored: string, binding: string): string;
  isStale(stored: string): boolean;
  /** Keyed hashes of an E.164 number for lookups; store the first. */
  mobileHashes(mobile: string): [Buffer, ...Buffer[]];
  /** Keyed hashes of the folded words of a name, per master secret; store the first. */
  wordHashes(name: string): [string[], ...string[][]];
  wrapLetterKey(key: Buffer, letterId: string): Buffer;
  unwrapLetterKey(sealedKey: Buffer, letterId: string): Buffer;
  isWrappedBefore(sealedKey: Buffer): boolean;
}

export interface LetterSeal {
  seal(text: string, binding: string): string;
  open(stored: string, binding: string): string;
}

const PREFIX = 's1:';
export const ERASED_TEXT = PREFIX;

const ID_BYTES = 4;
const WORD_BYTES = 16;
export const KEY_BYTES = 32;

const SEALED = /^s1:([\w-]{38,})?$/;

export const isSealed = (stored: string): boolean => SEALED.test(stored);

const bytesOf = (stored: string): Buffer => {
  if (!isSealed(stored)) throw new Error('a text of the record is not sealed');
  return Buffer.from(stored.slice(PREFIX.length), 'base64url');
};

const toText = (sealed: Buffer): string => `${PREFIX}${sealed.toString('base64url')}`;

// Identifies the master secret without revealing anything about it.
const idOf = (key: Buffer): Buffer =>
  createHash('sha256').update('key id').update(key).digest().subarray(0, ID_BYTES);

/** @param keys of the current master secret, then of earlier ones that can still be read */
export const createRecordSeals = ({
  keys: [current, ...before],
}: {
  keys: [SealKeys, ...SealKeys[]];
}): RecordSeals => {
  const ring = [current, ...before].map((keys) => ({
    ...keys,
    ids: { desk: idOf(keys.desk), letterKeys: idOf(keys.letterKeys) },
  }));
  const ids = { desk: idOf(current.desk), letterKeys: idOf(current.letterKeys) };

  const sealWith = (which: 'desk' | 'letterKeys', content: Buffer, binding: string): Buffer =>
    Buffer.concat([ids[which], encrypt(current[which], content, binding)]);

  const openWith = (which: 'desk' | 'letterKeys', sealed: Buffer, binding: string): Buffer => {
    const id = sealed.subarray(0, ID_BYTES);
    const known = ring.find((keys) => keys.ids[which].equals(id));
    if (!known)
      throw new Error(
        'the record was sealed under another master secret than SECRET_KEY_FILE holds',
      );
    return decrypt(known[which], sealed.subarray(ID_BYTES), binding);
  };

  return {
    seal: (text, binding) => toText(sealWith('desk', Buffer.from(text), binding)),
    open: (stored, binding) =>
      stored === ERASED_TEXT ? '' : openWith('desk', bytesOf(stored), binding).toString(),
    isStale: (stored) =>
      stored !== ERASED_TEXT &&
      !(isSealed(stored) && bytesOf(stored).subarray(0, ID_BYTES).equals(ids.desk)),
    mobileHashes(mobile) {
      const hash = ({ mobileLookup }: SealKeys) =>
        createHmac('sha256', mobileLookup).update(mobile).digest();
      return [hash(current), ...before.map(hash)];
    },
    wordHashes(name) {
      const words = [...new Set(foldText(name).match(/[\p{L}\p{N}]+/gu))];
      const hash = ({ mobileLookup }: SealKeys) =>
        words.map((word) =>
          createHmac('sha256', mobileLookup)
            .update(`name word:${word}`)
            .digest()
            .subarray(0, WORD_BYTES)
            .toString('base64url'),
        );
      return [hash(current), ...before.map(hash)];
    },
    wrapLetterKey: (key, letterId) => sealWith('letterKeys', key, `letter key:${letterId}`),
    unwrapLetterKey: (sealedKey, letterId) =>
      openWith('letterKeys', sealedKey, `letter key:${letterId}`),
    isWrappedBefore: (sealedKey) => !sealedKey.subarray(0, ID_BYTES).equals(ids.letterKeys),
  };
};

/** `audit` may be handed out with a letter's evidence; `internal` seals staff notes. */
export type SubkeyUse = 'audit' | 'internal';

export const subkeyOf = (letterKey: Buffer, use: SubkeyUse): Buffer =>
  Buffer.from(hkdfSync('sha256', letterKey, '', `pishkhan letter ${use} v1`, KEY_BYTES));

const bound = (letterId: string, binding: string): string => `${letterId}:${binding}`;

export const sealWithKey = (letterId: string, key: Buffer): LetterSeal => sealOf(letterId, key);

const sealOf = (letterId: string, key: Buffer | undefined): LetterSeal => ({
  seal: (text, binding) =>
    key ? toText(encrypt(key, Buffer.from(text), bound(letterId, binding))) : ERASED_TEXT,
  open(stored, binding) {
    const sealed = bytesOf(stored);
    if (stored === ERASED_TEXT || !key) return '';
    return decrypt(key, sealed, bound(letterId, binding)).toString();
  },
});

export const letterSeal = (
  db: Handle,
  { letterId, sealedKey }: { letterId: string; sealedKey: Buffer | null },
  use?: SubkeyUse,
): LetterSeal => {
  const key = sealedKey ? db.seals.unwrapLetterKey(sealedKey, letterId) : undefined;
  return sealOf(letterId, key && use ? subkeyOf(key, use) : key);
};

// As after a restore without keys.
export const lacksKey = (stored: string, sealedKey: Buffer | null): boolean =>
  sealedKey === null && stored !== ERASED_TEXT;

export interface ReadingSeal {
  open(stored: string, binding: string): string;
  isDamaged(): boolean;
}

// Pages show the rest of a letter when a part of it is damaged.
export const readingSeal = (...given: Parameters<typeof letterSeal>): ReadingSeal => {
  let damaged = false;
  const orNothing = <Opened>(open: () => Opened): Opened | undefined => {
    try {
      return open();
    } catch {
      damaged = true;
      return undefined;
    }
  };
  const seal = orNothing(() => letterSeal(...given));
  return {
    open: (stored, binding) => (seal && orNothing(() => seal.open(stored, binding))) ?? '',
    isDamaged: () => damaged,
  };
};

export const readLetterSeal = async (
  db: Handle,
  letterId: string,
  use?: SubkeyUse,
): Promise<LetterSeal> => {
  const [row] = await db<{ sealedKey: Buffer | null }[]>`
    select sealed_key from letter_keys where letter_id = ${letterId}`;
  return letterSeal(db, { letterId, sealedKey: row?.sealedKey ?? null }, use);
};

/**
 * Creates a lost data key. Runs in the transaction of the write, so that nothing is sealed under an
 * uncommitted key.
 */
export const letterSealFor = async (
  db: Handle,
  letterId: string,
  use?: SubkeyUse,
): Promise<LetterSeal> =>
  letterSeal(db, { letterId, sealedKey: await ensureLetterKey(db, letterId) }, use);

// The key goes into `letter_keys` after the letter, which it refers to.
export const newLetterKey = (
  db: Handle,
  letterId: string,
): { sealedKey: Buffer; seal: LetterSeal } => {
  const key = randomBytes(KEY_BYTES);
  return { sealedKey: db.seals.wrapLetterKey(key, letterId), seal: sealOf(letterId, key) };
};

export const addLetterKey = async (
  tx: Tx,
  { letterId, sealedKey }: { letterId: string; sealedKey: Buffer },
): Promise<void> => {
  await tx`
    insert into letter_keys (letter_id, sealed_key) values (${letterId}, ${sealedKey})`;
  tx.letterKeys.set(letterId, sealedKey);
};

export const ensureLetterKey = async (
  db: Handle | Tx,
  letterId: string,
): Promise<Buffer | null> => {
  const known = 'letterKeys' in db ? db.letterKeys : undefined;
  const sealedKey = known?.get(letterId) ?? (await findOrMakeKey(db, letterId));
  if (sealedKey) known?.set(letterId, sealedKey);
  return sealedKey;
};

const findOrMakeKey = async (db: Handle, letterId: string): Promise<Buffer | null> => {
  const find = () => db<{ sealedKey: Buffer | null }[]>`
    select sealed_key from letter_keys where letter_id = ${letterId}`;
  const [found] = await find();
  if (found) return found.sealedKey;
  const made = db.seals.wrapLetterKey(randomBytes(KEY_BYTES), letterId);
  await db`
    insert into letter_keys (letter_id, sealed_key)
    select id, ${made} from letters where id = ${letterId}
    on conflict (letter_id) do nothing`;
  const [row] = await find();
  return row?.sealedKey ?? null;
};

export const openMobile = (
  db: Handle,
  { id, mobileSealed }: { id: string; mobileSealed: string | null },
): string => (mobileSealed === null ? '' : db.seals.open(mobileSealed, `applicants.mobile:${id}`));

export const readMobile = (...given: Parameters<typeof openMobile>): string | undefined => {
  try {
    return openMobile(...given);
  } catch {
    return undefined;
  }
};

export const sealMobile = (
  db: Handle,
  { id, mobile }: { id: string; mobile: string },
): { sealed: string; hash: Buffer } => ({
  sealed: db.seals.seal(mobile, `applicants.mobile:${id}`),
  hash: db.seals.mobileHashes(mobile)[0],
});
