import { randomInt, randomUUID } from 'node:crypto';
import type { Db, Tx } from '../../platform/base/database.ts';
import { addCodeMessage } from '../../platform/messages/messages.sql.ts';
import {
  addChallenge,
  addCode,
  countCodes,
  findApplicantId,
  findChallenge,
  liveCodeHashes,
  noteAsked,
  takeTry,
  lockChallenge,
  lockMobile,
} from './sign-in.sql.ts';
import type { ChallengeRow } from './sign-in.sql.ts';
import { toLatinDigits } from '../../platform/base/digits.ts';
import { writeSms } from '../../platform/messages/write-sms.ts';
import type { Deps } from '../../platform/deps.ts';
import { withinCodeBudget } from './code-budget.ts';
import type { CodeAsker } from './code-budget.ts';
import { hashSignInCode, sameBytes } from '../../platform/sealing/secrets.ts';

export type ResendCodeResult =
  | { outcome: 'sent'; crowded: boolean }
  | { outcome: 'wait'; seconds: number }
  | { outcome: 'expired' };

export type WrongCode = 'missing' | 'wrong' | 'used_up' | 'expired';

const CODE = /^\d{6}$/;
const RESEND_WITHIN_SECONDS = 2 * 3600;

/**
 * Beyond the limits of the number no code is sent, and nothing reveals it.
 * @returns crowded: the desk is short of codes, and this one may not have been sent
 * @throws DomainError codes_paused
 */
export const sendCode = async (
  deps: Deps,
  { mobile, tokenHash, asker }: { mobile: string; tokenHash: Buffer; asker: CodeAsker },
): Promise<{ crowded: boolean }> => {
  const { db, config } = deps;
  const challengeId = randomUUID();
  const { isKnown: knownBrowser } = asker;
  const minutes = config.limits.codeMinutes;
  const isKnownNumber = () => isKnown(db, mobile);
  return withinCodeBudget(deps, { mobile, asker, isKnownNumber }, async (mayHaveCode) => {
    const isWritten = await db.begin(async (tx) => {
      await addChallenge(tx, { id: challengeId, tokenHash, mobile, minutes, knownBrowser });
      return mayHaveCode && (await writeCode(deps, tx, { challengeId, mobile, knownBrowser }));
    });
    if (isWritten) deps.wake();
    return isWritten;
  });
};

export const sendAnotherCode = async (
  deps: Deps,
  tokenHash: Buffer,
  { address }: Pick<CodeAsker, 'address'>,
): Promise<ResendCodeResult> => {
  const { db } = deps;
  const asked = await findChallenge(db, tokenHash);
  if (!asked) return { outcome: 'expired' };
  const { mobile, knownBrowser } = asked;
  const asker = { address, isKnown: knownBrowser, solved: 'picture' } as const;
  const isKnownNumber = () => isKnown(db, mobile);
  let refused: Exclude<ResendCodeResult, { outcome: 'sent' }> | undefined;
  const { crowded } = await withinCodeBudget(
    deps,
    { mobile, asker, isKnownNumber },
    async (mayHaveCode) => {
      const isWritten = await db.begin(async (tx) => {
        await lockChallenge(tx, tokenHash);
        const challenge = await findChallenge(tx, tokenHash);
        refused = refusalOf(deps, challenge);
        if (refused || !challenge) return false;
        await noteAsked(tx, challenge.id);
        const code = { challengeId: challenge.id, mobile, knownBrowser };
        return mayHaveCode && (await writeCode(deps, tx, code));
      });
      if (isWritten) deps.wake();
      return isWritten;
    },
  );
  return refused ?? { outcome: 'sent', crowded };
};

/** Counts a try. The caller uses up the challenge of a right code. */
export const checkCode = async (
  { db, keys, config }: Deps,
  { tokenHash, code: typed }: { tokenHash: Buffer; code: string },
): Promise<
  | { outcome: 'right'; challengeId: string; mobile: string }
  | { outcome: 'invalid'; why: WrongCode; mobile?: string }
> => {
  const code = toLatinDigits(typed).replace(/[^0-9]/g, '');
  if (typed.trim() === '') return { outcome: 'invalid', why: 'missing' };
  if (!CODE.test(code)) return { outcome: 'invalid', why: 'wrong' };
  const challenge = await takeTry(db, { tokenHash, tries: config.limits.codeTries });
  if (!challenge) {
    const spent = await findChallenge(db, tokenHash);
    const usedUp = spent && !spent.expired && !spent.used;
    return { outcome: 'invalid', why: usedUp ? 'used_up' : 'expired' };
  }
  const { id: challengeId, mobile } = challenge;
  const typedHash = hashSignInCode(keys.signInCode, challengeId, code);
  const hashes = await liveCodeHashes(db, challengeId);
  return hashes.some((hash) => sameBytes(hash, typedHash))
    ? { outcome: 'right', challengeId, mobile }
    : { outcome: 'invalid', why: 'wrong', mobile };
};

export const resendSecondsOf = (
  { config }: Deps,
  { askedAge }: Pick<ChallengeRow, 'askedAge'>,
): number =>
  config.RATE_LIMITS === 'off'
    ? 0
    : Math.max(0, Math.ceil(config.limits.codeResendSeconds - askedAge));

const refusalOf = (
  deps: Deps,
  challenge: ChallengeRow | undefined,
): Exclude<ResendCodeResult, { outcome: 'sent' }> | undefined => {
  // Of an expired code too, for a while: nobody types the number again for a late SMS.
  if (!challenge || isOver(deps, challenge)) return { outcome: 'expired' };
  const seconds = resendSecondsOf(deps, challenge);
  return seconds > 0 ? { outcome: 'wait', seconds } : undefined;
};

const isOver = ({ config }: Deps, { used, age, attempts }: ChallengeRow): boolean =>
  used || age > RESEND_WITHIN_SECONDS || attempts >= config.limits.codeTries;

const isKnown = async (db: Db, mobile: string): Promise<boolean> =>
  (await findApplicantId(db, mobile)) !== undefined;

interface CodeToWrite {
  challengeId: string;
  mobile: string;
  knownBrowser: boolean;
}

const writeCode = async (
  deps: Deps,
  tx: Tx,
  { challengeId, ...to }: CodeToWrite,
): Promise<boolean> => {
  const { config, keys } = deps;
  if (!(await mayHaveCode(deps, tx, to))) return false;
  const code = String(randomInt(1_000_000)).padStart(6, '0');
  await addCode(tx, {
    id: randomUUID(),
    challengeId,
    codeHash: hashSignInCode(keys.signInCode, challengeId, code),
    minutes: config.limits.codeMinutes,
  });
  await addCodeMessage(tx, {
    id: randomUUID(),
    recipient: to.mobile,
    text: await writeSms({ config }, tx, 'code', { code }),
    params: { code },
  });
  return true;
};

const mayHaveCode = async (
  { config }: Deps,
  tx: Tx,
  { mobile, knownBrowser }: Omit<CodeToWrite, 'challengeId'>,
): Promise<boolean> => {
  if (config.RATE_LIMITS === 'off') return true;
  await lockMobile(tx, mobile);
  const { hour, day } = await countCodes(tx, { mobile, knownBrowser });
  return hour < config.limits.codeSendsPerHour && day < config.limits.codeSendsPerDay;
};
