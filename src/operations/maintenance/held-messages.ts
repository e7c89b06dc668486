import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import type { Deps } from '../../platform/deps.ts';
import { lockLetter } from '../../desk/letters/letters.sql.ts';
import {
  findOutgoingHold,
  findWaitingMessage,
  holdOutgoing,
  listUntoldLetters,
  listWaitingMessages,
  markToldBefore,
  releaseOutgoing,
} from '../../platform/messages/held-messages.sql.ts';
import type { OutgoingHold, WaitingMessage } from '../../platform/messages/held-messages.sql.ts';
import { retryLetter } from './stuck-work.ts';
import { isUuid } from '../../platform/base/uuid.ts';

export const findHeldMessages = async (
  { db }: Deps,
  limit: number,
): Promise<{ hold: OutgoingHold | undefined; waiting: WaitingMessage[]; total: number }> => {
  const waiting = await listWaitingMessages(db, limit);
  return { hold: await findOutgoingHold(db), waiting, total: waiting[0]?.total ?? 0 };
};

export const holdMessages = (
  { db }: Deps,
  { why, actor }: { why: string; actor: Actor },
): Promise<boolean> =>
  db.begin(async (tx) => {
    const held = await holdOutgoing(tx, why);
    if (held) await addAuditEntry(tx, { actor, action: 'outgoing_held', details: { why } });
    return held;
  });

export const skipMessage = async (
  { db }: Deps,
  { messageId, actor }: { messageId: string; actor: Actor },
): Promise<boolean> => {
  if (!isUuid(messageId)) return false;
  return db.begin(async (tx) => {
    const message = await findWaitingMessage(tx, messageId);
    if (!message) return false;
    const { letterId, kind } = message;
    await lockLetter(tx, letterId);
    const marked = await markToldBefore(tx, messageId);
    if (marked)
      await addAuditEntry(tx, {
        letterId,
        actor,
        action: 'told_before',
        details: { messageId, kind },
      });
    return marked;
  });
};

export const releaseMessages = async (
  deps: Deps,
  { actor }: { actor: Actor },
): Promise<{ letters: number } | undefined> => {
  const { db } = deps;
  const letterIds = await listUntoldLetters(db);
  const released = await db.begin(async (tx) => {
    if (!(await releaseOutgoing(tx))) return false;
    await addAuditEntry(tx, {
      actor,
      action: 'outgoing_released',
      details: { letters: letterIds.length },
    });
    return true;
  });
  if (!released) return undefined;
  let letters = 0;
  for (const letterId of letterIds) if (await retryLetter(deps, { letterId, actor })) letters += 1;
  return { letters };
};
