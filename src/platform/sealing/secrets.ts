import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SealKeys } from '../base/record-seals.sql.ts';

/** Keys for single purposes, derived from the master secret (HKDF, RFC 5869). */
export interface Keys {
  captcha: Buffer;
  signInCode: Buffer;
  secondFactor: Buffer;
  /** Signs what a browser that signed in keeps. */
  knownBrowser: Buffer;
  rateLimit: Buffer;
  /** Payloads in Temporal of no letter, or of one without a key of its own. */
  payload: Buffer;
  /** Signs the tokens for the codec endpoint. */
  codecToken: Buffer;
  auditAddress: Buffer;
  /** Seals what is kept for a form that came back. */
  held: Buffer;
  /** Seed of the key that signs letter receipts. */
  letterReceipt: Buffer;
  /** Seals the list of contents of a backup. */
  backup: Buffer;
  /** Gives the code of the first set-up in a browser. */
  setup: Buffer;
  /** Seals what is personal in the record. */
  record: SealKeys;
}

const derive = (master: string, purpose: string): Buffer =>
  Buffer.from(hkdfSync('sha256', master, '', `pishkhan ${purpose} v1`, 32));

export const deriveKeys = (master: string): Keys => ({
  captcha: derive(master, 'captcha'),
  signInCode: derive(master, 'sign-in code'),
  secondFactor: derive(master, 'second factor'),
  knownBrowser: derive(master, 'known browser'),
  rateLimit: derive(master, 'rate limit'),
  payload: derive(master, 'temporal payload'),
  codecToken: derive(master, 'codec token'),
  auditAddress: derive(master, 'audit address'),
  held: derive(master, 'held upload'),
  letterReceipt: derive(master, 'letter receipt'),
  backup: derive(master, 'backup'),
  setup: derive(master, 'first set-up'),
  record: {
    letterKeys: derive(master, 'letter keys'),
    desk: derive(master, 'desk texts'),
    mobileLookup: derive(master, 'mobile look-up'),
  },
});

/** An opaque token for a cookie: 256 random bits. The database holds only its hash. */
export const makeToken = (): { token: string; tokenHash: Buffer } => {
  const token = randomBytes(32).toString('base64url');
  return { token, tokenHash: hashToken(token) };
};

export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Bound to its challenge; without the key the million codes cannot be tried offline. */
export const hashSignInCode = (key: Buffer, challengeId: string, code: string): Buffer =>
  createHmac('sha256', key).update(`${challengeId}:${code}`).digest();

/** The same for the same client; not an address, and without the key no way back to one. */
export const hashAddress = (key: Buffer, address: string): string =>
  createHmac('sha256', key).update(address).digest('hex').slice(0, 32);

export const sameBytes = (a: Buffer, b: Buffer): boolean =>
  a.length === b.length && timingSafeEqual(a, b);

/** `value` and its expiry, readable by anyone and made by nobody else. */
export const seal = (key: Buffer, value: string, expiresAt: number): string => {
  const body = Buffer.from(JSON.stringify([value, expiresAt])).toString('base64url');
  return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`;
};

/** Undefined: forged, cut or expired. */
export const unseal = (key: Buffer, sealed: string, now: number): string | undefined => {
  const [body = '', signature = ''] = sealed.split('.');
  const expected = createHmac('sha256', key).update(body).digest();
  if (!sameBytes(Buffer.from(signature, 'base64url'), expected)) return undefined;
  const [value, expiresAt] = JSON.parse(Buffer.from(body, 'base64url').toString()) as [
    string,
    number,
  ];
  return now < expiresAt ? value : undefined;
};
