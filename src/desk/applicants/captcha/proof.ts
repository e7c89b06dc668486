/**
 * ALTCHA proof of work (PBKDF2) in place of the displayed code. The challenge is signed and nothing
 * is stored until a proof is used; the caller records single use, which the library does not check.
 */
import { createHmac, randomInt, randomUUID } from 'node:crypto';
import { createChallenge, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { z } from 'zod';
import type { Deps } from '../../../platform/deps.ts';
import type { Keys } from '../../../platform/sealing/secrets.ts';

const ALGORITHM = 'PBKDF2/SHA-256';
const COST = 5000;
/**
 * Uniform from 1. With a lower bound a program would begin there and finish well before an honest
 * browser.
 */
const MAX_DERIVATIONS = 600;
const MAX_PROOF_LENGTH = 4096;
const PURPOSE = 'sign-in';

const hex = z.string().regex(/^[0-9a-f]{2,128}$/);
/** Strict: the signature covers exactly these names. */
const PROOF = z.strictObject({
  challenge: z.strictObject({
    parameters: z.strictObject({
      algorithm: z.literal(ALGORITHM),
      cost: z.int(),
      data: z.strictObject({
        id: z.uuid(),
        purpose: z.literal(PURPOSE),
        seconds: z.int(),
        price: z.int(),
      }),
      expiresAt: z.int(),
      keyLength: z.int(),
      keyPrefix: hex,
      nonce: hex,
      salt: hex,
    }),
    signature: hex,
  }),
  solution: z.object({ counter: z.int(), derivedKey: hex }),
});

type ProofDeps = Pick<Deps, 'keys' | 'config'>;

export const issueProof = (
  { keys, config }: ProofDeps,
  {
    price = 1,
    cost = COST,
    maxDerivations = MAX_DERIVATIONS,
  }: { price?: number; cost?: number; maxDerivations?: number } = {},
): Promise<object> => {
  const seconds = config.limits.captchaMinutes * 60;
  return createChallenge({
    algorithm: ALGORITHM,
    cost,
    counter: randomInt(1, maxDerivations * price + 1),
    data: { id: randomUUID(), purpose: PURPOSE, seconds, price },
    expiresAt: Math.floor(Date.now() / 1000) + seconds,
    deriveKey,
    hmacSignatureSecret: secretOf(keys),
  });
};

/** @returns what the caller records to refuse a second use; undefined: forged, wrong or expired */
export const checkProof = async (
  { keys }: ProofDeps,
  proof: string,
): Promise<{ uuid: string; expiresAt: Date; price: number } | undefined> => {
  const parsed = PROOF.safeParse(parseJson(proof));
  if (!parsed.success) return undefined;
  const { challenge, solution } = parsed.data;
  const { data, expiresAt } = challenge.parameters;
  if (expiresAt * 1000 <= Date.now()) return undefined;
  const { verified } = await verifySolution({
    challenge,
    // How long it took is of no interest.
    solution: { ...solution, time: 0 },
    deriveKey,
    hmacSignatureSecret: secretOf(keys),
  });
  if (!verified) return undefined;
  return { uuid: data.id, expiresAt: new Date(expiresAt * 1000), price: data.price };
};

const secretOf = (keys: Keys): string =>
  createHmac('sha256', keys.captcha).update('proof of work').digest('hex');

const parseJson = (text: string): unknown => {
  if (text.length > MAX_PROOF_LENGTH) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
