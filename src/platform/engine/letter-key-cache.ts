export interface LetterKeyFinder {
  find(letterId: string): Promise<Buffer | undefined>;
}

const FRESH_MS = 30_000;
/** While the database is away, a known key keeps its letter going this long. */
const USABLE_MS = 10 * 60_000;
const MOST = 2_000;

export const createLetterKeyCache = (
  keys: LetterKeyFinder,
  now: () => number = Date.now,
): LetterKeyFinder => {
  const known = new Map<string, { at: number; key: Buffer | undefined }>();
  const asked = new Map<string, Promise<Buffer | undefined>>();

  const ask = async (letterId: string): Promise<Buffer | undefined> => {
    try {
      const key = await keys.find(letterId);
      known.delete(letterId);
      known.set(letterId, { at: now(), key });
      // The oldest is the first that was put in.
      for (const oldest of known.keys()) {
        if (known.size <= MOST) break;
        known.delete(oldest);
      }
      return key;
    } catch (error) {
      const stale = known.get(letterId);
      if (stale && now() - stale.at < USABLE_MS) return stale.key;
      throw error;
    } finally {
      asked.delete(letterId);
    }
  };

  return {
    async find(letterId) {
      const cached = known.get(letterId);
      if (cached && now() - cached.at < FRESH_MS) return cached.key;
      const asking = asked.get(letterId) ?? ask(letterId);
      asked.set(letterId, asking);
      return asking;
    },
  };
};
