/** Guide rows 2 and 3. The same answer for known and unknown numbers, and beyond the limits. */
import { randomInt, randomUUID } from 'node:crypto';
import type { Captcha } from '../adapters/captcha/captcha.ts';
import type { Db, Tx } from '../db/client.ts';
import { addCodeMessage } from '../db/messages.ts';
import { addSession, endSession, findSession } from '../db/sessions.ts';
import {
  addChallenge,
  addCode,
  countCodes,
  ensureApplicant,
  findApplicant,
  findChallenge,
  liveCodeHashes,
  takeTry,
  useCaptcha,
  useChallenge,
} from '../db/sign-in.ts';
import { toLatinDigits } from '../domain/digits.ts';
import { parseMobile } from '../domain/mobile.ts';
import { codeSms } from '../domain/sms-texts.ts';
import type { SmsLocale } from '../domain/sms-texts.ts';
import type { Desk } from './desk.ts';
import { hashSignInCode, hashToken, makeToken, sameBytes } from './secrets.ts';

export interface SignInSettings {
  codeMinutes: number;
  codeTries: number;
  resendSeconds: number;
  sendsPerHour: number;
  sendsPerDay: number;
  /** False in load and automated runs only. */
  limited: boolean;
  sessionHours: number;
  sessionIdleMinutes: number;
  orgName: string;
  locale: SmsLocale;
  /** Host of the desk's address, for the last line of the SMS, which autofill reads. */
  host: string;
}

const CODE = /^\d{6}$/;

export const createApplicantSignIn = ({
  db,
  captcha,
  key,
  settings,
  sendSoon,
}: {
  db: Db;
  captcha: Captcha;
  key: Buffer;
  settings: SignInSettings;
  /** Sends a committed message in the background. */
  sendSoon: (messageId: string) => void;
}): Pick<
  Desk,
  | 'startSignIn'
  | 'resendCode'
  | 'confirmSignIn'
  | 'findApplicant'
  | 'signOut'
  | 'newCaptcha'
  | 'drawCaptcha'
> => {
  const mayHaveCode = async (tx: Tx, mobile: string): Promise<boolean> => {
    if (!settings.limited) return true;
    // One number at a time: two browsers cannot both take the last place.
    await tx`select pg_advisory_xact_lock(hashtextextended(${mobile}, 0))`;
    const { hour, day } = await countCodes(tx, mobile);
    return hour < settings.sendsPerHour && day < settings.sendsPerDay;
  };

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

  return {
    newCaptcha: () => captcha.issue(),
    drawCaptcha: (id) => captcha.draw(id),

    async startSignIn({ mobile: typed, captchaId, captchaAnswer }) {
      const mobile = parseMobile(typed);
      const shown = captcha.read(captchaId);
      // Used up by any answer: a picture is worth one guess.
      const fresh = shown && (await useCaptcha(db, { id: shown.uuid, expiresAt: shown.expiresAt }));
      const solved = shown && fresh && captcha.matches(shown.answer, captchaAnswer);
      if (!mobile || !solved)
        return {
          outcome: 'invalid',
          fields: {
            ...(!mobile && { mobile: typed.trim() === '' ? 'missing' : 'not_a_mobile' }),
            ...(!solved && { captcha: captchaAnswer.trim() === '' ? 'missing' : 'wrong' }),
          },
        };
      const { token, tokenHash } = makeToken();
      const messageId = await db.begin(async (tx) => {
        const challengeId = randomUUID();
        await addChallenge(tx, {
          id: challengeId,
          tokenHash,
          mobile,
          minutes: settings.codeMinutes,
        });
        return writeCode(tx, { challengeId, mobile });
      });
      if (messageId) sendSoon(messageId);
      return { outcome: 'sent', challengeToken: token };
    },

    async resendCode(challengeToken) {
      const result = await db.begin(async (tx) => {
        const tokenHash = hashToken(challengeToken);
        await tx`select from sign_in_challenges where token_hash = ${tokenHash} for update`;
        const challenge = await findChallenge(tx, tokenHash);
        if (!challenge || challenge.used || challenge.expired) return 'expired' as const;
        const wait = settings.limited
          ? Math.ceil(settings.resendSeconds - (challenge.codeAge ?? Infinity))
          : 0;
        if (wait > 0) return { wait };
        const { id: challengeId, mobile } = challenge;
        return { messageId: await writeCode(tx, { challengeId, mobile }) };
      });
      if (result === 'expired') return { outcome: 'expired' };
      if ('wait' in result) return { outcome: 'wait', seconds: result.wait };
      if (result.messageId) sendSoon(result.messageId);
      return { outcome: 'sent' };
    },

    async confirmSignIn({ challengeToken, code: typed }) {
      const code = toLatinDigits(typed).replace(/[^0-9]/g, '');
      if (typed.trim() === '') return { outcome: 'invalid', why: 'missing' };
      if (!CODE.test(code)) return { outcome: 'invalid', why: 'wrong' };
      const tokenHash = hashToken(challengeToken);
      const challenge = await takeTry(db, { tokenHash, tries: settings.codeTries });
      if (!challenge) {
        const spent = await findChallenge(db, tokenHash);
        const usedUp = spent && !spent.expired && !spent.used;
        return { outcome: 'invalid', why: usedUp ? 'used_up' : 'expired' };
      }
      const typedHash = hashSignInCode(key, challenge.id, code);
      const hashes = await liveCodeHashes(db, challenge.id);
      if (!hashes.some((hash) => sameBytes(hash, typedHash)))
        return { outcome: 'invalid', why: 'wrong' };
      const session = makeToken();
      const signedIn = await db.begin(async (tx) => {
        if (!(await useChallenge(tx, challenge.id))) return false;
        const applicantId = await ensureApplicant(tx, {
          id: randomUUID(),
          mobile: challenge.mobile,
        });
        await addSession(tx, {
          tokenHash: session.tokenHash,
          applicantId,
          hours: settings.sessionHours,
        });
        return true;
      });
      return signedIn
        ? { outcome: 'signed_in', sessionToken: session.token }
        : { outcome: 'invalid', why: 'expired' };
    },

    async findApplicant(sessionToken) {
      const session = await findSession(db, {
        tokenHash: hashToken(sessionToken),
        idleMinutes: settings.sessionIdleMinutes,
      });
      return session?.applicantId ? findApplicant(db, session.applicantId) : undefined;
    },

    signOut: (sessionToken) => endSession(db, hashToken(sessionToken)),
  };
};
