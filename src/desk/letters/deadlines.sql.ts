import type { Handle } from '../../platform/base/database.ts';
import type { UnitLadder } from '../administration/units.sql.ts';
import { isWithin } from './letter-queues.sql.ts';
import type { QueueScope } from './letter-queues.sql.ts';
import type { Rung } from './rungs.ts';

export interface ClockRow {
  letterId: string;
  submittedAt: Date;
  reopenedAt?: Date;
  turns: {
    action:
      | 'returned'
      | 'resubmitted'
      | 'rejected'
      | 'objected'
      | 'question_asked'
      | 'question_answered'
      | 'question_withdrawn'
      | 'replied'
      | 'reopened';
    at: Date;
  }[];
  fired: Rung[];
  ladder: UnitLadder;
}

export interface StoredClock {
  letterId: string;
  submittedAt: Date;
  fired: Rung[];
  ladder: [number | null, number | null, number | null];
  turns: { action: ClockRow['turns'][number]['action']; at: string }[] | null;
}

export const clockOf = (db: Handle) => db`
  l.id as letter_id, l.submitted_at,
    (select json_build_array(u.answer_days, u.remind_days, u.escalate_days)
     from units u where u.id = l.unit_id) as ladder,
    array(select g.rung from deadline_rungs g
      where g.letter_id = l.id and g.round = l.round + l.reopened) as fired,
    (select json_agg(json_build_object('action', a.action, 'at', a.at) order by a.id)
     from audit_entries a
     where a.letter_id = l.id and a.action in ('returned', 'resubmitted', 'rejected', 'objected',
       'question_asked', 'question_answered', 'question_withdrawn', 'replied',
       'reopened')) as turns`;

export const toClock = ({ letterId, submittedAt, fired, ladder, turns }: StoredClock): ClockRow => {
  const [answerDays, remindDays, escalateDays] = ladder;
  const all = (turns ?? []).map(({ action, at }) => ({ action, at: new Date(at) }));
  const reopened = all.findLastIndex(({ action }) => action === 'reopened');
  const reopenedAt = all[reopened]?.at;
  return {
    letterId,
    submittedAt,
    fired,
    ladder: { answerDays, remindDays, escalateDays },
    ...(reopenedAt && { reopenedAt }),
    turns: all.slice(reopened + 1),
  };
};

export const readClocks = async (db: Handle, letterIds: string[]): Promise<ClockRow[]> =>
  (
    await db<StoredClock[]>`
      select ${clockOf(db)} from letters l where l.id = any(${letterIds}::uuid[]) order by l.id`
  ).map(toClock);

export const listRunningClocks = async (
  db: Handle,
  { queue, ...scope }: QueueScope & { queue: 'pending' | 'with_unit' },
): Promise<ClockRow[]> =>
  (
    await db<StoredClock[]>`
      select ${clockOf(db)} from letters l
      where ${queue === 'pending' ? db`l.status = 'pending'` : db`l.step = 'with_unit'`}
        and ${isWithin(db, scope)}
      order by l.submitted_at, l.id`
  ).map(toClock);
