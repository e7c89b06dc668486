/**
 * A way in without the displayed code: the browser computes for a second and shows the result
 * (ALTCHA's proof of work, PBKDF2). The challenge is signed and nothing is stored until a proof is
 * used; that each is used once is the caller's record to keep: the library says yes every time.
 */
import { createHmac, randomInt, randomUUID } from 'node:crypto';
import { createChallenge, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { z } from 'zod';
import type { Deps } from '../../../platform/deps.ts';
import type { Keys } from '../../../platform/sealing/secrets.ts';

const ALGORITHM = 'PBKDF2/SHA-256';
/** Rounds of one derivation: enough that the browser's overhead for each does not count. */
const COST = 5000;
/**
 * Derivations until the answer: from 1, evenly. With a lower bound a program would begin there and
 * be done in a part of the time that an honest browser takes.
 */
const MAX_DERIVATIONS = 600;
const MAX_PROOF_LENGTH = 4096;
const PURPOSE = 'sign-in';

const hex = z.string().regex(/^[0-9a-f]{2,128}$/);
/** Nothing but what we issue: the signature covers exactly these names. */
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

/**
 * A fresh signed challenge, to be sent to the browser as JSON.
 * @param options.price how many times the least it costs
 * @param options.cost lower in tests only, as `maxDerivations`
 */
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

/**
 * @param proof JSON `{challenge, solution: {counter, derivedKey}}`
 * @returns what the caller keeps to refuse a second use; undefined: forged, wrong or expired
 */
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
