import type { StoredFile } from './stored-file.ts';
import type { Preview, PreviewSize, ShownPage } from './preview.ts';
import type { Handle, Tx } from '../base/database.ts';
import { letterSealFor, readingSeal } from '../base/record-seals.sql.ts';

export const wantPreview = async (db: Handle, fileId: string): Promise<void> => {
  await db`
    insert into previews as p (file_id, wanted_at) values (${fileId}, now())
    on conflict (file_id) do update set wanted_at = now(), failed_at = null, attempts = 0
      where ((p.made_at is null or p.unfinished) and p.failed_at is null and p.wanted_at is null)
        or (p.failed_at < now() - interval '1 hour' and p.why is distinct from 'costly')`;
};

export type PreviewRow =
  | Exclude<Preview, { state: 'none' } | { state: 'made' }>
  | Extract<Preview, { kind: 'pages' }>
  | Omit<Extract<Preview, { kind: 'text' }>, 'text'>;

export const findPreview = async (db: Handle, fileId: string): Promise<PreviewRow | undefined> => {
  const rows = await db<
    (ShownPage & {
      kind: 'pages' | 'text';
      cut: boolean;
      made: boolean;
      failed: boolean;
      unfinished: boolean;
      why: 'broken' | 'costly' | null;
      total: number | null;
      page: number | null;
    })[]
  >`
    select p.kind, p.cut, p.made_at is not null as made, p.failed_at is not null as failed,
      p.unfinished, p.why,
      p.total_pages as total, g.page, g.width, g.height, g.turns
    from previews p left join preview_pages g on g.file_id = p.file_id
    where p.file_id = ${fileId} order by g.page`;
  const [first] = rows;
  if (!first) return undefined;
  const { made, failed, unfinished, why } = first;
  if (failed) return { state: 'failed', ...(why === 'costly' && { why }) };
  if (!made) return { state: 'asked' };
  if (first.kind === 'text') return { state: 'made', kind: 'text', cut: first.cut };
  const pages = rows.map(({ width, height, turns }) => ({ width, height, turns }));
  const missing = unfinished ? 'later' : why;
  return {
    state: 'made',
    kind: 'pages',
    pages,
    total: first.total ?? pages.length,
    ...(missing && { missing }),
  };
};

export const turnPreviewPage = async (
  db: Handle,
  { fileId, page }: { fileId: string; page: number },
): Promise<boolean> => {
  const rows = await db`
    update preview_pages set turns = (turns + 1) % 4
    where file_id = ${fileId} and page = ${page} returning page`;
  return rows.length > 0;
};

export const findPreviewPage = async (
  db: Handle,
  {
    letterId,
    fileId,
    kind,
    page,
  }: { letterId: string; fileId: string; kind: 'pages' | 'text'; page: number },
): Promise<Pick<StoredFile, 'storageKey' | 'sha256' | 'key'> | undefined> => {
  const [row] = await db<{ storageKey: string; sha256: string; sealedKey: string }[]>`
    select g.storage_key, g.sha256, g.sealed_key
    from preview_pages g join previews p on p.file_id = g.file_id
    where g.file_id = ${fileId} and g.page = ${page} and p.kind = ${kind}`;
  if (!row) return undefined;
  const { sealedKey, ...place } = row;
  const [letter] = await db<{ letterKey: Buffer | null }[]>`
    select sealed_key as letter_key from letter_keys where letter_id = ${letterId}`;
  // With one that is damaged the picture is not read, and made again.
  const seal = readingSeal(db, { letterId, sealedKey: letter?.letterKey ?? null });
  return { ...place, key: seal.open(sealedKey, bindingOf(fileId, page)) };
};

const bindingOf = (fileId: string, page: number): string => `preview_pages.key:${fileId}:${page}`;

export interface PreviewJob {
  fileId: string;
  letterId: string;
  owner: string;
  // Attempts without any outcome, including this one.
  attempts: number;
  costlyTries: number;
  drawn: number;
}

// The sender of a reply's file pays for it, not the applicant who gets it.
const ownerOf = (db: Handle) => db`
  coalesce('staff:' || a.staff_id, 'key:' || a.key_id, 'applicant:' || m.applicant_id)`;

