/** What applicants see and do of their own account. Part of `Desk`. Types only. */

export interface ApplicantSession {
  id: string;
  /** Of the browser, as it said; null: it said nothing. */
  userAgent: string | null;
  createdAt: Date;
  lastSeenAt: Date;
  /** The one that asks. */
  own: boolean;
}

/** @throws not_allowed when the asking session has ended */
export interface ApplicantAccount {
  /** Those that are open, the own one first. */
  listApplicantSessions(sessionToken: string): Promise<ApplicantSession[]>;
  /** One that has ended already, or is somebody else's, is no error. `own`: it was the asking one. */
  endApplicantSession(input: {
    sessionToken: string;
    sessionId: string;
    from?: string | undefined;
  }): Promise<{ own: boolean }>;
  endOtherApplicantSessions(input: {
    sessionToken: string;
    from?: string | undefined;
  }): Promise<{ ended: number }>;
}
