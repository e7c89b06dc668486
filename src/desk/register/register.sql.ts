import { createHash } from 'node:crypto';
import { InternalText, publicText } from '../../platform/base/audience.ts';
import type { PublicText } from '../../platform/base/audience.ts';
import { formatJalaliDate, toJalali } from '../../platform/base/jalali.ts';
import { formatLetterNumber } from './letter-number.ts';
import type { Handle, Tx } from '../../platform/base/database.ts';
import {
  letterSealFor,
  readLetterSeal,
  readingSeal,
} from '../../platform/base/record-seals.sql.ts';

export interface RegisterEntry {
  register: string;
  year: number;
  serial: number;
  number: string;
  letterId: string;
  registeredAt: Date;
}

export interface ChainedEntry extends RegisterEntry {
  prevHash: string;
  hash: string;
}

export const FIRST_PREV_HASH = '0'.repeat(64);

/** Lower-case hex SHA-256 over the previous hash and everything the entry says. */
export const hashRegisterEntry = (prevHash: string, entry: RegisterEntry): string =>
  createHash('sha256')
    .update(
      JSON.stringify([
        prevHash,
        entry.register,
        entry.year,
        entry.serial,
        entry.number,
        entry.letterId,
        entry.registeredAt.toISOString(),
      ]),
    )
    .digest('hex');

export interface Register {
  id: string;
  template: string;
  /** Of `firstSerialYear`; every other year starts at 1. */
  firstSerial: number;
  /** Jalali. */
  firstSerialYear: number | null;
}

export const firstSerialOf = (register: Register, year: number): number =>
  register.firstSerialYear === year ? register.firstSerial : 1;

/**
 * The serial follows the one before without a gap, the year is the Jalali year in `timeZone`, and
 * time never runs backwards within a register. Locks the register until the transaction ends: keep
 * it short.
 * @param now for tests of the turn of the year; else the database's clock
 */
export const addRegisterEntry = async (
  tx: Tx,
  {
    unitId,
    letterId,
    timeZone,
    now,
  }: {
    unitId: string;
    letterId: string;
    timeZone: string;
    now?: Date;
  },
): Promise<RegisterEntry & { registeredOn: string }> => {
  const [book] = await tx<Register[]>`
    select r.id, r.template, r.first_serial, r.first_serial_year
    from units u join registers r on r.id = u.register
    where u.id = ${unitId} for update of r`;
  if (!book) throw new Error(`there is no register for unit ${unitId}`);
  // A statement after the lock, so that it sees what the holder before has written. Milliseconds:
  // what a Date holds, so that the hash can be computed again from the row.
  const [moment] = await tx<{ at: Date; lastHash: string | null; lastAt: Date | null }[]>`
    select date_trunc('milliseconds', clock_timestamp()) as at,
      last.hash as last_hash, last.registered_at as last_at
    from (values (1)) as one left join lateral (
      select hash, registered_at from register_entries where register = ${book.id}
      order by year desc, serial desc limit 1) as last on true`;
  if (!moment) throw new Error('the clock returned nothing');
  const at = now ?? moment.at;
  const registeredAt = moment.lastAt && moment.lastAt > at ? moment.lastAt : at;
  const date = toJalali(registeredAt, timeZone);
  const [counter] = await tx<{ lastSerial: number }[]>`
    insert into register_counters (register, year, last_serial)
    values (${book.id}, ${date.year}, ${firstSerialOf(book, date.year)})
    on conflict (register, year)
      do update set last_serial = register_counters.last_serial + 1
    returning last_serial`;
  if (!counter) throw new Error('the counter row returned nothing');
  const serial = counter.lastSerial;
  const number = formatLetterNumber(book.template, { year: date.year, serial });
  const entry = { register: book.id, year: date.year, serial, number, letterId, registeredAt };
  const prevHash = moment.lastHash ?? FIRST_PREV_HASH;
  await tx`
    insert into register_entries
      (register, year, serial, number, letter_id, registered_at, prev_hash, hash)
    values (${book.id}, ${entry.year}, ${serial}, ${number}, ${letterId}, ${registeredAt},
            ${prevHash}, ${hashRegisterEntry(prevHash, entry)})`;
  return { ...entry, registeredOn: formatJalaliDate(date) };
};

export interface RegisterSummary extends Register {
  units: string[];
  entries: number;
  last: ChainedEntry | null;
}

const chained = (db: Handle) => db`
  e.register, e.year, e.serial, e.number, e.letter_id, e.registered_at, e.prev_hash, e.hash`;

