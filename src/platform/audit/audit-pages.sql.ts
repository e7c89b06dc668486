import type { ChainedAuditEntry } from './audit.sql.ts';
import { hashAuditEntry, withoutTexts } from './audit.sql.ts';
import type { Handle } from '../base/database.ts';

export interface AuditRow {
  id: number;
  at: Date;
  actorKind: 'applicant' | 'staff' | 'operator' | 'engine' | 'key';
  actor: string;
  action: string;
  letterId: string | null;
  letterNumber: string | null;
  details: Record<string, string | number | boolean | null>;
  fits: boolean;
}

type Row = ChainedAuditEntry & { letterNumber: string | null; staffName: string | null };

/** `day` is Gregorian, in `timeZone`. */
export const listAuditPage = async (
  db: Handle,
  asked: {
    letterNumber?: string | undefined;
    username?: string | undefined;
    action?: string | undefined;
    day?: string | undefined;
    timeZone: string;
    before?: number | undefined;
    limit: number;
  },
): Promise<AuditRow[]> => {
  const { letterNumber, username, action, day, timeZone, before } = asked;
  const rows = await db<Row[]>`
    select e.id::float8 as id, e.letter_id, e.letter_seq,
      to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
      e.actor_kind, e.actor, e.action, e.from_hash, e.dedup_key, e.details::text as details,
      e.prev_hash, e.hash, l.letter_number, coalesce(s.name, y.name) as staff_name
    from audit_entries e
      left join letters l on l.id = e.letter_id
      left join staff s on e.actor_kind = 'staff' and s.id::text = e.actor
      left join api_keys y on e.actor_kind = 'key' and y.id::text = e.actor
    where true
      ${before === undefined ? db`` : db`and e.id < ${before}`}
      ${
        letterNumber === undefined
          ? db``
          : db`and e.letter_id in (select id from letters where letter_number = ${letterNumber})`
      }
      ${
        username === undefined
          ? db``
          : db`and e.actor in (select id::text from staff where username = lower(${username}))`
      }
      ${action === undefined ? db`` : db`and e.action = ${action}`}
      ${
        day === undefined
          ? db``
          : db`and e.at >= (${day}::date::timestamp at time zone ${timeZone})
               and e.at < ((${day}::date + 1)::timestamp at time zone ${timeZone})`
      }
    order by e.id desc limit ${asked.limit}`;
  return rows.map((row) => ({
    id: row.id,
    at: new Date(row.at),
    actorKind: row.actorKind as AuditRow['actorKind'],
    actor: row.staffName ?? row.actor,
    action: row.action,
    letterId: row.letterId,
    letterNumber: row.letterNumber,
    details: withoutTexts(row),
    fits: hashAuditEntry(row) === row.hash,
  }));
};

export const findAuditCheckpoint = async (
  db: Handle,
): Promise<{ entryId: number; publishedAt: Date } | undefined> => {
  const [row] = await db<{ entryId: number; publishedAt: Date }[]>`
    select serial::float8 as entry_id, published_at from register_heads
    where register = 'audit' order by day desc limit 1`;
  return row;
};
