import { undoSecondsOf } from './decisions.sql.ts';
import type { DecisionKind, UnitActionKind } from './letter.ts';
import type { Handle } from '../../platform/base/database.ts';

export type OutboxKind =
  | 'start'
  | DecisionKind
  | 'resubmit'
  | 'objection'
  | 'unitAction'
  | 'annul'
  | 'calendar'
  | 'retry';

export interface OutboxRow {
  id: string;
  letterId: string;
  kind: OutboxKind;
  payload: Record<string, string | number>;
  attempts: number;
}

/** Call in the transaction of the change that the engine has to learn of. */
export const addOutboxRow = async (
  db: Handle,
  row: { letterId: string; kind: OutboxKind; payload: Record<string, string | number> },
): Promise<void> => {
  await db`
    insert into outbox (letter_id, kind, payload)
    values (${row.letterId}, ${row.kind}, ${db.json(row.payload)})`;
};

/** Which kinds of work wait to be handed over. A sign-in code is worth sending for some minutes. */
export const findDueWork = async (
  db: Handle,
  { codeMinutes }: { codeMinutes: number },
): Promise<{ outbox: boolean; codes: boolean; bulks: boolean }> => {
  const [due] = await db<[{ outbox: boolean; codes: boolean; bulks: boolean }]>`
    select
      exists (select from outbox where done_at is null and next_attempt_at <= now()) as outbox,
      exists (select from messages
        where letter_id is null and state in ('pending', 'sending') and next_attempt_at <= now()
          and created_at > now() - make_interval(mins => ${codeMinutes})) as codes,
      exists (select from bulk_decisions
        where ended_at is null and next_start_at <= now()) as bulks`;
  return due;
};

/**
 * Leases one row per letter at a time, which keeps a letter's rows in order. The lease of a dead
 * process runs out.
 */
export const leaseOutboxRows = (
  db: Handle,
  { limit, leaseSeconds }: { limit: number; leaseSeconds: number },
): Promise<OutboxRow[]> =>
  db<OutboxRow[]>`
    update outbox
    set attempts = attempts + 1, next_attempt_at = now() + make_interval(secs => ${leaseSeconds})
    where id in (
      select o.id from outbox o
      where o.done_at is null and o.next_attempt_at <= now()
        and not exists (
          select 1 from outbox before
          where before.letter_id = o.letter_id and before.done_at is null and before.id < o.id)
      order by o.id limit ${limit} for update skip locked)
    returning id, letter_id, kind, payload, attempts`;

export const markOutboxDone = async (db: Handle, id: string): Promise<boolean> => {
  const [row] = await db<{ isNext: boolean }[]>`
    update outbox o set done_at = now(), last_error = null where id = ${id}
    returning exists (
      select from outbox next
      where next.letter_id = o.letter_id and next.done_at is null and next.id <> o.id) as is_next`;
  return row?.isNext ?? false;
};

export const markOutboxFailed = async (
  db: Handle,
  { id, why, waitSeconds }: { id: string; why: string; waitSeconds: number },
): Promise<void> => {
  await db`
    update outbox set last_error = ${why},
      next_attempt_at = now() + make_interval(secs => ${waitSeconds})
    where id = ${id} and done_at is null`;
};

export const outboxBacklog = async (db: Handle): Promise<{ rows: number; oldest: number }> => {
  const [row] = await db<{ rows: number; oldest: number | null }[]>`
    select count(*)::int as rows, extract(epoch from now() - min(created_at))::float8 as oldest
    from outbox where done_at is null`;
  return { rows: row?.rows ?? 0, oldest: row?.oldest ?? 0 };
};

export type OpenWorkRow =
  | { id: string; kind: DecisionKind; by: string; undoSeconds: number | null }
  | { id: string; kind: UnitActionKind; by: null; undoSeconds: null };

export const listOpenWork = (db: Handle, letterId: string): Promise<OpenWorkRow[]> =>
  db<OpenWorkRow[]>`
    select w.id, w.kind, w.by, w.undo_seconds from (
      select d.id, d.kind, coalesce(s.username, 'key:' || y.name, 'desk') as by, d.decided_at as at,
        ${undoSecondsOf(db)} as undo_seconds
      from decisions d left join staff s on s.id = d.staff_id
        left join api_keys y on y.id = d.key_id
      where d.letter_id = ${letterId} and d.outcome is null
      union all
      select a.id, a.kind, null, a.acted_at, null from unit_actions a
      where a.letter_id = ${letterId} and a.outcome is null
    ) w order by w.at, w.id`;