export const findLastEntry = async (
  db: Handle,
  register: string,
): Promise<ChainedEntry | undefined> => {
  const [row] = await db<ChainedEntry[]>`
    select ${chained(db)} from register_entries e where e.register = ${register}
    order by e.year desc, e.serial desc limit 1`;
  return row;
};

export const listRegisters = async (db: Handle): Promise<RegisterSummary[]> => {
  const rows = await db<Omit<RegisterSummary, 'last'>[]>`
    select r.id, r.template, r.first_serial, r.first_serial_year,
      coalesce((select array_agg(u.name order by u.name) from units u
        where u.register = r.id and u.retired_at is null), '{}') as units,
      (select count(*)::int from register_entries e where e.register = r.id) as entries
    from registers r order by r.id`;
  return Promise.all(
    rows.map(async (row) => ({ ...row, last: (await findLastEntry(db, row.id)) ?? null })),
  );
};

export const addRegister = async (tx: Tx, register: Register): Promise<boolean> => {
  const rows = await tx`
    insert into registers (id, template, first_serial, first_serial_year)
    values (${register.id}, ${register.template}, ${register.firstSerial},
            ${register.firstSerialYear})
    on conflict (id) do nothing returning id`;
  return rows.length === 1;
};

export const lockRegister = async (tx: Tx, id: string): Promise<Register | undefined> => {
  const [row] = await tx<Register[]>`
    select id, template, first_serial, first_serial_year from registers
    where id = ${id} for update`;
  return row;
};

export const changeRegister = async (tx: Tx, register: Register): Promise<void> => {
  await tx`
    update registers set template = ${register.template}, first_serial = ${register.firstSerial},
      first_serial_year = ${register.firstSerialYear}
    where id = ${register.id}`;
};

export const assignRegister = async (
  tx: Tx,
  { unitId, register }: { unitId: string; register: string },
): Promise<boolean> => {
  const rows = await tx`
    update units set register = ${register} where id = ${unitId} returning id`;
  return rows.length === 1;
};

export interface Annulment {
  register: string;
  year: number;
  serial: number;
  reason: PublicText;
  by: string;
  at: Date;
}

const REASON = 'register_annulments.reason';
const INTERNAL_REASON = 'register_annulments.internal_reason';

export const findEntriesByNumber = (db: Handle, number: string): Promise<ChainedEntry[]> =>
  db<ChainedEntry[]>`
    select ${chained(db)} from register_entries e where e.number = ${number} order by e.register`;

export const findLetterEntry = async (
  db: Handle,
  letterId: string,
): Promise<ChainedEntry | undefined> => {
  const [row] = await db<ChainedEntry[]>`
    select ${chained(db)} from register_entries e where e.letter_id = ${letterId}`;
  return row;
};

export const addAnnulment = async (
  tx: Tx,
  {
    letterId,
    internalReason,
    ...annulment
  }: Omit<Annulment, 'at'> & { letterId: string; internalReason: InternalText | null },
): Promise<boolean> => {
  const seal = await letterSealFor(tx, letterId);
  const internal = internalReason && seal.seal(internalReason.reveal(), INTERNAL_REASON);
  const rows = await tx`
    insert into register_annulments
      (register, year, serial, reason, internal_reason, annulled_by)
    values (${annulment.register}, ${annulment.year}, ${annulment.serial},
            ${seal.seal(annulment.reason, REASON)}, ${internal}, ${annulment.by})
    on conflict (register, year, serial) do nothing returning serial`;
  return rows.length === 1;
};

export const findAnnulment = async (
  db: Handle,
  { register, year, serial, letterId }: ChainedEntry,
): Promise<Annulment | undefined> => {
  const [row] = await db<Annulment[]>`
    select register, year, serial, reason, annulled_by as by, annulled_at as at
    from register_annulments
    where register = ${register} and year = ${year} and serial = ${serial}`;
  if (!row) return undefined;
  const seal = await readLetterSeal(db, letterId);
  return { ...row, reason: publicText(seal.open(row.reason, REASON)) };
};

export const findInternalAnnulment = async (
  db: Handle,
  letterId: string,
): Promise<{ at: Date; by: string; note: InternalText; damaged?: boolean } | undefined> => {
  const [row] = await db<{ at: Date; by: string; note: string; sealedKey: Buffer | null }[]>`
    select n.annulled_at as at, n.annulled_by as by, n.internal_reason as note, k.sealed_key
    from register_annulments n join register_entries e using (register, year, serial)
      left join letter_keys k on k.letter_id = e.letter_id
    where e.letter_id = ${letterId} and n.internal_reason is not null`;
  if (!row) return undefined;
  const { at, by, note, sealedKey } = row;
  const seal = readingSeal(db, { letterId, sealedKey });
  const opened = new InternalText(seal.open(note, INTERNAL_REASON));
  return { at, by, note: opened, ...(seal.isDamaged() && { damaged: true }) };
};

