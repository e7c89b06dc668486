import type { CountedAddress } from '../platform/base/rate-limit.ts';
/**
 * What the pages can ask of the desk. One function, one file of the same name beside this one;
 * `src/main/compose.ts` puts them together. Instants are `Date`s (UTC). A `DomainError` is thrown
 * for what a person can meet (not found, already decided, …); other errors are faults.
 */
import type { ForeignCodes } from '../platform/base/foreign-codes.ts';
import type { ApplicantAccount } from './applicants/applicant-account.ts';
import type { UnitsByKey } from '../operations/integrations/api.ts';
import type { Administration } from './administration/administration.ts';
import type { ParkedForms } from './staff/parked-forms.ts';
import type { StaffAccess } from './staff/staff-access.ts';
import type { BrowserSetup } from './administration/set-up.ts';

export interface Unit {
  id: string;
  name: string;
  retired: boolean;
}

export interface Applicant {
  id: string;
  /** E.164 */
  mobile: string;
  /** Until the session ends, when nobody asks with it again. */
  sessionSeconds?: number;
  /** Many sign-in codes for this number that somebody else asked for before this session. */
  foreignCodes?: ForeignCodes;
}

export interface StartSignIn {
  /** As typed; every common form and digit script is understood. */
  mobile: string;
  captchaId: string;
  captchaAnswer: string;
  /** JSON of a solved `newProof`; a good one stands in for the answer. */
  proof?: string;
  /** Of the client; left out: not known. */
  address?: string;
  /** What this browser was given at its last sign-in. */
  browserToken?: string | undefined;
}

export type StartSignInResult =
  /** `crowded`: so many codes are asked for that this one may not have been sent. */
  | { outcome: 'sent'; challengeToken: string; crowded: boolean }
  | {
      outcome: 'invalid';
      fields: { mobile?: 'missing' | 'not_a_mobile'; captcha?: 'missing' | 'wrong' };
      /** The proof was good and is not used up: it may come again with the corrected number. */
      proofStands?: true;
    };

export type ConfirmSignInResult =
  /** `browserToken`: for a cookie that lets this browser ask for codes of this number later. */
  | { outcome: 'signed_in'; sessionToken: string; browserToken: string }
  | { outcome: 'invalid'; why: 'missing' | 'wrong' | 'used_up' | 'expired' };

export interface SignInUnderWay {
  /** As people write it: `09123456789`. */
  mobile: string;
  /** Until a code may be sent again; 0: now. */
  resendSeconds: number;
}

export type ResendCodeResult =
  | { outcome: 'sent'; crowded: boolean }
  | { outcome: 'wait'; seconds: number }
  | { outcome: 'expired' };

/** What a person has typed into the form of a letter. */
export interface LetterDraft {
  submissionKey: string;
  senderName: string;
  unitId: string;
  subject: string;
}

export interface Desk
  extends ApplicantAccount, StaffAccess, Administration, UnitsByKey, BrowserSetup, ParkedForms {
  /**
   * Counts a request of a client address, before anything of it is read.
   * @throws too_many with fact `seconds`
   */
  countAddress(input: CountedAddress): Promise<void>;
  /** Takes back what was counted: the request turned out to be well. Never throws. */
  forgiveAddress(input: CountedAddress): Promise<void>;

  /** @throws codes_paused with fact `seconds`, whoever asks */
  startSignIn(input: StartSignIn): Promise<StartSignInResult>;
  /** @throws codes_paused likewise */
  resendCode(input: { challengeToken: string; address?: string }): Promise<ResendCodeResult>;
  confirmSignIn(input: {
    challengeToken: string;
    code: string;
    from?: string | undefined;
    userAgent?: string | undefined;
    /** The session that this browser had: it ends as the new one begins. */
    previousToken?: string | undefined;
  }): Promise<ConfirmSignInResult>;
  /** Undefined: no such session, or it has ended. */
  findApplicant(sessionToken: string): Promise<Applicant | undefined>;
  /** The sign-in that waits for its code; undefined: there is none. */
  findSignIn(challengeToken: string): Promise<SignInUnderWay | undefined>;
  signOut(sessionToken: string, from?: string): Promise<void>;

  /** A fresh security code: its id goes into the form, its picture to `/captcha/:id.png`. */
  newCaptcha(): { id: string };
  /** PNG; undefined when the id is forged or expired. */
  drawCaptcha(id: string): Promise<Buffer | undefined>;
  /** WAV of its digits read aloud; undefined when the id is forged or expired. */
  speakCaptcha(input: { id: string; language: 'fa' | 'en' }): Promise<Buffer | undefined>;
  /** A signed challenge for the browser to solve instead of reading the code; JSON. */
  newProof(input: { address: string; browserToken?: string | undefined }): Promise<object>;

  listUnits(): Promise<Unit[]>;
}
