import type { Db } from '../base/database.ts';
import type { Deps } from '../deps.ts';
import { findRefusal, markGateway, markNotSent, markSent, takeMessage } from './messages.sql.ts';
import type { MessageRow } from './messages.sql.ts';
import { findHoldOfMessage } from './held-messages.sql.ts';
import { gatewaysOf, SmsError } from './sms-gateway.ts';

const FIRST_HELD_MS = 2_000;
const LONGEST_HELD_MS = 5 * 60_000;

const askAgainIn = (seconds: number): number =>
  Math.min(LONGEST_HELD_MS, Math.max(FIRST_HELD_MS, (seconds * 1_000) / 4));

/**
 * Sends with the message id as idempotency key. At least once: a process that dies before recording
 * the gateway's answer sends the same id again. While messages are held, those of letters wait as
 * if the gateway were away.
 * @throws SmsError
 */
export const sendMessage = async (
  { db, smsGateway, config }: Deps,
  { messageId, again }: { messageId: string; again: boolean },
): Promise<void> => {
  const message = await takeMessage(db, {
    id: messageId,
    again,
    gateway: smsGateway.name,
  });
  if (!message) {
    await ensureNotHeld(db, messageId);
    // Refused, and whoever asked may not know: a workflow that was started again from the record.
    const refusal = again ? undefined : await findRefusal(db, messageId);
    if (refusal !== undefined) throw new SmsError(refusal, { retryable: false });
    return;
  }
  const { id, kind } = message;
  // The page of the outbox shows sign-in codes; in front of a real gateway they do not stay readable.
  const keepText = kind !== 'code' || config.SMS_URL === 'outbox:';
  // A receipt says what the answer that got lost would have said: the gateway has it.
  if (!again && (message.delivery === 'sent' || message.delivery === 'delivered')) {
    await markSent(db, { id, keepText });
    return;
  }
  try {
    const { messageId: gatewayMessageId } = await handOver({ db, smsGateway }, message);
    await markSent(db, {
      id,
      keepText,
      ...(gatewayMessageId !== undefined && { gatewayMessageId }),
    });
  } catch (error) {
    if (error instanceof SmsError)
      await markNotSent(db, {
        id,
        why: error.message,
        final: !error.retryable,
        notTaken: error.notTaken && message.gateway === null,
      });
    throw error;
  }
};

/** Only the gateway that may already have the message retries it. */
const handOver = async (
  { db, smsGateway }: Pick<Deps, 'db' | 'smsGateway'>,
  { id, recipient, kind, text, params, gateway: before }: MessageRow,
): Promise<{ messageId?: string }> => {
  const held = gatewaysOf(smsGateway).find(({ name }) => name === before);
  let gateway = held ?? smsGateway;
  for (;;) {
    try {
      return await gateway.send({ id, to: recipient, kind, text, params });
    } catch (error) {
      const mayGoOn = error instanceof SmsError && error.elsewhere && before === null;
      if (!mayGoOn || !gateway.failover) throw error;
      gateway = gateway.failover;
      await markGateway(db, { id, gateway: gateway.name });
    }
  }
};

const ensureNotHeld = async (db: Db, messageId: string): Promise<void> => {
  const hold = await findHoldOfMessage(db, messageId);
  if (!hold) return;
  throw new SmsError(`messages are held: ${hold.why}`, {
    retryable: true,
    retryAfterMs: askAgainIn(hold.seconds),
  });
};
