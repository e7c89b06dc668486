import { createHash } from 'node:crypto';
import { formatJalaliDate, toJalali } from '../domain/jalali.ts';
import { formatLetterNumber } from '../domain/letter-number.ts';
import type { Tx } from './client.ts';

export interface RegisterEntry {
  register: string;
  year: number;
  serial: number;
  number: string;
  letterId: string;
  registeredAt: Date;
}

/** `prev_hash` of a register's first entry. */
export const FIRST_PREV_HASH = '0'.repeat(64);

/** Lower-case hex SHA-256 over the entry before and all that this entry says. */
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

/**
 * The next entry of a register: the serial follows the one before without a gap, the year is the
 * Jalali year of `timeZone` at this moment, and time never runs backwards within a register. The
 * register stays locked until the transaction ends, so whoever calls this keeps it short.
 * @param now for tests of the turn of the year; else the database's clock
 */
export const addRegisterEntry = async (
  tx: Tx,
  {
    register,
    letterId,
    timeZone,
    now,
  }: { register: string; letterId: string; timeZone: string; now?: Date },
): Promise<RegisterEntry & { registeredOn: string }> => {
  const [book] = await tx<{ template: string; firstSerial: number }[]>`
    select template, first_serial from registers where id = ${register} for update`;
  if (!book) throw new Error(`there is no register ${register}`);
  const [last] = await tx<{ hash: string; registeredAt: Date }[]>`
    select hash, registered_at from register_entries where register = ${register}
    order by year desc, serial desc limit 1`;
  // Milliseconds: what a Date holds, so that the hash can be computed again from the row.
  const [clock] = await tx<{ at: Date }[]>`
    select date_trunc('milliseconds', clock_timestamp()) as at`;
  const at = now ?? clock?.at ?? new Date();
  const registeredAt = last && last.registeredAt > at ? last.registeredAt : at;
  const date = toJalali(registeredAt, timeZone);
  const [counter] = await tx<{ lastSerial: number }[]>`
    insert into register_counters (register, year, last_serial)
    values (${register}, ${date.year}, ${book.firstSerial})
    on conflict (register, year)
      do update set last_serial = register_counters.last_serial + 1
    returning last_serial`;
  if (!counter) throw new Error('the counter row returned nothing');
  const serial = counter.lastSerial;
  const number = formatLetterNumber(book.template, { year: date.year, serial });
  const entry = { register, year: date.year, serial, number, letterId, registeredAt };
  const prevHash = last?.hash ?? FIRST_PREV_HASH;
  await tx`
    insert into register_entries
      (register, year, serial, number, letter_id, registered_at, prev_hash, hash)
    values (${register}, ${entry.year}, ${serial}, ${number}, ${letterId}, ${registeredAt},
            ${prevHash}, ${hashRegisterEntry(prevHash, entry)})`;
  return { ...entry, registeredOn: formatJalaliDate(date) };
};