export const leasePreview = async (
  db: Handle,
  leaseSeconds: number,
  { butOf = [] }: { butOf?: readonly string[] } = {},
): Promise<PreviewJob | undefined> => {
  const [job] = await db<PreviewJob[]>`
    update previews p set attempts = p.attempts + 1,
      leased_until = now() + make_interval(secs => ${leaseSeconds})
    from files f join letters m on m.id = f.letter_id
      left join unit_actions a on a.id = f.unit_action_id
    where f.id = p.file_id and p.file_id = (
      select o.file_id from previews o join files g on g.id = o.file_id
        join letters m on m.id = g.letter_id
        left join unit_actions a on a.id = g.unit_action_id
        left join letter_keys k on k.letter_id = g.letter_id
      where (o.made_at is null or o.unfinished) and o.failed_at is null
        and (o.leased_until is null or o.leased_until < now())
        and g.scan in ('none', 'clean') and k.erased_at is null
        and ${ownerOf(db)} <> all(${[...butOf]}::text[])
      order by o.costly_tries, o.unfinished, o.wanted_at nulls last, o.asked_at limit 1
      for update of o skip locked)
    returning p.file_id, f.letter_id, ${ownerOf(db)} as owner, p.attempts, p.costly_tries,
      (select count(*)::int from preview_pages g where g.file_id = p.file_id) as drawn`;
  return job;
};

export const keepLease = async (
  db: Handle,
  fileId: string,
  leaseSeconds: number,
): Promise<void> => {
  await db`
    update previews set leased_until = now() + make_interval(secs => ${leaseSeconds})
    where file_id = ${fileId} and leased_until is not null`;
};

export const postponePreview = async (
  db: Handle,
  { fileId, seconds, costlyTries }: { fileId: string; seconds: number; costlyTries: number },
): Promise<void> => {
  await db`
    update previews set attempts = 0, costly_tries = ${costlyTries},
      leased_until = now() + make_interval(secs => ${seconds})
    where file_id = ${fileId}`;
};

export interface PreviewPage extends PreviewSize {
  storageKey: string;
  bytes: number;
  sha256: string;
  key: string;
}

export interface NewPreview {
  letterId: string;
  fileId: string;
  kind: 'pages' | 'text';
  pages: PreviewPage[];
  total: number | null;
  cut: boolean;
  missing?: 'later' | 'costly' | 'broken';
  costlyTries: number;
  drawn: number;
}

/**
 * The letter must be locked.
 * @returns false when it is erased or the file already has its preview
 */
export const addPreview = async (
  tx: Tx,
  { letterId, fileId, kind, pages, total, cut, missing, costlyTries, drawn }: NewPreview,
): Promise<boolean> => {
  const made = await tx`
    update previews set made_at = coalesce(made_at, now()), leased_until = null, attempts = 0,
      total_pages = coalesce(${total}, total_pages), kind = ${kind}, cut = ${cut}, unfinished = ${missing === 'later'},
      costly_tries = ${costlyTries},
      why = ${missing === undefined || missing === 'later' ? null : missing}
    where file_id = ${fileId} and (made_at is null or unfinished) and failed_at is null
    returning file_id`;
  if (made.length === 0) return false;
  const seal = await letterSealFor(tx, letterId);
  for (const [index, { storageKey, bytes, sha256, key, width, height }] of pages.entries()) {
    const page = drawn + index + 1;
    const sealedKey = seal.seal(key, bindingOf(fileId, page));
    await tx`
      insert into preview_pages
        (file_id, page, width, height, bytes, sha256, storage_key, sealed_key)
      values (${fileId}, ${page}, ${width}, ${height}, ${bytes}, ${sha256}, ${storageKey},
              ${sealedKey})`;
  }
  return true;
};

export const failPreview = async (
  db: Handle,
  fileId: string,
  why: 'broken' | 'costly',
): Promise<void> => {
  await db`
    update previews set leased_until = null, unfinished = false, why = ${why},
      failed_at = case when made_at is null then now() end
    where file_id = ${fileId} and (made_at is null or unfinished)`;
};

export const forgetPreview = async (tx: Tx, fileId: string): Promise<string[]> => {
  const rows = await tx<{ storageKey: string }[]>`
    delete from preview_pages where file_id = ${fileId} returning storage_key`;
  await tx`delete from previews where file_id = ${fileId}`;
  return rows.map(({ storageKey }) => storageKey);
};

export const listPreviewKeys = async (db: Handle, digit: string): Promise<string[]> => {
  const rows = await db<{ storageKey: string }[]>`
    select storage_key from preview_pages where left(storage_key, 1) = ${digit}`;
  return rows.map(({ storageKey }) => storageKey);
};
