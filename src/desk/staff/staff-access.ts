/**
 * What the pages can ask about how staff get in: the sign-in, the first set-up, and a member's own
 * account. Part of `Desk`. Types only.
 */
import type { StaffMember } from './staff-member.ts';

/** By what a second factor was proven; `identity_provider`: elsewhere, before single sign-on. */
export type SecondFactorKind = 'totp' | 'passkey' | 'recovery_code' | 'identity_provider';

/** What is known of a request: for the list of sessions and the audit trail. */
export interface RequestFacts {
  userAgent?: string | undefined;
  /** Keyed hash of the client's address. */
  from?: string | undefined;
}

export type StaffSignInResult =
  /** `browserToken`: for a cookie that keeps strangers' failures from locking this browser out. */
  | { outcome: 'signed_in'; sessionToken: string; browserToken: string }
  | { outcome: 'second_factor'; pendingToken: string }
  /** A second factor is required: the member first chooses a password and sets a factor up. */
  | { outcome: 'setup'; pendingToken: string }
  | { outcome: 'invalid' }
  /** The password of the operator was good for a first set-up that did not come in time. */
  | { outcome: 'one_time_over' }
  /** The time for the second step is over, or it was done elsewhere: from the start again. */
  | { outcome: 'expired' };

/** A right password that is not a session yet. */
export interface PendingSignIn {
  needs: 'second_factor' | 'setup';
  /** What this member can prove the second factor with. */
  ways: { totp: boolean; passkey: boolean; recoveryCode: boolean };
}

/** Who asks about their own account: a session, or a sign-in that waits for its first set-up. */
export type AccountAccess = { sessionToken: string } | { pendingToken: string };

export interface OwnPasskey {
  id: string;
  name: string;
  createdAt: Date;
  lastUsedAt: Date | null;
}

export interface StaffAccount {
  staff: StaffMember;
  /** `setup`: no session yet, and nothing but what is missing can be done. */
  state: 'session' | 'setup';
  /** What the first set-up still needs. */
  missing: ('password' | 'second_factor')[];
  /**
   * The person proved who they are a short time ago, or is in the set-up. Without it what changes
   * factors or ends sessions is `not_allowed`.
   */
  mayChange: boolean;
  passwordChangedAt: Date | null;
  totp: boolean;
  passkeys: OwnPasskey[];
  recoveryCodes: number;
  /** A last second factor stays where one is required. */
  mayRemoveLast: boolean;
  /**
   * `linked`: they may prove who they are at the identity provider; `proven`: they did so a short time
   * ago, and only the second factor of the desk is missing.
   */
  singleSignOn: 'none' | 'linked' | 'proven';
}

/** Of who proves again at the identity provider who they are. */
export type SingleSignOnConfirmation =
  /** The session goes on under the new token. */
  | { outcome: 'confirmed'; sessionToken: string }
  /** The second factor of the desk is left, for `confirmAccount`. */
  | { outcome: 'factor_left' }
  | { outcome: 'not_confirmed' };

export interface StaffSession {
  id: string;
  /** Of the browser, as it said; null: it said nothing. */
  userAgent: string | null;
  createdAt: Date;
  lastSeenAt: Date;
  secondFactor: SecondFactorKind | null;
  own: boolean;
}

/**
 * In a first set-up the token that was asked with may be dead now: `sessionToken` when it was
 * complete with this, and the member is signed in; `pendingToken` when something is still missing.
 */
export interface NewToken {
  sessionToken?: string;
  browserToken?: string;
  pendingToken?: string;
}

export type Changed<Problem> =
  | ({ outcome: 'changed' } & NewToken)
  | { outcome: 'invalid'; problem: Problem };

export type ChosenPasswordProblem = 'missing' | 'too_short' | 'common' | 'personal' | 'same';

