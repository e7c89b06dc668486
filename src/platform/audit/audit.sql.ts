import { createHash } from 'node:crypto';
import { PUBLIC_ACTIONS } from './audit-action.ts';
import type { AuditAction } from './audit-action.ts';
import type { AuditDetails, OnlyAuditDetails } from './audit-detail.ts';
import type { Handle, Tx } from '../base/database.ts';
import { isSealed, letterSealFor, sealWithKey } from '../base/record-seals.sql.ts';
import type { LetterSeal } from '../base/record-seals.sql.ts';

export type Actor =
  | { kind: 'applicant' | 'staff' | 'operator' | 'key'; id: string }
  | { kind: 'engine'; id: 'workflow' };

type Details = Record<string, string | number | boolean | null>;

/**
 * Details of a letter's entries that hold what a person wrote. They are sealed with a key of their
 * own, and the chain covers the sealed form, so that it still verifies after an erasure.
 */
const SEALED_DETAILS: ReadonlySet<string> = new Set([
  'text',
  'reason',
  'subject',
  'fileName',
  'name',
  'nameBefore',
]);
/** Sealed with another key, which never leaves the desk. */
const INTERNAL_DETAIL = 'note';

const isPersonal = (name: string): boolean => SEALED_DETAILS.has(name) || name === INTERNAL_DETAIL;

const bindingOf = (action: string, detail: string): string => `audit.${action}.${detail}`;

const sealDetails = (
  seals: { audit: LetterSeal; internal: LetterSeal },
  action: string,
  { note, ...details }: AuditDetails,
): Details => {
  const sealed = (seal: LetterSeal, name: string, text: string): string =>
    text === '' ? '' : seal.seal(text, bindingOf(action, name));
  return {
    ...Object.fromEntries(
      Object.entries(details).map(([name, value]) => [
        name,
        SEALED_DETAILS.has(name) && typeof value === 'string'
          ? sealed(seals.audit, name, value)
          : value,
      ]),
    ),
    ...(note && { [INTERNAL_DETAIL]: sealed(seals.internal, INTERNAL_DETAIL, note.reveal()) }),
  };
};

export const openDetails = <Values extends Details>(
  seal: Pick<LetterSeal, 'open'>,
  action: string,
  details: Values,
): Values =>
  Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name,
      SEALED_DETAILS.has(name) && typeof value === 'string' && value !== ''
        ? seal.open(value, bindingOf(action, name))
        : value,
    ]),
  ) as Values;

export const openNote = (seal: Pick<LetterSeal, 'open'>, action: string, note: string): string =>
  seal.open(note, bindingOf(action, INTERNAL_DETAIL));

export const openSealedDetails = (
  entry: Pick<ChainedAuditEntry, 'letterId' | 'action' | 'details'>,
  auditKey: string | null,
): Record<string, string> | undefined => {
  const details = JSON.parse(entry.details) as Details;
  const sealed = Object.entries(details).filter(
    (one): one is [string, string] =>
      one[0] !== INTERNAL_DETAIL && typeof one[1] === 'string' && isSealed(one[1]),
  );
  if (sealed.length === 0 || auditKey === null || entry.letterId === null) return undefined;
  const seal = sealWithKey(entry.letterId, Buffer.from(auditKey, 'base64url'));
  return Object.fromEntries(
    sealed.map(([name, stored]) => [name, seal.open(stored, bindingOf(entry.action, name))]),
  );
};

/**
 * Call it in the transaction of the change. The same `dedupKey` writes nothing again. A trigger
 * chains the entry and locks the letter's row until the commit: lock the letter before it.
 */
export const addAuditEntry = async <Given extends AuditDetails>(
  db: Handle,
  entry: {
    letterId?: string;
    actor: Actor;
    action: AuditAction;
    details?: OnlyAuditDetails<Given>;
    dedupKey?: string;
    /** A keyed hash of the client's address, never the address. */
    from?: string | undefined;
  },
): Promise<void> => {
  const dedupKey = entry.dedupKey ?? null;
  const details = await storedDetails(db, entry);
  // Looked for first: a repeated entry then waits for no lock.
  await db`
    insert into audit_entries
      (letter_id, actor_kind, actor, action, details, dedup_key, from_hash)
    select ${entry.letterId ?? null}::uuid, ${entry.actor.kind}, ${entry.actor.id},
      ${entry.action}, ${db.json(details)}::jsonb, ${dedupKey}::text,
      ${entry.from ?? null}
    where not exists (select 1 from audit_entries where dedup_key = ${dedupKey}::text)
    on conflict (dedup_key) do nothing`;
};

