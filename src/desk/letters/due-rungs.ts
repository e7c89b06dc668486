import type { Handle } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { countWorkingDays, createEndOf } from '../administration/working-time.ts';
import type { WorkingCalendar } from '../administration/working-time.ts';
import { nextConsultationDue } from './consultations.ts';
import { isWaiting, ladderOf, pausesOf, readWorkingCalendar } from './deadlines.ts';
import type { Ladder } from './deadlines.ts';
import type { ClockRow } from './deadlines.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { RUNGS } from './rungs.ts';
import type { Rung } from './rungs.ts';

type Config = Deps['config'];
export interface DueRung {
  rung: Rung;
  dueAt: Date;
}

const daysOf = ({ answerDays, remindDays, escalateDays }: Ladder): Record<Rung, number | null> => ({
  reminded: remindDays === 0 ? null : Math.max(answerDays - remindDays, 0),
  overdue: answerDays,
  escalated: escalateDays === 0 ? null : answerDays + escalateDays,
});

export const rungsOf = (
  ladder: Ladder,
  clock: Pick<ClockRow, 'submittedAt' | 'reopenedAt' | 'turns'>,
  calendar: WorkingCalendar,
): DueRung[] => {
  if (ladder.answerDays === 0) return [];
  const days = daysOf(ladder);
  const running = { from: clock.reopenedAt ?? clock.submittedAt, pauses: pausesOf(clock) };
  const endOf = createEndOf(calendar.timeZone);
  return RUNGS.flatMap((rung) => {
    const workingDays = days[rung];
    if (workingDays === null) return [];
    const { dueAt } = countWorkingDays(running, workingDays, calendar, endOf);
    return dueAt === null ? [] : [{ rung, dueAt }];
  });
};

type Laddered = Pick<LetterRow, 'status' | 'step'>;

export const readRungs = async (
  config: Config,
  db: Handle,
  { letter, clock }: { letter: Laddered; clock: ClockRow },
): Promise<DueRung[]> => {
  const isOpen = letter.status === 'pending' || letter.step === 'with_unit';
  if (!isOpen || !isWaiting(letter, clock)) return [];
  return rungsOf(ladderOf(config, clock), clock, await readWorkingCalendar(db, config));
};

export const openRungs = (rungs: DueRung[], letter: Laddered, { fired }: ClockRow): DueRung[] =>
  letter.step === 'with_unit' ? rungs.filter(({ rung }) => !fired.includes(rung)) : [];

export interface DeadlineTimes {
  deadline: string | null;
  nextRungAt: string | null;
}

export const readDeadlineTimes = async (
  config: Config,
  db: Handle,
  { letter, clock }: { letter: Laddered & Pick<LetterRow, 'id' | 'consulted'>; clock: ClockRow },
): Promise<DeadlineTimes> => {
  const rungs = await readRungs(config, db, { letter, clock });
  const [next] = openRungs(rungs, letter, clock);
  const opinionDue =
    letter.consulted.length > 0 ? await nextConsultationDue(db, config, letter.id) : null;
  const [first] = [next?.dueAt ?? null, opinionDue]
    .filter((at) => at !== null)
    .toSorted((a, b) => a.getTime() - b.getTime());
  return {
    deadline: rungs.find(({ rung }) => rung === 'overdue')?.dueAt.toISOString() ?? null,
    nextRungAt: first?.toISOString() ?? null,
  };
};