export const listChain = (
  db: Handle,
  from: Pick<RegisterEntry, 'register' | 'year' | 'serial'>,
  to: { year: number; serial: number },
): Promise<ChainedEntry[]> =>
  db<ChainedEntry[]>`
    select ${chained(db)} from register_entries e
    where e.register = ${from.register}
      and (e.year, e.serial) >= (${from.year}::int, ${from.serial}::int)
      and (e.year, e.serial) <= (${to.year}::int, ${to.serial}::int)
    order by e.year, e.serial`;

export const listEntriesAfter = (
  db: Handle,
  {
    register,
    year,
    after,
    limit,
  }: {
    register?: string | undefined;
    year?: number | undefined;
    after?: Pick<RegisterEntry, 'register' | 'year' | 'serial'> | undefined;
    limit: number;
  },
): Promise<ChainedEntry[]> =>
  db<ChainedEntry[]>`
    select ${chained(db)} from register_entries e
    where true
      ${register === undefined ? db`` : db`and e.register = ${register}`}
      ${year === undefined ? db`` : db`and e.year = ${year}`}
      ${
        after === undefined
          ? db``
          : db`and (e.register, e.year, e.serial) >
              (${after.register}, ${after.year}::int, ${after.serial}::int)`
      }
    order by e.register, e.year, e.serial limit ${limit}`;

export interface ProvedEntry extends ChainedEntry {
  /** False: the row holds a fraction of a millisecond, which no hash covers. */
  wholeMilliseconds: boolean;
  letterStatus: string | null;
  letterNumber: string | null;
  letterRegisteredAt: Date | null;
  letterRegisteredOn: string | null;
}

export const walkRegisters = (tx: Tx): AsyncIterable<ProvedEntry[]> =>
  tx<ProvedEntry[]>`
    select ${chained(tx)},
      e.registered_at = date_trunc('milliseconds', e.registered_at) as whole_milliseconds,
      l.status as letter_status, l.letter_number, l.registered_at as letter_registered_at,
      l.registered_on as letter_registered_on
    from register_entries e left join letters l on l.id = e.letter_id
    order by e.register, e.year, e.serial`.cursor(2_000);

export interface RegisterCounter {
  register: string;
  year: number;
  lastSerial: number;
}

export const listCounters = (db: Handle): Promise<RegisterCounter[]> =>
  db<RegisterCounter[]>`
    select register, year, last_serial from register_counters order by register, year`;

export const listLettersWithoutEntry = (
  db: Handle,
  limit: number,
): Promise<{ id: string; letterNumber: string | null }[]> =>
  db`
    select l.id, l.letter_number from letters l
    where (l.status = 'approved' or l.letter_number is not null)
      and not exists (select 1 from register_entries e where e.letter_id = l.id)
    order by l.registered_at limit ${limit}`;

export const listUnprovedAnnulments = (
  db: Handle,
): Promise<{ register: string; year: number; serial: number; number: string; missing: string }[]> =>
  db`
    select e.register, e.year, e.serial, e.number,
      case when n.serial is null then 'annulment' else 'audit entry' end as missing
    from register_entries e
      left join register_annulments n
        on n.register = e.register and n.year = e.year and n.serial = e.serial
      left join audit_entries a on a.letter_id = e.letter_id and a.action = 'annulled'
    where (n.serial is null) <> (a.id is null)
    order by e.register, e.year, e.serial limit 10`;

/** Triggers that protect register and audit trail, and are disabled or missing. */
export const listMissingGuards = async (db: Handle): Promise<string[]> => {
  const guards = [
    'register_entries_append_only',
    'register_annulments_append_only',
    'register_heads_append_only',
    'register_heads_stay',
    'audit_entries_append_only',
    'audit_entries_chain',
  ];
  const rows = await db<{ name: string }[]>`
    select tgname as name from pg_trigger
    where tgname = any(${guards}) and tgenabled in ('O', 'A') and not tgisinternal
      and tgrelid in ('register_entries'::regclass, 'register_annulments'::regclass,
                      'register_heads'::regclass, 'audit_entries'::regclass)`;
  const found = new Set(rows.map(({ name }) => name));
  return guards.filter((name) => !found.has(name));
};

/** A register of many years takes longer than a page may. */
export const liftStatementTimeout = async (tx: Tx): Promise<void> => {
  await tx`set local statement_timeout = 0`;
};
