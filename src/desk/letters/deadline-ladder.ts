/**
 * A reminder before a unit's deadline, the deadline, and the escalation after it. What is due is
 * computed from record and calendar each time: either may have changed since the workflow set its
 * timer.
 */
import type { Recorded } from '../../../workflows/letter.contract.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Handle, Tx } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { countWorkingDays, createEndOf } from '../administration/working-time.ts';
import type { WorkingCalendar } from '../administration/working-time.ts';
import { addFiredRung, listFiredRungs } from './deadline-ladder.sql.ts';
import { isWaiting, pausesOf, readWorkingCalendar } from './deadlines.ts';
import { readClocks } from './deadlines.sql.ts';
import type { ClockRow } from './deadlines.sql.ts';
import { transactionTime } from './decisions.sql.ts';
import { lockLetter } from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { readRecorded, toLetterState } from './record-decision.ts';
import { RUNGS } from './rungs.ts';
import type { Rung } from './rungs.ts';
import { addLetterMails } from './staff-mails.sql.ts';

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

type Laddered = Pick<LetterRow, 'id' | 'status' | 'step' | 'round'>;

const readRungs = async (config: Config, db: Handle, letter: Laddered): Promise<DueRung[]> => {
  const [[clock], calendar] = await Promise.all([
    readClocks(db, [letter.id]),
    readWorkingCalendar(db, config),
  ]);
  return clock && isWaiting(letter, clock) ? rungsOf(config, clock, calendar) : [];
};

const openRungs = async (db: Handle, letter: Laddered, rungs: DueRung[]): Promise<DueRung[]> => {
  if (letter.step !== 'with_unit' || rungs.length === 0) return [];
  const fired = await listFiredRungs(db, { letterId: letter.id, round: letter.round });
  return rungs.filter(({ rung }) => !fired.includes(rung));
};

/** ISO 8601, UTC; null: none, or the clock is paused. */
export interface DeadlineTimes {
  deadline: string | null;
  nextRungAt: string | null;
}

export const readDeadlineTimes = async (
  config: Config,
  db: Handle,
  letter: Laddered,
): Promise<DeadlineTimes> => {
  const isOpen = letter.status === 'pending' || letter.step === 'with_unit';
  const rungs = isOpen ? await readRungs(config, db, letter) : [];
  const [next] = await openRungs(db, letter, rungs);
  return {
    deadline: rungs.find(({ rung }) => rung === 'overdue')?.dueAt.toISOString() ?? null,
    nextRungAt: next?.dueAt.toISOString() ?? null,
  };
};

export const climbLadder = (
  { config, db }: Deps,
  { letterId }: { letterId: string },
): Promise<Recorded> =>
  db.begin(async (tx) => {
    const row = await lockLetter(tx, letterId);
    if (!row) throw new Error(`letter ${letterId} is not in the record`);
    const letter = { ...row, round: toLetterState(row).round };
    const now = await transactionTime(tx);
    const rungs = await openRungs(tx, letter, await readRungs(config, tx, letter));
    for (const due of rungs.filter(({ dueAt }) => dueAt <= now)) await fire(tx, letter, due);
    return readRecorded(tx, letterId);
  });

const fire = async (tx: Tx, letter: LetterRow, { rung, dueAt }: DueRung): Promise<void> => {
  const { id: letterId, round, unitId, unit } = letter;
  if (!(await addFiredRung(tx, { letterId, round, rung, unitId, dueAt }))) return;
  await addAuditEntry(tx, {
    letterId,
    actor: { kind: 'engine', id: 'workflow' },
    action: rung,
    details: { unit, round },
    dedupKey: `${letterId}:${rung}-${round}`,
  });
  await addLetterMails(tx, {
    kind: rung,
    letterId,
    unitId,
    audience: rung === 'escalated' ? 'charge' : 'unit',
    about: `${letterId}:${rung}-${round}`,
  });
};
