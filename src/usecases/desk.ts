/**
 * What the pages can ask of the desk. One function, one file of the same name beside this one;
 * `src/main/compose.ts` puts them together. Instants are `Date`s (UTC). A `DomainError` is thrown
 * for what a person can meet (not found, already decided, …); other errors are faults.
 */
import type { LetterStatus, LetterStep, StoredFile, UnitActionKind } from '../domain/letter.ts';

export interface Unit {
  id: string;
  name: string;
  retired: boolean;
}

export interface Applicant {
  id: string;
  /** E.164 */
  mobile: string;
}

export type StaffRole = 'reviewer' | 'unit' | 'admin' | 'auditor';

export interface StaffMember {
  id: string;
  username: string;
  name: string;
  role: StaffRole;
  unitIds: string[];
}

export interface AttachedFile {
  name: string;
  type: StoredFile['type'];
  bytes: number;
  sha256: string;
}

export interface Reply {
  /** 1, 2, …: the number in `/letters/:id/replies/:n/file`. */
  number: number;
  text: string;
  at: Date;
  unit: string;
  file: AttachedFile | null;
}

/** One line of the timeline; `details` holds what `web/text` needs to say it. */
export interface TimelineEntry {
  action: 'submitted' | 'approved' | 'rejected' | 'noted' | 'referred' | 'replied' | 'closed';
  at: Date;
  details: { unit?: string; text?: string; letterNumber?: string };
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
  letterNumber: string | null;
  /** 12 characters without hyphens; `formatTrackingCode` groups them. */
  trackingCode: string | null;
  registeredAt: Date | null;
  /** Jalali date as issued: `1405/09/01`. */
  registeredOn: string | null;
  replies: number;
}

export interface Letter extends LetterSummary {
  file: AttachedFile;
  timeline: TimelineEntry[];
  replyList: Reply[];
}

export interface StaffLetter extends Letter {
  addressedUnit: string;
  /** `+98912•••6789` */
  maskedMobile: string;
  decidedBy: string | null;
  needsAttention: string | null;
  /** A decision that is recorded and not yet taken up by the workflow. */
  openDecision: { kind: 'approve' | 'reject'; by: string; at: Date } | null;
  /** Unit actions recorded and not yet taken up. */
  openActions: number;
  messages: { kind: string; state: 'pending' | 'sending' | 'sent' | 'failed'; at: Date }[];
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
}

export interface StartSignIn {
  /** As typed; every common form and digit script is understood. */
  mobile: string;
  captchaId: string;
  captchaAnswer: string;
  /** JSON of a solved `newProof`; a good one stands in for the answer. */
  proof?: string;
}

export type StartSignInResult =
  | { outcome: 'sent'; challengeToken: string }
  | {
      outcome: 'invalid';
      fields: { mobile?: 'missing' | 'not_a_mobile'; captcha?: 'missing' | 'wrong' };
      /** The proof was good and is not used up: it may come again with the corrected number. */
      proofStands?: true;
    };

export type ConfirmSignInResult =
  | { outcome: 'signed_in'; sessionToken: string }
  | { outcome: 'invalid'; why: 'missing' | 'wrong' | 'used_up' | 'expired' };

export type ResendCodeResult =
  | { outcome: 'sent' }
  | { outcome: 'wait'; seconds: number }
  | { outcome: 'expired' };

export interface SubmitLetter {
  applicantId: string;
  /** Made with the form; the same key again leads to the same letter. */
  submissionKey: string;
  senderName: string;
  unitId: string;
  subject: string;
  file: StoredFile;
}

export type StaffSignInResult =
  | { outcome: 'signed_in'; sessionToken: string }
  | { outcome: 'second_factor'; pendingToken: string }
  | { outcome: 'invalid' }
  /** A second factor is required and this account has none: the operator has to set one. */
  | { outcome: 'second_factor_missing' };

export type DecisionOutcome =
  /** `letter` is null when it has left this member's sight, as by a referral. */
  | { outcome: 'applied'; letter: StaffLetter | null }
  /** Recorded, and the workflow will take it up when the engine is back. */
  | { outcome: 'recorded' };

