import { readStatistics } from '../desk/letters/statistics.ts';
import { getLetter, listLetters } from '../desk/letters/applicant-letters.ts';
import { getStaffLetter } from '../desk/letters/staff-letter.ts';
import { getStaffQueue } from '../desk/letters/staff-queue.ts';
import type { QueueQuery } from '../desk/letters/staff-queue.ts';
import { readAudit } from '../desk/administration/audit-trail.ts';
import type { AuditFilter } from '../desk/administration/audit-trail.ts';
import type { StaffMember } from '../desk/staff/staff-member.ts';
import { listApiLetters } from '../operations/integrations/api.ts';
import type { ApiLetterQuery } from '../operations/integrations/api.ts';
import type { ApiKey } from '../operations/integrations/api-keys.ts';
import { readRecordMetrics } from '../operations/maintenance/metrics/record-metrics.sql.ts';
import {
  listAttention,
  listStuckActions,
  listStuckDecisions,
  listStuckMessages,
  listStuckOutbox,
  listStuckScans,
  listUnevenRegisters,
} from '../operations/maintenance/stuck-work.sql.ts';
import type { Db } from '../platform/base/database.ts';
import { ERASED_TEXT } from '../platform/base/record-seals.sql.ts';
import type { Deps } from '../platform/deps.ts';

export interface Archive {
  unitId: string;
  applicantId: string;
  staff: StaffMember;
}

const SEEDED = [
  'letters',
  'files',
  'decisions',
  'unit_actions',
  'register_entries',
  'register_counters',
  'audit_entries',
  'outbox',
  'messages',
  'letter_tallies',
];

/** Those that grow with the archive. */
const ARCHIVED = SEEDED.filter((name) => name !== 'letter_tallies' && name !== 'register_counters');

/** Open letters: as many in a large archive as in a small one. */
const OPEN = 300;
/** Of the one applicant whose pages are measured. */
const OWN = 20;
const DAYS = 3_000;

