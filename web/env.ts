/** What every route knows: the settings of the pages, the log, and what middleware found out. */
import type { HttpBindings } from '@hono/node-server';
import type { Applicant, Desk, StaffMember } from '../src/usecases/desk.ts';
import type { StaticFiles } from './static-files.ts';
import type { View } from './view.ts';

export interface WebConfig {
  /** Scheme, host and port that people type; the only accepted origin and host. */
  publicOrigin: string;
  orgName: string;
  /** IANA name. */
  timeZone: string;
  defaultLocale: 'fa' | 'en';
  maxFileBytes: number;
  /** Longest texts, in characters (code points). */
  limits: { subject: number; name: number; text: number };
  resendSeconds: number;
  codeMinutes: number;
  /** Shows `/dev/outbox`. */
  devOutbox: boolean;
  /** Life of a session cookie; the desk itself ends sessions. */
  sessionHours: number;
  /** Addresses and CIDR ranges whose `X-Forwarded-For` is believed. */
  trustedProxies: string[];
}

/** A pino logger fits. */
export interface WebLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface WebDeps {
  desk: Desk;
  config: WebConfig;
  log: WebLog;
}

export interface RouteDeps extends WebDeps {
  staticFiles: StaticFiles;
}

export interface AppEnv {
  /** Absent when a test calls `app.request()` without a server. */
  Bindings: Partial<HttpBindings>;
  Variables: { requestId: string; view: View };
}

export interface ApplicantEnv extends AppEnv {
  Variables: AppEnv['Variables'] & { applicant: Applicant };
}

export interface StaffEnv extends AppEnv {
  Variables: AppEnv['Variables'] & { staff: StaffMember };
}
