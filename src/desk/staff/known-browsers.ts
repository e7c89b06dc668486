/**
 * A browser keeps a signed note of whom it signed in. It grants no access: it lets its owner sign
 * in however many strangers try to.
 */
import { createHmac, randomUUID } from 'node:crypto';
import type { Deps } from '../../platform/deps.ts';
import { seal, unseal } from '../../platform/sealing/secrets.ts';

export const KNOWN_BROWSER_DAYS = 365;

type KeyDeps = Pick<Deps, 'keys'>;

/** For staff in place of a mobile number, which it can never equal. */
export const staffPerson = (username: string): string => `staff ${username}`;

export const issueBrowserToken = ({ keys }: KeyDeps, person: string): string =>
  seal(
    keys.knownBrowser,
    `${randomUUID()} ${markOf(keys.knownBrowser, person)}`,
    Date.now() + KNOWN_BROWSER_DAYS * 86_400_000,
  );

export const browserIdOf = (deps: KeyDeps, token: string | undefined): string | undefined =>
  readToken(deps, token)[0];

export const hasSignedIn = (
  deps: KeyDeps,
  token: string | undefined,
  person: string,
  now = Date.now(),
): boolean => readToken(deps, token, now)[1] === markOf(deps.keys.knownBrowser, person);

const readToken = ({ keys }: KeyDeps, token = '', now = Date.now()): string[] =>
  unseal(keys.knownBrowser, token, now)?.split(' ') ?? [];

// Number and user name cannot be read from the cookie.
const markOf = (key: Buffer, person: string): string =>
  createHmac('sha256', key).update(`person\0${person}`).digest('base64url').slice(0, 22);