/** Rows of `letters` letters as the desk leaves them, without their texts; no trigger runs. */
export const seedArchive = (
  db: Db,
  { unitId, applicantId, staff }: Archive,
  letters: number,
): Promise<void> =>
  db.begin(async (tx) => {
    await tx`set local statement_timeout = 0`;
    for (const name of SEEDED) {
      await tx`alter table ${tx(name)} disable trigger user`;
      await tx`alter table ${tx(name)} set (autovacuum_enabled = false)`;
    }
    const others = Math.ceil(letters / 20);
    await tx`
      create temporary table seeded on commit drop as
      select n, gen_random_uuid() as id, md5(n::text) as code,
        now() - (${letters}::int - n) * ${DAYS / letters}::float8 * interval '1 day' as at,
        case when n > ${letters - OPEN}::int then (array['pending', 'with_unit'])[1 + n % 2]
          when n % 10 = 0 then 'rejected' when n % 25 = 1 then 'withdrawn' else 'closed' end as queue,
        lpad(to_hex(n), 12, '0') as hex
      from generate_series(1, ${letters}::int) n`;
    await tx`
      insert into applicants (id, mobile_sealed, mobile_hash)
      select ('00000000-0000-4000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, ${ERASED_TEXT}, sha256(n::text::bytea)
      from generate_series(1, ${others}::int) n`;
    await tx`
      insert into letters (id, applicant_id, submission_key, sender_name, subject, addressed_unit_id,
        unit_id, status, step, submitted_at, decided_at, decided_by, rejection_reason, withdrawn_at,
        letter_number, tracking_code, registered_at, registered_on, ended_at)
      select id,
        case when n % ${Math.max(1, Math.floor(letters / OWN))}::int = 0 then ${applicantId}::uuid
          else ('00000000-0000-4000-8000-' || lpad(to_hex(1 + n % ${others}::int), 12, '0'))::uuid end,
        id, ${ERASED_TEXT}, ${ERASED_TEXT}, ${unitId}::uuid, ${unitId}::uuid,
        case when queue in ('with_unit', 'closed') then 'approved' else queue end,
        case when queue in ('with_unit', 'closed') then queue end,
        at, case when queue not in ('pending', 'withdrawn') then at + interval '1 hour' end,
        case when queue not in ('pending', 'withdrawn') then 'x' end,
        case when queue = 'rejected' then ${ERASED_TEXT} end,
        case when queue = 'withdrawn' then at + interval '1 hour' end,
        case when queue in ('with_unit', 'closed') then '1400/' || n end,
        case when queue in ('with_unit', 'closed') then hex end,
        case when queue in ('with_unit', 'closed') then at + interval '1 hour' end,
        case when queue in ('with_unit', 'closed') then '1400/01/01' end,
        case when queue in ('rejected', 'withdrawn', 'closed') then at + interval '2 days' end
      from seeded`;
    await tx`
      insert into files (id, letter_id, name, type, bytes, sha256, storage_key, created_at)
      select gen_random_uuid(), id, ${ERASED_TEXT}, 'pdf', 300000, code || code, id::text, at from seeded`;
    await tx`
      insert into decisions (id, letter_id, kind, staff_id, decided_by, decided_at, outcome, round, reason)
      select gen_random_uuid(), id, case when queue = 'rejected' then 'reject' else 'approve' end,
        ${staff.id}::uuid, 'x', at + interval '1 hour', 'applied', 1, case when queue = 'rejected' then 'x' end
      from seeded where queue not in ('pending', 'withdrawn')`;
    await tx`
      insert into unit_actions (id, letter_id, kind, body, staff_id, acted_by, acting_unit_id, acting_unit,
        acted_at, outcome, reply_number)
      select gen_random_uuid(), id, 'reply', ${ERASED_TEXT}, ${staff.id}::uuid, 'x', ${unitId}::uuid, 'x',
        at + interval '1 day', 'applied', 1
      from seeded where queue = 'closed'`;
    await tx`
      insert into register_entries (register, year, serial, number, letter_id, registered_at, prev_hash, hash)
      select 'main', 1400, row_number() over (order by n), '1400/' || n, id, at + interval '1 hour', 'x', 'x'
      from seeded where queue in ('with_unit', 'closed')`;
    await tx`
      insert into register_counters (register, year, last_serial)
      select register, year, max(serial) from register_entries group by register, year
      on conflict (register, year) do update set last_serial = excluded.last_serial`;
    await tx`
      insert into audit_entries (letter_id, letter_seq, at, actor_kind, actor, action, prev_hash, hash)
      select id, seq, at + seq * interval '1 hour', 'staff', ${staff.id},
        (array['submitted', 'decided', 'approved', 'acted', 'replied', 'closed'])[seq], 'x', 'x'
      from seeded, generate_series(1, 6) seq
      where seq = 1 or queue = 'closed' or (queue = 'with_unit' and seq < 4)`;
    await tx`
      insert into outbox (letter_id, kind, payload, created_at, done_at)
      select id, 'start', '{}', at, at from seeded`;
    await tx`
      insert into messages (id, letter_id, kind, outcome_key, recipient, text, state, created_at, sent_at)
      select gen_random_uuid(), id, 'approved', 'decision-1', ${ERASED_TEXT}, ${ERASED_TEXT}, 'sent', at, at
      from seeded where queue in ('with_unit', 'closed')`;
    await tx`
      insert into letter_tallies (unit_id, queue, letters)
      select ${unitId}::uuid, queue, count(*) from seeded group by queue`;
    for (const name of SEEDED) await tx`alter table ${tx(name)} enable trigger user`;
  });

export const settleArchive = async (db: Db): Promise<void> => {
  await db`set statement_timeout = 0`;
  await db`vacuum analyze`;
};

