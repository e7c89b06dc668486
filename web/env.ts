/** What every route knows: the settings of the pages, the log, and what middleware found out. */
import type { HttpBindings } from '@hono/node-server';
import type { Applicant } from '../src/desk/applicants/applicant-sessions.ts';
import type { LetterEvents } from '../src/desk/letters/live-updates.ts';
import type { Deps } from '../src/platform/deps.ts';
import type { StaffMember } from '../src/desk/staff/staff-member.ts';
import type { AccountAccess } from '../src/desk/staff/account-access.ts';
import type { StaffAccount } from '../src/desk/staff/own-account.ts';
import type { Pace } from './http/body-pace.ts';
import type { Identity } from './identity.ts';
import type { DownloadLimits } from './middleware/download-limit.ts';
import type { SecurityEvent } from './security-events.ts';
import type { StaticFiles } from './http/static-files.ts';
import type { View } from './view.ts';

export interface SiteSettings {
  /** Milliseconds after which a request whose body has been read is answered with 503. */
  answerWithinMs: number;
  /** Where payloads of the engine are opened; without an address of Temporal UI only for tokens. */
  codec: { uiOrigin: string | null; maxBytes: number };
  /** Of other systems: most items in an answer, largest JSON body. */
  api: { page: number; maxBytes: number };
  cspReports: { perMinute: number; maxBytes: number };
  /** Scheme, host and port that people type; the only accepted origin and host. */
  publicOrigin: string;
  orgName: string;
  /** A URI, for /.well-known/security.txt. */
  securityContact: string;
  identity: Identity;
  /** Shows `/design`, where all components are. */
  designPage: boolean;
  /** What the pages on privacy and help say in figures. */
  facts: {
    /** Days after which something is erased, the content of letters by their end; 0: it is kept. */
    retainDays: Record<'rejected' | 'withdrawn' | 'closed' | 'messages' | 'applicants', number>;
    /** How long an upload is kept for a form that came back. */
    heldMinutes: number;
    /** How long a member counts as having a letter open; 0: nobody is told. */
    presenceSeconds: number;
    /** Within which a letter is to be answered; 0: none is promised. */
    answerWorkingDays: number;
    sessionIdleMinutes: number;
    sessionHours: number;
  };
  /** IANA name. */
  timeZone: string;
  defaultLocale: 'fa' | 'en';
  maxFileBytes: number;
  /** How slowly a body may come; left out: as `body-pace.ts` says. */
  pace?: Pace;
  /** Longest texts, in characters (code points); `stockReasons`: how many of each kind. */
  limits: {
    subject: number;
    name: number;
    text: number;
    stockReason: number;
    stockReasons: number;
  };
  resendSeconds: number;
  codeMinutes: number;
  /** Shows `/dev/outbox`. */
  devOutbox: boolean;
  /** Life of a session cookie; the desk itself ends sessions. */
  sessionHours: number;
  /** Likewise of staff. */
  staffSessionHours: number;
  /** Life of the cookie between the steps of a staff sign-in. */
  staffSignInMinutes: number;
  /** How long staff are not asked again who they are. */
  staffProvenMinutes: number;
  /** How long a password of an administrator opens the first set-up. */
  staffOneTimeHours: number;
  /** Name of the identity provider, on its button; null: there is none. */
  singleSignOn: string | null;
  /** Addresses and CIDR ranges whose `X-Forwarded-For` is believed. */
  trustedProxies: string[];
  /** Of delivery receipts; null: they are not taken. */
  receipts: { maxBytes: number } | null;
  /**
   * A client address as the audit trail keeps it: a keyed hash (IPv6: of its /64), the same for the
   * same client, and no address. Undefined: the address is not known.
   */
  fromOf(address: string): string | undefined;
}

/** A pino logger fits. */
export interface WebLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Counts what goes by, for those who watch over the desk. */
export interface WebMeter {
  /** `route`: the pattern of the address. */
  request(request: { method: string; route: string; status: number; seconds: number }): void;
  securityEvent(event: SecurityEvent): void;
}

export interface AppDeps {
  deps: Deps;
  site: SiteSettings;
  letterEvents: LetterEvents;
  /** Left out: nothing is counted. */
  meter?: WebMeter | undefined;
  /** True from the signal to end until the process ends. */
  isDraining?: () => boolean;
}

export interface RouteDeps extends Deps {
  site: SiteSettings;
  letterEvents: LetterEvents;
  downloadLimits: DownloadLimits;
  staticFiles: StaticFiles;
}

export interface AppEnv {
  /** Absent when a test calls `app.request()` without a server. */
  Bindings: Partial<HttpBindings>;
  /** `from`: the client's address as the audit trail keeps it. */
  Variables: {
    requestId: string;
    view: View;
    from: string | undefined;
    /** Id of the key of another system that asks. */
    keyId?: string;
    /** What the log tells of this request as an attempt. */
    event?: SecurityEvent;
  };
}

export interface ApplicantEnv extends AppEnv {
  Variables: AppEnv['Variables'] & { applicant: Applicant };
}

export interface StaffEnv extends AppEnv {
  Variables: AppEnv['Variables'] & { staff: StaffMember };
}

/** Whoever may see their own account: signed in, or in the first set-up. */
export interface AccountEnv extends AppEnv {
  Variables: AppEnv['Variables'] & { account: StaffAccount; access: AccountAccess };
}
