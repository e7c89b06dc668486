import { DAY_SECONDS } from '../stage.ts';
import type { Stage } from '../stage.ts';
import type { Evidence, Looked } from './evidence.ts';

/** Of the stage: reminded a day before the deadline of two days, escalated a day after it. */
const LADDER = ['reminded', 'overdue', 'escalated'];
const LADDER_DAYS = 3;
/** A day is counted to its end, and the worker may be away for a while. */
const SLACK_SECONDS = DAY_SECONDS + 30;

interface LadderRow {
  id: string;
  fired: { rung: string; early: boolean; due: string }[] | null;
  entries: number;
  rungs: number;
  is_late: boolean;
}

/** Of an unanswered letter: its clock runs. */
const runs = ({ sql }: Pick<Stage, 'sql'>) => sql`
  l.step = 'with_unit' and l.open_question_id is null
    and not exists (select 1 from audit_entries e
      where e.letter_id = l.id and e.action = 'replied')`;

/** An unanswered letter whose clock has run without a break for longer than its ladder. */
const readLadders = ({ sql }: Pick<Stage, 'sql'>): Promise<LadderRow[]> => sql<LadderRow[]>`
  with clocks as (
    select l.id, l.round + l.reopened as round,
      ${runs({ sql })} as runs,
      (select max(e.at) from audit_entries e where e.letter_id = l.id and e.action in (
        'submitted', 'resubmitted', 'objected', 'approved', 'question_answered',
        'question_withdrawn', 'reopened')) as started_at
    from letters l)
  select c.id,
    (select json_agg(json_build_object(
        'rung', r.rung, 'early', r.fired_at < r.due_at, 'due', r.due_at) order by r.due_at)
     from deadline_rungs r where r.letter_id = c.id and r.round = c.round) as fired,
    (select count(*)::int from audit_entries e
     where e.letter_id = c.id and e.action in ('reminded', 'overdue', 'escalated')) as entries,
    (select count(*)::int from deadline_rungs r where r.letter_id = c.id) as rungs,
    c.runs and c.started_at
      < now() - make_interval(secs => ${LADDER_DAYS * DAY_SECONDS + SLACK_SECONDS}) as is_late
  from clocks c`;

export const rungsOnce = async ({ stage }: Evidence): Promise<Looked> => {
  const rows = await readLadders(stage);
  const breaks: string[] = [];
  for (const { id, fired, rungs, entries, is_late: isLate } of rows) {
    const climbed = (fired ?? []).map(({ rung }) => rung);
    if (climbed.join() !== LADDER.slice(0, climbed.length).join())
      breaks.push(`letter ${id} climbed ${climbed.join()}`);
    if (isLate && climbed.length < LADDER.length)
      breaks.push(`letter ${id} waits for longer than its ladder, and climbed «${climbed.join()}»`);
    if (entries !== rungs)
      breaks.push(`letter ${id}: ${rungs} rungs fired, and ${entries} audit entries tell of one`);
    for (const { rung, early } of fired ?? [])
      if (early) breaks.push(`letter ${id}: «${rung}» fired before it was due`);
  }
  const count = rows.reduce((sum, row) => sum + row.rungs, 0);
  const late = await overdueConsultations(stage);
  breaks.push(...late.breaks);
  return { breaks, looked: `${count} rungs; ${late.looked}` };
};

/** Asked for an opinion within one day. */
const overdueConsultations = async ({ sql }: Pick<Stage, 'sql'>): Promise<Looked> => {
  const rows = await sql<{ letter_id: string; is_told: boolean; entries: number }[]>`
    select c.letter_id, c.overdue_at is not null as is_told,
      (select count(*)::int from audit_entries e
       where e.letter_id = c.letter_id and e.action = 'consultation_overdue') as entries
    from consultations c
    where c.asked_at < now() - make_interval(secs => ${DAY_SECONDS + SLACK_SECONDS})
      and c.ended_at is null`;
  const breaks = rows
    .filter(({ is_told: isTold }) => !isTold)
    .map(({ letter_id: id }) => `letter ${id}: a unit has not answered, and nobody was told`);
  for (const { letter_id: id, entries } of rows)
    if (entries > 1) breaks.push(`letter ${id}: told ${entries} times of one late opinion`);
  return { breaks, looked: `${rows.length} opinions late` };
};

/** Rungs that are still to come. */
export const countComing = async ({ sql }: Pick<Stage, 'sql'>): Promise<number> => {
  const [opinions] = await sql<{ open: number }[]>`
    select count(*)::int as open from consultations
    where asked_at is not null and ended_at is null and overdue_at is null`;
  const [letters] = await sql<{ open: number }[]>`
    select count(*)::int as open from letters l
    where ${runs({ sql })}
      and (select count(*) from deadline_rungs r
        where r.letter_id = l.id and r.round = l.round + l.reopened) < ${LADDER.length}`;
  return (letters?.open ?? 0) + (opinions?.open ?? 0);
};