/** What people and programs look at, by name. */
export const archivePages = async (
  deps: Deps,
  { applicantId, staff, unitId }: Archive,
): Promise<[name: string, view: () => Promise<unknown>][]> => {
  const { db } = deps;
  const [letter] = await db<
    { id: string; number: string; code: string; middle: string; own: string }[]
  >`
    select
      (select id from letters where step = 'closed' order by decided_at limit 1) as id,
      (select letter_number from letters where step = 'closed' order by decided_at limit 1) as number,
      (select tracking_code from letters where step = 'closed' order by decided_at limit 1) as code,
      (select id from letters where submitted_at < now() - interval '1 day' * ${DAYS / 2}::int
        order by submitted_at desc limit 1) as middle,
      (select id from letters where applicant_id = ${applicantId} order by submitted_at limit 1) as own`;
  if (!letter) throw new Error('the archive is empty');
  const member = { ...staff, role: 'unit' as const, unitIds: [unitId] };
  const key = { staff, unitId: null } as ApiKey;
  const queue =
    (query: QueueQuery, by = staff) =>
    () =>
      getStaffQueue(deps, { staff: by, ...query });
  const api = (query: Omit<ApiLetterQuery, 'limit'>) => () =>
    listApiLetters(deps, { key, limit: 50, ...query });
  const audit = (filter: AuditFilter) => () =>
    readAudit(deps, { staff, ...filter, limit: 50, from: undefined });
  const last = 1_000_000;
  return [
    ['queue: pending', queue({ filter: 'pending' })],
    ['queue: pending, by deadline', queue({ filter: 'pending', order: 'due' })],
    ['queue: with a unit', queue({ filter: 'with_unit' })],
    ['queue: closed', queue({ filter: 'closed' })],
    ['queue: closed, oldest first', queue({ filter: 'closed', order: 'oldest' })],
    ['queue: closed, last page', queue({ filter: 'closed', page: last })],
    ['queue: rejected', queue({ filter: 'rejected' })],
    ['queue: withdrawn', queue({ filter: 'withdrawn' })],
    ['queue of a unit: with it', queue({ filter: 'with_unit' }, member)],
    ['queue of a unit: closed', queue({ filter: 'closed' }, member)],
    ['search: letter number', queue({ filter: 'pending', search: letter.number })],
    ['search: tracking code', queue({ filter: 'pending', search: letter.code })],
    ['letter of the staff desk', () => getStaffLetter(deps, { staff, letterId: letter.id })],
    ['letters of an applicant', () => listLetters(deps, { applicantId })],
    [
      'letter of an applicant',
      () => getLetter(deps, { applicantId, letterId: letter.own, withRepeat: true }),
    ],
    ['audit trail', audit({})],
    ['audit trail: one action', audit({ action: 'closed' })],
    ['audit trail: one letter', audit({ letterNumber: letter.number })],
    ['API: letters', api({})],
    ['API: letters, in the middle', api({ after: letter.middle })],
    ['API: letter number', api({ letterNumbers: [letter.number] })],
    ['API: pending letters', api({ status: 'pending' })],
    [
      'stuck work, without files',
      () =>
        Promise.all([
          listStuckOutbox(db, 100),
          listAttention(db, 100),
          listStuckMessages(db, 100),
          listStuckDecisions(db, 100),
          listStuckActions(db, 100),
          listStuckScans(db, 100),
          listUnevenRegisters(db),
        ]),
    ],
    ['metrics', () => readRecordMetrics(db, { timeoutMs: 30_000, aliveSeconds: 30 })],
    ['statistics', () => readStatistics(deps, { staff })],
  ];
};

export interface Cost {
  blocks: number;
  /** Tables of the archive that were read from end to end. */
  scanned: string[];
}

/** On a pool of one connection: what PostgreSQL reads for one view, in blocks of 8 kB. */
export const costOf = async (db: Db, view: () => Promise<unknown>): Promise<Cost> => {
  const read = async () => {
    await db`select pg_stat_force_next_flush()`;
    await db`select pg_stat_clear_snapshot()`;
    const [row] = await db<[{ blocks: number; scans: Record<string, number> }]>`
      select (blks_hit + blks_read)::float8 as blocks,
        (select json_object_agg(relname, seq_scan) from pg_stat_user_tables
         where relname = any(${ARCHIVED})) as scans
      from pg_stat_database where datname = current_database()`;
    return row;
  };
  for (let warm = 0; warm < 6; warm += 1) await view();
  await read();
  const idle = -(await read()).blocks + (await read()).blocks;
  const before = await read();
  await view();
  const after = await read();
  return {
    blocks: Math.max(0, after.blocks - before.blocks - idle),
    scanned: ARCHIVED.filter((name) => after.scans[name] !== before.scans[name]),
  };
};
