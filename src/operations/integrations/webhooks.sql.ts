/** Webhooks and their deliveries; a database trigger writes each delivery. */
import type { LetterStatus, LetterStep } from '../../desk/letters/letter.ts';
import type { WebhookEvent } from '../../platform/audit/audit-action.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import type { Handle } from '../../platform/base/database.ts';

export interface WebhookRow {
  id: string;
  url: string;
  events: WebhookEvent[];
  createdAt: Date;
  disabledAt: Date | null;
  testedAt: Date | null;
  testStatus: number | null;
  testError: string | null;
  open: number;
  failed: number;
}

export interface DeliveryRow {
  id: string;
  webhookId: string;
  letterId: string;
  type: WebhookEvent;
  actorKind: Actor['kind'];
  at: Date;
  status: LetterStatus;
  step: LetterStep | null;
  number: string | null;
  attempts: number;
  nextAttemptAt: Date;
  deliveredAt: Date | null;
  givenUpAt: Date | null;
  lastStatus: number | null;
  lastError: string | null;
}

const bindingOf = (id: string): string => `webhooks.secret:${id}`;

export const addWebhook = async (
  db: Handle,
  { id, url, events, secret }: { id: string; url: string; events: string[]; secret: string },
): Promise<boolean> => {
  const rows = await db`
    insert into webhooks (id, url, events, secret)
    values (${id}, ${url}, ${events}, ${db.seals.seal(secret, bindingOf(id))})
    on conflict (id) do nothing returning id`;
  return rows.length === 1;
};

export const findWebhookTarget = async (
  db: Handle,
  id: string,
): Promise<{ url: string; secret: string } | undefined> => {
  const [row] = await db<{ url: string; secret: string }[]>`
    select url, secret from webhooks where id = ${id} and disabled_at is null`;
  return row && { url: row.url, secret: openSecret(db, id, row.secret) };
};

export const noteWebhookTest = async (
  db: Handle,
  { id, status, error }: { id: string; status: number | null; error: string },
): Promise<void> => {
  await db`
    update webhooks set tested_at = now(), test_status = ${status}, test_error = ${error}
    where id = ${id}`;
};

export const listWebhooks = (db: Handle): Promise<WebhookRow[]> =>
  db<WebhookRow[]>`
    select w.id, w.url, w.events, w.created_at, w.disabled_at, w.tested_at, w.test_status, w.test_error,
      count(d.id) filter (where d.delivered_at is null and d.given_up_at is null)::int as open,
      count(d.given_up_at)::int as failed
    from webhooks w left join webhook_deliveries d on d.webhook_id = w.id
    group by w.id order by w.created_at, w.id`;

export const countOpenDeliveries = async (
  db: Handle,
): Promise<{ waiting: number; givenUp: number }> => {
  const [row] = await db<{ waiting: number; givenUp: number }[]>`
    select count(*) filter (where d.given_up_at is null)::int as waiting,
      count(d.given_up_at)::int as given_up
    from webhook_deliveries d join webhooks w on w.id = d.webhook_id
    where d.delivered_at is null and w.disabled_at is null`;
  return row ?? { waiting: 0, givenUp: 0 };
};

export const disableWebhook = async (db: Handle, id: string): Promise<boolean> => {
  const rows = await db`
    update webhooks set disabled_at = now() where id = ${id} and disabled_at is null returning id`;
  return rows.length === 1;
};

const columns = (db: Handle) => db`
  d.id, d.webhook_id, d.letter_id, d.type, d.actor_kind, d.at, d.status, d.step, d.number, d.attempts,
  d.next_attempt_at, d.delivered_at, d.given_up_at, d.last_status, d.last_error`;

export const listDeliveriesTo = (
  db: Handle,
  { webhookId, limit }: { webhookId: string; limit: number },
): Promise<DeliveryRow[]> =>
  db<DeliveryRow[]>`
    select ${columns(db)} from webhook_deliveries d where d.webhook_id = ${webhookId}
    order by d.delivered_at is null desc, d.at desc, d.id limit ${limit}`;

