import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import {
  administer,
  auditChange,
  ensureMayAdminister,
  ensureProven,
} from '../../desk/administration/administrator.ts';
import type { Administrator } from '../../desk/administration/administrator.ts';
import type { StaffMember } from '../../desk/staff/staff-member.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { isDatabaseAway } from '../../platform/base/database.ts';
import {
  addWebhook,
  disableWebhook,
  findWebhookTarget,
  listDeliveriesTo,
  listWebhooks,
  noteWebhookTest,
  redeliver,
  setDelivered,
  setNotDelivered,
  takeDueDeliveries,
} from './webhooks.sql.ts';
import type { DeliveryRow, DueDelivery, WebhookRow } from './webhooks.sql.ts';
import { WEBHOOK_EVENTS } from '../../platform/audit/audit-action.ts';
import type { WebhookEvent } from '../../platform/audit/audit-action.ts';
import { WorkLoop } from '../../platform/base/work-loop.ts';
import type { Deps } from '../../platform/deps.ts';
import { postWebhook } from './post-webhook.ts';
import { isUuid } from '../../platform/base/uuid.ts';

export type { DeliveryRow, WebhookRow } from './webhooks.sql.ts';

const SECRET_PREFIX = 'whsec_';
const AT_ONCE = 10;
/** An administrator waits for the answer, and the page for no longer than this. */
const TEST_TIMEOUT_MS = 5_000;
const SHOWN_DELIVERIES = 50;
const LONGEST_WAIT_SECONDS = 24 * 3600;
const GONE = 410;

export type AddWebhookResult =
  | { outcome: 'added'; id: string; secret: string }
  | { outcome: 'added_before'; id: string }
  | { outcome: 'invalid'; field: 'url' | 'event' };

const parseUrl = (typed: string, httpsOnly: boolean): URL | undefined => {
  if (!URL.canParse(typed)) return undefined;
  const url = new URL(typed);
  const isWeb = url.protocol === 'https:' || (url.protocol === 'http:' && !httpsOnly);
  return isWeb && url.username === '' && url.password === '' && url.hash === '' ? url : undefined;
};

/** `secret` is returned only here; the record stores it sealed. */
export const subscribeWebhook = async (
  { db, config }: Deps,
  {
    by,
    id = randomUUID(),
    url: typed,
    events: named,
  }: { by: Administrator; id?: string; url: string; events: string[] },
): Promise<AddWebhookResult> => {
  ensureProven(by);
  const url = parseUrl(typed, config.production);
  if (!url) return { outcome: 'invalid', field: 'url' };
  const events = WEBHOOK_EVENTS.filter((event) => named.includes(event));
  if (events.length === 0 || events.length !== new Set(named).size)
    return { outcome: 'invalid', field: 'event' };
  const secret = `${SECRET_PREFIX}${randomBytes(32).toString('base64')}`;
  return administer(db, by, async (tx): Promise<AddWebhookResult> => {
    if (!(await addWebhook(tx, { id, url: url.href, events, secret }))) {
      const before = (await listWebhooks(tx)).find((one) => one.id === id);
      if (before?.url !== url.href || before.events.join() !== events.join())
        throw new DomainError('key_reused');
      return { outcome: 'added_before', id };
    }
    const details = { id, name: url.host, kind: events.join(' ') };
    await auditChange(tx, by, 'webhook_added', details);
    return { outcome: 'added', id, secret };
  });
};

export const listAdministeredWebhooks = (
  { db }: Deps,
  staff: StaffMember,
): Promise<WebhookRow[]> => {
  ensureMayAdminister(staff);
  return listWebhooks(db);
};

/**
 * With its newest deliveries, those that failed first.
 * @throws DomainError not_found; not_allowed but for administrators and auditors
 */
export const readWebhook = async (
  deps: Deps,
  { staff, id }: { staff: StaffMember; id: string },
): Promise<{ webhook: WebhookRow; deliveries: DeliveryRow[] }> => {
  const webhooks = await listAdministeredWebhooks(deps, staff);
  const webhook = webhooks.find((one) => one.id === id);
  if (!webhook) throw new DomainError('not_found');
  const shown = { webhookId: id, limit: SHOWN_DELIVERIES };
  return { webhook, deliveries: await listDeliveriesTo(deps.db, shown) };
};

/**
 * Posts an event of the type `test` and keeps how the address answered.
 * @throws DomainError not_found when there is none that is not disabled
 */
