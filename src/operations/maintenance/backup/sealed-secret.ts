/** The master secret under a passphrase: scrypt (RFC 7914) and AES-256-GCM. */
import { randomBytes, scrypt } from 'node:crypto';
import { z } from 'zod';
import { decrypt, encrypt } from '../../../platform/base/encryption.ts';

// 128 MiB and some tenths of a second a try, as OWASP's password storage cheat sheet advises.
const COST = { N: 2 ** 17, r: 8, p: 1 };
const MAX_MEMORY = 256 * 1024 * 1024;

const schema = z.strictObject({
  kdf: z.literal('scrypt'),
  N: z.literal(COST.N),
  r: z.literal(COST.r),
  p: z.literal(COST.p),
  salt: z.base64url(),
  sealed: z.base64url(),
});

const keyOf = (passphrase: string, salt: Buffer): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const options = { ...COST, maxmem: MAX_MEMORY };
    scrypt(passphrase.normalize('NFC'), salt, 32, options, (error, key) =>
      error ? reject(error) : resolve(key),
    );
  });

export const sealSecret = async (
  secret: string,
  { passphrase, binding }: { passphrase: string; binding: string },
): Promise<Buffer> => {
  const salt = randomBytes(16);
  const key = await keyOf(passphrase, salt);
  const sealed = encrypt(key, Buffer.from(secret), binding);
  return Buffer.from(
    `${JSON.stringify({ kdf: 'scrypt', ...COST, salt: salt.toString('base64url'), sealed: sealed.toString('base64url') })}\n`,
  );
};

export const openSecret = async (
  stored: Buffer,
  { passphrase, binding }: { passphrase: string; binding: string },
): Promise<string | undefined> => {
  try {
    const { salt, sealed } = schema.parse(JSON.parse(stored.toString('utf8')));
    const key = await keyOf(passphrase, Buffer.from(salt, 'base64url'));
    return decrypt(key, Buffer.from(sealed, 'base64url'), binding).toString('utf8');
  } catch {
    return undefined;
  }
};
