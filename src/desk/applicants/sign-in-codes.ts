/**
 * Codes by SMS: of a sign-in, and of an applicant who proves again who they are. A code belongs to
 * one challenge, which whoever holds its token may try a few times.
 */
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
import { codeSms } from '../../platform/messages/sms-texts.ts';
import type { SmsLocale } from '../../platform/messages/sms-texts.ts';
import type { ConfirmSignInResult, ResendCodeResult } from '../desk.ts';
import { createCodeBudget } from './code-budget.ts';
import type { CodeAsker, CodeBudget } from './code-budget.ts';
import { NO_LIMITS } from '../../platform/base/rate-limit.ts';
import { hashSignInCode, sameBytes } from '../../platform/sealing/secrets.ts';

export interface SignInCodeSettings {
  codeMinutes: number;
  codeTries: number;
  resendSeconds: number;
  sendsPerHour: number;
  sendsPerDay: number;
  /** False in load and automated runs only. */
  limited: boolean;
  orgName: string;
  locale: SmsLocale;
  /** Host of the desk's address, for the last line of the SMS, which autofill reads. */
  host: string;
}

type WrongCode = Extract<ConfirmSignInResult, { outcome: 'invalid' }>['why'];

export interface SignInCodes {
  /**
   * A new challenge and its code. Beyond the limits of the number there is no code, and no word of it.
   * @param challenge.mobile E.164
   * @returns crowded: so many codes are asked for that this one may not have been sent
   * @throws DomainError codes_paused
   */
  begin(challenge: {
    mobile: string;
    tokenHash: Buffer;
    asker: CodeAsker;
  }): Promise<{ crowded: boolean }>;
  /** Another code of the same challenge. @throws DomainError codes_paused */
  again(tokenHash: Buffer, asker: Pick<CodeAsker, 'address'>): Promise<ResendCodeResult>;
  /** Until a code of it may be asked for again; 0 or less: now. */
  waitOf(challenge: { askedAge: number }): number;
  /**
   * Counts a try. The challenge of a right code is still to be used up. `mobile`: the code was looked
   * at, and is not right.
   */
  check(input: {
    tokenHash: Buffer;
    code: string;
  }): Promise<
    | { outcome: 'right'; challengeId: string; mobile: string }
    | { outcome: 'invalid'; why: WrongCode; mobile?: string }
  >;
}

const CODE = /^\d{6}$/;
/** After the number was given a code may be sent again for so long, also when it has expired. */
const RESEND_WITHIN_SECONDS = 2 * 3600;

