/** One-time codes of an authenticator app: RFC 6238, six digits, 30 seconds. */
import { Secret, TOTP } from 'otpauth';
import { toLatinDigits } from '../../platform/base/digits.ts';

const PERIOD_SECONDS = 30;
const ISSUER = 'Pishkhan';

/** Base 32 of 160 random bits. */
export const makeTotpSecret = (): string => new Secret({ size: 20 }).base32;

/** Undefined: not base 32, or too short to be safe. */
export const parseTotpSecret = (typed: string): string | undefined => {
  try {
    const secret = Secret.fromBase32(typed.replace(/[\s-]/g, '').toUpperCase());
    return secret.bytes.length >= 10 ? secret.base32 : undefined;
  } catch {
    return undefined;
  }
};

/** `otpauth://…`, which an authenticator app reads. */
export const totpUri = (username: string, secret: string, issuer = ISSUER): string =>
  new TOTP({ issuer, label: username, secret, period: PERIOD_SECONDS }).toString();

/**
 * The step for which `code` is right, one before and one after allowed for clocks that differ;
 * undefined: it is not. That a step is used once is the caller's.
 */
export const totpStep = (secret: string, code: string, now = Date.now()): number | undefined => {
  const token = toLatinDigits(code).replace(/[^0-9]/g, '');
  const delta = new TOTP({ secret, period: PERIOD_SECONDS }).validate({
    token,
    window: 1,
    timestamp: now,
  });
  return delta === null ? undefined : Math.floor(now / 1000 / PERIOD_SECONDS) + delta;
};
