/** Computed each time from record and calendar, so that a change of either shows at once. */
import type { Db, Handle } from '../../platform/base/database.ts';
import { listRunningClocks, readClocks } from './deadlines.sql.ts';
import type { ClockRow, ClockScope } from './deadlines.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { readCalendar } from '../administration/working-calendar.sql.ts';
import { countWorkingDays, createEndOf } from '../administration/working-time.ts';
import type { Deadline, WorkingCalendar } from '../administration/working-time.ts';
import type { DeadlineExplanation, LetterDeadline } from './deadlines.ts';

/** Where the letter stands, as far as its deadline goes. */
type Standing = Pick<LetterRow, 'id' | 'status' | 'step'>;

export interface CountDeadlines {
  /** 0: none is promised. */
  workingDays: number;
  /** By letter id; those that wait for no answer have none. */
  of(letters: readonly Standing[]): Promise<Map<string, LetterDeadline>>;
  /** Ids of the letters of a queue, the first one due first, those without a deadline last. */
  listDue(
    input: ClockScope & { queue: 'pending' | 'with_unit'; overdue: boolean },
  ): Promise<string[]>;
  /** Undefined: none is promised. */
  explain(letter: Standing): Promise<DeadlineExplanation | undefined>;
}

const isAnswered = ({ turns }: ClockRow): boolean =>
  turns.some(({ action }) => action === 'replied');

/** It is over with the first answer, whatever comes after it. */
const waits = ({ status, step }: Standing, clock: ClockRow): boolean =>
  (status === 'pending' || status === 'returned' || step === 'with_unit') && !isAnswered(clock);

/** With its sender: returned, or rejected until they objected. */
const pausesOf = ({ turns }: ClockRow): { from: Date; until: Date | null }[] =>
  turns.flatMap(({ action, at }, index) => {
    const endedBy = (end: string): Date | null =>
      turns.slice(index).find((turn) => turn.action === end)?.at ?? null;
    if (action === 'returned') return { from: at, until: endedBy('resubmitted') };
    const until = action === 'rejected' ? endedBy('objected') : null;
    return until === null ? [] : { from: at, until };
  });

export const readWorkingCalendar = async (
  db: Handle,
  timeZone: string,
): Promise<WorkingCalendar> => {
  const { week, days } = await readCalendar(db);
  return { timeZone, week, days: new Map(days.map(({ day, ...one }) => [day, one])) };
};

export const createDeadlines = ({
  db,
  workingDays,
  timeZone,
  now = () => new Date(),
}: {
  db: Db;
  workingDays: number;
  timeZone: string;
  now?: () => Date;
}): CountDeadlines => {
  const counterOf = (calendar: WorkingCalendar): ((clock: ClockRow) => Deadline) => {
    const endOf = createEndOf(calendar.timeZone);
    return (clock) =>
      countWorkingDays(
        { from: clock.submittedAt, pauses: pausesOf(clock) },
        workingDays,
        calendar,
        endOf,
      );
  };

  const standing = ({ dueAt, left, days }: Deadline, isPaused: boolean): LetterDeadline => {
    const dueOn = dueAt === null ? null : (days.at(-1)?.day ?? null);
    const isOver = dueAt !== null && dueAt <= now();
    return { state: isPaused ? 'paused' : isOver ? 'overdue' : 'running', dueAt, dueOn, left };
  };

  return {
    workingDays,

    async of(letters) {
      const byId = new Map(letters.map((letter) => [letter.id, letter]));
      if (workingDays === 0 || byId.size === 0) return new Map();
      const [clocks, calendar] = await Promise.all([
        readClocks(db, [...byId.keys()]),
        readWorkingCalendar(db, timeZone),
      ]);
      const count = counterOf(calendar);
      return new Map(
        clocks.flatMap((clock) => {
          const letter = byId.get(clock.letterId);
          return letter && waits(letter, clock)
            ? [[letter.id, standing(count(clock), letter.status === 'returned')]]
            : [];
        }),
      );
    },

    async listDue({ queue, overdue, ...scope }) {
      if (workingDays === 0) return [];
      const [clocks, calendar] = await Promise.all([
        listRunningClocks(db, { queue, ...scope }),
        readWorkingCalendar(db, timeZone),
      ]);
      const count = counterOf(calendar);
      const at = now().getTime();
      return clocks
        .map((clock) => ({
          id: clock.letterId,
          due: isAnswered(clock) ? Infinity : (count(clock).dueAt?.getTime() ?? Infinity),
        }))
        .filter(({ due }) => !overdue || due <= at)
        .toSorted((a, b) => (a.due === b.due ? 0 : a.due - b.due))
        .map(({ id }) => id);
    },

    async explain(letter) {
      if (workingDays === 0) return undefined;
      const [[clock], calendar] = await Promise.all([
        readClocks(db, [letter.id]),
        readWorkingCalendar(db, timeZone),
      ]);
      if (!clock) return undefined;
      const deadline = counterOf(calendar)(clock);
      const { state, ...known } = standing(deadline, letter.status === 'returned');
      return {
        letterId: letter.id,
        state: waits(letter, clock) ? state : 'ended',
        workingDays,
        submittedAt: clock.submittedAt,
        ...known,
        days: deadline.days,
        week: [...calendar.week],
      };
    },
  };
};
