import type { CountedAddress } from '../platform/base/rate-limit.ts';
import type { TakeReceipts, TakeReceiptsResult } from '../platform/messages/delivery-receipts.ts';
import type { StaffMember } from './staff/staff-member.ts';
/**
 * What the pages can ask of the desk. One function, one file of the same name beside this one;
 * `src/main/compose.ts` puts them together. Instants are `Date`s (UTC). A `DomainError` is thrown
 * for what a person can meet (not found, already decided, …); other errors are faults.
 */
import type { InternalText, PublicText } from '../platform/base/audience.ts';
import type { ForeignCodes } from '../platform/base/foreign-codes.ts';
import type { StaffLetter } from './letters/staff-letter.ts';
import type { StoredFile } from '../platform/files/stored-file.ts';
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

export type DecisionOutcome =
  /** `letter` is null when it has left this member's sight, as by a referral. */
  | { outcome: 'applied'; letter: StaffLetter | null }
  /** Recorded, and the workflow will take it up when the engine is back. */
  | { outcome: 'recorded' }
  /** Recorded, and applied when its undo window is over. */
  | { outcome: 'undoable' };

export interface DecideLetter {
  letterId: string;
  staff: StaffMember;
  decision:
    | { kind: 'approve'; unitId?: string }
    | { kind: 'reject'; reason: string }
    /** Back to the sender; the reason says what has to be corrected. */
    | { kind: 'return'; reason: string };
  /** Of the request, a UUID; the same key again leads to the same decision. */
  decisionKey?: string | undefined;
  /** Of the letter as it was read: what was sent since, nobody has decided by this. Left out: any. */
  round?: number | undefined;
  /** Keyed hash of the client's address, for the audit trail. */
  from?: string | undefined;
}

export interface UndoDecision {
  letterId: string;
  staff: StaffMember;
  decisionId: string;
  /** Keyed hash of the client's address, for the audit trail. */
  from?: string | undefined;
}

export interface ActOnLetter {
  letterId: string;
  staff: StaffMember;
  /** Made with the form, a UUID; the same key again leads to the same action. */
  actionKey?: string;
  action:
    /** Tells the sender where the letter stands. */
    | { kind: 'update'; text: PublicText }
    | { kind: 'note'; note: InternalText }
    /** The note is for the other unit; null: none. */
    | { kind: 'refer'; unitId: string; note: InternalText | null }
    /** `held`: the one that is kept for the action key. */
    | { kind: 'reply'; text: PublicText; file: StoredFile | 'held' | null }
    /** The reason is needed where nothing was replied. */
    | { kind: 'close'; reason: PublicText | null };
  /** Keyed hash of the client's address, for the audit trail. */
  from?: string | undefined;
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

  /** @throws too_many with fact `seconds`, after many forged ones from this address */
  takeReceipts(input: TakeReceipts): Promise<TakeReceiptsResult>;

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
  /**
   * «انصراف»; again: the same outcome. `recorded`: the workflow takes it up when the engine is back.
   * @throws already_decided with facts `kind`, `by` and `at` when somebody was first; unavailable
   *   while ways that older versions do not know are held back
   */
  withdrawLetter(input: {
    applicantId: string;
    letterId: string;
    from?: string | undefined;
  }): Promise<{ outcome: 'applied' | 'recorded' }>;
  /**
   * «اعتراض», once; the same text again changes nothing.
   * @throws not_open when the letter is not rejected, was objected to before, or the time is over
   */
  objectToRejection(input: {
    applicantId: string;
    letterId: string;
    text: string;
    from?: string | undefined;
  }): Promise<void>;

  /**
   * @throws already_decided with facts `kind`, `by` and `at` (ISO); own_letter when this member sent
   *   it; own_rejection when they rejected what is objected to; unavailable as above
   */
  decideLetter(input: DecideLetter): Promise<DecisionOutcome>;
  /**
   * Takes a decision back before it is applied. `too_late`: it was applied, or is settled otherwise.
   * @throws not_found; not_allowed but for the member who made it
   */
  undoDecision(input: UndoDecision): Promise<'undone' | 'too_late'>;
  /**
   * A file that came with the same key again belongs to nothing and is taken away.
   * @throws not_open when the letter is not with a unit; own_letter; held_file_gone
   */
  actOnLetter(input: ActOnLetter): Promise<DecisionOutcome>;

  /**
   * «ابطال شماره»: the sender is told the reason. It ends all work on the letter.
   * @throws not_allowed but for administrators; not_open when it has no number or is annulled;
   *   own_letter
   */
  annulLetter(input: {
    staff: StaffMember;
    letterId: string;
    reason: PublicText;
    internalReason: InternalText | null;
    from?: string | undefined;
  }): Promise<void>;
}
