import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { makeToken } from '../../platform/sealing/secrets.ts';
import { createTurns } from '../../platform/base/queue-of-jobs.ts';

/** Argon2id at the floor that OWASP's password storage sheet names. */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
// One hash takes 19 MiB and most of a core for some 80 ms: two at once leave room for the pages.
const HASHES = { atOnce: 2, waiting: 16 };

export const hashPassword = (password: string): Promise<string> => hash(password, ARGON2);

/** 96 random bits, in characters that are easy to type. */
export const makePassword = (): string => randomBytes(12).toString('base64url');

export interface Passwords {
  /**
   * `expected` undefined: nobody's password, which costs as much time as a wrong one.
   * @throws DomainError unavailable when too many wait for their turn
   */
  isRight(expected: string | undefined, password: string): Promise<boolean>;
  /** @throws likewise */
  hash: (password: string) => Promise<string>;
}

/** One for a process: its hashes take turns. */
export const createPasswords = (): Passwords => {
  const decoy = hashPassword(makeToken().token);
  const takeTurn = createTurns(HASHES);
  return {
    async isRight(expected, password) {
      const against = expected ?? (await decoy);
      const right = await takeTurn(() => verify(against, password));
      return right && expected !== undefined;
    },
    hash: (password) => takeTurn(() => hashPassword(password)),
  };
};
