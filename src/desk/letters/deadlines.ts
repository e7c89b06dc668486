/** Computed on demand from record and calendar, so that a change of either shows at once. */
import { DomainError } from '../../platform/base/errors.ts';
import type { Handle } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { readCalendar } from '../administration/working-calendar.sql.ts';
import { countWorkingDays, createEndOf } from '../administration/working-time.ts';
import type {
  Deadline,
  ExplainedDay,
  WorkingCalendar,
  WorkingHours,
} from '../administration/working-time.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { listRunningClocks, readClocks } from './deadlines.sql.ts';
import type { ClockRow } from './deadlines.sql.ts';
import { findOwnLetter, findVisibleLetter } from './letter-access.ts';
import type { QueueScope } from './letter-queues.sql.ts';
import type { LetterRow } from './letters.sql.ts';

/** `paused`: returned to its sender for correction, or a question to them is open. */
export type DeadlineState = 'running' | 'overdue' | 'paused';

export interface LetterDeadline {
  state: DeadlineState;
  /** End of the last working day; null: paused, with `left` days remaining. */
  dueAt: Date | null;
  /** Gregorian day of `dueAt`: `2026-11-22`. */
  dueOn: string | null;
  left: number;
}

export interface DeadlineExplanation {
  letterId: string;
  state: DeadlineState | 'ended';
  workingDays: number;
  submittedAt: Date;
  reopenedAt?: Date;
  dueAt: Date | null;
  dueOn: string | null;
  left: number;
  days: ExplainedDay[];
  week: (WorkingHours | null)[];
}

type Standing = Pick<LetterRow, 'id' | 'status' | 'step'>;

export const explainOwnDeadline = async (
  deps: Deps,
  which: { applicantId: string; letterId: string },
): Promise<DeadlineExplanation> => explain(deps, await findOwnLetter(deps.db, which));

export const explainDeadline = async (
  deps: Deps,
  which: { staff: StaffMember; letterId: string },
): Promise<DeadlineExplanation> => explain(deps, await findVisibleLetter(deps.db, which));

const explain = async (deps: Deps, letter: Standing): Promise<DeadlineExplanation> => {
  const [[clock], calendar] = await Promise.all([
    readClocks(deps.db, [letter.id]),
    readWorkingCalendar(deps.db, deps.config),
  ]);
  if (!clock) throw new DomainError('not_found');
  const { answerDays: workingDays } = ladderOf(deps.config, clock);
  if (workingDays === 0) throw new DomainError('not_found');
  const deadline = createCount(deps, calendar)(clock);
  const { state, ...known } = deadlineOf(deadline, isPaused(clock));
  return {
    letterId: letter.id,
    state: isWaiting(letter, clock) ? state : 'ended',
    workingDays,
    submittedAt: clock.submittedAt,
    ...(clock.reopenedAt && { reopenedAt: clock.reopenedAt }),
    ...known,
    days: deadline.days,
    week: [...calendar.week],
  };
};

export const findDeadlines = async (
  deps: Deps,
  letters: readonly Standing[],
): Promise<Map<string, LetterDeadline>> => {
  const byId = new Map(letters.map((letter) => [letter.id, letter]));
  if (byId.size === 0) return new Map();
  const [clocks, calendar] = await Promise.all([
    readClocks(deps.db, [...byId.keys()]),
    readWorkingCalendar(deps.db, deps.config),
  ]);
  const count = createCount(deps, calendar);
  return new Map(
    clocks.flatMap((clock) => {
      const letter = byId.get(clock.letterId);
      return letter && hasDeadline(deps, clock) && isWaiting(letter, clock)
        ? [[letter.id, deadlineOf(count(clock), isPaused(clock))]]
        : [];
    }),
  );
};

