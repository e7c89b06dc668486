import type { CountedAddress } from '../platform/base/rate-limit.ts';
import type { TakeReceipts, TakeReceiptsResult } from '../platform/messages/delivery-receipts.ts';
import type { StaffMember } from './staff/staff-member.ts';
import type {
  AttachedFile,
  FileToSend,
  Sender,
  ReceivedFile,
} from '../platform/files/stored-file.ts';
/**
 * What the pages can ask of the desk. One function, one file of the same name beside this one;
 * `src/main/compose.ts` puts them together. Instants are `Date`s (UTC). A `DomainError` is thrown
 * for what a person can meet (not found, already decided, …); other errors are faults.
 */
import type { InternalText, PublicText } from '../platform/base/audience.ts';
import type { PublicAction } from '../platform/audit/audit-action.ts';
import type { ForeignCodes } from '../platform/base/foreign-codes.ts';
import type { DeliveryState } from '../platform/messages/delivery.ts';
import type { Preview } from '../platform/files/preview.ts';
import type { DecisionKind, LetterStatus, LetterStep } from './letters/letter.ts';
import type { StoredFile } from '../platform/files/stored-file.ts';
import type { ApplicantAccount } from './applicants/applicant-account.ts';
import type { UnitsByKey } from '../operations/integrations/api.ts';
import type { Administration, StockReasonKind } from './administration/administration.ts';
import type { Deadlines, LetterDeadline } from './letters/deadlines.ts';
import type { ReadsFigures } from './letters/figures.ts';
import type { LetterReceipts } from './proof/letter-receipts.ts';
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

export interface Reply {
  /** 1, 2, …: the number in `/letters/:id/replies/:n/file`. */
  number: number;
  text: string;
  at: Date;
  unit: string;
  file: AttachedFile | null;
  /** Its text cannot be read in the record and is ''. Absent: it is whole. */
  damaged?: boolean;
  /** Of its file. Absent: none. */
  preview?: Preview;
}

/** What a letter said before it was corrected, and the file that it had then. */
export interface LetterVersion {
  /** 1, 2, …: the number in `/staff/letters/:id/versions/:round/file`. */
  round: number;
  subject: string;
  addressedUnit: string;
  replacedAt: Date;
  file: AttachedFile;
}

/** A reason that reviewers pick. */
export interface StockReason {
  id: string;
  kind: StockReasonKind;
  text: string;
}

/** One line of the timeline; `details` holds what `web/text` needs to say it. */
export interface TimelineEntry {
  action: PublicAction;
  at: Date;
  details: { unit?: string; text?: PublicText; letterNumber?: string };
  /** What was written cannot be read in the record. Absent: it can. */
  damaged?: boolean;
}

/** What a member of staff wrote for staff. */
export interface InternalEntry {
  kind: 'note' | 'refer' | 'annul';
  at: Date;
  by: string;
  /** That had the letter then. Absent: an administrator wrote it. */
  unit?: string;
  note: InternalText;
  damaged?: boolean;
}

export interface LetterSummary {
  id: string;
  senderName: string;
  subject: string;
  /** Name of the unit that has the letter now. */
  unit: string;
  unitId: string;
  status: LetterStatus;
  step: LetterStep | null;
  submittedAt: Date;
  decidedAt: Date | null;
  rejectionReason: string | null;
  /** 1, 2, …: how often it was sent. */
  round: number;
  /** What the newest return asked to be corrected, and when; it stays when the letter is sent again. */
  returnReason: string | null;
  returnedAt: Date | null;
  withdrawnAt: Date | null;
  /** Until when its sender can object to its rejection; null: they cannot, or not any more. */
  objectionUntil: Date | null;
  /** When its sender objected to its rejection. */
  objectedAt: Date | null;
  letterNumber: string | null;
  /** 12 characters without hyphens; `formatTrackingCode` groups them. */
  trackingCode: string | null;
  registeredAt: Date | null;
  /** Jalali date as issued: `1405/09/01`. */
  registeredOn: string | null;
  /** Its number is not valid any more. */
  annulledAt: Date | null;
  replies: number;
  /** Then its texts are '', and it has no reason and no replies to show. */
  erasedAt: Date | null;
  /** Something of it cannot be read in the record and is ''. Absent: it is whole. */
  damaged?: boolean;
  /** A decision is recorded and not yet applied; for staff only. Absent: none is. */
  hasOpenDecision?: boolean;
  /** The objection to this member's own rejection waits; for staff only. Absent: none does. */
  isOwnRejection?: boolean;
  /** Until when it is to be answered. Absent: it waits for no answer, or none is promised. */
  deadline?: LetterDeadline;
}

