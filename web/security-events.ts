/**
 * One log line per attempt to get past a guard, beside the request's own line. The names must not
 * change: operators count them.
 */
import type { Context } from 'hono';
import { createMiddleware } from 'hono/factory';
import { HTTPException } from 'hono/http-exception';
import { DomainError, type DomainErrorCode } from '../src/platform/base/errors.ts';
import type { AppEnv, WebLog, WebMeter } from './env.ts';
import { routeOf, whoAsks } from './middleware/request-log.ts';

export const SECURITY_EVENTS = [
  'host_refused',
  'origin_refused',
  'type_refused',
  'form_broken',
  'form_too_big',
  'form_tampered',
  'file_refused',
  'file_too_complex',
  'file_checks_limited',
  'not_theirs',
  'not_allowed',
  'own_letter_refused',
  'limit_passed',
  'captcha_wrong',
  'code_wrong',
  'receipt_not_genuine',
  'sms_receipt_forged',
  'codec_refused',
  'api_key_refused',
] as const;

export type SecurityEvent = (typeof SECURITY_EVENTS)[number];

export const SECURITY_EVENT = 'security event';

export const noteEvent = (c: Context, event: SecurityEvent): void => {
  const noting = c as unknown as Context<AppEnv>;
  if (noting.var.event === undefined) noting.set('event', event);
};

const OF_DOMAIN: Partial<Record<DomainErrorCode, SecurityEvent>> = {
  not_allowed: 'not_allowed',
  own_letter: 'own_letter_refused',
  too_many: 'limit_passed',
  too_many_letters: 'limit_passed',
  too_many_downloads: 'limit_passed',
};

const OF_HTTP: Partial<Record<number, SecurityEvent>> = {
  400: 'form_broken',
  403: 'origin_refused',
  413: 'form_too_big',
  415: 'type_refused',
};

export const GUESSED: ReadonlySet<string> = new Set(['wrong', 'used_up']);

export const noteError = (c: Context<AppEnv>, error: Error): void => {
  let event: SecurityEvent | undefined;
  if (error instanceof HTTPException) event = OF_HTTP[error.status];
  if (error instanceof DomainError) {
    event = OF_DOMAIN[error.code];
    // An address that does not exist, or is somebody else's: a page of ours does not lead there.
    if (error.code === 'not_found' && Object.keys(whoAsks(c.var)).length > 0) event = 'not_theirs';
  }
  if (event !== undefined) noteEvent(c, event);
};

export const securityEvents = (log: WebLog, meter?: WebMeter) =>
  createMiddleware<AppEnv>(async (c, next) => {
    await next();
    const { event, requestId, from } = c.var;
    if (event === undefined) return;
    meter?.securityEvent(event);
    log.warn(
      { requestId, event, route: routeOf(c), ...(from && { from }), ...whoAsks(c.var) },
      SECURITY_EVENT,
    );
  });
