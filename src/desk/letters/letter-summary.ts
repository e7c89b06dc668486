import type { Deps } from '../../platform/deps.ts';
import { findDeadlines } from './deadlines.ts';
import type { LetterDeadline } from './deadlines.ts';
import type { LetterStatus, LetterStep } from './letter.ts';
import type { LetterRow } from './letters.sql.ts';

export interface LetterSummary {
  id: string;
  senderName: string;
  subject: string;
  /** That has the letter now. */
  unit: string;
  unitId: string;
  status: LetterStatus;
  step: LetterStep | null;
  submittedAt: Date;
  decidedAt: Date | null;
  rejectionReason: string | null;
  /** 1, 2, …: how often it was sent. */
  round: number;
  /** Of the newest return; both stay when the letter is sent again. */
  returnReason: string | null;
  returnedAt: Date | null;
  withdrawnAt: Date | null;
  /** Null: its sender cannot object to its rejection, or not any more. */
  objectionUntil: Date | null;
  objectedAt: Date | null;
  letterNumber: string | null;
  /** 12 characters without hyphens; `formatTrackingCode` groups them. */
  trackingCode: string | null;
  registeredAt: Date | null;
  /** Jalali date as issued: `1405/09/01`. */
  registeredOn: string | null;
  annulledAt: Date | null;
  replies: number;
  /** When set, its texts are '', and it has no reason and no replies to show. */
  erasedAt: Date | null;
  /** Something of it cannot be read in the record and is ''. Absent: it is whole. */
  damaged?: boolean;
  /** A decision is recorded and not yet applied; for staff only. */
  hasOpenDecision?: boolean;
  /** The objection to this member's own rejection waits; for staff only. */
  isOwnRejection?: boolean;
  /** Names of the colleagues who have it open; for staff only. */
  readers?: string[];
  /** A question of its unit waits for its sender's answer. */
  isAsked: boolean;
  /** Null: its sender cannot reopen it, or not any more. */
  reopenUntil: Date | null;
  /** Absent: it waits for no answer, or none is promised. */
  deadline?: LetterDeadline;
}

export const summaryOf = (row: LetterRow): LetterSummary => ({
  id: row.id,
  senderName: row.senderName,
  subject: row.subject,
  unit: row.unit,
  unitId: row.unitId,
  status: row.status,
  step: row.step,
  submittedAt: row.submittedAt,
  decidedAt: row.decidedAt,
  rejectionReason: row.erasedAt === null ? row.rejectionReason || null : null,
  round: row.round,
  returnReason: row.erasedAt === null ? row.returnReason || null : null,
  returnedAt: row.returnedAt,
  withdrawnAt: row.withdrawnAt,
  objectionUntil: row.objectionUntil,
  objectedAt: row.objectedAt,
  letterNumber: row.letterNumber,
  trackingCode: row.trackingCode,
  registeredAt: row.registeredAt,
  registeredOn: row.registeredOn,
  annulledAt: row.annulledAt,
  replies: row.erasedAt === null ? row.replies : 0,
  erasedAt: row.erasedAt,
  isAsked: row.openQuestionId !== null,
  reopenUntil: row.annulledAt === null ? row.reopenUntil : null,
  ...(row.damaged && { damaged: true }),
});

export const summarizeWithDeadlines = async (
  deps: Deps,
  rows: LetterRow[],
): Promise<LetterSummary[]> => {
  const deadlines = await findDeadlines(deps, rows);
  return rows.map((row) => {
    const deadline = deadlines.get(row.id);
    return { ...summaryOf(row), ...(deadline && { deadline }) };
  });
};
