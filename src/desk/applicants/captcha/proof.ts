/**
 * A way in without the displayed code: the browser computes for a second and shows the result
 * (ALTCHA's proof of work, PBKDF2). The challenge is signed and nothing is stored until a proof is
 * used; that each is used once is the caller's record to keep: the library says yes every time.
 */
import { createHmac, randomInt, randomUUID } from 'node:crypto';
import { createChallenge, verifySolution } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import { z } from 'zod';

const ALGORITHM = 'PBKDF2/SHA-256';
/** Rounds of one derivation: enough that the browser's overhead for each does not count. */
const COST = 5000;
/**
 * Derivations until the answer: from 1, evenly. With a lower bound a program would begin there and
 * be done in a part of the time that an honest browser takes.
 */
const MOST_DERIVATIONS = 600;
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

export interface Proofs {
  /**
   * A fresh signed challenge, to be sent to the browser as JSON.
   * @param price how many times the least it costs
   */
  issue(price?: number): Promise<object>;
  /**
   * @param proof JSON `{challenge, solution: {counter, derivedKey}}`
   * @returns what the caller keeps to refuse a second use; undefined: forged, wrong or expired
   */
  check(proof: string): Promise<{ uuid: string; expiresAt: Date; price: number } | undefined>;
}

/** `cost` and `mostDerivations` are lower in tests only. */
export const createProofs = ({
  key,
  minutes,
  cost = COST,
  mostDerivations = MOST_DERIVATIONS,
  now = Date.now,
}: {
  key: Buffer;
  minutes: number;
  cost?: number;
  mostDerivations?: number;
  now?: () => number;
}): Proofs => {
  const hmacSignatureSecret = createHmac('sha256', key).update('proof of work').digest('hex');
  return {
    issue: (price = 1) =>
      createChallenge({
        algorithm: ALGORITHM,
        cost,
        counter: randomInt(1, mostDerivations * price + 1),
        data: { id: randomUUID(), purpose: PURPOSE, seconds: minutes * 60, price },
        expiresAt: Math.floor(now() / 1000) + minutes * 60,
        deriveKey,
        hmacSignatureSecret,
      }),

    async check(proof) {
      const parsed = PROOF.safeParse(parseJson(proof));
      if (!parsed.success) return undefined;
      const { challenge, solution } = parsed.data;
      const { data, expiresAt } = challenge.parameters;
      if (expiresAt * 1000 <= now()) return undefined;
      const { verified } = await verifySolution({
        challenge,
        // How long it took is of no interest.
        solution: { ...solution, time: 0 },
        deriveKey,
        hmacSignatureSecret,
      });
      if (!verified) return undefined;
      return { uuid: data.id, expiresAt: new Date(expiresAt * 1000), price: data.price };
    },
  };
};

const parseJson = (text: string): unknown => {
  if (text.length > MAX_PROOF_LENGTH) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
