import type { LetterState, Recorded } from '../../../workflows/letter.contract.ts';
import type { Handle } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { readDeadlineTimes } from './due-rungs.ts';
import { findLetter } from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { readWaitingWork } from './waiting-work.sql.ts';

export const toLetterState = (letter: LetterRow): LetterState => ({
  status: letter.status,
  step: letter.step,
  round: letter.round + letter.reopened,
  paused: letter.status === 'returned' || letter.openQuestionId !== null,
  objectionUntil: letter.objectionUntil?.toISOString() ?? null,
  closesAt: letter.closesAt?.toISOString() ?? null,
  reopenUntil: letter.reopenUntil?.toISOString() ?? null,
  letterNumber: letter.letterNumber,
  trackingCode: letter.trackingCode,
  registeredAt: letter.registeredAt?.toISOString() ?? null,
  unit: letter.unit,
  unitId: letter.unitId,
  needsAttention: letter.needsAttention,
  annulled: letter.annulledAt !== null,
});

export const readRecorded = async (
  { config }: Pick<Deps, 'config'>,
  db: Handle,
  letterId: string,
  refused: string | null = null,
): Promise<Recorded> => {
  const [letter, work] = await Promise.all([
    findLetter(db, letterId),
    readWaitingWork(db, letterId),
  ]);
  if (!letter || !work) throw new Error(`letter ${letterId} is not in the record`);
  const { messageIds, fileIds, clock } = work;
  return {
    state: {
      ...toLetterState(letter),
      ...(await readDeadlineTimes(config, db, { letter, clock })),
    },
    messageIds: refused === null ? messageIds : [],
    refused,
    ...(fileIds.length > 0 && { waitingFileIds: fileIds }),
  };
};
