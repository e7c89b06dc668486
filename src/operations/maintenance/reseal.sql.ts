/** What an older version wrote in clear is sealed afterwards; and sealed anew under a new secret. */
import type { Handle, Tx } from '../../platform/base/database.ts';
import {
  isSealed,
  letterSealFor,
  openMobile,
  sealMobile,
} from '../../platform/base/record-seals.sql.ts';

export interface ClearApplicant {
  id: string;
  mobile: string;
}

export const listClearApplicants = (db: Handle, limit: number): Promise<ClearApplicant[]> =>
  db<ClearApplicant[]>`
    select id, mobile from applicants where mobile is not null limit ${limit}`;

/** Letters with texts in clear. */
export const listUnsealedLetters = async (db: Handle, limit: number): Promise<string[]> => {
  const rows = await db<{ id: string }[]>`
    select id from letters where sealed_at is null limit ${limit}`;
  return rows.map(({ id }) => id);
};

/**
 * Seals the texts of a letter, which is locked; what is sealed already stays as it is. Its audit
 * trail is append-only: details that were written in clear stay so.
 */
export const sealLetterTexts = async (tx: Tx, letterId: string): Promise<void> => {
  const seal = await letterSealFor(tx, letterId);
  const once = (stored: string, binding: string): string =>
    stored === '' || isSealed(stored) ? stored : seal.seal(stored, binding);
  const maybe = (stored: string | null, binding: string): string | null =>
    stored === null ? null : once(stored, binding);

  const [letter] = await tx<
    {
      senderName: string;
      subject: string;
      rejectionReason: string | null;
      returnReason: string | null;
      objection: string | null;
    }[]
  >`
    select sender_name, subject, rejection_reason, return_reason, objection
    from letters where id = ${letterId}`;
  if (!letter) return;
  await tx`
    update letters set sender_name = ${once(letter.senderName, 'letters.sender_name')},
      subject = ${once(letter.subject, 'letters.subject')},
      rejection_reason = ${maybe(letter.rejectionReason, 'letters.rejection_reason')},
      return_reason = ${maybe(letter.returnReason, 'letters.return_reason')},
      objection = ${maybe(letter.objection, 'letters.objection')}, sealed_at = now()
    where id = ${letterId}`;
  for (const { round, subject } of await tx<{ round: number; subject: string }[]>`
    select round, subject from letter_versions where letter_id = ${letterId}`)
    await tx`
      update letter_versions set subject = ${once(subject, 'letters.subject')}
      where letter_id = ${letterId} and round = ${round}`;
  for (const { id, reason } of await tx<{ id: string; reason: string }[]>`
    select id, reason from decisions where letter_id = ${letterId} and reason is not null`)
    await tx`update decisions set reason = ${once(reason, `decisions.reason:${id}`)} where id = ${id}`;
  for (const { id, body } of await tx<{ id: string; body: string }[]>`
    select id, body from unit_actions where letter_id = ${letterId} and body is not null`)
    await tx`update unit_actions set body = ${once(body, `unit_actions.body:${id}`)} where id = ${id}`;
  for (const { id, note } of await tx<{ id: string; note: string }[]>`
    select id, internal_note as note from unit_actions
    where letter_id = ${letterId} and internal_note is not null`)
    await tx`
      update unit_actions set internal_note = ${once(note, `unit_actions.internal_note:${id}`)}
      where id = ${id}`;
  for (const { id, name } of await tx<{ id: string; name: string }[]>`
    select id, name from files where letter_id = ${letterId}`)
    await tx`update files set name = ${once(name, `files.name:${id}`)} where id = ${id}`;
  for (const message of await tx<
    { id: string; recipient: string; text: string; params: Record<string, string> }[]
  >`
    select id, recipient, text, params from messages
    where letter_id = ${letterId} and recipient_hash is null and recipient not like 's1:%'`) {
    const { id, recipient, text, params } = message;
    const sealed = seal.seal(JSON.stringify(params), `messages.params:${id}`);
    await tx`
      update messages set recipient = ${once(recipient, `messages.recipient:${id}`)},
        recipient_hash = ${tx.seals.mobileHashes(recipient)[0]},
        text = ${once(text, `messages.text:${id}`)}, params = ${tx.json({ sealed })}
      where id = ${id}`;
  }
};

export interface ClearFile {
  id: string;
  letterId: string;
  sha256: string;
  storageKey: string;
}

