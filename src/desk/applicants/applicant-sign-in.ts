/** Guide rows 2 and 3. The same answer for known and unknown numbers, and beyond the limits. */
import { randomUUID } from 'node:crypto';
import type { Captcha } from './captcha/captcha.ts';
import type { Proofs } from './captcha/proof.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Db, Tx } from '../../platform/base/database.ts';
import { addSession, endSession, findSession } from '../staff/sessions.sql.ts';
import {
  ensureApplicant,
  findForeignCodes,
  findApplicant,
  findApplicantId,
  findChallenge,
  useCaptcha,
  useChallenge,
} from './sign-in.sql.ts';
import { NOTICED_FOREIGN_CODES } from '../../platform/base/foreign-codes.ts';
import { formatMobileLocal, parseMobile } from '../../platform/base/mobile.ts';
import type { CodeBudget } from './code-budget.ts';
import type { Desk } from '../desk.ts';
import type { KnownBrowsers } from '../staff/known-browsers.ts';
import { hashToken, makeToken } from '../../platform/sealing/secrets.ts';
import type { SignInCodes } from './sign-in-codes.ts';

export interface SignInSettings {
  sessionHours: number;
  sessionIdleMinutes: number;
}

/** A proof stands until it costs this many times what was paid for it. */
const DEARER = 4;

/** In the audit trail, of a number that nobody has signed in with. */
const UNKNOWN = 'unknown';

export const createApplicantSignIn = ({
  db,
  captcha,
  proofs,
  codes,
  budget,
  knownBrowsers,
  settings,
}: {
  db: Db;
  captcha: Captcha;
  proofs: Proofs;
  codes: SignInCodes;
  budget: Pick<CodeBudget, 'priceFor'>;
  knownBrowsers: KnownBrowsers;
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
    speakCaptcha: ({ id, language }) => captcha.speak(id, language),
    async newProof({ address, browserToken }) {
      const isKnown = knownBrowsers.idOf(browserToken) !== undefined;
      return proofs.issue(await budget.priceFor({ address, isKnown }));
    },

    async startSignIn({
      mobile: typed,
      captchaId,
      captchaAnswer,
      proof = '',
      address = '',
      browserToken,
    }) {
      const mobile = parseMobile(typed);
      const proven = proof === '' ? undefined : await proofs.check(proof);
      if (proven && !mobile)
        return { outcome: 'invalid', fields: wrongMobile(typed), proofStands: true };
      const isKnown = mobile !== undefined && knownBrowsers.hasSignedIn(browserToken, mobile);
      const isPaid =
        proven !== undefined &&
        proven.price * DEARER >= (await budget.priceFor({ address, isKnown })) &&
        (await isFirstUse(proven));
      const solved = isPaid || (await isRightAnswer(captchaId, captchaAnswer));
      if (!mobile || !solved)
        return {
          outcome: 'invalid',
          fields: {
            ...(!mobile && wrongMobile(typed)),
            ...(!solved && { captcha: captchaAnswer.trim() === '' ? 'missing' : 'wrong' }),
          },
        };
      const { token, tokenHash } = makeToken();
      const asker = { address, isKnown, solved: isPaid ? 'proof' : 'picture' } as const;
      const { crowded } = await codes.begin({ mobile, tokenHash, asker });
      return { outcome: 'sent', challengeToken: token, crowded };
    },

    resendCode: ({ challengeToken, address = '' }) =>
      codes.again(hashToken(challengeToken), { address }),

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
        const foreign = await findForeignCodes(tx, checked);
        await addSession(tx, {
          tokenHash: session.tokenHash,
          applicantId,
          hours: settings.sessionHours,
          userAgent,
          proven: true,
          foreignCodes: foreign && foreign.count >= NOTICED_FOREIGN_CODES ? foreign : undefined,
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
        ? {
            outcome: 'signed_in',
            sessionToken: session.token,
            browserToken: knownBrowsers.issue(checked.mobile),
          }
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
      if (!session || !applicant) return undefined;
      const { secondsLeft: sessionSeconds, foreignCodes: count, ...at } = session;
      const { foreignCodesFrom: from, foreignCodesTo: to } = at;
      const foreignCodes = count !== null && from && to ? { count, from, to } : undefined;
      return { ...applicant, sessionSeconds, ...(foreignCodes && { foreignCodes }) };
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
