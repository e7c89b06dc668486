import type { Handle } from '../../platform/base/database.ts';

export interface LetterReaderRow {
  staffId: string;
  name: string;
}

interface Reader {
  letterId: string;
  staffId: string;
}

export const noteLetterReader = async (
  db: Handle,
  { letterId, staffId }: Reader,
): Promise<void> => {
  await db`
    insert into letter_readers (letter_id, staff_id) values (${letterId}, ${staffId})
    on conflict (letter_id, staff_id) do update set seen_at = now()`;
};

export const dropLetterReader = async (
  db: Handle,
  { letterId, staffId }: Reader,
): Promise<void> => {
  await db`delete from letter_readers where letter_id = ${letterId} and staff_id = ${staffId}`;
};

export const listOtherReaders = (
  db: Handle,
  { letterId, staffId, seconds }: Reader & { seconds: number },
): Promise<LetterReaderRow[]> =>
  db<LetterReaderRow[]>`
    select r.staff_id, s.name from letter_readers r join staff s on s.id = r.staff_id
    where r.letter_id = ${letterId} and r.staff_id <> ${staffId} and s.disabled_at is null
      and r.seen_at > now() - make_interval(secs => ${seconds})
    order by s.name, s.id`;

export const listReadersOf = (
  db: Handle,
  { letterIds, staffId, seconds }: { letterIds: string[]; staffId: string; seconds: number },
): Promise<{ letterId: string; name: string }[]> =>
  db<{ letterId: string; name: string }[]>`
    select r.letter_id, s.name from letter_readers r join staff s on s.id = r.staff_id
    where r.letter_id = any(${letterIds}::uuid[]) and r.staff_id <> ${staffId}
      and s.disabled_at is null and r.seen_at > now() - make_interval(secs => ${seconds})
    order by s.name, s.id`;

export interface OpenReader extends LetterReaderRow {
  letterId: string;
}

export const listReaders = (db: Handle, seconds: number): Promise<OpenReader[]> =>
  db<OpenReader[]>`
    select r.letter_id, r.staff_id, s.name from letter_readers r join staff s on s.id = r.staff_id
    where s.disabled_at is null and r.seen_at > now() - make_interval(secs => ${seconds})
    order by s.name, s.id, r.letter_id`;

export const dropGoneReaders = async (db: Handle, seconds: number): Promise<void> => {
  await db`
    delete from letter_readers where seen_at < now() - make_interval(secs => ${seconds})`;
};
