import type { Handle } from '../../platform/base/database.ts';
import { isWithin } from './letter-queues.sql.ts';
import type { QueueScope } from './letter-queues.sql.ts';

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
}

interface StoredClock {
  letterId: string;
  submittedAt: Date;
  turns: { action: ClockRow['turns'][number]['action']; at: string }[] | null;
}

const clocks = (db: Handle) => db`
  select l.id as letter_id, l.submitted_at,
    (select json_agg(json_build_object('action', a.action, 'at', a.at) order by a.id)
     from audit_entries a
     where a.letter_id = l.id and a.action in ('returned', 'resubmitted', 'rejected', 'objected',
       'question_asked', 'question_answered', 'question_withdrawn', 'replied',
       'reopened')) as turns
  from letters l`;

const toClocks = (rows: StoredClock[]): ClockRow[] =>
  rows.map(({ turns, ...row }) => {
    const all = (turns ?? []).map(({ action, at }) => ({ action, at: new Date(at) }));
    const reopened = all.findLastIndex(({ action }) => action === 'reopened');
    const reopenedAt = all[reopened]?.at;
    return { ...row, ...(reopenedAt && { reopenedAt }), turns: all.slice(reopened + 1) };
  });

export const readClocks = async (db: Handle, letterIds: string[]): Promise<ClockRow[]> =>
  toClocks(
    await db<StoredClock[]>`${clocks(db)} where l.id = any(${letterIds}::uuid[]) order by l.id`,
  );

export const listRunningClocks = async (
  db: Handle,
  { queue, ...scope }: QueueScope & { queue: 'pending' | 'with_unit' },
): Promise<ClockRow[]> =>
  toClocks(
    await db<StoredClock[]>`
      ${clocks(db)}
      where ${queue === 'pending' ? db`l.status = 'pending'` : db`l.step = 'with_unit'`}
        and ${isWithin(db, scope)}
      order by l.submitted_at, l.id`,
  );
