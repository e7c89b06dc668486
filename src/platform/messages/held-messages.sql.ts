/** The hold on messages to senders, as after a restore; sign-in codes are never held. */
import type { Handle, Tx } from '../base/database.ts';

export interface OutgoingHold {
  since: Date;
  seconds: number;
  why: string;
}

export const holdOutgoing = async (db: Handle, why: string): Promise<boolean> => {
  const rows = await db`
    insert into outgoing_hold (why) values (${why}) on conflict (one) do nothing returning one`;
  return rows.length === 1;
};

export const findOutgoingHold = async (db: Handle): Promise<OutgoingHold | undefined> => {
  const [row] = await db<OutgoingHold[]>`
    select since, floor(extract(epoch from now() - since))::int as seconds, why
    from outgoing_hold`;
  return row;
};

export const releaseOutgoing = async (db: Handle): Promise<boolean> => {
  const rows = await db`delete from outgoing_hold returning one`;
  return rows.length === 1;
};

export const findHoldOfMessage = async (
  db: Handle,
  messageId: string,
): Promise<OutgoingHold | undefined> => {
  const [row] = await db<OutgoingHold[]>`
    select h.since, floor(extract(epoch from now() - h.since))::int as seconds, h.why
    from outgoing_hold h, messages m
    where m.id = ${messageId} and m.letter_id is not null and m.state <> 'sent'`;
  return row;
};

export interface WaitingMessage {
  id: string;
  letterId: string;
  letterNumber: string | null;
  kind: string;
  state: 'pending' | 'sending' | 'failed';
  createdAt: Date;
  total: number;
}

export const listWaitingMessages = (db: Handle, limit: number): Promise<WaitingMessage[]> =>
  db<WaitingMessage[]>`
    select m.id, m.letter_id, l.letter_number, m.kind, m.state, m.created_at,
      count(*) over ()::int as total
    from messages m join letters l on l.id = m.letter_id
    where m.letter_id is not null and m.state <> 'sent'
    order by m.created_at, m.id limit ${limit}`;

export const findLastBackup = async (
  db: Handle,
): Promise<{ at: Date; hours: number } | undefined> => {
  const [row] = await db<{ at: Date; hours: number }[]>`
    select at, floor(extract(epoch from now() - at) / 3600)::int as hours from audit_entries
    where action = 'backed_up' order by id desc limit 1`;
  return row;
};

export const listUntoldLetters = async (db: Handle): Promise<string[]> => {
  const rows = await db<{ letterId: string }[]>`
    select distinct letter_id from messages where letter_id is not null and state <> 'sent'`;
  return rows.map(({ letterId }) => letterId);
};

export const findWaitingMessage = async (
  db: Handle,
  messageId: string,
): Promise<{ letterId: string; kind: string } | undefined> => {
  const [row] = await db<{ letterId: string; kind: string }[]>`
    select letter_id, kind from messages
    where id = ${messageId} and letter_id is not null and state <> 'sent'`;
  return row;
};

export const markToldBefore = async (tx: Tx, messageId: string): Promise<boolean> => {
  const rows = await tx`
    update messages set state = 'sent', sent_at = created_at, last_error = null
    where id = ${messageId} and state <> 'sent' returning id`;
  return rows.length === 1;
};
