import type { Handle, Tx } from '../../platform/base/database.ts';
import { ERASED_TEXT } from '../../platform/base/record-seals.sql.ts';

export type EndedAs = 'rejected' | 'withdrawn' | 'closed';

export interface EndedLetter {
  id: string;
  as: EndedAs;
  letterNumber: string | null;
  endedAt: Date;
  erasedAt: Date | null;
  settled: boolean;
  refusedMessages: number;
  /** Changes as soon as the engine has been told anything more of the letter. */
  told: string;
}

const isOver = (db: Handle) => db`l.objection_until is null and l.reopen_until is null`;

const select = (db: Handle) => db`
  select l.id, coalesce(l.step, l.status) as as, l.letter_number, l.ended_at, k.erased_at,
    not exists (select 1 from outbox o where o.letter_id = l.id and o.done_at is null)
      and not exists (select 1 from decisions d where d.letter_id = l.id and d.outcome is null)
      and not exists (select 1 from unit_actions a where a.letter_id = l.id and a.outcome is null)
      and not exists (
        select 1 from messages m where m.letter_id = l.id and m.state in ('pending', 'sending'))
      as settled,
    (select count(*)::int from messages m where m.letter_id = l.id and m.state = 'failed')
      as refused_messages,
    (select concat_ws(' ', count(*), max(o.id), max(o.done_at)) from outbox o
      where o.letter_id = l.id) as told
  from letters l left join letter_keys k on k.letter_id = l.id`;

export const listDueLetters = (
  db: Handle,
  {
    days,
    limit,
    after,
  }: { days: Record<EndedAs, number>; limit: number; after?: string | undefined },
): Promise<EndedLetter[]> =>
  db<EndedLetter[]>`
    ${select(db)}
    where l.ended_at is not null and ${isOver(db)} and k.erased_at is null
      and l.ended_at < now() - make_interval(days => nullif(
        case when l.step = 'closed' then ${days.closed}::int
          when l.status = 'rejected' then ${days.rejected}::int
          else ${days.withdrawn}::int end, 0))
      ${
        // Compared in the database: a Date has no microseconds.
        after === undefined
          ? db``
          : db`and (l.ended_at, l.id) > (select ended_at, id from letters where id = ${after})`
      }
    order by l.ended_at, l.id limit ${limit}`;

export const findEndedLetter = async (
  db: Handle,
  letterId: string,
): Promise<EndedLetter | undefined> => {
  const [row] = await db<EndedLetter[]>`
    ${select(db)}
    where l.id = ${letterId} and l.ended_at is not null and ${isOver(db)}`;
  return row;
};

export const giveUpMessages = async (tx: Tx, letterId: string): Promise<number> => {
  const rows = await tx`
    delete from messages where letter_id = ${letterId} and state = 'failed' returning id`;
  await tx`
    update letters set needs_attention = null, attention_since = null
    where id = ${letterId} and needs_attention is not null`;
  return rows.length;
};

/**
 * Destroys the letter's data key and what it sealed. Keeps the register entry, the audit trail with
 * its sealed details, the decisions and the file hashes.
 * @returns storage keys of the files to remove after the commit; undefined when erased before
 */
export const eraseLetterRow = async (tx: Tx, letterId: string): Promise<string[] | undefined> => {
  const erased = await tx`
    insert into letter_keys as k (letter_id, sealed_key, erased_at)
    values (${letterId}, null, now())
    on conflict (letter_id) do update set sealed_key = null, erased_at = excluded.erased_at
      where k.erased_at is null
    returning letter_id`;
  if (erased.length === 0) return undefined;
  return clearTexts(tx, letterId);
};

