import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SealKeys } from '../base/record-seals.sql.ts';

/** Single-purpose keys, derived from the master secret (HKDF, RFC 5869). */
export interface Keys {
  captcha: Buffer;
  signInCode: Buffer;
  secondFactor: Buffer;
  knownBrowser: Buffer;
  rateLimit: Buffer;
  payload: Buffer;
  codecToken: Buffer;
  auditAddress: Buffer;
  held: Buffer;
  letterReceipt: Buffer;
  backup: Buffer;
  setup: Buffer;
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

/** 256 random bits for a cookie. The database holds only the hash. */
export const makeToken = (): { token: string; tokenHash: Buffer } => {
  const token = randomBytes(32).toString('base64url');
  return { token, tokenHash: hashToken(token) };
};

export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** Bound to its challenge; without the key the million codes cannot be tried offline. */
export const hashSignInCode = (key: Buffer, challengeId: string, code: string): Buffer =>
  createHmac('sha256', key).update(`${challengeId}:${code}`).digest();

/** Pseudonymous: stable per client, not reversible without the key. */
export const hashAddress = (key: Buffer, address: string): string =>
  createHmac('sha256', key).update(address).digest('hex').slice(0, 32);

export const sameBytes = (a: Buffer, b: Buffer): boolean =>
  a.length === b.length && timingSafeEqual(a, b);

/** `value` and its expiry: readable by anyone, forgeable by nobody. */
export const seal = (key: Buffer, value: string, expiresAt: number): string => {
  const body = Buffer.from(JSON.stringify([value, expiresAt])).toString('base64url');
  return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`;
};

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