export interface Letter extends LetterSummary {
  file: AttachedFile;
  /** In its sender's words. */
  objection: string | null;
  timeline: TimelineEntry[];
  replyList: Reply[];
}

/** As its sender sees it. */
export interface OwnLetter extends Letter {
  /** It was withdrawn, and the workflow has not taken that up yet. */
  withdrawalOpen: boolean;
  /** Grows with whatever happens to the letter: what `watchLetter` tells. */
  stamp: number;
}

/** A decision that is recorded and not yet applied by the workflow. */
export interface OpenDecision {
  kind: DecisionKind;
  by: string;
  at: Date;
  /** Seconds left of its undo window, 0: it is applied any moment now. Absent: it has none. */
  undoSeconds?: number;
  /** By which the asking member, who made it, takes it back. Absent: they cannot. */
  undoId?: string;
}

export interface StaffLetter extends Letter {
  /** Of its own file. */
  preview: Preview;
  /** In order. */
  internalEntries: InternalEntry[];
  /** Of the rounds before this one, in order. */
  versions: LetterVersion[];
  addressedUnit: string;
  /** `+98912•••6789` */
  maskedMobile: string;
  /** Sent from the asking member's own number: they may read it, and decide nothing about it. */
  isOwn: boolean;
  /** Of an objection to this member's rejection: how many others can decide it. Absent: it is none. */
  otherDeciders?: number;
  decidedBy: string | null;
  needsAttention: string | null;
  openDecision: OpenDecision | null;
  /** Unit actions recorded and not yet taken up. */
  openActions: number;
  messages: {
    kind: string;
    state: 'pending' | 'sending' | 'sent' | 'failed';
    /** As the gateway's receipts tell; null: none has come. */
    delivery: DeliveryState | null;
    at: Date;
  }[];
  /** Deep link to the letter's workflow, for an administrator; null for others. */
  workflowUrl: string | null;
}

