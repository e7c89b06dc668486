export interface EvidenceReport {
  /** What does not fit, the part named first; empty: the bundle fits. */
  problems: string[];
  /** What was checked and fits. */
  checks: string[];
  /** What could not be checked, or has to be compared by a person. */
  notes: string[];
}

/** @param known `checkpoints`: text of a file of published checkpoints. Never throws. */
export declare const verifyEvidence: (
  bytes: Buffer,
  known?: { checkpoints?: string },
) => EvidenceReport;
