import type { Handle } from './client.ts';

export interface MessageRow {
  id: string;
  letterId: string | null;
  kind: string;
  recipient: string;
  text: string;
  params: Record<string, string>;
  state: 'pending' | 'sending' | 'sent' | 'failed';
  attempts: number;
}

const columns = (db: Handle) => db`id, letter_id, kind, recipient, text, params, state, attempts`;

/** One message per letter and outcome: the same outcome again leads to the first message. */
export const addLetterMessage = async (
  db: Handle,
  message: {
    id: string;
    letterId: string;
    kind: string;
    outcomeKey: string;
    recipient: string;
    text: string;
    params: Record<string, string>;
  },
): Promise<string> => {
  await db`
    insert into messages (id, letter_id, kind, outcome_key, recipient, text, params)
    values (${message.id}, ${message.letterId}, ${message.kind}, ${message.outcomeKey},
            ${message.recipient}, ${message.text}, ${db.json(message.params)})
    on conflict (letter_id, outcome_key) do nothing`;
  const [row] = await db<{ id: string }[]>`
    select id from messages
    where letter_id = ${message.letterId} and outcome_key = ${message.outcomeKey}`;
  if (!row) throw new Error('a message that was just written is not there');
  return row.id;
};

export const addCodeMessage = async (
  db: Handle,
  message: { id: string; recipient: string; text: string; params: Record<string, string> },
): Promise<void> => {
  await db`
    insert into messages (id, kind, outcome_key, recipient, text, params)
    values (${message.id}, 'code', ${message.id}, ${message.recipient}, ${message.text},
            ${db.json(message.params)})`;
};

/** Of a letter, those that the gateway refused too. */
export const unsentMessageIds = async (db: Handle, letterId: string): Promise<string[]> => {
  const rows = await db<{ id: string }[]>`
    select id from messages where letter_id = ${letterId} and state <> 'sent'
    order by created_at`;
  return rows.map(({ id }) => id);
};

/**
 * The message, marked as being sent; undefined when there is nothing to send: sent already, or
 * refused by the gateway and not asked for `again`.
 */
export const takeMessage = async (
  db: Handle,
  { id, again }: { id: string; again: boolean },
): Promise<MessageRow | undefined> => {
  const [row] = await db<MessageRow[]>`
    update messages set state = 'sending', attempts = attempts + 1
    where id = ${id} and (state in ('pending', 'sending') or (state = 'failed' and ${again}))
    returning ${columns(db)}`;
  return row;
};

/** Why the gateway refused a message for good; undefined when it did not. */
export const findRefusal = async (db: Handle, id: string): Promise<string | undefined> => {
  const [row] = await db<{ lastError: string | null }[]>`
    select last_error from messages where id = ${id} and state = 'failed'`;
  return row && (row.lastError ?? 'the gateway refused it');
};

/** `keepText` false: a sign-in code leaves the record once it is on its way. */
export const markSent = async (
  db: Handle,
  { id, gatewayMessageId, keepText }: { id: string; gatewayMessageId?: string; keepText: boolean },
): Promise<void> => {
  await db`
    update messages set state = 'sent', sent_at = now(), last_error = null,
      gateway_message_id = ${gatewayMessageId ?? null}
      ${keepText ? db`` : db`, text = '', params = '{}'`}
    where id = ${id}`;
};

export const markNotSent = async (
  db: Handle,
  { id, why, final }: { id: string; why: string; final: boolean },
): Promise<void> => {
  await db`
    update messages set state = ${final ? 'failed' : 'pending'}, last_error = ${why}
    where id = ${id} and state = 'sending'`;
};

/**
 * Takes codes that wait to be sent, for `leaseSeconds`: another process takes over after that.
 * A code older than its life is not worth sending any more.
 */
export const leaseUnsentCodes = async (
  db: Handle,
  { leaseSeconds, minutes }: { leaseSeconds: number; minutes: number },
): Promise<string[]> => {
  const rows = await db<{ id: string }[]>`
    update messages set next_attempt_at = now() + make_interval(secs => ${leaseSeconds})
    where id in (
      select id from messages
      where letter_id is null and state in ('pending', 'sending') and next_attempt_at <= now()
        and created_at > now() - make_interval(mins => ${minutes})
      order by next_attempt_at limit 20 for update skip locked)
    returning id`;
  return rows.map(({ id }) => id);
};

export const listSentMessages = (
  db: Handle,
  { mobile, limit }: { mobile?: string; limit: number },
): Promise<{ id: string; recipient: string; kind: string; text: string; sentAt: Date }[]> =>
  db`
    select id, recipient, kind, text, sent_at from messages
    where state = 'sent' ${mobile === undefined ? db`` : db`and recipient = ${mobile}`}
    order by sent_at desc, created_at desc limit ${limit}`;

export const listLetterMessages = (
  db: Handle,
  letterId: string,
): Promise<{ kind: string; state: MessageRow['state']; at: Date }[]> =>
  db`
    select kind, state, coalesce(sent_at, created_at) as at from messages
    where letter_id = ${letterId} order by created_at`;
