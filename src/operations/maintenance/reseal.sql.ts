import { NO_ID } from '../../platform/base/database.ts';
import type { Handle } from '../../platform/base/database.ts';
import { letterSeal, openMobile, sealMobile } from '../../platform/base/record-seals.sql.ts';

const PAGE = 500;

export interface Resealed {
  changed: number;
  damaged: number;
}

export const rewrapLetterKeys = async (db: Handle): Promise<Resealed> => {
  const report: Resealed = { changed: 0, damaged: 0 };
  for (let after = NO_ID; ;) {
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

const orDamaged = <Opened>(report: Resealed, open: () => Opened): Opened | undefined => {
  try {
    return open();
  } catch {
    report.damaged += 1;
    return undefined;
  }
};

export const resealApplicants = async (db: Handle): Promise<Resealed> => {
  const report: Resealed = { changed: 0, damaged: 0 };
  for (let after = NO_ID; ;) {
    const rows = await db<{ id: string; mobileSealed: string; mobileHash: Buffer }[]>`
      select id, mobile_sealed, mobile_hash from applicants
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

export const rehashSenders = async (db: Handle): Promise<Resealed> => {
  const report: Resealed = { changed: 0, damaged: 0 };
  for (let after = NO_ID; ;) {
    const rows = await db<
      { id: string; senderName: string; senderWords: string[]; sealedKey: Buffer }[]
    >`
      select l.id, l.sender_name, l.sender_words, k.sealed_key
      from letters l join letter_keys k on k.letter_id = l.id
      where l.id > ${after} and k.sealed_key is not null order by l.id limit ${PAGE}`;
    for (const { id, senderName, senderWords, sealedKey } of rows) {
      const seal = () => letterSeal(db, { letterId: id, sealedKey });
      const name = orDamaged(report, () => seal().open(senderName, 'letters.sender_name'));
      const [words] = db.seals.wordHashes(name ?? '');
      if (name === undefined || words.join() === senderWords.join()) continue;
      const changed = await db`
        update letters set sender_words = ${words}::text[]
        where id = ${id} and sender_name = ${senderName} returning id`;
      report.changed += changed.length;
    }
    const last = rows.at(-1);
    if (!last || rows.length < PAGE) return report;
    after = last.id;
  }
};

/** More than one, since a single key may be damaged. */
const KEYS_TRIED = 5;

/** False when the newest data keys were all wrapped under another master secret. */
export const opensRecord = async (db: Handle): Promise<boolean> => {
  const newest = await db<{ letterId: string; sealedKey: Buffer }[]>`
    select letter_id, sealed_key from letter_keys where sealed_key is not null
    order by created_at desc limit ${KEYS_TRIED}`;
  const report: Resealed = { changed: 0, damaged: 0 };
  for (const { sealedKey, letterId } of newest)
    orDamaged(report, () => db.seals.unwrapLetterKey(sealedKey, letterId));
  return newest.length === 0 || report.damaged < newest.length;
};
