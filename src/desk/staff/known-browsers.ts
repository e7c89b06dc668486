/**
 * A browser keeps a signed note of whom it signed in: an applicant's number or a member of staff. It
 * opens nothing: it only lets its owner sign in however many strangers try to.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { seal, unseal } from '../../platform/sealing/secrets.ts';

export const KNOWN_BROWSER_DAYS = 365;

/** For staff in place of a number, which it can never equal. */
export const staffPerson = (username: string): string => `staff ${username}`;

export interface KnownBrowsers {
  /** `person`: a mobile number, or `staffPerson`. */
  issue(person: string): string;
  /** Names the browser; undefined: forged or too old. */
  idOf(token: string | undefined): string | undefined;
  hasSignedIn(token: string | undefined, person: string): boolean;
}

export const createKnownBrowsers = (key: Buffer, now = Date.now): KnownBrowsers => {
  /** Nobody reads number or user name in the cookie. */
  const markOf = (person: string): string =>
    createHmac('sha256', key).update(`person\0${person}`).digest('base64url').slice(0, 22);
  const read = (token = ''): string[] => unseal(key, token, now())?.split(' ') ?? [];
  return {
    issue: (person) =>
      seal(key, `${randomUUID()} ${markOf(person)}`, now() + KNOWN_BROWSER_DAYS * 86_400_000),
    idOf: (token) => read(token)[0],
    hasSignedIn: (token, person) => read(token)[1] === markOf(person),
  };
};
