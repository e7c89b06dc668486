export interface EvidenceReport {
  /** Empty when the bundle fits. */
  problems: string[];
  checks: string[];
  /** What could not be checked, or has to be compared by hand. */
  notes: string[];
}

/** Never throws. @param known `checkpoints` is the text of a file of published checkpoints. */
export declare const verifyEvidence: (
  bytes: Buffer,
  known?: { checkpoints?: string },
) => EvidenceReport;
