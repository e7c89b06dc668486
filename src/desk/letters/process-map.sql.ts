import type { Handle } from '../../platform/base/database.ts';
import type { Spread } from './letter-counts.ts';
import type { LetterStatus, LetterStep } from './letter.ts';

export const countStates = async (db: Handle): Promise<Map<LetterStatus | LetterStep, number>> => {
  const rows = await db<{ status: LetterStatus; step: LetterStep | null; letters: number }[]>`
    select status, step, count(*)::int as letters from letters group by status, step`;
  return new Map(rows.map(({ status, step, letters }) => [step ?? status, letters]));
};

export type Stay = 'pending' | 'returned' | 'with_unit' | 'asked' | 'held' | 'answered';

/**
 * How long letters stayed in a box: of stays that began within `days` and are over. The trail says
 * when, as each step leaves one entry.
 */
export const listStays = async (
  db: Handle,
  { days }: { days: number },
): Promise<Map<Stay, Spread>> => {
  const rows = await db<{ stay: Stay; spread: [number, number] }[]>`
    with step(action, stay) as (values
      ('submitted', 'pending'), ('resubmitted', 'pending'), ('objected', 'pending'),
      ('returned', 'returned'), ('withdrawn', null), ('rejected', null), ('closed', null),
      ('annulled', null), ('approved', 'with_unit'), ('reopened', 'with_unit'),
      ('question_answered', 'with_unit'), ('question_withdrawn', 'with_unit'),
      ('reply_sent_back', 'with_unit'), ('question_asked', 'asked'), ('reply_held', 'held'),
      ('replied', 'answered')
    ), stays as (
      select s.stay, extract(epoch from
        lead(e.at) over (partition by e.letter_id order by e.id) - e.at)::float8 as seconds
      from audit_entries e join step s on s.action = e.action
      where e.letter_id is not null and e.at >= now() - make_interval(days => ${days})
    )
    select stay, percentile_cont(array[0.5, 0.9]) within group (order by seconds) as spread
    from stays where stay is not null and seconds is not null group by stay`;
  return new Map(rows.map(({ stay, spread: [median, p90] }) => [stay, { median, p90 }]));
};
