export interface EvidenceReport {
  /** What does not fit, the part named first; empty: the bundle fits. */
  problems: string[];
  /** What was checked and fits. */
  checks: string[];
  /** What could not be checked, or has to be compared by a person. */
  notes: string[];
}

/** @param known `heads`: text of a file of published heads. Never throws. */
export declare const verifyEvidence: (bytes: Buffer, known?: { heads?: string }) => EvidenceReport;