export interface StaffAccess {
  /** @throws too_many with fact `seconds`, for a known and an unknown name alike */
  staffSignIn(
    input: {
      username: string;
      password: string;
      /** Of the client; left out: not known. */
      address?: string;
      /** What this browser was given at its last sign-in. */
      browserToken?: string | undefined;
    } & RequestFacts,
  ): Promise<StaffSignInResult>;
  /** Undefined: none, or its time is over. */
  findPendingSignIn(pendingToken: string): Promise<PendingSignIn | undefined>;
  /**
   * `code`: one-time code or recovery code, as typed; any of them works once.
   * @throws too_many with fact `seconds`
   */
  staffSecondFactor(
    input: { pendingToken: string; code: string } & RequestFacts,
  ): Promise<StaffSignInResult>;
  /** For `navigator.credentials.get`, as JSON; undefined when no passkey can be used. */
  askSignInPasskey(pendingToken: string): Promise<object | undefined>;
  /** `answer`: of the browser, JSON. @throws too_many with fact `seconds` */
  staffPasskey(
    input: { pendingToken: string; answer: string } & RequestFacts,
  ): Promise<StaffSignInResult>;
  /**
   * Single sign-on: where the person proves who they are, and the token of the browser's cookie.
   * With a session: where they do so once more, although the provider knows them.
   * @throws not_found without an identity provider; identity_provider_away; not_allowed when the
   *   session has ended
   */
  beginSingleSignOn(input?: {
    sessionToken?: string | undefined;
  }): Promise<{ url: string; token: string }>;
  /**
   * `callback`: the address that the person came back with; good once. `invalid`: nothing was
   * proven, or nobody here is that person.
   * @throws likewise
   */
  finishSingleSignOn(
    input: {
      token: string;
      callback: URL;
      /** Of this browser. */
      sessionToken?: string | undefined;
    } & RequestFacts,
  ): Promise<StaffSignInResult | SingleSignOnConfirmation>;
  /** `keepsOpen` false: asking is nobody's doing, and the session ends as if nobody had asked. */
  findStaff(
    sessionToken: string,
    options?: { keepsOpen?: boolean },
  ): Promise<StaffMember | undefined>;
  /** Also of a sign-in that is under way. */
  staffSignOut(input: {
    sessionToken?: string | undefined;
    pendingToken?: string | undefined;
    from?: string | undefined;
  }): Promise<void>;

  /** Undefined: no session, and no first set-up. */
  findAccount(access: AccountAccess): Promise<StaffAccount | undefined>;
  /**
   * Asks for the password, unless the identity provider has just said who it is, and, where there is
   * one, the second factor again. The session goes on
   * under the new token; the old one is dead.
   * @throws too_many with fact `seconds`
   */
  confirmAccount(
    input: { sessionToken: string; password: string; code: string } & RequestFacts,
  ): Promise<
    | { outcome: 'confirmed'; sessionToken: string }
    | { outcome: 'invalid'; fields: { password?: 'missing' | 'wrong'; code?: 'missing' | 'wrong' } }
  >;
  askConfirmPasskey(sessionToken: string): Promise<object | undefined>;
  confirmAccountByPasskey(
    input: { sessionToken: string; answer: string } & RequestFacts,
  ): Promise<{ outcome: 'confirmed'; sessionToken: string } | { outcome: 'invalid' }>;

  /** Ends all other sessions; this one goes on under the new token. @throws too_many likewise */
  changePassword(
    input: AccountAccess & { current: string; password: string } & RequestFacts,
  ): Promise<
    | ({ outcome: 'changed' } & NewToken)
    | {
        outcome: 'invalid';
        fields: { current?: 'missing' | 'wrong'; password?: ChosenPasswordProblem };
      }
  >;

  /** A secret to set up an authenticator app with; `setup` goes back with the first code. */
  proposeTotp(access: AccountAccess): Promise<{ setup: string; secret: string; uri: string }>;
  /** Undefined: `setup` is not of this member, or too old. */
  readTotpSetup(
    input: AccountAccess & { setup: string },
  ): Promise<{ secret: string; uri: string } | undefined>;
  confirmTotp(
    input: AccountAccess & { setup: string; code: string } & RequestFacts,
  ): Promise<Changed<'missing' | 'wrong' | 'expired'>>;
  removeTotp(input: AccountAccess & RequestFacts): Promise<Changed<'last'>>;
  askNewPasskey(access: AccountAccess): Promise<object>;
  addPasskey(
    input: AccountAccess & { name: string; answer: string } & RequestFacts,
  ): Promise<Changed<'refused' | 'known'>>;
  /** @throws not_found when the member has no such passkey */
  renamePasskey(
    input: AccountAccess & { passkeyId: string; name: string } & RequestFacts,
  ): Promise<void>;
  /** @throws likewise */
  removePasskey(
    input: AccountAccess & { passkeyId: string } & RequestFacts,
  ): Promise<Changed<'last'>>;
  /** Ten new ones in groups of four, told only here; those before them are dead. */
  issueRecoveryCodes(input: AccountAccess & RequestFacts): Promise<string[]>;

  /** The own one first. */
  listOwnSessions(sessionToken: string): Promise<StaffSession[]>;
  /** One that has ended already is no error. `own`: it was the asking one. */
  endOwnSession(
    input: { sessionToken: string; sessionId: string } & RequestFacts,
  ): Promise<{ own: boolean }>;
  endOtherSessions(input: { sessionToken: string } & RequestFacts): Promise<{ ended: number }>;
}
