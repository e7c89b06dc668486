import type { Tx } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { transactionTime } from './decisions.sql.ts';
import type { StepEnds } from './letters.sql.ts';
import { periodEnd } from './period-end.ts';

export const endsOfAnswer = async (deps: Deps, tx: Tx): Promise<StepEnds> => {
  const { CLOSE_DAYS, REOPEN_DAYS } = deps.config;
  const answeredAt = await transactionTime(tx);
  return {
    answeredAt,
    closesAt: await periodEnd(deps, tx, { from: answeredAt, workingDays: CLOSE_DAYS }),
    reopenUntil: await periodEnd(deps, tx, { from: answeredAt, workingDays: REOPEN_DAYS }),
  };
};

export const endsOfClosing = async (deps: Deps, tx: Tx): Promise<StepEnds> => {
  const from = await transactionTime(tx);
  const { REOPEN_DAYS: workingDays } = deps.config;
  const reopenUntil = await periodEnd(deps, tx, { from, workingDays });
  return { answeredAt: null, closesAt: null, reopenUntil };
};