export interface DecideLetter {
  letterId: string;
  staff: StaffMember;
  decision: { kind: 'approve'; unitId?: string } | { kind: 'reject'; reason: string };
}

export interface ActOnLetter {
  letterId: string;
  staff: StaffMember;
  /** Made with the form, a UUID; the same key again leads to the same action. */
  actionKey?: string;
  action:
    | { kind: 'note'; text: string }
    | { kind: 'refer'; unitId: string; text: string }
    | { kind: 'reply'; text: string; file: StoredFile | null }
    | { kind: 'close' };
}

export interface StaffQueue {
  letters: LetterSummary[];
  /** Totals of the tabs, within what this member may see. */
  counts: {
    pending: number;
    with_unit: number;
    answered: number;
    closed: number;
    rejected: number;
  };
}

export type QueueFilter = keyof StaffQueue['counts'];

export interface FileToSend {
  file: StoredFile;
  /** Whole file; it has been checked against its SHA-256. */
  bytes: Buffer;
}

export interface OutboxMessage {
  id: string;
  to: string;
  kind: string;
  text: string;
  sentAt: Date;
}

export interface Health {
  /** False only when a letter could not be accepted. */
  ready: boolean;
  parts: Record<
    'database' | 'temporal' | 'worker' | 'outbox' | 'files',
    { ok: boolean; detail: string }
  >;
}

/** What is limited by the address a request comes from. */
export type AddressLimit = 'codes' | 'staff_sign_in';

/** Why a piece of work is stuck: what waits, and for whom. */
export type StuckKind =
  /** The engine was not told. */
  | 'engine'
  /** The letter's process met a fault that does not pass. */
  | 'attention'
  /** An SMS was refused, or is not sent after 15 minutes. */
  | 'message'
  /** Recorded, told to the engine, and not taken up. */
  | 'decision'
  | 'unit_action'
  /** In the store, older than an hour, of no letter. */
  | 'file_without_row'
  /** Of a letter, and not in the store. */
  | 'row_without_file'
  /** Counter and entries differ. */
  | 'register';

export interface StuckPiece {
  kind: StuckKind;
  /** Unique within its kind. */
  id: string;
  letterId: string | null;
  letterNumber: string | null;
  /** In the words of the record: kind of signal, message or action; storage key; register and year. */
  what: string;
  /** What the system said, in English; null when it said nothing. */
  cause: string | null;
  since: Date;
  attempts: number | null;
  /** False: a retry cannot mend it. */
  canRetry: boolean;
}

export interface StuckWork {
  at: Date;
  /** Of all pieces, shown or not. */
  total: number;
  /** Up to 100 of each kind, the oldest first. */
  pieces: StuckPiece[];
  /** False: there are so many files that a part was looked at, another one each time. */
  allFilesSeen: boolean;
}

export interface Desk {
  /**
   * Counts a request of a client address, before anything of it is read.
   * @throws too_many with fact `seconds`
   */
  countAddress(input: { limit: AddressLimit; address: string }): Promise<void>;
  /** Takes back what was counted: the request turned out to be well. Never throws. */
  forgiveAddress(input: { limit: AddressLimit; address: string }): Promise<void>;

  /** @throws codes_paused with fact `seconds`, whoever asks */
  startSignIn(input: StartSignIn): Promise<StartSignInResult>;
  /** @throws codes_paused likewise */
  resendCode(challengeToken: string): Promise<ResendCodeResult>;
  confirmSignIn(input: { challengeToken: string; code: string }): Promise<ConfirmSignInResult>;
  /** Undefined: no such session, or it has ended. */
  findApplicant(sessionToken: string): Promise<Applicant | undefined>;
  signOut(sessionToken: string): Promise<void>;

