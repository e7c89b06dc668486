import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import { makeToken } from '../../platform/sealing/secrets.ts';
import { createTurns } from '../../platform/base/queue-of-jobs.ts';

/** The minimum of the OWASP password storage cheat sheet for Argon2id. */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
// One hash takes 19 MiB and most of a core for some 80 ms: two at once leave room for the pages.
const inQueue = createTurns({ atOnce: 2, waiting: 16 });

export const hashPassword = (password: string): Promise<string> =>
  inQueue(() => hash(password, ARGON2));

/**
 * With `expected` undefined (no such user) the check takes as long as for a wrong password.
 * @throws DomainError unavailable when the queue of this process is full
 */
export const isRightPassword = async (
  expected: string | undefined,
  password: string,
): Promise<boolean> => {
  const decoy = await decoyHash();
  const right = await inQueue(() => verify(expected ?? decoy, password));
  return right && expected !== undefined;
};

let decoy: Promise<string> | undefined;

const decoyHash = (): Promise<string> => {
  decoy ??= hash(makeToken().token, ARGON2);
  return decoy;
};

export const makePassword = (): string => randomBytes(12).toString('base64url');
