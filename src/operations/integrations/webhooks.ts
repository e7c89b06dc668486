import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import { isDatabaseAway } from '../../platform/base/database.ts';
import {
  addWebhook,
  disableWebhook,
  redeliver,
  setDelivered,
  setNotDelivered,
  takeDueDeliveries,
} from './webhooks.sql.ts';
import type { DueDelivery } from './webhooks.sql.ts';
import { WEBHOOK_EVENTS } from '../../platform/audit/audit-action.ts';
import type { WebhookEvent } from '../../platform/audit/audit-action.ts';
import { createWorkLoop } from '../../platform/base/work-loop.ts';
import type { WorkLoop } from '../../platform/base/work-loop.ts';
import type { Deps } from '../../platform/deps.ts';
import { postWebhook } from './post-webhook.ts';
import { isUuid } from '../../platform/base/uuid.ts';

const SECRET_PREFIX = 'whsec_';
const AT_ONCE = 10;
const LONGEST_WAIT_SECONDS = 24 * 3600;
const GONE = 410;

export type AddWebhookResult =
  | { outcome: 'added'; id: string; secret: string }
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
  { by, url: typed, events: named }: { by: Actor; url: string; events: string[] },
): Promise<AddWebhookResult> => {
  const url = parseUrl(typed, config.production);
  if (!url) return { outcome: 'invalid', field: 'url' };
  const events = WEBHOOK_EVENTS.filter((event) => named.includes(event));
  if (events.length === 0 || events.length !== new Set(named).size)
    return { outcome: 'invalid', field: 'event' };
  const id = randomUUID();
  const secret = `${SECRET_PREFIX}${randomBytes(32).toString('base64')}`;
  await db.begin(async (tx) => {
    await addWebhook(tx, { id, url: url.href, events, secret });
    await addAuditEntry(tx, {
      actor: by,
      action: 'webhook_added',
      details: { id, name: url.host, kind: events.join(' ') },
    });
  });
  return { outcome: 'added', id, secret };
};

export const unsubscribeWebhook = (
  { db }: Deps,
  { by, id }: { by: Actor; id: string },
): Promise<boolean> =>
  db.begin(async (tx) => {
    const done = isUuid(id) && (await disableWebhook(tx, id));
    if (done) await addAuditEntry(tx, { actor: by, action: 'webhook_disabled', details: { id } });
    return done;
  });

export const redeliverWebhook = async ({ db }: Deps, id: string): Promise<boolean> =>
  isUuid(id) && redeliver(db, id);

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
  const { id, type, at, letterId, status, step, number } = delivery;
  const told: { type: WebhookEvent } & Record<string, unknown> = {
    id,
    type,
    at: at.toISOString(),
    letterId,
    status,
    step,
    number,
  };
  return JSON.stringify(told);
};

export interface WebhookSender extends WorkLoop {
  sendDue(): Promise<number>;
}

export const createWebhookSender = (deps: Deps): WebhookSender => {
  const { db, config, log } = deps;
  const { webhookTimeoutMs, webhookPollMs } = config.limits;
  const leaseSeconds = Math.ceil(webhookTimeoutMs / 1000) + 30;

  const sendDue = async (): Promise<number> => {
    const due = await takeDueDeliveries(db, { limit: AT_ONCE, leaseSeconds });
    await Promise.all(due.map((delivery) => sendOne(deps, delivery)));
    return due.length;
  };

  const loop = createWorkLoop({
    work: async () => (await sendDue()) > 0,
    idleMs: webhookPollMs,
    onError(error) {
      if (isDatabaseAway(error)) log.warn('database away, webhooks wait');
      else log.error({ err: error }, 'webhooks could not be sent');
    },
  });

  return { sendDue, ...loop };
};

const sendOne = async (deps: Deps, delivery: DueDelivery): Promise<void> => {
  const { db, log, config } = deps;
  const { webhookRetrySeconds, webhookRetryHours: hours } = config.limits;
  const { id, webhookId, attempts } = delivery;
  const { status, error } = await postDelivery(deps, delivery);
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

const postDelivery = async (
  { config }: Deps,
  delivery: DueDelivery,
): Promise<{ status: number | null; error: string }> => {
  const { id, url, secret } = delivery;
  const body = bodyOf(delivery);
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
    const status = await postWebhook(
      { url, headers, body },
      {
        timeoutMs: config.limits.webhookTimeoutMs,
        allowPrivate: config.WEBHOOK_PRIVATE === 'on',
      },
    );
    const taken = status >= 200 && status < 300;
    return { status, error: taken ? '' : `the address answered ${status}` };
  } catch (error) {
    return { status: null, error: error instanceof Error ? error.message : String(error) };
  }
};
