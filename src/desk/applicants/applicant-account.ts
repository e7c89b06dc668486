/** What applicants see and do of their own account. Part of `Desk`. Types only. */
import type { ConfirmSignInResult, ResendCodeResult } from '../desk.ts';

export interface ApplicantSession {
  id: string;
  /** Of the browser, as it said; null: it said nothing. */
  userAgent: string | null;
  createdAt: Date;
  lastSeenAt: Date;
  /** The one that asks. */
  own: boolean;
}

/** `ended`: how many. `unproven`: they have to prove who they are before, by a code. */
export type EndSessionsResult =
  | { outcome: 'ended'; ended: number; own: boolean }
  | { outcome: 'unproven' };

/** @throws not_allowed when the asking session has ended */
export interface ApplicantAccount {
  /** Those that are open, the own one first. */
  listApplicantSessions(sessionToken: string): Promise<ApplicantSession[]>;
  /**
   * The asking session may end itself at any time; others only a short time after a code by SMS was
   * typed in it. One that has ended already, or is somebody else's, is no error. `own`: it was the
   * asking one.
   */
  endApplicantSession(input: {
    sessionToken: string;
    sessionId: string;
    from?: string | undefined;
  }): Promise<EndSessionsResult>;
  endOtherApplicantSessions(input: {
    sessionToken: string;
    from?: string | undefined;
  }): Promise<EndSessionsResult>;
  /**
   * Sends a code to the number of the session. With `confirmToken` of a code that is on its way none
   * is sent, and the token comes back. @throws codes_paused with fact `seconds`
   */
  sendConfirmation(input: {
    sessionToken: string;
    confirmToken?: string | undefined;
  }): Promise<{ confirmToken: string }>;
  /** @throws codes_paused likewise */
  resendConfirmation(input: {
    sessionToken: string;
    confirmToken: string;
  }): Promise<ResendCodeResult>;
  /** Seconds until a code may be sent again; undefined: there is none to be typed. */
  findConfirmation(input: {
    sessionToken: string;
    confirmToken: string;
  }): Promise<{ resendSeconds: number } | undefined>;
  /** `confirmed`: the session goes on under another token. */
  confirmApplicant(input: {
    sessionToken: string;
    confirmToken: string;
    code: string;
    from?: string | undefined;
  }): Promise<ConfirmApplicantResult>;
}

export type ConfirmApplicantResult =
  | { outcome: 'confirmed'; sessionToken: string }
  | Extract<ConfirmSignInResult, { outcome: 'invalid' }>;
