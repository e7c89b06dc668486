/**
 * How personal texts stand in the record: encrypted, `s1:` and base64url, bound to its place so that it cannot be read elsewhere.
 * What belongs to a letter is sealed with the letter's own data key, the rest with a key of the
 * desk. `s1:` with nothing behind it was erased, and reads as ''. A text of another form is damaged.
 */
import { createHash, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { decrypt, encrypt } from './encryption.ts';
import type { Handle } from './database.ts';

/** Each of 32 bytes, derived from the master secret. */
export interface SealKeys {
  /** Wraps the data keys of the letters. */
  letterKeys: Buffer;
  /** Seals what belongs to no letter. */
  desk: Buffer;
  /** Mobile numbers are looked up by their HMAC-SHA-256 with it. */
  mobileLookup: Buffer;
}

/** What a database handle carries; `createDb` is given it. */
export interface RecordSeals {
  /** Under the desk's key. */
  seal(text: string, binding: string): string;
  /** '' when it was erased. @throws when it was changed, or sealed under another master secret */
  open(stored: string, binding: string): string;
  /** False: it was sealed by `seal` under the master secret in force, or erased. */
  isStale(stored: string): boolean;
  /** Keyed hashes to look a number up by, E.164; the first one is what is written. */
  mobileHashes(mobile: string): [Buffer, ...Buffer[]];
  wrapLetterKey(key: Buffer, letterId: string): Buffer;
  /** @throws when it was changed, or wrapped under another master secret */
  unwrapLetterKey(sealedKey: Buffer, letterId: string): Buffer;
  /** True: it was wrapped under an older master secret. */
  isWrappedBefore(sealedKey: Buffer): boolean;
}

/** Seals and opens the texts of one letter. */
export interface LetterSeal {
  /** The erased text when the letter is erased. */
  seal(text: string, binding: string): string;
  /** '' when it was erased. @throws when it was changed */
  open(stored: string, binding: string): string;
}

const PREFIX = 's1:';
/** What an erased text is replaced by. */
export const ERASED_TEXT = PREFIX;

const ID_BYTES = 4;
export const KEY_BYTES = 32;

const SEALED = /^s1:([\w-]{38,})?$/;

export const isSealed = (stored: string): boolean => SEALED.test(stored);

/** @throws when it is not a sealed text */
const bytesOf = (stored: string): Buffer => {
  if (!isSealed(stored)) throw new Error('a text of the record is not sealed');
  return Buffer.from(stored.slice(PREFIX.length), 'base64url');
};

const toText = (sealed: Buffer): string => `${PREFIX}${sealed.toString('base64url')}`;

/** Tells which master secret a value was sealed under, and nothing about it. */
const idOf = (key: Buffer): Buffer =>
  createHash('sha256').update('key id').update(key).digest().subarray(0, ID_BYTES);

/**
 * @param keys of the master secret, and then of those that were in force before it: what is sealed
 *   under one of them is read, and written anew under the first
 */
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
    wrapLetterKey: (key, letterId) => sealWith('letterKeys', key, `letter key:${letterId}`),
    unwrapLetterKey: (sealedKey, letterId) =>
      openWith('letterKeys', sealedKey, `letter key:${letterId}`),
    isWrappedBefore: (sealedKey) => !sealedKey.subarray(0, ID_BYTES).equals(ids.letterKeys),
  };
};

/** `audit` can be handed out with a letter's evidence; `internal` seals what staff wrote for staff. */
export type SubkeyUse = 'audit' | 'internal';

/** A key for one kind of use, from a letter's data key: it can be handed out without the others. */
export const subkeyOf = (letterKey: Buffer, use: SubkeyUse): Buffer =>
  Buffer.from(hkdfSync('sha256', letterKey, '', `pishkhan letter ${use} v1`, KEY_BYTES));

/** What stands where in a letter: the letter's id is part of every binding. */
const bound = (letterId: string, binding: string): string => `${letterId}:${binding}`;

/** With a key that is at hand: a letter's data key, or one derived from it. */
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

/** For reading: `sealedKey` comes with the row, from `letter_keys`. Null: the letter was erased. */
export const letterSeal = (
  db: Handle,
  { letterId, sealedKey }: { letterId: string; sealedKey: Buffer | null },
  use?: SubkeyUse,
): LetterSeal => {
  const key = sealedKey ? db.seals.unwrapLetterKey(sealedKey, letterId) : undefined;
  return sealOf(letterId, key && use ? subkeyOf(key, use) : key);
};

/** True: of a letter that is not erased, this text lacks its key, as after a restore without keys. */
export const lacksKey = (stored: string, sealedKey: Buffer | null): boolean =>
  sealedKey === null && stored !== ERASED_TEXT;

/** Opens what can be opened. */
export interface ReadingSeal {
  /** '' too for what was changed, or cannot be opened with this master secret. */
  open(stored: string, binding: string): string;
  /** Something could not be opened. */
  isDamaged(): boolean;
}

/** For pages: what is damaged of one letter keeps nothing else from being shown. */
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

/** `letterSeal` for who has no row of the letter at hand. */
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
 * For writing: makes the letter's data key when it has lost it. Inside the transaction of what is
 * written, so that a key that nobody committed seals nothing.
 */
export const letterSealFor = async (
  db: Handle,
  letterId: string,
  use?: SubkeyUse,
): Promise<LetterSeal> =>
  letterSeal(db, { letterId, sealedKey: await ensureLetterKey(db, letterId) }, use);

/** For a letter that is just being written: the key goes into `letter_keys` after the letter. */
export const newLetterKey = (
  db: Handle,
  letterId: string,
): { sealedKey: Buffer; seal: LetterSeal } => {
  const key = randomBytes(KEY_BYTES);
  return { sealedKey: db.seals.wrapLetterKey(key, letterId), seal: sealOf(letterId, key) };
};

export const addLetterKey = async (
  db: Handle,
  { letterId, sealedKey }: { letterId: string; sealedKey: Buffer },
): Promise<void> => {
  await db`
    insert into letter_keys (letter_id, sealed_key) values (${letterId}, ${sealedKey})`;
};

/**
 * The letter's data key as it is stored, made now when a backup came back without it; null: the
 * letter is erased, or is not there.
 */
export const ensureLetterKey = async (db: Handle, letterId: string): Promise<Buffer | null> => {
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

/** Of the mobile number of an applicant; '' when it was erased. */
export const openMobile = (
  db: Handle,
  { id, mobileSealed }: { id: string; mobileSealed: string | null },
): string => (mobileSealed === null ? '' : db.seals.open(mobileSealed, `applicants.mobile:${id}`));

/** The same for pages; undefined: it cannot be opened. */
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
