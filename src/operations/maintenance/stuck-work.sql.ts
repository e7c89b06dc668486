import type { Handle, Tx } from '../../platform/base/database.ts';
import { isKept } from '../../platform/files/file-scans.sql.ts';
import { isOpen } from './reconcile.sql.ts';

export interface StuckRow {
  id: string;
  letterId: string | null;
  letterNumber: string | null;
  what: string;
  cause: string | null;
  since: Date;
  attempts: number | null;
  total: number;
}

const OUTBOX_SECONDS = 60;
const OPEN_WORK_SECONDS = 60;
const MESSAGE_MINUTES = 15;
const SCAN_MINUTES = 15;

const stuckOutbox = (db: Handle) => db`
  o.done_at is null and o.created_at < now() - make_interval(secs => ${OUTBOX_SECONDS})`;
const stuckMessage = (db: Handle) => db`
  m.letter_id is not null and m.state <> 'sent'
    and (m.state = 'failed' or m.created_at < now() - make_interval(mins => ${MESSAGE_MINUTES}))`;
const notBeingTold = (db: Handle) => db`
  not exists (select 1 from outbox o where o.letter_id = w.letter_id and o.done_at is null)`;
const stuckDecision = (db: Handle) => db`
  w.outcome is null and coalesce(w.applies_at, w.decided_at) < now() - make_interval(secs => ${OPEN_WORK_SECONDS})
    and ${notBeingTold(db)}`;
const stuckAction = (db: Handle) => db`
  w.outcome is null and w.acted_at < now() - make_interval(secs => ${OPEN_WORK_SECONDS})
    and ${notBeingTold(db)}`;

export const listStuckOutbox = (db: Handle, limit: number): Promise<StuckRow[]> =>
  db<StuckRow[]>`
    select o.id::text as id, o.letter_id, l.letter_number, o.kind as what, o.last_error as cause,
      o.created_at as since, o.attempts, count(*) over ()::int as total
    from outbox o join letters l on l.id = o.letter_id
    where ${stuckOutbox(db)} order by o.created_at limit ${limit}`;

export const listAttention = (db: Handle, limit: number): Promise<StuckRow[]> =>
  db<StuckRow[]>`
    select l.id::text as id, l.id as letter_id, l.letter_number, l.status as what,
      l.needs_attention as cause, l.attention_since as since, null as attempts,
      count(*) over ()::int as total
    from letters l where l.needs_attention is not null
    order by l.attention_since limit ${limit}`;

export const listStuckMessages = (db: Handle, limit: number): Promise<StuckRow[]> =>
  db<StuckRow[]>`
    select m.id::text as id, m.letter_id, l.letter_number, m.kind as what, m.last_error as cause,
      m.created_at as since, m.attempts, count(*) over ()::int as total
    from messages m join letters l on l.id = m.letter_id
    where ${stuckMessage(db)} order by m.created_at limit ${limit}`;

export const listStuckDecisions = (db: Handle, limit: number): Promise<StuckRow[]> =>
  db<StuckRow[]>`
    select w.id::text as id, w.letter_id, l.letter_number, w.kind as what, null as cause,
      w.decided_at as since, null as attempts, count(*) over ()::int as total
    from decisions w join letters l on l.id = w.letter_id
    where ${stuckDecision(db)} order by w.decided_at limit ${limit}`;

export const listStuckActions = (db: Handle, limit: number): Promise<StuckRow[]> =>
  db<StuckRow[]>`
    select w.id::text as id, w.letter_id, l.letter_number, w.kind as what, null as cause,
      w.acted_at as since, null as attempts, count(*) over ()::int as total
    from unit_actions w join letters l on l.id = w.letter_id
    where ${stuckAction(db)} order by w.acted_at limit ${limit}`;

export const listStuckScans = (db: Handle, limit: number): Promise<StuckRow[]> =>
  db<StuckRow[]>`
    select f.id::text as id, f.letter_id, l.letter_number, f.id::text as what, null as cause,
      f.created_at as since, null as attempts, count(*) over ()::int as total
    from files f join letters l on l.id = f.letter_id
    where f.scan = 'waiting' and f.created_at < now() - make_interval(mins => ${SCAN_MINUTES})
      and ${isKept(db)}
    order by f.created_at limit ${limit}`;

/**
 * Sign-ins of the last hour whose code was typed or could have been by now. Counted from the
 * record, so that a restart changes nothing.
 */
