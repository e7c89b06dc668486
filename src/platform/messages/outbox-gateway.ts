/**
 * `outbox:` leaves a message in the table `messages` and shows it on `/dev/outbox`. For trying out:
 * nothing leaves the machine.
 */
import { parseMobile } from '../base/mobile.ts';
import type { Deps } from '../deps.ts';
import { listSentMessages } from './messages.sql.ts';
import type { SmsGateway } from './sms-gateway.ts';

export const createOutboxGateway = (): SmsGateway => ({
  name: 'outbox',
  send: () => Promise.resolve({}),
});

export interface OutboxMessage {
  id: string;
  to: string;
  kind: string;
  text: string;
  sentAt: Date;
}

const SHOWN = 200;

export const listOutbox = async (
  { db }: Deps,
  { mobile: typed }: { mobile?: string },
): Promise<OutboxMessage[]> => {
  const mobile = typed === undefined ? undefined : parseMobile(typed);
  if (typed !== undefined && mobile === undefined) return [];
  const messages = await listSentMessages(db, {
    limit: SHOWN,
    ...(mobile !== undefined && { mobile }),
  });
  return messages.map(({ recipient, ...message }) => ({ ...message, to: recipient }));
};
