/** What a browser does when «I am not a robot» is pressed. */
import { solveChallenge } from 'altcha-lib';
import { deriveKey } from 'altcha-lib/algorithms/pbkdf2';
import type { Challenge } from 'altcha-lib/types';

/** The proof as the form sends it. */
export const solveProof = async (issued: object): Promise<string> => {
  const challenge = issued as Challenge;
  const solution = await solveChallenge({ challenge, deriveKey });
  return JSON.stringify({ challenge, solution });
};