export const createSignInCodes = ({
  db,
  key,
  settings,
  budget = createCodeBudget({ limits: NO_LIMITS, ofDesk: 1 }),
  sendSoon,
}: {
  db: Db;
  key: Buffer;
  settings: SignInCodeSettings;
  budget?: CodeBudget;
  /** Sends a committed message in the background. */
  sendSoon: (messageId: string) => void;
}): SignInCodes => {
  const mayHaveCode = async (
    tx: Tx,
    { mobile, knownBrowser }: { mobile: string; knownBrowser: boolean },
  ): Promise<boolean> => {
    if (!settings.limited) return true;
    await lockMobile(tx, mobile);
    const { hour, day } = await countCodes(tx, { mobile, knownBrowser });
    return hour < settings.sendsPerHour && day < settings.sendsPerDay;
  };

  /** No code of it can be good any more: the number has to be given again. */
  const isOver = ({ used, age, attempts }: ChallengeRow): boolean =>
    used || age > RESEND_WITHIN_SECONDS || attempts >= settings.codeTries;

  const waitOf: SignInCodes['waitOf'] = ({ askedAge }) =>
    settings.limited ? Math.ceil(settings.resendSeconds - askedAge) : 0;

  /** Writes a new code and its SMS; the id of the message, or undefined beyond the limits. */
  const writeCode = async (
    tx: Tx,
    {
      challengeId,
      mobile,
      knownBrowser,
    }: { challengeId: string; mobile: string; knownBrowser: boolean },
  ): Promise<string | undefined> => {
    if (!(await mayHaveCode(tx, { mobile, knownBrowser }))) return undefined;
    const code = String(randomInt(1_000_000)).padStart(6, '0');
    await addCode(tx, {
      id: randomUUID(),
      challengeId,
      codeHash: hashSignInCode(key, challengeId, code),
      minutes: settings.codeMinutes,
    });
    const id = randomUUID();
    const { orgName: org, host, locale } = settings;
    await addCodeMessage(tx, {
      id,
      recipient: mobile,
      text: codeSms(locale, { org, code, host }),
      params: { code },
    });
    return id;
  };

  const isKnown = (mobile: string) => async (): Promise<boolean> =>
    (await findApplicantId(db, mobile)) !== undefined;

  const refusalOf = (
    challenge: ChallengeRow | undefined,
  ): Exclude<ResendCodeResult, { outcome: 'sent' }> | undefined => {
    // Of an expired code too, for a while: nobody types the number again for a late SMS.
    if (!challenge || isOver(challenge)) return { outcome: 'expired' };
    const seconds = waitOf(challenge);
    return seconds > 0 ? { outcome: 'wait', seconds } : undefined;
  };

  return {
    waitOf,

    async begin({ mobile, tokenHash, asker }) {
      const challengeId = randomUUID();
      const { isKnown: knownBrowser } = asker;
      const { codeMinutes: minutes } = settings;
      return budget.spend(
        { mobile, asker, isKnownNumber: isKnown(mobile) },
        async (mayHaveCode) => {
          const messageId = await db.begin(async (tx) => {
            await addChallenge(tx, { id: challengeId, tokenHash, mobile, minutes, knownBrowser });
            if (!mayHaveCode) return undefined;
            return writeCode(tx, { challengeId, mobile, knownBrowser });
          });
          if (messageId !== undefined) sendSoon(messageId);
          return messageId !== undefined;
        },
      );
    },

    async again(tokenHash, { address }) {
      const asked = await findChallenge(db, tokenHash);
      if (!asked) return { outcome: 'expired' };
      const { mobile, knownBrowser } = asked;
      const asker = { address, isKnown: knownBrowser, solved: 'picture' } as const;
      let refused: Exclude<ResendCodeResult, { outcome: 'sent' }> | undefined;
      const { crowded } = await budget.spend(
        { mobile, asker, isKnownNumber: isKnown(mobile) },
        async (mayHaveCode) => {
          const messageId = await db.begin(async (tx) => {
            await lockChallenge(tx, tokenHash);
            const challenge = await findChallenge(tx, tokenHash);
            refused = refusalOf(challenge);
            if (refused || !challenge) return undefined;
            await noteAsked(tx, challenge.id);
            if (!mayHaveCode) return undefined;
            return writeCode(tx, { challengeId: challenge.id, mobile, knownBrowser });
          });
          if (messageId !== undefined) sendSoon(messageId);
          return messageId !== undefined;
        },
      );
      return refused ?? { outcome: 'sent', crowded };
    },

    async check({ tokenHash, code: typed }) {
      const code = toLatinDigits(typed).replace(/[^0-9]/g, '');
      if (typed.trim() === '') return { outcome: 'invalid', why: 'missing' };
      if (!CODE.test(code)) return { outcome: 'invalid', why: 'wrong' };
      const challenge = await takeTry(db, { tokenHash, tries: settings.codeTries });
      if (!challenge) {
        const spent = await findChallenge(db, tokenHash);
        const usedUp = spent && !spent.expired && !spent.used;
        return { outcome: 'invalid', why: usedUp ? 'used_up' : 'expired' };
      }
      const { id: challengeId, mobile } = challenge;
      const typedHash = hashSignInCode(key, challengeId, code);
      const hashes = await liveCodeHashes(db, challengeId);
      return hashes.some((hash) => sameBytes(hash, typedHash))
        ? { outcome: 'right', challengeId, mobile }
        : { outcome: 'invalid', why: 'wrong', mobile };
    },
  };
};
