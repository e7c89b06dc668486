import type { HttpBindings } from '@hono/node-server';
import type { Applicant } from '../src/desk/applicants/applicant-sessions.ts';
import type { LiveUpdates } from '../src/desk/letters/live-updates.ts';
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
  answerWithinMs: number;
  requestsInWork: number;
  codec: { uiOrigin: string | null; maxBytes: number };
  api: { page: number; maxBytes: number };
  cspReports: { perMinute: number; maxBytes: number };
  /** Scheme, host and port; the only accepted Origin and Host. */
  publicOrigin: string;
  securityContact: string;
  identity: () => Identity;
  renewIdentity: (withinMs?: number) => Promise<void>;
  designPage: boolean;
  facts: {
    /** Days until something is erased, a letter's content by how it ended; 0: it is kept. */
    retainDays: Record<'rejected' | 'withdrawn' | 'closed' | 'messages' | 'applicants', number>;
    heldMinutes: number;
    presenceSeconds: number;
    answerWorkingDays: number;
    sessionIdleMinutes: number;
    sessionHours: number;
  };
  timeZone: string;
  defaultLocale: 'fa' | 'en';
  maxFileBytes: number;
  maxFiles: number;
  pace?: Pace;
  limits: {
    subject: number;
    name: number;
    text: number;
    stockReason: number;
    stockReasons: number;
  };
  resendSeconds: number;
  codeMinutes: number;
  devOutbox: boolean;
  sessionHours: number;
  staffSessionHours: number;
  staffSignInMinutes: number;
  staffProvenMinutes: number;
  staffOneTimeHours: number;
  singleSignOn: string | null;
  trustedProxies: string[];
  receipts: { maxBytes: number } | null;
  /**
   * The client address as the audit trail keeps it: a keyed hash (IPv6: of its /64). Undefined for
   * an unknown address.
   */
  fromOf(address: string): string | undefined;
}

export interface WebLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface WebMeter {
  request(request: { method: string; route: string; status: number; seconds: number }): void;
  securityEvent(event: SecurityEvent): void;
}

export interface AppDeps {
  deps: Deps;
  site: SiteSettings;
  liveUpdates: LiveUpdates;
  meter?: WebMeter | undefined;
  isDraining?: () => boolean;
}

export interface RouteDeps extends Deps {
  site: SiteSettings;
  liveUpdates: LiveUpdates;
  downloadLimits: DownloadLimits;
  staticFiles: StaticFiles;
}

export interface AppEnv {
  /** Absent when a test calls `app.request()` without a server. */
  Bindings: Partial<HttpBindings>;
  Variables: {
    requestId: string;
    view: View;
    from: string | undefined;
    keyId?: string;
    event?: SecurityEvent;
  };
}

export interface ApplicantEnv extends AppEnv {
  Variables: AppEnv['Variables'] & { applicant: Applicant };
}

export interface StaffEnv extends AppEnv {
  Variables: AppEnv['Variables'] & { staff: StaffMember };
}

export interface AccountEnv extends AppEnv {
  Variables: AppEnv['Variables'] & { account: StaffAccount; access: AccountAccess };
}