export const listDue = async (
  deps: Deps,
  { queue, overdue, ...scope }: QueueScope & { queue: 'pending' | 'with_unit'; overdue: boolean },
): Promise<string[]> => {
  const [clocks, calendar] = await Promise.all([
    listRunningClocks(deps.db, { queue, ...scope }),
    readWorkingCalendar(deps.db, deps.config),
  ]);
  if (!clocks.some((clock) => hasDeadline(deps, clock))) return [];
  const count = createCount(deps, calendar);
  const dueOf = (clock: ClockRow): number =>
    isAnswered(clock) || !hasDeadline(deps, clock)
      ? Infinity
      : (count(clock).dueAt?.getTime() ?? Infinity);
  const now = Date.now();
  return clocks
    .map((clock) => ({ id: clock.letterId, due: dueOf(clock) }))
    .filter(({ due }) => !overdue || due <= now)
    .toSorted((a, b) => (a.due === b.due ? 0 : a.due - b.due))
    .map(({ id }) => id);
};

export const readWorkingCalendar = async (
  db: Handle,
  config: Pick<Deps['config'], 'ORG_TIME_ZONE' | 'TEST_WORKING_DAY_SECONDS'>,
): Promise<WorkingCalendar> => {
  const { week, days } = await readCalendar(db);
  return {
    timeZone: config.ORG_TIME_ZONE,
    week,
    days: new Map(days.map(({ day, ...one }) => [day, one])),
    testDaySeconds: config.TEST_WORKING_DAY_SECONDS,
  };
};

export interface Ladder {
  /** 0: no deadline is promised. */
  answerDays: number;
  /** 0: the rung is missing. */
  remindDays: number;
  escalateDays: number;
}

/** The unit's own, else that of the settings. */
export const ladderOf = (
  config: Pick<
    Deps['config'],
    'ANSWER_WORKING_DAYS' | 'REMIND_BEFORE_DAYS' | 'ESCALATE_AFTER_DAYS'
  >,
  { ladder }: Pick<ClockRow, 'ladder'>,
): Ladder => ({
  answerDays: ladder.answerDays ?? config.ANSWER_WORKING_DAYS,
  remindDays: ladder.remindDays ?? config.REMIND_BEFORE_DAYS,
  escalateDays: ladder.escalateDays ?? config.ESCALATE_AFTER_DAYS,
});

const hasDeadline = ({ config }: Deps, clock: ClockRow): boolean =>
  ladderOf(config, clock).answerDays > 0;

const isAnswered = ({ turns }: ClockRow): boolean =>
  turns.some(({ action }) => action === 'replied');

export const isWaiting = ({ status, step }: Omit<Standing, 'id'>, clock: ClockRow): boolean =>
  (status === 'pending' || status === 'returned' || step === 'with_unit') && !isAnswered(clock);

export const pausesOf = ({
  turns,
}: Pick<ClockRow, 'turns'>): { from: Date; until: Date | null }[] =>
  turns.flatMap(({ action, at }, index) => {
    const endedBy = (...ends: string[]): Date | null =>
      turns.slice(index).find((turn) => ends.includes(turn.action))?.at ?? null;
    if (action === 'returned') return { from: at, until: endedBy('resubmitted') };
    if (action === 'question_asked')
      return { from: at, until: endedBy('question_answered', 'question_withdrawn', 'replied') };
    const until = action === 'rejected' ? endedBy('objected') : null;
    return until === null ? [] : { from: at, until };
  });

const isPaused = (clock: ClockRow): boolean => pausesOf(clock).some(({ until }) => until === null);

const createCount = (
  { config }: Deps,
  calendar: WorkingCalendar,
): ((clock: ClockRow) => Deadline) => {
  const endOf = createEndOf(calendar.timeZone);
  return (clock) =>
    countWorkingDays(
      { from: clock.reopenedAt ?? clock.submittedAt, pauses: pausesOf(clock) },
      ladderOf(config, clock).answerDays,
      calendar,
      endOf,
    );
};

const deadlineOf = ({ dueAt, left, days }: Deadline, isPaused: boolean): LetterDeadline => {
  const dueOn = dueAt === null ? null : (days.at(-1)?.day ?? null);
  const isOver = dueAt !== null && dueAt <= new Date();
  return { state: isPaused ? 'paused' : isOver ? 'overdue' : 'running', dueAt, dueOn, left };
};
