/**
 * Everything about the letter's workflow that another folder may name. Types and names only: it is
 * bundled into the workflow and imported by clients, so it imports nothing that runs.
 */
import type { LetterStatus, LetterStep, UnitActionKind } from '../src/desk/letters/letter.ts';

export const TASK_QUEUE = 'letters';
export const LETTER_WORKFLOW = 'letterWorkflow';
export const letterWorkflowId = (letterId: string): string => `letter-${letterId}`;

export const SIGNALS = {
  approve: 'approve',
  reject: 'reject',
  return: 'return',
  withdraw: 'withdraw',
  resubmit: 'resubmit',
  objection: 'objection',
  unitAction: 'unitAction',
  annul: 'annul',
  calendar: 'calendar',
  retry: 'retry',
} as const;
export const STATUS_QUERY = 'status';

/**
 * Metadata of a payload that stays in the clear: the answer of `status`, so that Temporal's own
 * tools can ask where a letter stands. It names no person, and no history holds it.
 */
export const IN_CLEAR = 'clear';

/** Keyword attributes; none names a person. Made by the desk on a fresh server. */
export const SEARCH_ATTRIBUTES = {
  status: 'LetterStatus',
  unit: 'LetterUnit',
  number: 'LetterNumber',
} as const;

/**
 * `approve`. The desk sends its decision's id and the staff member's id; a person with Temporal's
 * own tools sends `{"by":"ali"}`, with a unit's id to correct the unit.
 */
export interface ApproveSignal {
  by: string;
  decisionId?: string;
  /** Of the desk: how long the decision can be taken back. Left out: it is applied at once. */
  undoSeconds?: number;
  unit?: string;
}

/** `reject`. The reason stands in the decision's row when `decisionId` is given, else here. */
export interface RejectSignal {
  by: string;
  decisionId?: string;
  undoSeconds?: number;
  reason?: string;
}

/** `return`: back to the sender. What has to be corrected stands like a rejection's reason. */
export type ReturnSignal = RejectSignal;

/** `withdraw`: by the sender, at the desk; the decision's row says who. */
export interface WithdrawSignal {
  by: string;
  decisionId: string;
}

/** `resubmit`: the sender has corrected the letter, and the record has it as sent again. */
export interface ResubmitSignal {
  /** 2, 3, … */
  round: number;
}

/** `objection`: the record has the rejected letter as objected to by its sender, and pending again. */
export interface ObjectionSignal {
  /** 2, 3, … */
  round: number;
}

/** `unitAction`: what the unit, or the sender, did stands in the row `actionId` of `unit_actions`. */
export interface UnitActionSignal {
  actionId: string;
  /** By it the activity is named. */
  kind: UnitActionKind;
}

/** `annul`: the record has the number as annulled; the payload says nothing. */
export type AnnulSignal = Record<string, never>;

/** `calendar`: the working calendar has changed, and with it perhaps the deadline; the payload says nothing. */
export type CalendarSignal = Record<string, never>;

/** `retry`. The desk names the messages that the record has as not sent; a person names none. */
export interface RetrySignal {
  messageIds?: string[];
}

/**
 * Where the record says the letter stands. Also the answer of the query `status`, in which
 * `needsAttention` names only the activity that failed.
 */
export interface LetterState {
  status: LetterStatus;
  step: LetterStep | null;
  /** 1, and one more with each correction, with the objection and with each reopening. */
  round: number;
  /** The clock of its deadline stands still: its sender has to correct it, or to answer a question. */
  paused: boolean;
  /** ISO 8601, UTC: until when its sender can object to its rejection; null: they cannot. */
  objectionUntil: string | null;
  /** ISO 8601, UTC: when it closes by itself, being answered; null: it does not. */
  closesAt: string | null;
  /** ISO 8601, UTC: until when its sender can reopen it; null: they cannot. */
  reopenUntil: string | null;
  letterNumber: string | null;
  /** 12 characters without hyphens. */
  trackingCode: string | null;
  /** ISO 8601, UTC. */
  registeredAt: string | null;
  /** Name of the unit that has the letter. */
  unit: string;
  unitId: string;
  /** The number is not valid any more; it stays in the register. */
  annulled: boolean;
  /** ISO 8601, UTC: until when it is to be answered; null: it stands still, or there is none. */
  deadline?: string | null;
  /** ISO 8601, UTC: when the record is to be asked what is due; null: not before something changes. */
  nextRungAt?: string | null;
  /** Why the process waits for a `retry` signal; null when all is well. */
  needsAttention: string | null;
}

