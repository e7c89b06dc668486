import type { Handle } from '../../platform/base/database.ts';
import { lacksKey, readingSeal, readMobile } from '../../platform/base/record-seals.sql.ts';

export interface DamagedLetters {
  looked: number;
  whole: boolean;
  letterIds: string[];
}

interface SealedRow {
  id: string;
  applicantId: string;
  mobileSealed: string | null;
  sealedKey: Buffer | null;
  senderName: string;
  subject: string;
  rejectionReason: string | null;
  returnReason: string | null;
  objection: string | null;
  files: { id: string; name: string; key: string | null }[];
}

const PAGE = 500;

const isDamaged = (db: Handle, row: SealedRow): boolean => {
  const seal = readingSeal(db, { letterId: row.id, sealedKey: row.sealedKey });
  const look = (stored: string | null, binding: string): void => {
    if (stored !== null) seal.open(stored, binding);
  };
  look(row.senderName, 'letters.sender_name');
  look(row.subject, 'letters.subject');
  look(row.rejectionReason, 'letters.rejection_reason');
  look(row.returnReason, 'letters.return_reason');
  look(row.objection, 'letters.objection');
  for (const { id, name, key } of row.files) {
    look(name, `files.name:${id}`);
    look(key, `files.key:${id}`);
  }
  const { applicantId, mobileSealed } = row;
  const number = readMobile(db, { id: applicantId, mobileSealed });
  const keyIsGone = lacksKey(row.subject, row.sealedKey);
  return keyIsGone || seal.isDamaged() || number === undefined;
};

export const findDamagedLetters = async (
  db: Handle,
  { withinMs }: { withinMs: number },
): Promise<DamagedLetters> => {
  const end = Date.now() + withinMs;
  const found: DamagedLetters = { looked: 0, whole: true, letterIds: [] };
  for (let after: string | undefined; ;) {
    const rows = await db<SealedRow[]>`
      select l.id, l.applicant_id, p.mobile_sealed, k.sealed_key, l.sender_name,
        l.subject, l.rejection_reason, l.return_reason, l.objection,
        coalesce((
          select json_agg(json_build_object('id', f.id, 'name', f.name, 'key', f.sealed_key))
          from files f where f.letter_id = l.id), '[]') as files
      from letters l join applicants p on p.id = l.applicant_id
        left join letter_keys k on k.letter_id = l.id
      where k.erased_at is null
        ${
          after === undefined
            ? db``
            : db`and (l.submitted_at, l.id) < (select submitted_at, id from letters where id = ${after})`
        }
      order by l.submitted_at desc, l.id desc limit ${PAGE}`;
    found.looked += rows.length;
    found.letterIds.push(...rows.filter((row) => isDamaged(db, row)).map(({ id }) => id));
    after = rows.at(-1)?.id;
    if (rows.length < PAGE) return found;
    if (Date.now() > end) return { ...found, whole: false };
  }
};
