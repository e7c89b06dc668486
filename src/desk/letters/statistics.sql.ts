import { AGE_BANDS } from './letter-counts.ts';
import type { LetterCounts, OpenState, Spread } from './letter-counts.ts';
import type { Handle, Tx } from '../../platform/base/database.ts';
import { readingSeal } from '../../platform/base/record-seals.sql.ts';

export interface CountedLetters extends LetterCounts {
  /** Index into the months asked for; null: all of them. */
  month: number | null;
  unitId: string | null;
}

export const startsOfDays = async (
  db: Handle,
  { days, timeZone }: { days: string[]; timeZone: string },
): Promise<Date[]> => {
  const rows = await db<{ at: Date }[]>`
    select (day::date::timestamp at time zone ${timeZone}) as at
    from unnest(${days}::text[]) with ordinality as given(day, place) order by place`;
  return rows.map(({ at }) => at);
};

const instants = (starts: Date[]): string[] => starts.map((at) => at.toISOString());

const lastSent = (db: Handle) => db`coalesce((
  select max(v.replaced_at) from letter_versions v where v.letter_id = l.id), l.submitted_at)`;

interface Row extends Omit<LetterCounts, 'decision' | 'reply'> {
  month: number | null;
  unitId: string | null;
  decision: [number, number] | null;
  reply: [number, number] | null;
}

const toSpread = (found: [number, number] | null): Spread | null =>
  found === null ? null : { median: found[0], p90: found[1] };

/**
 * By month (from one of `starts` to the next) and unit, and in all. Where nothing happened there is
 * no row.
 */
export const countLetters = async (db: Handle, starts: Date[]): Promise<CountedLetters[]> => {
  const bounds = db`${instants(starts)}::timestamptz[]`;
  const rows = await db<Row[]>`
    with happened as (
      select 'received' as what, submitted_at as at, unit_id, null::float8 as seconds from letters l
      union all
      select status, decided_at, unit_id, extract(epoch from decided_at - ${lastSent(db)})
      from letters l where status in ('approved', 'rejected')
      union all
      select 'withdrawn', withdrawn_at, unit_id, null from letters l where status = 'withdrawn'
      union all
      select 'annulled', n.annulled_at, l.unit_id, null
      from register_annulments n join register_entries e using (register, year, serial)
        join letters l on l.id = e.letter_id
      union all
      select 'returned', e.at, l.unit_id, null
      from audit_entries e join letters l on l.id = e.letter_id where e.action = 'returned'
      union all
      select 'replied', coalesce(r.released_at, r.acted_at), l.unit_id,
        extract(epoch from coalesce(r.released_at, r.acted_at) - l.registered_at)
      from unit_actions r join letters l on l.id = r.letter_id where r.reply_number = 1
    ), placed as (
      select what, unit_id, seconds, width_bucket(at, ${bounds}) - 1 as month from happened
      where at >= (${bounds})[1] and at < (${bounds})[${starts.length}]
    )
    select month, unit_id,
      (count(*) filter (where what = 'received'))::int as received,
      (count(*) filter (where what = 'approved'))::int as approved,
      (count(*) filter (where what = 'rejected'))::int as rejected,
      (count(*) filter (where what = 'returned'))::int as returned,
      (count(*) filter (where what = 'withdrawn'))::int as withdrawn,
      (count(*) filter (where what = 'annulled'))::int as annulled,
      (count(*) filter (where what = 'replied'))::int as replied,
      percentile_cont(array[0.5, 0.9]) within group (order by seconds)
        filter (where what in ('approved', 'rejected')) as decision,
      percentile_cont(array[0.5, 0.9]) within group (order by seconds)
        filter (where what = 'replied') as reply
    from placed
    group by grouping sets ((), (month), (unit_id), (month, unit_id))`;
  return rows.map(({ decision, reply, ...row }) => ({
    ...row,
    decision: toSpread(decision),
    reply: toSpread(reply),
  }));
};

export interface CountedMessages {
  month: number;
  delivered: number;
  undelivered: number;
  /** The gateway took it, and reports no delivery. */
  unheard: number;
  unsent: number;
}

