/**
 * Codes by SMS: of a sign-in, and of an applicant who proves again who they are. A code belongs to
 * one challenge, which whoever holds its token may try a few times.
 */
import { randomInt, randomUUID } from 'node:crypto';
import type { Db, Tx } from '../db/client.ts';
import { addCodeMessage } from '../db/messages.ts';
import {
  addChallenge,
  addCode,
  countCodes,
  findChallenge,
  liveCodeHashes,
  takeTry,
} from '../db/sign-in.ts';
import type { ChallengeRow } from '../db/sign-in.ts';
import { toLatinDigits } from '../domain/digits.ts';
import { mobileGroups } from '../domain/mobile.ts';
import { codeSms } from '../domain/sms-texts.ts';
import type { SmsLocale } from '../domain/sms-texts.ts';
import type { ConfirmSignInResult, ResendCodeResult } from './desk.ts';
import { NO_LIMITS } from './rate-limit.ts';
import type { LimitName, RateLimit } from './rate-limit.ts';
import { hashSignInCode, sameBytes } from './secrets.ts';

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
   * @throws DomainError codes_paused
   */
  begin(challenge: { mobile: string; tokenHash: Buffer }): Promise<void>;
  /** Another code of the same challenge. @throws DomainError codes_paused */
  again(tokenHash: Buffer): Promise<ResendCodeResult>;
  /** Until a code of it may be sent again; 0 or less: now. */
  waitOf(challenge: { codeAge: number | null }): number;
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
  limits = NO_LIMITS,
  sendSoon,
}: {
  db: Db;
  key: Buffer;
  settings: SignInCodeSettings;
  limits?: RateLimit;
  /** Sends a committed message in the background. */
  sendSoon: (messageId: string) => void;
}): SignInCodes => {
  const mayHaveCode = async (tx: Tx, mobile: string): Promise<boolean> => {
    if (!settings.limited) return true;
    // One number at a time: two browsers cannot both take the last place.
    await tx`select pg_advisory_xact_lock(hashtextextended(${mobile}, 0))`;
    const { hour, day } = await countCodes(tx, mobile);
    return hour < settings.sendsPerHour && day < settings.sendsPerDay;
  };

  /** No code of it can be good any more: the number has to be given again. */
  const isOver = ({ used, age, attempts }: ChallengeRow): boolean =>
    used || age > RESEND_WITHIN_SECONDS || attempts >= settings.codeTries;

  const waitOf: SignInCodes['waitOf'] = ({ codeAge }) =>
    settings.limited ? Math.ceil(settings.resendSeconds - (codeAge ?? Infinity)) : 0;

  /** Writes a new code and its SMS; the id of the message, or undefined beyond the limits. */
  const writeCode = async (
    tx: Tx,
    { challengeId, mobile }: { challengeId: string; mobile: string },
  ): Promise<string | undefined> => {
    if (!(await mayHaveCode(tx, mobile))) return undefined;
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

  /**
   * Within the budgets of codes: of the desk, of the number's operator and of its neighbours. They are
   * taken before anything is known of the number: an answer about them says nothing of whose it is.
   */
  const withinBudget = async <Result>(
    mobile: string,
    write: () => Promise<Result>,
    isSent: (result: Result) => boolean,
  ): Promise<Result> => {
    const { operator, prefix } = mobileGroups(mobile);
    const taken: [LimitName, string?][] = [];
    let result: Result | undefined;
    try {
      for (const budget of [
        ['codes_of_prefix', prefix],
        ['codes_of_operator', operator],
        ['codes_of_desk'],
      ] as [LimitName, string?][]) {
        await limits.take(...budget);
        taken.push(budget);
      }
      result = await write();
      return result;
    } finally {
      if (result === undefined || !isSent(result))
        for (const budget of taken) await limits.giveBack(...budget);
    }
  };

  return {
    waitOf,

    async begin({ mobile, tokenHash }) {
      const write = () =>
        db.begin(async (tx) => {
          const challengeId = randomUUID();
          await addChallenge(tx, {
            id: challengeId,
            tokenHash,
            mobile,
            minutes: settings.codeMinutes,
          });
          return { messageId: await writeCode(tx, { challengeId, mobile }) };
        });
      const { messageId } = await withinBudget(
        mobile,
        write,
        (sent) => sent.messageId !== undefined,
      );
      if (messageId) sendSoon(messageId);
    },

    async again(tokenHash) {
      const asked = await findChallenge(db, tokenHash);
      if (!asked) return { outcome: 'expired' };
      const write = () =>
        db.begin(async (tx) => {
          await tx`select from sign_in_challenges where token_hash = ${tokenHash} for update`;
          const challenge = await findChallenge(tx, tokenHash);
          // Of an expired code too, for a while: nobody types the number again for a late SMS.
          if (!challenge || isOver(challenge)) return { outcome: 'expired' as const };
          const wait = waitOf(challenge);
          if (wait > 0) return { outcome: 'wait' as const, seconds: wait };
          const { id: challengeId, mobile } = challenge;
          const messageId = await writeCode(tx, { challengeId, mobile });
          return { outcome: 'sent' as const, messageId };
        });
      const result = await withinBudget(
        asked.mobile,
        write,
        (sent) => sent.outcome === 'sent' && sent.messageId !== undefined,
      );
      if (result.outcome !== 'sent') return result;
      if (result.messageId) sendSoon(result.messageId);
      return { outcome: 'sent' };
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