/** Files that stand in clear in the store, of letters that are not erased. */
export const listClearFiles = (
  db: Handle,
  { limit, after }: { limit: number; after?: string | undefined },
): Promise<ClearFile[]> =>
  db<ClearFile[]>`
    select f.id, f.letter_id, f.sha256, f.storage_key
    from files f left join letter_keys k on k.letter_id = f.letter_id
    where f.sealed_key is null and k.erased_at is null
      ${after === undefined ? db`` : db`and f.id > ${after}`}
    order by f.id limit ${limit}`;

/** False: it was erased, or replaced by somebody else meanwhile. */
export const replaceClearFile = async (
  tx: Tx,
  { file, storageKey, key }: { file: ClearFile; storageKey: string; key: string },
): Promise<boolean> => {
  const seal = await letterSealFor(tx, file.letterId);
  const rows = await tx`
    update files f set storage_key = ${storageKey},
      sealed_key = ${seal.seal(key, `files.key:${file.id}`)}
    where id = ${file.id} and sealed_key is null and storage_key = ${file.storageKey}
      and not exists (
        select 1 from letter_keys k where k.letter_id = f.letter_id and k.erased_at is not null)
    returning id`;
  return rows.length === 1;
};

const PAGE = 500;

export interface Resealed {
  changed: number;
  /** Could not be opened, and stay as they are. */
  damaged: number;
}

/** Wraps the data keys anew that were wrapped under an older master secret. */
export const rewrapLetterKeys = async (db: Handle): Promise<Resealed> => {
  const report: Resealed = { changed: 0, damaged: 0 };
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const rows = await db<{ letterId: string; sealedKey: Buffer }[]>`
      select letter_id, sealed_key from letter_keys
      where letter_id > ${after} and sealed_key is not null order by letter_id limit ${PAGE}`;
    for (const { letterId, sealedKey } of rows) {
      if (!db.seals.isWrappedBefore(sealedKey)) continue;
      const key = orDamaged(report, () => db.seals.unwrapLetterKey(sealedKey, letterId));
      if (!key) continue;
      const changed = await db`
        update letter_keys set sealed_key = ${db.seals.wrapLetterKey(key, letterId)}
        where letter_id = ${letterId} and sealed_key = ${sealedKey} returning letter_id`;
      report.changed += changed.length;
    }
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return report;
    after = last.letterId;
  }
};

/** One that cannot be opened keeps no other from being sealed. */
const orDamaged = <Opened>(report: Resealed, open: () => Opened): Opened | undefined => {
  try {
    return open();
  } catch {
    report.damaged += 1;
    return undefined;
  }
};

/** The same of numbers, with the hashes that they are looked up by. */
export const resealApplicants = async (db: Handle): Promise<Resealed> => {
  const report: Resealed = { changed: 0, damaged: 0 };
  for (let after = '00000000-0000-0000-0000-000000000000'; ;) {
    const rows = await db<
      { id: string; mobile: string | null; mobileSealed: string; mobileHash: Buffer }[]
    >`
      select id, mobile, mobile_sealed, mobile_hash from applicants
      where id > ${after} and mobile_sealed is not null order by id limit ${PAGE}`;
    for (const row of rows) {
      const mobile = orDamaged(report, () => openMobile(db, row));
      if (mobile === undefined) continue;
      const anew = sealMobile(db, { id: row.id, mobile });
      if (anew.hash.equals(row.mobileHash)) continue;
      const changed = await db`
        update applicants set mobile_sealed = ${anew.sealed}, mobile_hash = ${anew.hash}
        where id = ${row.id} and mobile_hash = ${row.mobileHash} returning id`;
      report.changed += changed.length;
    }
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return report;
    after = last.id;
  }
};

/** A single one may be damaged. */
const KEYS_TRIED = 5;

export interface SealState {
  /** As `opensRecord` says. */
  opens: boolean;
  /** Letters and numbers in clear, up to 1,000 each. */
  clear: number;
}

/** False: the newest data keys, all of them, were wrapped under another master secret. */
export const opensRecord = async (db: Handle): Promise<boolean> => {
  const newest = await db<{ letterId: string; sealedKey: Buffer }[]>`
    select letter_id, sealed_key from letter_keys where sealed_key is not null
    order by created_at desc limit ${KEYS_TRIED}`;
  const report: Resealed = { changed: 0, damaged: 0 };
  for (const { sealedKey, letterId } of newest)
    orDamaged(report, () => db.seals.unwrapLetterKey(sealedKey, letterId));
  return newest.length === 0 || report.damaged < newest.length;
};

/** For the operator: is this the right secret, and is all sealed? */
export const readSealState = async (db: Handle): Promise<SealState> => {
  const opens = await opensRecord(db);
  const letters = await listUnsealedLetters(db, 1_000);
  const applicants = await listClearApplicants(db, 1_000);
  return { opens, clear: letters.length + applicants.length };
};
