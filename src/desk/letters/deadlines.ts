/** Until when a letter is to be answered, in the organisation's working time; part of `Desk`. */
import type { ExplainedDay, WorkingHours } from '../administration/working-time.ts';
import type { StaffMember } from '../staff/staff-member.ts';

export type DeadlineState =
  | 'running'
  | 'overdue'
  /** The letter is with its sender to be corrected. */
  | 'paused';

/** Of a letter that waits for an answer. */
export interface LetterDeadline {
  state: DeadlineState;
  /** End of the last working day; null: it stands still, and `left` days of it are left. */
  dueAt: Date | null;
  /** That day, Gregorian: `2026-11-22`. */
  dueOn: string | null;
  left: number;
}

/** How it was counted. */
export interface DeadlineExplanation {
  letterId: string;
  /** `ended`: answered, rejected, withdrawn or closed. */
  state: DeadlineState | 'ended';
  /** That the organisation promises. */
  workingDays: number;
  submittedAt: Date;
  dueAt: Date | null;
  dueOn: string | null;
  left: number;
  days: ExplainedDay[];
  /** By weekday, Sunday first; null: nobody works. */
  week: (WorkingHours | null)[];
}

export interface Deadlines {
  /** Of the applicant's own letter. @throws not_found; also when no deadline is promised */
  explainOwnDeadline(input: {
    applicantId: string;
    letterId: string;
  }): Promise<DeadlineExplanation>;
  /** Of a letter that this member may see. @throws not_found, as above */
  explainDeadline(input: { staff: StaffMember; letterId: string }): Promise<DeadlineExplanation>;
}
