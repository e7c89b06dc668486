/** Guide rows 2 and 3. The same answer for known and unknown numbers, and beyond the limits. */
import { randomInt, randomUUID } from 'node:crypto';
import type { Captcha } from '../adapters/captcha/captcha.ts';
import type { Proofs } from '../adapters/captcha/proof.ts';
import { addAuditEntry } from '../db/audit.ts';
import type { Db, Tx } from '../db/client.ts';
import { addCodeMessage } from '../db/messages.ts';
import { addSession, endSession, findEndedSession, findSession } from '../db/sessions.ts';
import {
  addChallenge,
  addCode,
  countCodes,
  ensureApplicant,
  findApplicant,
  findApplicantId,
  findChallenge,
  liveCodeHashes,
  takeTry,
  useCaptcha,
  useChallenge,
} from '../db/sign-in.ts';
import type { ChallengeRow } from '../db/sign-in.ts';
import { toLatinDigits } from '../domain/digits.ts';
import { formatMobileLocal, mobileGroups, parseMobile } from '../domain/mobile.ts';
import { codeSms } from '../domain/sms-texts.ts';
import type { SmsLocale } from '../domain/sms-texts.ts';
import type { Desk } from './desk.ts';
import { NO_LIMITS } from './rate-limit.ts';
import type { LimitName, RateLimit } from './rate-limit.ts';
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
/** In the audit trail, of a number that nobody has signed in with. */
const UNKNOWN = 'unknown';
/** After the number was given a code may be sent again for so long, also when it has expired. */
const RESEND_WITHIN_SECONDS = 2 * 3600;

export const createApplicantSignIn = ({
  db,
  captcha,
  proofs,
  key,
  settings,
  limits = NO_LIMITS,
  sendSoon,
}: {
  db: Db;
  captcha: Captcha;
  proofs: Proofs;
  key: Buffer;
  settings: SignInSettings;
  limits?: RateLimit;
  /** Sends a committed message in the background. */
  sendSoon: (messageId: string) => void;
}): Pick<
  Desk,
  | 'startSignIn'
  | 'resendCode'
  | 'confirmSignIn'
  | 'findApplicant'
  | 'findSignIn'
  | 'findEndedSession'
  | 'signOut'
  | 'newCaptcha'
  | 'drawCaptcha'
  | 'speakCaptcha'
  | 'newProof'
> => {
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

  /** Seconds until a code may be sent again; 0 or less: now. */
  const waitOf = ({ codeAge }: { codeAge: number | null }): number =>
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

  /** Of a code or of a proof. */
  const isFirstUse = ({ uuid: id, expiresAt }: { uuid: string; expiresAt: Date }) =>
    useCaptcha(db, { id, expiresAt });

  const isRightAnswer = async (captchaId: string, typed: string): Promise<boolean> => {
    const shown = captcha.read(captchaId);
    // Used up by any answer: a picture is worth one guess.
    return shown !== undefined && (await isFirstUse(shown)) && captcha.matches(shown.answer, typed);
  };

  const end = async (
    tx: Tx,
    sessionToken: string,
    { from, why }: { from: string | undefined; why?: 'new_sign_in' },
  ): Promise<void> => {
    const applicantId = await endSession(tx, hashToken(sessionToken));
    if (applicantId === undefined) return;
    await addAuditEntry(tx, {
      actor: { kind: 'applicant', id: applicantId },
      action: 'signed_out',
      ...(why && { details: { why } }),
      from,
    });
  };

  return {
    newCaptcha: () => captcha.issue(),
    drawCaptcha: (id) => captcha.draw(id),
    speakCaptcha: ({ id, language }) => Promise.resolve(captcha.speak(id, language)),
    newProof: () => proofs.issue(),

    async startSignIn({ mobile: typed, captchaId, captchaAnswer, proof = '' }) {
      const mobile = parseMobile(typed);
      const proven = proof === '' ? undefined : await proofs.check(proof);
      if (proven && !mobile)
        return { outcome: 'invalid', fields: wrongMobile(typed), proofStands: true };
      const solved =
        (proven && (await isFirstUse(proven))) || (await isRightAnswer(captchaId, captchaAnswer));
      if (!mobile || !solved)
        return {
          outcome: 'invalid',
          fields: {
            ...(!mobile && wrongMobile(typed)),
            ...(!solved && { captcha: captchaAnswer.trim() === '' ? 'missing' : 'wrong' }),
          },
        };
      const { token, tokenHash } = makeToken();
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
      return { outcome: 'sent', challengeToken: token };
    },

    async resendCode(challengeToken) {
      const tokenHash = hashToken(challengeToken);
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

    async confirmSignIn({ challengeToken, code: typed, from, userAgent, previousToken }) {
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
      if (!hashes.some((hash) => sameBytes(hash, typedHash))) {
        await addAuditEntry(db, {
          actor: {
            kind: 'applicant',
            id: (await findApplicantId(db, challenge.mobile)) ?? UNKNOWN,
          },
          action: 'sign_in_refused',
          details: { why: 'code' },
          from,
        });
        return { outcome: 'invalid', why: 'wrong' };
      }
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
          userAgent,
        });
        if (previousToken !== undefined) await end(tx, previousToken, { from, why: 'new_sign_in' });
        await addAuditEntry(tx, {
          actor: { kind: 'applicant', id: applicantId },
          action: 'signed_in',
          from,
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
      const applicant = session?.applicantId
        ? await findApplicant(db, session.applicantId)
        : undefined;
      return session && applicant && { ...applicant, sessionSeconds: session.secondsLeft };
    },

    async findSignIn(challengeToken) {
      const challenge = await findChallenge(db, hashToken(challengeToken));
      if (!challenge || challenge.used) return undefined;
      return {
        mobile: formatMobileLocal(challenge.mobile),
        resendSeconds: Math.max(0, waitOf(challenge)),
      };
    },

    findEndedSession: (sessionToken) => findEndedSession(db, hashToken(sessionToken)),

    signOut: (sessionToken, from) => db.begin((tx) => end(tx, sessionToken, { from })),
  };
};

const wrongMobile = (typed: string) => ({
  mobile: typed.trim() === '' ? ('missing' as const) : ('not_a_mobile' as const),
});
