/**
 * A browser keeps a signed note of the number that it signed in with. It opens nothing: it only
 * lets its owner ask for a code however many strangers ask for one.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { seal, unseal } from './secrets.ts';

export const KNOWN_BROWSER_DAYS = 365;

export interface KnownBrowsers {
  issue(mobile: string): string;
  /** Names the browser; undefined: forged or too old. */
  idOf(token: string | undefined): string | undefined;
  hasSignedIn(token: string | undefined, mobile: string): boolean;
}

export const createKnownBrowsers = (key: Buffer, now = Date.now): KnownBrowsers => {
  /** Nobody reads the number in the cookie. */
  const markOf = (mobile: string): string =>
    createHmac('sha256', key).update(`number\0${mobile}`).digest('base64url').slice(0, 22);
  const read = (token = ''): string[] => unseal(key, token, now())?.split(' ') ?? [];
  return {
    issue: (mobile) =>
      seal(key, `${randomUUID()} ${markOf(mobile)}`, now() + KNOWN_BROWSER_DAYS * 86_400_000),
    idOf: (token) => read(token)[0],
    hasSignedIn: (token, mobile) => read(token)[1] === markOf(mobile),
  };
};
