/** Guide rows 2 and 3. The same answer for known and unknown numbers, and beyond the limits. */
import { randomUUID } from 'node:crypto';
import type { Captcha } from '../adapters/captcha/captcha.ts';
import type { Proofs } from '../adapters/captcha/proof.ts';
import { addAuditEntry } from '../db/audit.ts';
import type { Db, Tx } from '../db/client.ts';
import { addSession, endSession, findSession } from '../db/sessions.ts';
import {
  ensureApplicant,
  findApplicant,
  findApplicantId,
  findChallenge,
  useCaptcha,
  useChallenge,
} from '../db/sign-in.ts';
import { formatMobileLocal, parseMobile } from '../domain/mobile.ts';
import type { Desk } from './desk.ts';
import { hashToken, makeToken } from './secrets.ts';
import type { SignInCodes } from './sign-in-codes.ts';

export interface SignInSettings {
  sessionHours: number;
  sessionIdleMinutes: number;
}

/** In the audit trail, of a number that nobody has signed in with. */
const UNKNOWN = 'unknown';

export const createApplicantSignIn = ({
  db,
  captcha,
  proofs,
  codes,
  settings,
}: {
  db: Db;
  captcha: Captcha;
  proofs: Proofs;
  codes: SignInCodes;
  settings: SignInSettings;
}): Pick<
  Desk,
  | 'startSignIn'
  | 'resendCode'
  | 'confirmSignIn'
  | 'findApplicant'
  | 'findSignIn'
  | 'signOut'
  | 'newCaptcha'
  | 'drawCaptcha'
  | 'speakCaptcha'
  | 'newProof'
> => {
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
      await codes.begin({ mobile, tokenHash });
      return { outcome: 'sent', challengeToken: token };
    },

    resendCode: (challengeToken) => codes.again(hashToken(challengeToken)),

    async confirmSignIn({ challengeToken, code, from, userAgent, previousToken }) {
      const checked = await codes.check({ tokenHash: hashToken(challengeToken), code });
      if (checked.outcome === 'invalid') {
        const { why, mobile } = checked;
        if (mobile !== undefined)
          await addAuditEntry(db, {
            actor: { kind: 'applicant', id: (await findApplicantId(db, mobile)) ?? UNKNOWN },
            action: 'sign_in_refused',
            details: { why: 'code' },
            from,
          });
        return { outcome: 'invalid', why };
      }
      const session = makeToken();
      const signedIn = await db.begin(async (tx) => {
        if (!(await useChallenge(tx, checked.challengeId))) return false;
        const applicantId = await ensureApplicant(tx, {
          id: randomUUID(),
          mobile: checked.mobile,
        });
        await addSession(tx, {
          tokenHash: session.tokenHash,
          applicantId,
          hours: settings.sessionHours,
          userAgent,
          proven: true,
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
        resendSeconds: Math.max(0, codes.waitOf(challenge)),
      };
    },

    signOut: (sessionToken, from) => db.begin((tx) => end(tx, sessionToken, { from })),
  };
};

const wrongMobile = (typed: string) => ({
  mobile: typed.trim() === '' ? ('missing' as const) : ('not_a_mobile' as const),
});