const storedDetails = async (
  db: Handle,
  { letterId, action, details = {} }: { letterId?: string; action: string; details?: AuditDetails },
): Promise<Details> => {
  if (letterId === undefined || !Object.keys(details).some(isPersonal)) {
    const { note: _internal, ...clear } = details;
    return clear;
  }
  const seals = {
    audit: await letterSealFor(db, letterId, 'audit'),
    internal: await letterSealFor(db, letterId, 'internal'),
  };
  return sealDetails(seals, action, details);
};

/** An entry as its hash covers it: `at` and `details` are the exact texts. */
export interface ChainedAuditEntry {
  id: number;
  letterId: string | null;
  letterSeq: number;
  /** ISO 8601, UTC, microseconds. */
  at: string;
  actorKind: string;
  actor: string;
  action: string;
  fromHash: string | null;
  dedupKey: string | null;
  details: string;
  prevHash: string;
  hash: string;
}

/** The hashed text of an entry; `audit_canonical` of the schema builds the same. */
export const auditCanonical = (entry: ChainedAuditEntry): string =>
  `[${[
    entry.prevHash,
    entry.letterId,
    entry.letterSeq,
    entry.at,
    entry.actorKind,
    entry.actor,
    entry.action,
    entry.fromHash,
    entry.dedupKey,
    createHash('sha256').update(entry.details).digest('hex'),
  ]
    .map((part) => JSON.stringify(part))
    .join(', ')}]`;

export const hashAuditEntry = (entry: ChainedAuditEntry): string =>
  createHash('sha256').update(auditCanonical(entry)).digest('hex');

export const withoutTexts = ({
  letterId,
  details,
}: Pick<ChainedAuditEntry, 'letterId' | 'details'>): Details =>
  Object.fromEntries(
    Object.entries(JSON.parse(details) as Details).filter(
      ([name]) => letterId === null || !isPersonal(name),
    ),
  );

const chained = (db: Handle) => db`
  select id::float8 as id, letter_id, letter_seq,
    to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at,
    actor_kind, actor, action, from_hash, dedup_key, details::text as details, prev_hash, hash
  from audit_entries`;

export const walkAuditChains = (tx: Tx): AsyncIterable<ChainedAuditEntry[]> =>
  tx<ChainedAuditEntry[]>`${chained(tx)} order by letter_id nulls first, letter_seq`.cursor(2_000);

export const listLetterAudit = (db: Handle, letterId: string): Promise<ChainedAuditEntry[]> =>
  db<ChainedAuditEntry[]>`${chained(db)} where letter_id = ${letterId} order by letter_seq`;

const NEWS = [...PUBLIC_ACTIONS, 'decided', 'file_infected', 'file_clean', 'erased'];

export const letterStamps = async (
  db: Handle,
  letterIds: string[],
): Promise<Map<string, number>> => {
  const rows = await db<{ letterId: string; stamp: number }[]>`
    select e.letter_id, count(*)::int as stamp from audit_entries e
    where e.letter_id = any(${letterIds}::uuid[]) and e.action = any(${NEWS})
    group by e.letter_id`;
  return new Map(rows.map(({ letterId, stamp }) => [letterId, stamp]));
};

export const newestAuditEntry = async (db: Handle): Promise<number> => {
  const [row] = await db<{ id: number | null }[]>`
    select max(id)::float8 as id from audit_entries`;
  return row?.id ?? 0;
};

export const listUntoldLetters = (
  db: Handle,
  limit: number,
): Promise<{ id: string; action: string }[]> =>
  db`
    select l.id, told.action from letters l
      cross join lateral (
        values ('submitted'), (case when l.status <> 'pending' then l.status end)
      ) as told (action)
    where told.action is not null and not exists (
      select 1 from audit_entries a where a.letter_id = l.id and a.action = told.action)
    order by l.submitted_at limit ${limit}`;
