/** Answers alike for known and unknown numbers, also beyond the limits. */
import { randomUUID } from 'node:crypto';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Db } from '../../platform/base/database.ts';
import { NOTICED_FOREIGN_CODES } from '../../platform/base/foreign-codes.ts';
import { formatMobileLocal, parseMobile } from '../../platform/base/mobile.ts';
import type { Deps } from '../../platform/deps.ts';
import { hashToken, makeToken } from '../../platform/sealing/secrets.ts';
import { browserIdOf, hasSignedIn, issueBrowserToken } from '../staff/known-browsers.ts';
import { addSession } from '../staff/sessions.sql.ts';
import { endSessionWithAudit } from './applicant-sessions.ts';
import { isRightAnswer, readCaptcha } from './captcha/captcha.ts';
import { checkProof, issueProof } from './captcha/proof.ts';
import { priceOfProof } from './code-budget.ts';
import { checkCode, resendSecondsOf, sendAnotherCode, sendCode } from './sign-in-codes.ts';
import type { ResendCodeResult, WrongCode } from './sign-in-codes.ts';
import {
  ensureApplicant,
  findApplicantId,
  findChallenge,
  findForeignCodes,
  useCaptcha,
  useChallenge,
} from './sign-in.sql.ts';

export interface StartSignIn {
  mobile: string;
  captchaId: string;
  captchaAnswer: string;
  proof?: string;
  address?: string;
  browserToken?: string | undefined;
}

export type StartSignInResult =
  /** `crowded`: the desk is short of codes, and this one may not have been sent. */
  | { outcome: 'sent'; challengeToken: string; crowded: boolean }
  | {
      outcome: 'invalid';
      fields: { mobile?: 'missing' | 'not_a_mobile'; captcha?: 'missing' | 'wrong' };
      proofStands?: true;
    };

export type ConfirmSignInResult =
  | { outcome: 'signed_in'; sessionToken: string; browserToken: string }
  | { outcome: 'invalid'; why: WrongCode };

export interface ConfirmSignIn {
  challengeToken: string;
  code: string;
  from?: string | undefined;
  userAgent?: string | undefined;
  previousToken?: string | undefined;
}

export interface SignInUnderWay {
  mobile: string;
  resendSeconds: number;
}

const MAX_PRICE_RISE = 4;

const UNKNOWN = 'unknown';

export const newProof = async (
  deps: Deps,
  { address, browserToken }: { address: string; browserToken?: string | undefined },
): Promise<object> => {
  const isKnown = browserIdOf(deps, browserToken) !== undefined;
  return issueProof(deps, { price: await priceOfProof(deps, { address, isKnown }) });
};

/** @throws DomainError codes_paused with fact `seconds`, for known and unknown numbers alike */
export const startSignIn = async (deps: Deps, input: StartSignIn): Promise<StartSignInResult> => {
  const { mobile: typed, proof = '', address = '', browserToken } = input;
  const mobile = parseMobile(typed);
  const proven = proof === '' ? undefined : await checkProof(deps, proof);
  if (proven && !mobile)
    return { outcome: 'invalid', fields: wrongMobile(typed), proofStands: true };
  const isKnown = mobile !== undefined && hasSignedIn(deps, browserToken, mobile);
  const isPaid =
    proven !== undefined &&
    proven.price * MAX_PRICE_RISE >= (await priceOfProof(deps, { address, isKnown })) &&
    (await isFirstUse(deps.db, proven));
  const solved = isPaid || (await takeAnswer(deps, input));
  if (!mobile || !solved) {
    const captcha = input.captchaAnswer.trim() === '' ? 'missing' : 'wrong';
    const fields = { ...(!mobile && wrongMobile(typed)), ...(!solved && ({ captcha } as const)) };
    return { outcome: 'invalid', fields };
  }
  const { token, tokenHash } = makeToken();
  const asker = { address, isKnown, solved: isPaid ? 'proof' : 'picture' } as const;
  const { crowded } = await sendCode(deps, { mobile, tokenHash, asker });
  return { outcome: 'sent', challengeToken: token, crowded };
};

export const resendCode = (
  deps: Deps,
  { challengeToken, address = '' }: { challengeToken: string; address?: string },
): Promise<ResendCodeResult> => sendAnotherCode(deps, hashToken(challengeToken), { address });

export const confirmSignIn = async (
  deps: Deps,
  { challengeToken, code, ...request }: ConfirmSignIn,
): Promise<ConfirmSignInResult> => {
  const { db } = deps;
  const checked = await checkCode(deps, { tokenHash: hashToken(challengeToken), code });
  if (checked.outcome === 'right') return openSession(deps, checked, request);
  const { why, mobile } = checked;
  if (mobile !== undefined)
    await addAuditEntry(db, {
      actor: { kind: 'applicant', id: (await findApplicantId(db, mobile)) ?? UNKNOWN },
      action: 'sign_in_refused',
      details: { why: 'code' },
      from: request.from,
    });
  return { outcome: 'invalid', why };
};

export const findSignIn = async (
  deps: Deps,
  challengeToken: string,
): Promise<SignInUnderWay | undefined> => {
  const challenge = await findChallenge(deps.db, hashToken(challengeToken));
  if (!challenge || challenge.used) return undefined;
  return {
    mobile: formatMobileLocal(challenge.mobile),
    resendSeconds: resendSecondsOf(deps, challenge),
  };
};

const openSession = async (
  deps: Deps,
  { challengeId, mobile }: { challengeId: string; mobile: string },
  { from, userAgent, previousToken }: Omit<ConfirmSignIn, 'challengeToken' | 'code'>,
): Promise<ConfirmSignInResult> => {
  const { token: sessionToken, tokenHash } = makeToken();
  const signedIn = await deps.db.begin(async (tx) => {
    if (!(await useChallenge(tx, challengeId))) return false;
    const applicantId = await ensureApplicant(tx, { id: randomUUID(), mobile });
    const foreign = await findForeignCodes(tx, { mobile, challengeId });
    await addSession(tx, {
      tokenHash,
      applicantId,
      hours: deps.config.limits.sessionHours,
      userAgent,
      proven: true,
      foreignCodes: foreign && foreign.count >= NOTICED_FOREIGN_CODES ? foreign : undefined,
    });
    if (previousToken !== undefined)
      await endSessionWithAudit(tx, previousToken, { from, why: 'new_sign_in' });
    const actor = { kind: 'applicant', id: applicantId } as const;
    await addAuditEntry(tx, { actor, action: 'signed_in', from });
    return true;
  });
  if (!signedIn) return { outcome: 'invalid', why: 'expired' };
  return { outcome: 'signed_in', sessionToken, browserToken: issueBrowserToken(deps, mobile) };
};

const isFirstUse = (
  db: Db,
  { uuid: id, expiresAt }: { uuid: string; expiresAt: Date },
): Promise<boolean> => useCaptcha(db, { id, expiresAt });

/** Any answer uses it up: a picture is worth one guess. */
const takeAnswer = async (
  deps: Deps,
  { captchaId, captchaAnswer }: StartSignIn,
): Promise<boolean> => {
  const shown = readCaptcha(deps, captchaId);
  return (
    shown !== undefined &&
    (await isFirstUse(deps.db, shown)) &&
    isRightAnswer(shown.answer, captchaAnswer)
  );
};

const wrongMobile = (typed: string) => ({
  mobile: typed.trim() === '' ? ('missing' as const) : ('not_a_mobile' as const),
});
