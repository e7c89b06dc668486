import type { Recorded } from '../../../workflows/letter.contract.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Deps } from '../../platform/deps.ts';
import { transactionTime } from './decisions.sql.ts';
import { UNIT_ACTIONS } from './letter.ts';
import { endReopeningTime, lockLetter, moveLetter, setClosingTime } from './letters.sql.ts';
import { periodEnd } from './period-end.ts';
import { readRecorded } from './record-decision.ts';
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
    if (!letter?.answeredAt || letter.step !== 'answered') return readRecorded(tx, letterId);
    const period = { from: letter.answeredAt, workingDays: deps.config.CLOSE_DAYS };
    const closesAt = await periodEnd(deps, tx, period);
    if (closesAt === null || closesAt > (await transactionTime(tx))) {
      await setClosingTime(tx, { id: letterId, closesAt });
      return readRecorded(tx, letterId);
    }
    // Accepted before: its signal is on the way.
    if (await isActionWaiting(tx, { letterId, kinds: [...UNIT_ACTIONS] }))
      return readRecorded(tx, letterId);
    const ends = await endsOfClosing(deps, tx);
    await moveLetter(tx, { id: letterId, unitId: letter.unitId, step: 'closed', ends });
    await addAuditEntry(tx, {
      letterId,
      actor: { kind: 'engine', id: 'workflow' },
      action: 'closed',
      details: { unit: letter.unit },
      dedupKey: `${letterId}:closed-after-${letter.answeredAt.toISOString()}`,
    });
    return readRecorded(tx, letterId);
  });

export const endReopening = (deps: Deps, { letterId }: OfLetter): Promise<Recorded> =>
  deps.db.begin(async (tx) => {
    await lockLetter(tx, letterId);
    await endReopeningTime(tx, letterId);
    return readRecorded(tx, letterId);
  });
