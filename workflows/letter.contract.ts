/**
 * Everything about the letter's workflow that another folder may name. Types and names only: it is
 * bundled into the workflow, so it imports nothing that runs.
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
 * Keeps the answer of the query `status` in the clear for Temporal's own tools. It names no person,
 * and no history holds it.
 */
export const IN_CLEAR = 'clear';

export const SEARCH_ATTRIBUTES = {
  status: 'LetterStatus',
  unit: 'LetterUnit',
  number: 'LetterNumber',
} as const;

/**
 * `approve`. The desk sends the ids of decision and staff member; a person with Temporal's own
 * tools sends `{"by":"ali"}`, with a unit's id to correct the unit.
 */
export interface ApproveSignal {
  by: string;
  decisionId?: string;
  undoSeconds?: number;
  unit?: string;
}

/** `reject`. The reason is in the decision's row when `decisionId` is given, else here. */
export interface RejectSignal {
  by: string;
  decisionId?: string;
  undoSeconds?: number;
  reason?: string;
}

export type ReturnSignal = RejectSignal;

export interface WithdrawSignal {
  by: string;
  decisionId: string;
}

export interface ResubmitSignal {
  round: number;
}

export interface ObjectionSignal {
  round: number;
}

export interface UnitActionSignal {
  actionId: string;
  kind: UnitActionKind;
}

export type AnnulSignal = Record<string, never>;

export type CalendarSignal = Record<string, never>;

export interface RetrySignal {
  messageIds?: string[];
}

/**
 * Also the answer of the query `status`, in which `needsAttention` names only the failed activity.
 */
export interface LetterState {
  status: LetterStatus;
  step: LetterStep | null;
  /** Starts at 1; each correction, objection and reopening adds one. */
  round: number;
  paused: boolean;
  /** ISO 8601, UTC, as all instants here; null: the sender cannot object. */
  objectionUntil: string | null;
  closesAt: string | null;
  reopenUntil: string | null;
  letterNumber: string | null;
  trackingCode: string | null;
  registeredAt: string | null;
  unit: string;
  unitId: string;
  annulled: boolean;
  deadline?: string | null;
  nextRungAt?: string | null;
  needsAttention: string | null;
}

/** The record at the start, so that a lost engine is rebuilt by starting again. */
export interface LetterInput {
  letterId: string;
  state: LetterState;
  unsentMessageIds: string[];
  waitingFileIds?: string[];
  openWork?: {
    decisions: Decision[];
    actions: UnitActionSignal[];
  };
}

export type Decision = {
  decisionId: string;
  by: string;
  undoSeconds?: number;
} & (
  | { kind: 'approve'; unit?: string }
  | { kind: 'reject'; reason?: string }
  | { kind: 'return'; reason?: string }
  | { kind: 'withdraw' }
);

export interface Recorded {
  state: LetterState;
  messageIds: string[];
  refused: string | null;
  waitingFileIds?: string[];
}

export interface UnitActionInput {
  letterId: string;
  actionId: string;
}

/** All idempotent: running one again with the same arguments changes nothing. */
export interface LetterActivities {
  recordDecision(input: { letterId: string; decision: Decision }): Promise<Recorded>;
  recordReturn(input: { letterId: string; decision: Decision }): Promise<Recorded>;
  recordWithdrawal(input: { letterId: string; decision: Decision }): Promise<Recorded>;
  readLetter(input: { letterId: string }): Promise<Recorded>;
  readObjection(input: { letterId: string }): Promise<Recorded>;
  readAnnulment(input: { letterId: string }): Promise<Recorded>;
  endObjectionPeriod(input: { letterId: string }): Promise<Recorded>;
  climbLadder(input: { letterId: string }): Promise<Recorded>;
  recordUpdate(input: UnitActionInput): Promise<Recorded>;
  recordNote(input: UnitActionInput): Promise<Recorded>;
  recordReferral(input: UnitActionInput): Promise<Recorded>;
  recordReferralWithdrawal(input: UnitActionInput): Promise<Recorded>;
  recordReply(input: UnitActionInput): Promise<Recorded>;
  recordRelease(input: UnitActionInput): Promise<Recorded>;
  recordRework(input: UnitActionInput): Promise<Recorded>;
  recordClosing(input: UnitActionInput): Promise<Recorded>;
  recordQuestion(input: UnitActionInput): Promise<Recorded>;
  recordQuestionWithdrawal(input: UnitActionInput): Promise<Recorded>;
  recordAnswer(input: UnitActionInput): Promise<Recorded>;
  recordReopening(input: UnitActionInput): Promise<Recorded>;
  recordConsultation(input: UnitActionInput): Promise<Recorded>;
  recordOpinion(input: UnitActionInput): Promise<Recorded>;
  recordConsultationWithdrawal(input: UnitActionInput): Promise<Recorded>;
  closeAnswered(input: { letterId: string }): Promise<Recorded>;
  endReopening(input: { letterId: string }): Promise<Recorded>;
  sendMessage(input: { messageId: string; again: boolean }): Promise<void>;
  /**
   * Opens a clean file; an infected one rejects a pending letter, by the signal `reject`. Fails
   * while the scanner is away, to be retried.
   */
  scanFile(input: { letterId: string; fileId: string }): Promise<void>;
  markAttention(input: { letterId: string; why: string | null }): Promise<void>;
}
