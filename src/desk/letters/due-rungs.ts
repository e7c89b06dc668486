import type { Handle } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { countWorkingDays, createEndOf } from '../administration/working-time.ts';
import type { WorkingCalendar } from '../administration/working-time.ts';
import { nextConsultationDue } from './consultations.ts';
import { isWaiting, pausesOf, readWorkingCalendar } from './deadlines.ts';
import type { ClockRow } from './deadlines.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { RUNGS } from './rungs.ts';
import type { Rung } from './rungs.ts';

type Config = Deps['config'];
type RungSettings = Pick<
  Config,
  'ANSWER_WORKING_DAYS' | 'REMIND_BEFORE_DAYS' | 'ESCALATE_AFTER_DAYS'
>;

export interface DueRung {
  rung: Rung;
  dueAt: Date;
}

const daysOf = (settings: RungSettings): Record<Rung, number | null> => {
  const {
    ANSWER_WORKING_DAYS: answer,
    REMIND_BEFORE_DAYS: before,
    ESCALATE_AFTER_DAYS: after,
  } = settings;
  return {
    reminded: before === 0 ? null : Math.max(answer - before, 0),
    overdue: answer,
    escalated: after === 0 ? null : answer + after,
  };
};

export const rungsOf = (
  settings: RungSettings,
  clock: Pick<ClockRow, 'submittedAt' | 'reopenedAt' | 'turns'>,
  calendar: WorkingCalendar,
): DueRung[] => {
  if (settings.ANSWER_WORKING_DAYS === 0) return [];
  const days = daysOf(settings);
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
  return rungsOf(config, clock, await readWorkingCalendar(db, config));
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