/** The record at the moment of starting, so that a lost engine is rebuilt by starting again. */
export interface LetterInput {
  letterId: string;
  state: LetterState;
  /** Messages of the letter that had not been sent. */
  unsentMessageIds: string[];
  /** Files of the letter that the virus scanner has not seen; left out when there is none. */
  waitingFileIds?: string[];
  /** What was recorded and not taken up, in its order; left out when there is none. */
  openWork?: {
    decisions: Decision[];
    actions: UnitActionSignal[];
  };
}

export type Decision = {
  decisionId: string;
  by: string;
  /** How long it can be taken back before it is applied; left out: it is applied at once. */
  undoSeconds?: number;
} & (
  | { kind: 'approve'; unit?: string }
  | { kind: 'reject'; reason?: string }
  | { kind: 'return'; reason?: string }
  | { kind: 'withdraw' }
);

/** What an activity made of a decision or an action, and where the letter stands after it. */
export interface Recorded {
  state: LetterState;
  /** Messages that are to be sent because of it. */
  messageIds: string[];
  /** Why it was refused and changed nothing; null when it is recorded. */
  refused: string | null;
  /** Files of the letter that the virus scanner has not seen; left out when there is none. */
  waitingFileIds?: string[];
}

export interface UnitActionInput {
  letterId: string;
  actionId: string;
}

/** Every activity may be run again with the same arguments and changes nothing the second time. */
export interface LetterActivities {
  /** Writes the decision; an approval gets number, date, tracking code and its SMS row at once. */
  recordDecision(input: { letterId: string; decision: Decision }): Promise<Recorded>;
  /** Back to the sender to be corrected, with an SMS that says what. */
  recordReturn(input: { letterId: string; decision: Decision }): Promise<Recorded>;
  /** The sender has withdrawn the letter. */
  recordWithdrawal(input: { letterId: string; decision: Decision }): Promise<Recorded>;
  /** Where the record says that the letter stands; writes nothing. */
  readLetter(input: { letterId: string }): Promise<Recorded>;
  /** The same, after its sender has objected to its rejection. */
  readObjection(input: { letterId: string }): Promise<Recorded>;
  /** The same, after the number was annulled. */
  readAnnulment(input: { letterId: string }): Promise<Recorded>;
  /** Nobody can object from then on, unless the time is not over in the record. */
  endObjectionPeriod(input: { letterId: string }): Promise<Recorded>;
  /** Writes which rungs of its deadline are due, each once. */
  climbLadder(input: { letterId: string }): Promise<Recorded>;
  /** Each applies what a unit did with the letter. */
  recordUpdate(input: UnitActionInput): Promise<Recorded>;
  recordNote(input: UnitActionInput): Promise<Recorded>;
  recordReferral(input: UnitActionInput): Promise<Recorded>;
  recordReply(input: UnitActionInput): Promise<Recorded>;
  recordClosing(input: UnitActionInput): Promise<Recorded>;
  recordQuestion(input: UnitActionInput): Promise<Recorded>;
  recordQuestionWithdrawal(input: UnitActionInput): Promise<Recorded>;
  /** Of the sender, to the question. */
  recordAnswer(input: UnitActionInput): Promise<Recorded>;
  /** Of the sender: the letter is with its unit again. */
  recordReopening(input: UnitActionInput): Promise<Recorded>;
  /** Closes an answered letter, unless the calendar has moved the end of its time. */
  closeAnswered(input: { letterId: string }): Promise<Recorded>;
  /** Nobody can reopen a closed letter from then on, unless the time is not over in the record. */
  endReopening(input: { letterId: string }): Promise<Recorded>;
  /** Sends one SMS unless it has been sent; `again` also when the gateway had refused it. */
  sendMessage(input: { messageId: string; again: boolean }): Promise<void>;
  /**
   * Has the virus scanner look at a file, and writes what it says: a clean file is opened, with an
   * infected one the desk rejects a pending letter, by the signal `reject`. Fails, to be tried again,
   * while the scanner is away.
   */
  scanFile(input: { letterId: string; fileId: string }): Promise<void>;
  /** Shows in the desk why the letter's process waits for a retry; `null` takes it away. */
  markAttention(input: { letterId: string; why: string | null }): Promise<void>;
}