export const listDeliveries = (db: Handle, limit: number): Promise<DeliveryRow[]> =>
  db<DeliveryRow[]>`
    select ${columns(db)} from webhook_deliveries d order by d.at desc, d.id limit ${limit}`;

export type DueDelivery = DeliveryRow & {
  url: string;
  secret: string;
};

/** Leases due deliveries for `leaseSeconds`. A disabled webhook has none. */
export const takeDueDeliveries = async (
  db: Handle,
  { limit, leaseSeconds }: { limit: number; leaseSeconds: number },
): Promise<DueDelivery[]> => {
  const rows = await db<DueDelivery[]>`
    update webhook_deliveries d set attempts = d.attempts + 1,
      next_attempt_at = now() + make_interval(secs => ${leaseSeconds})
    from webhooks w
    where w.id = d.webhook_id and d.id in (
      select o.id from webhook_deliveries o join webhooks v on v.id = o.webhook_id
      where o.delivered_at is null and o.given_up_at is null and o.next_attempt_at <= now()
        and v.disabled_at is null
      order by o.next_attempt_at, o.at, o.id limit ${limit} for update of o skip locked)
    returning ${columns(db)}, w.url, w.secret`;
  return rows.map((row) => ({ ...row, secret: openSecret(db, row.webhookId, row.secret) }));
};

/** A damaged secret must not keep the other webhooks from being called. */
const openSecret = (db: Handle, webhookId: string, sealed: string): string => {
  try {
    return db.seals.open(sealed, bindingOf(webhookId));
  } catch {
    return '';
  }
};

export const setDelivered = async (
  db: Handle,
  { id, status }: { id: string; status: number },
): Promise<void> => {
  await db`
    update webhook_deliveries set delivered_at = now(), given_up_at = null,
      last_status = ${status}, last_error = null
    where id = ${id} and delivered_at is null`;
};

export const setNotDelivered = async (
  db: Handle,
  {
    id,
    status,
    error,
    seconds,
    hours,
  }: { id: string; status: number | null; error: string; seconds: number; hours: number },
): Promise<{ givenUp: boolean }> => {
  const [row] = await db<{ givenUp: boolean }[]>`
    update webhook_deliveries set last_status = ${status}, last_error = ${error},
      next_attempt_at = now() + make_interval(secs => ${seconds}),
      given_up_at = case when at < now() - make_interval(hours => ${hours}) then now() end
    where id = ${id} and delivered_at is null
    returning given_up_at is not null as given_up`;
  return { givenUp: row?.givenUp ?? false };
};

export const redeliver = async (db: Handle, id: string): Promise<boolean> => {
  const rows = await db`
    update webhook_deliveries set delivered_at = null, given_up_at = null, next_attempt_at = now()
    where id = ${id} returning id`;
  return rows.length === 1;
};

export const deleteOldDeliveries = async (
  db: Handle,
  { days }: { days: number },
): Promise<void> => {
  await db`
    delete from webhook_deliveries
    where coalesce(delivered_at, given_up_at) < now() - make_interval(days => ${days})`;
};

export const resealWebhooks = async (db: Handle): Promise<{ changed: number; damaged: number }> => {
  const report = { changed: 0, damaged: 0 };
  for (const { id, secret } of await db<{ id: string; secret: string }[]>`
    select id, secret from webhooks`) {
    if (!db.seals.isStale(secret)) continue;
    let clear: string;
    try {
      clear = db.seals.open(secret, bindingOf(id));
    } catch {
      report.damaged += 1;
      continue;
    }
    await db`
      update webhooks set secret = ${db.seals.seal(clear, bindingOf(id))}
      where id = ${id} and secret = ${secret}`;
    report.changed += 1;
  }
  return report;
};
