/** The data keys of letters, for who keeps something of a letter outside the record. */
import type { Db } from '../base/database.ts';
import { ensureLetterKey } from '../base/record-seals.sql.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export interface LetterKeys {
  /**
   * 32 bytes, the same until the letter is erased.
   * Undefined: there is no such letter, or it is erased.
   */
  find(letterId: string): Promise<Buffer | undefined>;
}

export const createLetterKeys = ({ db }: { db: Db }): LetterKeys => ({
  async find(letterId) {
    if (!UUID.test(letterId)) return undefined;
    const sealedKey = await ensureLetterKey(db, letterId);
    return sealedKey ? db.seals.unwrapLetterKey(sealedKey, letterId) : undefined;
  },
});