/** What «latest status» found: `workflow` = answered by the running workflow just now. */
export interface LatestStatus {
  source: 'workflow' | 'record';
  /** Why the record was shown: engine or worker away, or the process has ended. */
  why: 'answered' | 'engine_away' | 'ended';
  at: Date;
  status: LetterStatus;
  step: LetterStep | null;
  unit: string;
  letterNumber: string | null;
  trackingCode: string | null;
  registeredAt: Date | null;
  /** The number is not valid any more. */
  annulled: boolean;
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

/** A letter's new stamp; or that the line still stands; or that the session is over, as the last. */
export type LetterNews = number | 'alive' | 'over';

/** What happens to one letter, as long as its reader stays and is signed in. */
export interface LetterFeed extends AsyncIterable<LetterNews> {
  /** Ends it; no error when it has ended. */
  close(): void;
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

/** What is looked for among the letters that a member may see. */
export interface QueueQuery {
  filter: QueueFilter;
  /**
   * As typed: a letter number, a tracking code, the number of a submission, a whole mobile number, or
   * words of subject or sender. Then letters of every state are looked at, whatever `filter` says.
   */
  search?: string | undefined;
  unitId?: string | undefined;
  /** By the time that counts in this group; left out: what waits, oldest first, else newest first. */
  order?: QueueOrder | undefined;
  /** Only those whose deadline is over; in queues that wait for no answer it asks for nothing. */
  overdue?: boolean | undefined;
  /** From 1; one beyond the last gives the last. */
  page?: number | undefined;
}

export interface StaffQueue {
  /** Of this page. */
  letters: LetterSummary[];
  /** On all pages. */
  found: number;
  page: number;
  pages: number;
  /** False: words were looked for in the newest letters only, as many as a setting says. */
  whole: boolean;
  /** Totals of the tabs, within what this member may see. */
  counts: {
    pending: number;
    returned: number;
    with_unit: number;
    answered: number;
    closed: number;
    rejected: number;
    withdrawn: number;
    /** By this member's units, and with another one now; 0 for those who see every letter. */
    referred: number;
  };
}

export type QueueFilter = keyof StaffQueue['counts'];

/** `due`: the first deadline first, in queues that wait for an answer. */
export type QueueOrder = 'oldest' | 'newest' | 'due';

export interface Desk
  extends
    ApplicantAccount,
    StaffAccess,
    Administration,
    LetterReceipts,
    UnitsByKey,
    Deadlines,
    BrowserSetup,
    ParkedForms,
    ReadsFigures {
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
  /** An earlier letter of this applicant with the same file; undefined: there is none. */
  findRepeat(input: {
    applicantId: string;
    letterId: string;
  }): Promise<{ letterId: string; submittedAt: Date } | undefined>;
  /**
   * Newest first. With `trackingCode` (as typed, or a letter number): the letter it names, or none.
   * @throws too_many after many searches that found nothing
   */
  listLetters(input: { applicantId: string; trackingCode?: string }): Promise<LetterSummary[]>;
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
   * Tells the letter's stamp whenever it has moved past `since`, and `alive` now and then. It ends
   * with the session, at sign-out, and when the process stops.
   * @throws not_found; too_many with fact `seconds` when the session has as many open as it may;
   *   unavailable when the process has
   */
  watchLetter(input: {
    applicantId: string;
    letterId: string;
    sessionToken: string;
    since: number;
  }): Promise<LetterFeed>;
  /** @throws not_found also for another applicant's letter */
  getLetter(input: { applicantId: string; letterId: string }): Promise<OwnLetter>;
  latestStatus(input: { applicantId: string; letterId: string }): Promise<LatestStatus>;
  /**
   * WebP of one page of a reply's file, from 1.
   * @throws not_found also when it has not been made; file_waiting, file_infected, erased
   */
  readReplyPreview(input: {
    applicantId: string;
    letterId: string;
    replyNumber: number;
    page: number;
  }): Promise<Buffer>;
  /** `replyNumber` undefined: the letter's own file. */
  readLetterFile(input: {
    applicantId: string;
    letterId: string;
    replyNumber?: number;
    from?: string | undefined;
  }): Promise<FileToSend>;

  staffQueue(input: QueueQuery & { staff: StaffMember }): Promise<StaffQueue>;
  /** @throws not_found also for a letter that this member may not see */
  getStaffLetter(input: {
    staff: StaffMember;
    letterId: string;
    from?: string | undefined;
  }): Promise<StaffLetter>;
  /** `replyNumber` undefined: the letter's own file, of this `round` or else the newest. */
  readStaffFile(input: {
    staff: StaffMember;
    letterId: string;
    replyNumber?: number;
    round?: number;
    from?: string | undefined;
  }): Promise<FileToSend>;
  /**
   * WebP of one page of the letter's own file or of a reply's, from 1.
   * @throws not_found also when it has not been made; file_waiting, file_infected, erased
   */
  readPreview(input: {
    staff: StaffMember;
    letterId: string;
    replyNumber?: number;
    page: number;
    from?: string | undefined;
  }): Promise<Buffer>;
  /**
   * Notes that this member has the letter open, or has left it. It keeps nobody from anything.
   * @returns names of the others who have it open
   * @throws not_found as above
   */
  noteReader(input: { staff: StaffMember; letterId: string; hasLeft?: boolean }): Promise<string[]>;
  /** Reasons that can be picked, in the order in which they were added. */
  listStockReasons(): Promise<StockReason[]>;
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

  /** Where `web` puts an upload while it reads it; the file is durable when this returns. */
  receiveFile(
    input: { stream: NodeJS.ReadableStream; fileName: string } & Partial<Sender>,
  ): Promise<ReceivedFile>;
}
