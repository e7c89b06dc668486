import type { Deps } from '../../platform/deps.ts';
import { findDeadlines } from './deadlines.ts';
import type { LetterDeadline } from './deadlines.ts';
import type { LetterStatus, LetterStep } from './letter.ts';
import type { LetterRow } from './letters.sql.ts';

export interface LetterSummary {
  id: string;
  senderName: string;
  subject: string;
  unit: string;
  unitId: string;
  status: LetterStatus;
  step: LetterStep | null;
  submittedAt: Date;
  decidedAt: Date | null;
  rejectionReason: string | null;
  round: number;
  returnReason: string | null;
  returnedAt: Date | null;
  withdrawnAt: Date | null;
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
  /** When set, its texts are '', and it has no reason and no replies. */
  erasedAt: Date | null;
  /** What cannot be read in the record is ''. */
  damaged?: boolean;
  /** A decision is recorded, but not yet applied; for staff only. */
  hasOpenDecision?: boolean;
  isOwnRejection?: boolean;
  readers?: string[];
  isAsked: boolean;
  reopened: number;
  reopenUntil: Date | null;
  /** When it closes by itself. */
  closesAt: Date | null;
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
  reopened: row.reopened,
  reopenUntil: row.annulledAt === null ? row.reopenUntil : null,
  closesAt: row.closesAt,
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
