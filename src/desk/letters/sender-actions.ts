import type { PublicText } from '../../platform/base/audience.ts';
import { isDatabaseAway } from '../../platform/base/database.ts';
import type { Tx } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import type { LetterRow } from './letters.sql.ts';
import { addOutboxRow } from './outbox.sql.ts';
import { refusalError } from './refusals.ts';
import { addUnitAction, findUnitAction } from './unit-actions.sql.ts';

export type SenderOutcome = 'applied' | 'recorded';

/** The caller holds the lock of the letter. */
export const addSenderAction = async (
  tx: Tx,
  letter: LetterRow,
  {
    id,
    kind,
    questionId = null,
    body,
  }: { id: string; kind: 'answer' | 'reopen'; questionId?: string | null; body: PublicText },
): Promise<void> => {
  const { id: letterId } = letter;
  await addUnitAction(tx, {
    id,
    letterId,
    kind,
    unitId: null,
    questionId,
    regardingId: null,
    consultationId: null,
    body,
    internalNote: null,
    staffId: null,
    keyId: null,
    actingFor: [],
    actedBy: '',
    actingUnit: letter.unit,
    actingUnitId: letter.unitId,
  });
  await addOutboxRow(tx, { letterId, kind: 'unitAction', payload: { actionId: id, kind } });
};

export const awaitSenderAction = async (
  { db, config, whenTaken }: Deps,
  actionId: string,
): Promise<SenderOutcome> => {
  const findTaken = async () =>
    (await whenTaken(actionId, config.limits.decisionWaitMs))
      ? findUnitAction(db, actionId)
      : undefined;
  const acted = await findTaken().catch((error: unknown) => {
    if (isDatabaseAway(error)) return undefined;
    throw error;
  });
  if (acted?.outcome === 'refused')
    throw refusalError(acted.refusal, 'not_open', { stored: 'yes' });
  return acted?.outcome ? 'applied' : 'recorded';
};
