import type { Tx } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { readWorkingCalendar } from './deadlines.ts';
import { transactionTime } from './decisions.sql.ts';
import type { StepEnds } from './letters.sql.ts';
import { periodEnd } from './period-end.ts';

export const endsOfAnswer = async ({ config }: Deps, tx: Tx): Promise<StepEnds> => {
  const [answeredAt, calendar] = await Promise.all([
    transactionTime(tx),
    readWorkingCalendar(tx, config),
  ]);
  return {
    answeredAt,
    closesAt: periodEnd(calendar, { from: answeredAt, workingDays: config.CLOSE_DAYS }),
    reopenUntil: periodEnd(calendar, { from: answeredAt, workingDays: config.REOPEN_DAYS }),
  };
};

export const endsOfClosing = async ({ config }: Deps, tx: Tx): Promise<StepEnds> => {
  const [from, calendar] = await Promise.all([
    transactionTime(tx),
    readWorkingCalendar(tx, config),
  ]);
  const reopenUntil = periodEnd(calendar, { from, workingDays: config.REOPEN_DAYS });
  return { answeredAt: null, closesAt: null, reopenUntil };
};