/** Idempotent; also needed after the restore of an older backup. */
export const clearTexts = async (tx: Tx, letterId: string): Promise<string[]> => {
  await tx`
    update letters set sender_name = ${ERASED_TEXT}, sender_words = '{}', subject = ${ERASED_TEXT},
      rejection_reason = case when rejection_reason is not null then ${ERASED_TEXT} end,
      return_reason = case when return_reason is not null then ${ERASED_TEXT} end,
      objection = case when objection is not null then ${ERASED_TEXT} end,
      needs_attention = null, attention_since = null
    where id = ${letterId}`;
  await tx`
    update letter_versions set sender_name = ${ERASED_TEXT}, subject = ${ERASED_TEXT}
    where letter_id = ${letterId}`;
  await tx`
    update decisions set reason = ${ERASED_TEXT}
    where letter_id = ${letterId} and reason is not null`;
  await tx`
    update unit_actions set body = case when body is not null then ${ERASED_TEXT} end,
      internal_note = case when internal_note is not null then ${ERASED_TEXT} end
    where letter_id = ${letterId} and (body is not null or internal_note is not null)`;
  await tx`
    update messages set recipient = ${ERASED_TEXT}, recipient_hash = null, text = ${ERASED_TEXT},
      params = '{}', last_error = null, delivery_reason = null
    where letter_id = ${letterId}`;
  await tx`update outbox set last_error = null where letter_id = ${letterId}`;
  const files = await tx<{ storageKey: string }[]>`
    update files set name = ${ERASED_TEXT}, sealed_key = null where letter_id = ${letterId}
    returning storage_key`;
  const pictures = await tx<{ storageKey: string }[]>`
    delete from preview_pages p using files f
    where f.id = p.file_id and f.letter_id = ${letterId} returning p.storage_key`;
  await tx`
    delete from previews p using files f where f.id = p.file_id and f.letter_id = ${letterId}`;
  return [...files, ...pictures].map(({ storageKey }) => storageKey);
};

export const listRestoredLetters = async (db: Handle, limit: number): Promise<string[]> => {
  const rows = await db<{ id: string }[]>`
    select l.id from letter_keys k join letters l on l.id = k.letter_id
    where k.erased_at is not null and l.sender_name <> ${ERASED_TEXT} limit ${limit}`;
  return rows.map(({ id }) => id);
};

/**
 * Erases numbers of signed-out people who have no letter or only erased ones. Their next sign-in
 * makes a new person.
 */
export const eraseApplicants = async (
  tx: Tx,
  { days, limit }: { days: number; limit: number },
): Promise<number> => {
  const isOver = tx`
    p.erased_at is null and p.created_at < now() - make_interval(days => ${days})
    and not exists (select 1 from sessions s where s.applicant_id = p.id)
    and not exists (select 1 from held_uploads h where h.applicant_id = p.id)
    and not exists (select 1 from parked_forms h where h.applicant_id = p.id)
    and not exists (
      select 1 from letters l left join letter_keys k on k.letter_id = l.id
      where l.applicant_id = p.id
        and (k.erased_at is null or k.erased_at > now() - make_interval(days => ${days})))`;
  // Locked first: who signs in just now is seen by the second look.
  const locked = await tx<{ id: string }[]>`
    select p.id from applicants p where ${isOver} limit ${limit} for update skip locked`;
  const erased = await tx`
    update applicants p set mobile_sealed = null, mobile_hash = null,
      erased_at = now()
    where p.id = any(${locked.map(({ id }) => id)}::uuid[]) and ${isOver}
    returning p.id`;
  return erased.length;
};

export const eraseSentMessages = async (
  db: Handle,
  { days, limit }: { days: number; limit: number },
): Promise<number> => {
  const rows = await db`
    update messages set recipient = ${ERASED_TEXT}, recipient_hash = null, text = ${ERASED_TEXT},
      params = '{}', last_error = null, delivery_reason = null
    where id in (
      select id from messages
      where letter_id is not null and state = 'sent' and recipient <> ${ERASED_TEXT}
        and sent_at < now() - make_interval(days => ${days})
      limit ${limit})
    returning id`;
  return rows.length;
};

export const isRetentionDue = async (db: Handle): Promise<boolean> => {
  const rows = await db`
    insert into process_heartbeats (role, instance) values ('retention', 'last')
    on conflict (role, instance) do update set at = now()
      where process_heartbeats.at < now() - interval '1 hour'
    returning at`;
  return rows.length === 1;
};