export const countTypedCodes = async (
  db: Handle,
): Promise<{ sent: number; typed: number; since: Date | null }> => {
  const [row] = await db<{ sent: number; typed: number; since: Date | null }[]>`
    select count(*)::int as sent, count(used_at)::int as typed, min(created_at) as since
    from sign_in_challenges s
    where created_at > now() - interval '1 hour' and (used_at is not null or expires_at <= now())
      and exists (select 1 from sign_in_codes c where c.challenge_id = s.id)`;
  return row ?? { sent: 0, typed: 0, since: null };
};

export const listUntypedCodes = async (
  db: Handle,
  { sends, percent }: { sends: number; percent: number },
): Promise<StuckRow[]> => {
  const { sent, typed, since } = await countTypedCodes(db);
  if (sent < sends || typed * 100 >= sent * percent || since === null) return [];
  return [
    {
      id: 'sign-in',
      letterId: null,
      letterNumber: null,
      what: `${typed} / ${sent}`,
      cause: `of ${sent} people whose sign-in code was sent within an hour ${typed} typed it`,
      since,
      attempts: null,
      total: 1,
    },
  ];
};

const NEWEST_SERIALS = 1_000;

/**
 * Each register and year with its counter and the ends of its entries. That none of the older ones is
 * missing, `verify-register` shows.
 */
export const registerYears = (db: Handle) => db`
  select k.register, k.year, c.last_serial, e.last, e.at, e.last - f.first + 1 as count,
    c.last_serial is not distinct from e.last
      and n.count = least(${NEWEST_SERIALS}::int, e.last - f.first + 1) as even
  from (
    select register, year from register_counters
    union
    select r.id, newest.year from registers r cross join lateral (
      select year from register_entries where register = r.id
      order by year desc, serial desc limit 1) newest
  ) k
    left join register_counters c using (register, year)
    left join lateral (
      select serial as first from register_entries
      where register = k.register and year = k.year order by serial limit 1) f on true
    left join lateral (
      select serial as last, registered_at as at from register_entries
      where register = k.register and year = k.year order by serial desc limit 1) e on true
    left join lateral (
      select count(*)::int as count from register_entries
      where register = k.register and year = k.year and serial > e.last - ${NEWEST_SERIALS}::int
    ) n on true`;

export const listUnevenRegisters = (db: Handle): Promise<StuckRow[]> =>
  db<StuckRow[]>`
    select register || '/' || year as id, null as letter_id, null as letter_number,
      register || ' ' || year as what,
      'the counter stands at ' || coalesce(last_serial::text, 'nothing')
        || ', the entries go up to ' || coalesce(last::text, 'none')
        || ', or one of the newest is missing' as cause,
      coalesce(at, now()) as since, null as attempts, count(*) over ()::int as total
    from (${registerYears(db)}) y where even is not true
    order by register, year`;

export const listStuckLetterIds = async (
  db: Handle,
  { after, limit }: { after?: string | undefined; limit: number },
): Promise<string[]> => {
  const rows = await db<{ id: string }[]>`
    select stuck.id from (
      select o.letter_id as id from outbox o where ${stuckOutbox(db)}
      union select l.id from letters l where l.needs_attention is not null
      union select m.letter_id from messages m where ${stuckMessage(db)}
      union select w.letter_id from decisions w where ${stuckDecision(db)}
      union select w.letter_id from unit_actions w where ${stuckAction(db)}
    ) stuck
    where ${after === undefined ? db`true` : db`stuck.id > ${after}`}
    order by stuck.id limit ${limit}`;
  return rows.map(({ id }) => id);
};

export const clearFailures = async (tx: Tx, letterId: string): Promise<void> => {
  await tx`update messages set state = 'pending' where letter_id = ${letterId} and state = 'failed'`;
  await tx`
    update letters set needs_attention = null, attention_since = null
    where id = ${letterId} and needs_attention is not null`;
  await tx`
    update outbox set next_attempt_at = now() where letter_id = ${letterId} and done_at is null`;
};

export const addRetry = async (tx: Tx, letterId: string): Promise<boolean> => {
  const [letter] = await tx<{ asked: boolean }[]>`
    select exists (
      select 1 from outbox o
      where o.letter_id = l.id and o.kind = 'retry' and o.done_at is null) as asked
    from letters l where l.id = ${letterId} and (${isOpen(tx)} or exists (
      select 1 from messages m where m.letter_id = l.id and m.state <> 'sent'))`;
  if (letter && !letter.asked)
    await tx`
      insert into outbox (letter_id, kind, payload) values (${letterId}, 'retry', ${tx.json({})})`;
  return letter !== undefined;
};
