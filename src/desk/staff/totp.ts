/** RFC 6238, six digits, 30 seconds. */
import { Secret, TOTP } from 'otpauth';
import { toLatinDigits } from '../../platform/base/digits.ts';

const PERIOD_SECONDS = 30;
const ISSUER = 'Pishkhan';

export const makeTotpSecret = (): string => new Secret({ size: 20 }).base32;

export const parseTotpSecret = (typed: string): string | undefined => {
  try {
    const secret = Secret.fromBase32(typed.replace(/[\s-]/g, '').toUpperCase());
    return secret.bytes.length >= 10 ? secret.base32 : undefined;
  } catch {
    return undefined;
  }
};

export const totpUri = (username: string, secret: string, issuer = ISSUER): string =>
  new TOTP({ issuer, label: username, secret, period: PERIOD_SECONDS }).toString();

/** Accepts one step either way, for clocks that differ. The caller ensures single use. */
export const totpStep = (secret: string, code: string, now = Date.now()): number | undefined => {
  const token = toLatinDigits(code).replace(/[^0-9]/g, '');
  const delta = new TOTP({ secret, period: PERIOD_SECONDS }).validate({
    token,
    window: 1,
    timestamp: now,
  });
  return delta === null ? undefined : Math.floor(now / 1000 / PERIOD_SECONDS) + delta;
};
