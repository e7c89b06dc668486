import type { DeliveryState } from './delivery.ts';
import type { Handle } from '../base/database.ts';
import { ERASED_TEXT, letterSeal, letterSealFor } from '../base/record-seals.sql.ts';
import type { LetterSeal } from '../base/record-seals.sql.ts';

export interface MessageRow {
  id: string;
  letterId: string | null;
  kind: string;
  recipient: string;
  text: string;
  params: Record<string, string>;
  state: 'pending' | 'sending' | 'sent' | 'failed';
  attempts: number;
  delivery: DeliveryState | null;
  gateway: string | null;
}

interface MessageTexts {
  recipient: string;
  text: string;
  params: Record<string, string>;
}

const recipientOf = (id: string): string => `messages.recipient:${id}`;

const sealTexts = (
  seal: LetterSeal,
  db: Handle,
  { id, recipient, text, params }: MessageTexts & { id: string },
) => ({
  recipient: seal.seal(recipient, recipientOf(id)),
  recipientHash: db.seals.mobileHashes(recipient)[0],
  text: seal.seal(text, `messages.text:${id}`),
  params: db.json({ sealed: seal.seal(JSON.stringify(params), `messages.params:${id}`) }),
});

export const openTexts = <Row extends MessageTexts & { id: string; letterId: string | null }>(
  db: Handle,
  { sealedKey, ...row }: Row & { sealedKey: Buffer | null },
): Omit<Row, 'sealedKey'> => {
  const { id, letterId, params } = row;
  const seal = letterId === null ? db.seals : letterSeal(db, { letterId, sealedKey });
  const opened =
    params.sealed === undefined ? '' : seal.open(params.sealed, `messages.params:${id}`);
  return {
    ...row,
    recipient: seal.open(row.recipient, recipientOf(id)),
    text: seal.open(row.text, `messages.text:${id}`),
    params: JSON.parse(opened || '{}') as typeof params,
  };
};

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
  const sealed = sealTexts(await letterSealFor(db, message.letterId), db, message);
  const [added] = await db<{ id: string }[]>`
    insert into messages
      (id, letter_id, kind, outcome_key, recipient, recipient_hash, text, params)
    values (${message.id}, ${message.letterId}, ${message.kind}, ${message.outcomeKey},
            ${sealed.recipient}, ${sealed.recipientHash}, ${sealed.text}, ${sealed.params})
    on conflict (letter_id, outcome_key) do nothing returning id`;
  if (added) return added.id;
  const [earlier] = await db<{ id: string }[]>`
    select id from messages
    where letter_id = ${message.letterId} and outcome_key = ${message.outcomeKey}`;
  if (!earlier) throw new Error('a message that was written before is not there');
  return earlier.id;
};

// What tells of a move stays with the old number, and so does an attempt that is under way.
export const readdressUnsent = async (
  db: Handle,
  { letterId, recipient }: { letterId: string; recipient: string },
): Promise<void> => {
  const seal = await letterSealFor(db, letterId);
  const [recipientHash] = db.seals.mobileHashes(recipient);
  const unsent = await db<{ id: string }[]>`
    select id from messages
    where letter_id = ${letterId} and state in ('pending', 'sending', 'failed')
      and kind <> 'moved'
    order by id for update`;
  for (const { id } of unsent)
    await db`
      update messages set recipient = ${seal.seal(recipient, recipientOf(id))},
        recipient_hash = ${recipientHash}
      where id = ${id}`;
};

export const addCodeMessage = async (
  db: Handle,
  message: { id: string; recipient: string; text: string; params: Record<string, string> },
): Promise<void> => {
  const sealed = sealTexts(db.seals, db, message);
  await db`
    insert into messages (id, kind, outcome_key, recipient, recipient_hash, text, params)
    values (${message.id}, 'code', ${message.id}, ${sealed.recipient}, ${sealed.recipientHash},
            ${sealed.text}, ${sealed.params})`;
};

/**
 * Marks the message as being sent. Undefined when it is sent, held, or was refused and not asked
 * for `again`.
 */
export const takeMessage = async (
  db: Handle,
  { id, again, gateway }: { id: string; again: boolean; gateway: string },
): Promise<MessageRow | undefined> => {
  const [row] = await db<(MessageRow & { sealedKey: Buffer | null })[]>`
    update messages m set state = 'sending', attempts = attempts + 1,
      gateway = coalesce(m.gateway, ${gateway})
    where id = ${id} and (state in ('pending', 'sending') or (state = 'failed' and ${again}))
      and (letter_id is null or not exists (select from outgoing_hold))
    returning id, letter_id, kind, recipient, text, params, state, attempts, delivery,
      (select before.gateway from messages before where before.id = m.id) as gateway,
      (select k.sealed_key from letter_keys k where k.letter_id = m.letter_id)`;
  return row && openTexts<MessageRow>(db, row);
};

export const markGateway = async (
  db: Handle,
  { id, gateway }: { id: string; gateway: string },
): Promise<void> => {
  await db`update messages set gateway = ${gateway} where id = ${id}`;
};

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
      gateway_message_id = coalesce(${gatewayMessageId ?? null}, gateway_message_id)
      ${keepText ? db`` : db`, text = '', params = '{}'`}
    where id = ${id}`;
};

export const markNotSent = async (
  db: Handle,
  { id, why, final, notTaken }: { id: string; why: string; final: boolean; notTaken: boolean },
): Promise<void> => {
  await db`
    update messages set state = ${final ? 'failed' : 'pending'}, last_error = ${why},
      gateway = case when ${notTaken} then null else gateway end
    where id = ${id} and state = 'sending'`;
};

/** Leases unsent codes for `leaseSeconds`. Skips codes that have expired. */
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

export const listSentMessages = async (
  db: Handle,
  { mobile, limit }: { mobile?: string; limit: number },
): Promise<{ id: string; recipient: string; kind: string; text: string; sentAt: Date }[]> => {
  const to =
    mobile === undefined ? db`` : db`and m.recipient_hash in ${db(db.seals.mobileHashes(mobile))}`;
  const rows = await db<(MessageRow & { sentAt: Date; sealedKey: Buffer | null })[]>`
    select m.id, m.letter_id, m.recipient, m.kind, m.text, m.params, m.sent_at, k.sealed_key
    from messages m left join letter_keys k on k.letter_id = m.letter_id
    where m.state = 'sent' and m.recipient <> ${ERASED_TEXT} ${to}
    order by m.sent_at desc, m.created_at desc limit ${limit}`;
  return rows.map((row) => {
    const { id, recipient, kind, text, sentAt } = openTexts<MessageRow & { sentAt: Date }>(db, row);
    return { id, recipient, kind, text, sentAt };
  });
};

export const listLetterMessages = (
  db: Handle,
  letterId: string,
): Promise<
  { kind: string; state: MessageRow['state']; delivery: DeliveryState | null; at: Date }[]
> =>
  db`
    select kind, state, delivery, coalesce(delivery_at, sent_at, created_at) as at from messages
    where letter_id = ${letterId} order by created_at`;
