import type { Db } from '../base/database.ts';
import { ensureLetterKey } from '../base/record-seals.sql.ts';
import { isUuid } from '../base/uuid.ts';

export interface LetterKeys {
  /** 32 bytes, the same until the letter is erased. Undefined for an unknown or erased letter. */
  find(letterId: string): Promise<Buffer | undefined>;
}

export const createLetterKeys = ({ db }: { db: Db }): LetterKeys => ({
  async find(letterId) {
    if (!isUuid(letterId)) return undefined;
    const sealedKey = await ensureLetterKey(db, letterId);
    return sealedKey ? db.seals.unwrapLetterKey(sealedKey, letterId) : undefined;
  },
});