export const testWebhook = async (
  deps: Deps,
  { by, id }: { by: Administrator; id: string },
): Promise<void> => {
  const target = isUuid(id) ? await findWebhookTarget(deps.db, id) : undefined;
  if (!target) throw new DomainError('not_found');
  const eventId = randomUUID();
  const body = JSON.stringify({ id: eventId, type: 'test', at: new Date().toISOString() });
  const timeoutMs = Math.min(TEST_TIMEOUT_MS, deps.config.limits.webhookTimeoutMs);
  const answer = await post(deps, { ...target, id: eventId, body, timeoutMs });
  await administer(deps.db, by, async (tx) => {
    await noteWebhookTest(tx, { id, ...answer });
    const details = { id, name: new URL(target.url).host, why: answer.error };
    await auditChange(tx, by, 'webhook_tested', details);
  });
};

export const unsubscribeWebhook = (
  { db }: Deps,
  { by, id }: { by: Administrator; id: string },
): Promise<boolean> =>
  administer(db, by, async (tx) => {
    const done = isUuid(id) && (await disableWebhook(tx, id));
    if (done) await auditChange(tx, by, 'webhook_disabled', { id });
    return done;
  });

export const redeliverWebhook = (
  { db }: Deps,
  { by, id }: { by: Administrator; id: string },
): Promise<boolean> =>
  administer(db, by, async (tx) => {
    const done = isUuid(id) && (await redeliver(tx, id));
    if (done) await auditChange(tx, by, 'webhook_redelivered', { id });
    return done;
  });

/** Standard Webhooks: `v1,` and the base64 of HMAC-SHA256 over id, time and body. */
export const signWebhook = (
  secret: string,
  { id, timestamp, body }: { id: string; timestamp: number; body: string },
): string => {
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  const mac = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return `v1,${mac}`;
};

/** No personal data: the receiver reads the letter with an API key. */
const bodyOf = (delivery: DueDelivery): string => {
  const { id, type, actorKind: by, at, letterId, status, step, number } = delivery;
  const told: { type: WebhookEvent } & Record<string, unknown> = {
    id,
    type,
    at: at.toISOString(),
    by,
    letterId,
    status,
    step,
    number,
  };
  return JSON.stringify(told);
};

export const sendDueDeliveries = async (deps: Deps): Promise<number> => {
  const leaseSeconds = Math.ceil(deps.config.limits.webhookTimeoutMs / 1000) + 30;
  const due = await takeDueDeliveries(deps.db, { limit: AT_ONCE, leaseSeconds });
  await Promise.all(due.map((delivery) => sendOne(deps, delivery)));
  return due.length;
};

export const createWebhookSender = (deps: Deps): WorkLoop =>
  new WorkLoop({
    work: async () => (await sendDueDeliveries(deps)) > 0,
    idleMs: deps.config.limits.webhookPollMs,
    onError(error) {
      if (isDatabaseAway(error)) deps.log.warn('database away, webhooks wait');
      else deps.log.error({ err: error }, 'webhooks could not be sent');
    },
  });

const sendOne = async (deps: Deps, delivery: DueDelivery): Promise<void> => {
  const { db, log, config } = deps;
  const { webhookRetrySeconds, webhookRetryHours: hours } = config.limits;
  const { id, webhookId, attempts } = delivery;
  const { url, secret } = delivery;
  const timeoutMs = config.limits.webhookTimeoutMs;
  const sent = { id, url, secret, body: bodyOf(delivery), timeoutMs };
  const { status, error } = await post(deps, sent);
  if (status !== null && error === '') {
    await setDelivered(db, { id, status });
    return;
  }
  const wait = webhookRetrySeconds * 2 ** Math.min(attempts - 1, 30);
  const seconds = Math.min(LONGEST_WAIT_SECONDS, wait);
  const { givenUp } = await setNotDelivered(db, { id, status, error, seconds, hours });
  if (status === GONE) await disableWebhook(db, webhookId);
  const facts = { deliveryId: id, webhookId, attempts, why: error };
  if (givenUp) log.error(facts, 'a webhook was not delivered and is given up');
  else log.warn(facts, 'a webhook was not delivered and is tried again');
};

const post = async (
  { config }: Deps,
  {
    id,
    url,
    secret,
    body,
    timeoutMs,
  }: Record<'id' | 'url' | 'secret' | 'body', string> & { timeoutMs: number },
): Promise<{ status: number | null; error: string }> => {
  const timestamp = Math.floor(Date.now() / 1000);
  if (secret === '') return { status: null, error: 'its secret cannot be read in the record' };
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'pishkhan-webhook',
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signWebhook(secret, { id, timestamp, body }),
  };
  try {
    const allowPrivate = config.WEBHOOK_PRIVATE === 'on';
    const status = await postWebhook({ url, headers, body }, { timeoutMs, allowPrivate });
    const taken = status >= 200 && status < 300;
    return { status, error: taken ? '' : `the address answered ${status}` };
  } catch (error) {
    return { status: null, error: error instanceof Error ? error.message : String(error) };
  }
};