  /** A fresh security code: its id goes into the form, its picture to `/captcha/:id.png`. */
  newCaptcha(): { id: string };
  /** PNG; undefined when the id is forged or expired. */
  drawCaptcha(id: string): Promise<Buffer | undefined>;
  /** WAV of its digits read aloud; undefined when the id is forged or expired. */
  speakCaptcha(input: { id: string; language: 'fa' | 'en' }): Promise<Buffer | undefined>;
  /** A signed challenge for the browser to solve instead of reading the code; JSON. */
  newProof(): Promise<object>;

  listUnits(): Promise<Unit[]>;
  /** @throws unit_not_available, too_many_letters */
  submitLetter(input: SubmitLetter): Promise<{ letterId: string }>;
  /**
   * Newest first. With `trackingCode` (as typed): the one letter it names, or none.
   * @throws too_many after many searches that found nothing
   */
  listLetters(input: { applicantId: string; trackingCode?: string }): Promise<LetterSummary[]>;
  /** @throws not_found also for another applicant's letter */
  getLetter(input: { applicantId: string; letterId: string }): Promise<Letter>;
  latestStatus(input: { applicantId: string; letterId: string }): Promise<LatestStatus>;
  /** `replyNumber` undefined: the letter's own file. */
  readLetterFile(input: {
    applicantId: string;
    letterId: string;
    replyNumber?: number;
  }): Promise<FileToSend>;

  /** @throws too_many with fact `seconds`, for a known and an unknown name alike */
  staffSignIn(input: { username: string; password: string }): Promise<StaffSignInResult>;
  staffSecondFactor(input: { pendingToken: string; code: string }): Promise<StaffSignInResult>;
  findStaff(sessionToken: string): Promise<StaffMember | undefined>;
  staffQueue(input: { staff: StaffMember; filter: QueueFilter }): Promise<StaffQueue>;
  /** @throws not_found also for a letter that this member may not see */
  getStaffLetter(input: { staff: StaffMember; letterId: string }): Promise<StaffLetter>;
  readStaffFile(input: {
    staff: StaffMember;
    letterId: string;
    replyNumber?: number;
  }): Promise<FileToSend>;
  /** @throws already_decided with facts `by` and `at` (ISO) */
  decideLetter(input: DecideLetter): Promise<DecisionOutcome>;
  /**
   * A file that came with the same key again belongs to nothing and is taken away.
   * @throws not_open when the letter is not with a unit
   */
  actOnLetter(input: ActOnLetter): Promise<DecisionOutcome>;

  /** @throws not_allowed but for administrators and auditors */
  stuckWork(input: { staff: StaffMember }): Promise<StuckWork>;
  /**
   * Tries all that is stuck of one letter again, or takes away a file that belongs to nobody.
   * `retried` false: there was nothing to do.
   * @throws not_allowed but for administrators
   */
  retryStuck(input: {
    staff: StaffMember;
    target: { letterId: string } | { storageKey: string };
  }): Promise<{ retried: boolean }>;

  /** Messages of the `outbox:` gateway, newest first. */
  outboxMessages(input: { mobile?: string }): Promise<OutboxMessage[]>;
  health(): Promise<Health>;

  /** Where `web` puts an upload while it reads it; the file is durable when this returns. */
  receiveFile(input: { stream: NodeJS.ReadableStream; fileName: string }): Promise<ReceivedFile>;
  /** Takes away a received file that no letter or reply came to name. Never throws. */
  discardFile(file: StoredFile): Promise<void>;
}

/** Why a file was not taken. `web/text` has the words for each. */
export type FileProblem =
  | 'missing'
  | 'empty'
  | 'too_big'
  | 'wrong_extension'
  | 'content_mismatch'
  | 'macros'
  | 'encrypted'
  | 'too_many_pixels'
  | 'broken';

export type ReceivedFile = { ok: true; file: StoredFile } | { ok: false; problem: FileProblem };

/** Names of the unit actions, for the forms of the staff desk. */
export const UNIT_ACTIONS: readonly UnitActionKind[] = ['note', 'refer', 'reply', 'close'];

/** Whom the page of stuck work is shown to; only an administrator can try again. */
export const maySeeStuckWork = ({ role }: Pick<StaffMember, 'role'>): boolean =>
  role === 'admin' || role === 'auditor';
