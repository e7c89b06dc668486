import { NO_ID } from '../../platform/base/database.ts';
import type { Handle } from '../../platform/base/database.ts';

export const isOpen = (db: Handle) =>
  db`(l.status in ('pending', 'returned') or (l.status = 'approved' and l.step <> 'closed')
    or l.objection_until is not null
    or (l.step = 'closed' and l.reopen_until is not null))`;

/**
 * Letters that need a running workflow: open ones, and those with something still to tell the
 * sender. Pages by id, after `after`.
 * @param quietSeconds only older letters with an empty outbox; 0: all
 */
export const listUnfinishedLetters = async (
  db: Handle,
  {
    after,
    limit,
    quietSeconds,
  }: { after?: string | undefined; limit: number; quietSeconds: number },
): Promise<string[]> => {
  const quiet =
    quietSeconds === 0
      ? db`true`
      : db`l.submitted_at < now() - make_interval(secs => ${quietSeconds})
          and not exists (select 1 from outbox o where o.letter_id = l.id and o.done_at is null)`;
  const rows = await db<{ id: string }[]>`
    (select l.id from letters l
     where ${isOpen(db)} and l.id > ${after ?? NO_ID} and ${quiet}
     order by l.id limit ${limit})
    union
    (select l.id from messages m join letters l on l.id = m.letter_id
     where m.letter_id is not null and m.state <> 'sent' and m.letter_id > ${after ?? NO_ID}
       and ${quiet}
     order by m.letter_id limit ${limit})
    order by id limit ${limit}`;
  return rows.map(({ id }) => id);
};

export const isUnfinished = async (db: Handle, letterId: string): Promise<boolean> => {
  const rows = await db`
    select 1 from letters l where l.id = ${letterId} and (${isOpen(db)} or exists (
      select 1 from messages m where m.letter_id = l.id and m.state <> 'sent'))`;
  return rows.length === 1;
};

export const unknownLetters = async (db: Handle, letterIds: string[]): Promise<string[]> => {
  const rows = await db<{ id: string }[]>`
    select asked.id from unnest(${letterIds}::text[]) as asked (id)
    where not exists (select 1 from letters l where l.id::text = asked.id)`;
  return rows.map(({ id }) => id);
};

/**
 * Reopens the outbox rows of decisions and unit actions that were not taken up. The delay since the
 * last delivery starts at `baseSeconds` and doubles up to a day, so that a worker that was away for
 * weeks meets no flood.
 */
export const signalOpenWorkAgain = async (
  db: Handle,
  {
    letterId,
    baseSeconds,
    doublings,
  }: { letterId?: string; baseSeconds: number; doublings: number },
): Promise<number> => {
  const ofLetter = letterId === undefined ? db`` : db`and w.letter_id = ${letterId}`;
  const rows = await db`
    update outbox o set done_at = null, next_attempt_at = now()
    from (
      select id, letter_id from decisions w where outcome is null ${ofLetter}
      union all
      select id, letter_id from unit_actions w where outcome is null ${ofLetter}
    ) open
    where o.letter_id = open.letter_id and o.done_at is not null
      and coalesce(o.payload->>'decisionId', o.payload->>'actionId') = open.id::text
      and o.done_at <= now() - make_interval(
        secs => least(86400, ${baseSeconds} * power(2, least(o.attempts, ${doublings}))))
    returning o.id`;
  return rows.length;
};

export const settleLateWork = async (db: Handle, letterId?: string): Promise<number> => {
  const ofLetter = letterId === undefined ? db`` : db`and l.id = ${letterId}`;
  const actions = await db`
    update unit_actions a set outcome = 'refused', refusal = 'the letter is not with a unit'
    from letters l
    where l.id = a.letter_id and a.outcome is null and not ${isOpen(db)}
      and a.acted_at < now() - interval '2 minutes' ${ofLetter}
    returning a.id`;
  const decisions = await db`
    update decisions d set outcome = 'superseded'
    from letters l
    where l.id = d.letter_id and d.outcome is null and l.status <> 'pending'
      and not (l.status = 'returned' and d.kind = 'withdraw')
      and d.decided_at < now() - interval '2 minutes' ${ofLetter}
    returning d.id`;
  return actions.length + decisions.length;
};
