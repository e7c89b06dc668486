import type { LedgerLine } from '../ledger.ts';
import type { Stage } from '../stage.ts';

/** What a check found: breaks, and what it looked at; `notRun`: why it could not be made. */
export interface Looked {
  breaks: string[];
  looked: string;
  notRun?: string;
}

export interface LetterRow {
  id: string;
  submission_key: string;
  status: string;
  step: string | null;
  subject: string;
  round: number;
  letter_number: string | null;
  tracking_code: string | null;
  needs_attention: string | null;
  /** Sealed. */
  objection: string | null;
}

export interface Evidence {
  stage: Stage;
  lines: LedgerLine[];
  letters: Map<string, LetterRow>;
}
