import type postgres from 'postgres';
import { DELIVERY_STATES, type DeliveryState } from './delivery.ts';
import { beginInTime, type Db, type Handle } from '../base/database.ts';

export interface ReceiptRow {
  id: string;
  state: DeliveryState;
  at: Date | null;
  reason: string | null;
  gatewayMessageId: string | null;
}

const furtherness = (db: Handle, state: postgres.PendingQuery<postgres.Row[]>) =>
  db`array_position(${[...DELIVERY_STATES]}::text[], ${state})`;

/**
 * Moves deliveries forward only. Does not believe a time before the message or in the future.
 * @returns those that are messages of this desk
 */
export const recordReceipts = (
  db: Db,
  { ids, receipts }: { ids: string[]; receipts: ReceiptRow[] },
): Promise<Set<string>> =>
  beginInTime(db, async (tx) => {
    // In one order, so that two batches do not wait for each other.
    const known = await tx<{ id: string }[]>`
      select id from messages where id in ${tx(ids)} order by id for no key update`;
    const given = JSON.stringify(
      receipts.map(({ gatewayMessageId, ...receipt }) => ({
        ...receipt,
        gateway_message_id: gatewayMessageId,
      })),
    );
    if (known.length > 0 && receipts.length > 0)
      await tx`
        update messages m set
          delivery = g.state,
          delivery_at = greatest(m.created_at, least(coalesce(g.at, now()), now())),
          delivery_reason = g.reason,
          gateway_message_id = coalesce(m.gateway_message_id, g.gateway_message_id)
        from jsonb_to_recordset(${given}::text::jsonb)
          as g(id uuid, state text, at timestamptz, reason text, gateway_message_id text)
        where m.id = g.id and (
          m.delivery is null
          or ${furtherness(tx, tx`g.state`)} > ${furtherness(tx, tx`m.delivery`)})`;
    return new Set(known.map(({ id }) => id));
  });

export interface Deliveries {
  delivered: number;
  undelivered: number;
  open: number;
}

export const countDeliveries = async (
  db: Handle,
  { days }: { days: number },
): Promise<Deliveries> => {
  const [row] = await db<Deliveries[]>`
    select count(*) filter (where delivery = 'delivered')::int as delivered,
      count(*) filter (where delivery = 'undelivered')::int as undelivered,
      count(*) filter (where delivery is null or delivery = 'sent')::int as open
    from messages
    where state = 'sent' and created_at > now() - make_interval(days => ${days})`;
  return row ?? { delivered: 0, undelivered: 0, open: 0 };
};

export const findByGatewayIds = async (
  db: Handle,
  { gateway, gatewayMessageIds }: { gateway: string; gatewayMessageIds: string[] },
): Promise<Map<string, string>> => {
  const rows = await db<{ id: string; gatewayMessageId: string }[]>`
    select id, gateway_message_id from messages
    where gateway = ${gateway} and gateway_message_id in ${db(gatewayMessageIds)}`;
  return new Map(rows.map(({ id, gatewayMessageId }) => [gatewayMessageId, id]));
};

/** Never-asked messages first; the longer one is open, the more rarely it is asked for. */
export const takeUnreported = async (
  db: Handle,
  { gateway, days, limit }: { gateway: string; days: number; limit: number },
): Promise<string[]> => {
  const rows = await db<{ gatewayMessageId: string }[]>`
    update messages set report_asked_at = now()
    where id in (
      select id from messages
      where gateway = ${gateway} and gateway_message_id is not null and state = 'sent'
        and (delivery is null or delivery = 'sent')
        and sent_at > now() - make_interval(days => ${days})
        and (report_asked_at is null or now() - report_asked_at > (report_asked_at - sent_at) / 2)
      order by report_asked_at nulls first limit ${limit} for update skip locked)
    returning gateway_message_id`;
  return rows.map(({ gatewayMessageId }) => gatewayMessageId);
};
