import type { Recorded } from '../../../workflows/letter.contract.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Deps } from '../../platform/deps.ts';
import { transactionTime } from './decisions.sql.ts';
import { readWorkingCalendar } from './deadlines.ts';
import { UNIT_ACTIONS } from './letter.ts';
import { endReopeningTime, lockLetter, moveLetter, setClosingTime } from './letters.sql.ts';
import { periodEnd } from './period-end.ts';
import { readRecorded } from './recorded.ts';
import { endsOfClosing } from './step-ends.ts';
import { isActionWaiting } from './unit-actions.sql.ts';

interface OfLetter {
  letterId: string;
}

/**
 * If the calendar has moved the end, that is noted instead. The sender has the reply and is not
 * notified.
 */
export const closeAnswered = (deps: Deps, { letterId }: OfLetter): Promise<Recorded> =>
  deps.db.begin(async (tx) => {
    const letter = await lockLetter(tx, letterId);
    if (!letter?.answeredAt || letter.step !== 'answered' || letter.heldReplyId !== null)
      return readRecorded(deps, tx, letterId);
    const period = { from: letter.answeredAt, workingDays: deps.config.CLOSE_DAYS };
    const closesAt = periodEnd(await readWorkingCalendar(tx, deps.config), period);
    if (closesAt === null || closesAt > (await transactionTime(tx))) {
      await setClosingTime(tx, { id: letterId, closesAt });
      return readRecorded(deps, tx, letterId);
    }
    // Accepted before: its signal is on the way.
    if (await isActionWaiting(tx, { letterId, kinds: [...UNIT_ACTIONS] }))
      return readRecorded(deps, tx, letterId);
    const ends = await endsOfClosing(deps, tx);
    await moveLetter(tx, { id: letterId, unitId: letter.unitId, step: 'closed', ends });
    await addAuditEntry(tx, {
      letterId,
      actor: { kind: 'engine', id: 'workflow' },
      action: 'closed',
      details: { unit: letter.unit },
      dedupKey: `${letterId}:closed-after-${letter.answeredAt.toISOString()}`,
    });
    return readRecorded(deps, tx, letterId);
  });

export const endReopening = (deps: Deps, { letterId }: OfLetter): Promise<Recorded> =>
  deps.db.begin(async (tx) => {
    await lockLetter(tx, letterId);
    await endReopeningTime(tx, letterId);
    return readRecorded(deps, tx, letterId);
  });
