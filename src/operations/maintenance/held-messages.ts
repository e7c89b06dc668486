/** The hold on messages to senders: what waits, what was told before, and letting the rest go. */
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import type { Db } from '../../platform/base/database.ts';
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
import type { StuckWorkCases } from './stuck-work.ts';

export interface Outgoing {
  find(limit: number): Promise<{
    hold: OutgoingHold | undefined;
    waiting: WaitingMessage[];
    total: number;
  }>;
  /** False: they are held already. */
  hold(input: { why: string; actor: Actor }): Promise<boolean>;
  /** False: there is no such message, or it was sent. Repeatable. */
  skip(input: { messageId: string; actor: Actor }): Promise<boolean>;
  /** Those that gave up waiting are tried again too. Undefined: nothing was held. */
  release(input: { actor: Actor }): Promise<{ letters: number } | undefined>;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const createOutgoing = ({
  db,
  stuck,
}: {
  db: Db;
  stuck: Pick<StuckWorkCases, 'retryLetter'>;
}): Outgoing => ({
  async find(limit) {
    const waiting = await listWaitingMessages(db, limit);
    return { hold: await findOutgoingHold(db), waiting, total: waiting[0]?.total ?? 0 };
  },

  hold: ({ why, actor }) =>
    db.begin(async (tx) => {
      const held = await holdOutgoing(tx, why);
      if (held) await addAuditEntry(tx, { actor, action: 'outgoing_held', details: { why } });
      return held;
    }),

  async skip({ messageId, actor }) {
    if (!UUID.test(messageId)) return false;
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
  },

  async release({ actor }) {
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
    for (const letterId of letterIds)
      if (await stuck.retryLetter({ letterId, actor })) letters += 1;
    return { letters };
  },
});