export const countMessages = (db: Handle, starts: Date[]): Promise<CountedMessages[]> => {
  const bounds = db`${instants(starts)}::timestamptz[]`;
  return db<CountedMessages[]>`
    select width_bucket(created_at, ${bounds}) - 1 as month,
      (count(*) filter (where state = 'sent' and delivery = 'delivered'))::int as delivered,
      (count(*) filter (where state = 'sent' and delivery = 'undelivered'))::int as undelivered,
      (count(*) filter (where state = 'sent'
        and (delivery is null or delivery = 'sent')))::int as unheard,
      (count(*) filter (where state <> 'sent'))::int as unsent
    from messages
    where letter_id is not null
      and created_at >= (${bounds})[1] and created_at < (${bounds})[${starts.length}]
    group by 1`;
};

export interface CountedRegister {
  register: string;
  entries: number;
  annulled: number;
}

export const countRegisterEntries = (db: Handle, starts: Date[]): Promise<CountedRegister[]> => {
  const bounds = db`${instants(starts)}::timestamptz[]`;
  return db<CountedRegister[]>`
    select r.id as register, count(e.serial)::int as entries, count(a.serial)::int as annulled
    from registers r
      left join register_entries e on e.register = r.id
        and e.registered_at >= (${bounds})[1] and e.registered_at < (${bounds})[${starts.length}]
      left join register_annulments a using (register, year, serial)
    group by r.id order by r.id`;
};

export interface CountedOpen {
  state: OpenState;
  band: number;
  count: number;
}

export const countOpenLetters = (db: Handle, now: Date): Promise<CountedOpen[]> =>
  db<CountedOpen[]>`
    select state, width_bucket(days, ${[...AGE_BANDS]}::float8[]) as band, count(*)::int as count
    from (
      select coalesce(step, status) as state, extract(epoch from ${now.toISOString()}::timestamptz
        - case status when 'pending' then ${lastSent(db)} when 'returned' then returned_at
          else registered_at end) / 86400 as days
      from letters l
      where status in ('pending', 'returned') or step in ('with_unit', 'answered')
    ) open
    group by 1, 2`;

/** Sent by each of `ends`, oldest first, and neither decided nor withdrawn by then. */
export const countWaiting = async (db: Handle, ends: Date[]): Promise<number[]> => {
  const bounds = db`${instants(ends)}::timestamptz[]`;
  const rows = await db<{ waiting: number }[]>`
    with waited as (
      select width_bucket(l.submitted_at, ${bounds}) as sent,
        width_bucket(coalesce(l.decided_at, l.withdrawn_at, 'infinity'::timestamptz), ${bounds})
          as until,
        count(*) as letters
      from letters l
      where l.status in ('pending', 'returned') or l.decided_at >= (${bounds})[1]
        or (l.status = 'withdrawn' and l.withdrawn_at >= (${bounds})[1])
      group by 1, 2
    )
    select coalesce(sum(letters), 0)::int as waiting
    from generate_series(1, ${ends.length}::int) place
      left join waited on sent < place and until >= place
    group by place order by place`;
  return rows.map(({ waiting }) => waiting);
};

export const countByUnit = (
  db: Handle,
  letterIds: string[],
): Promise<{ name: string; count: number }[]> =>
  db<{ name: string; count: number }[]>`
    select u.name, count(*)::int as count
    from letters l join units u on u.id = l.unit_id
    where l.id = any(${letterIds}::uuid[])
    group by u.id, u.name order by count(*) desc, u.name`;

export const listRejectionReasons = async (
  tx: Tx,
  { from, until, limit }: { from: Date; until: Date; limit: number },
): Promise<string[]> => {
  const rows = await tx<{ id: string; reason: string; sealedKey: Buffer | null }[]>`
    select l.id, l.rejection_reason as reason, k.sealed_key
    from letters l left join letter_keys k on k.letter_id = l.id
    where l.status = 'rejected' and l.decided_at >= ${from} and l.decided_at < ${until}
    order by l.decided_at desc limit ${limit}`;
  return rows.map(({ id, reason, sealedKey }) =>
    readingSeal(tx, { letterId: id, sealedKey }).open(reason, 'letters.rejection_reason'),
  );
};
