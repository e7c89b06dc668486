import type { SiteSettings } from '../../web/env.ts';
import type { SiteIdentity } from './identity.ts';
import { ANSWER_WITHIN_MS } from '../../web/middleware/deadline.ts';
import { retentionDays } from '../operations/maintenance/retention.ts';
import { addressGroup } from '../platform/base/client-address.ts';
import type { Deps } from '../platform/deps.ts';
import { hashAddress } from '../platform/sealing/secrets.ts';
import type { Keys } from '../platform/sealing/secrets.ts';

export const siteSettings = (
  { config, keys }: Pick<Deps, 'config' | 'keys'>,
  identity: SiteIdentity,
): SiteSettings => ({
  answerWithinMs:
    ANSWER_WITHIN_MS + Math.max(config.limits.decisionWaitMs, config.limits.statusQueryMs),
  requestsInWork: config.limits.requestsInWork,
  publicOrigin: config.PUBLIC_ORIGIN,
  codec: {
    uiOrigin: config.TEMPORAL_UI_URL ? new URL(config.TEMPORAL_UI_URL).origin : null,
    maxBytes: config.limits.codecMaxKb * 1024,
  },
  api: { page: config.limits.apiPage, maxBytes: config.limits.apiBodyKb * 1024 },
  cspReports: {
    perMinute: config.limits.cspReportsPerMinute,
    maxBytes: config.limits.cspReportKb * 1024,
  },
  securityContact: config.SECURITY_CONTACT || `${config.PUBLIC_ORIGIN}/help`,
  identity: () => identity.current(),
  renewIdentity: (withinMs) => identity.renew(withinMs),
  designPage: !config.production,
  facts: {
    retainDays: retentionDays(config),
    heldMinutes: config.limits.heldUploadMinutes,
    presenceSeconds: config.limits.presenceSeconds,
    answerWorkingDays: config.ANSWER_WORKING_DAYS,
    sessionIdleMinutes: config.limits.sessionIdleMinutes,
    sessionHours: config.limits.sessionHours,
  },
  timeZone: config.ORG_TIME_ZONE,
  defaultLocale: config.ORG_LOCALE,
  maxFileBytes: config.MAX_FILE_MB * 1024 * 1024,
  maxFiles: config.MAX_FILES,
  limits: {
    subject: config.limits.maxSubjectLength,
    name: config.limits.maxNameLength,
    text: config.limits.maxTextLength,
    stockReason: config.limits.maxStockReasonLength,
    stockReasons: config.limits.stockReasons,
  },
  resendSeconds: config.limits.codeResendSeconds,
  codeMinutes: config.limits.codeMinutes,
  devOutbox: config.SMS_URL === 'outbox:',
  sessionHours: config.limits.sessionHours,
  staffSessionHours: config.limits.staffSessionHours,
  staffSignInMinutes: config.limits.staffSignInMinutes,
  staffProvenMinutes: config.limits.staffProvenMinutes,
  staffOneTimeHours: config.limits.staffOneTimeHours,
  singleSignOn: config.OIDC_ISSUER === '' ? null : config.OIDC_NAME,
  trustedProxies: config.trustedProxies,
  receipts:
    config.receiptSecrets.length > 0 ? { maxBytes: config.limits.smsReceiptsKb * 1024 } : null,
  fromOf: createFromOf(keys),
});

export const createFromOf =
  ({ auditAddress }: Pick<Keys, 'auditAddress'>): SiteSettings['fromOf'] =>
  (address) =>
    address === '' ? undefined : hashAddress(auditAddress, addressGroup(address));
