import type { PublicText } from '../../platform/base/audience.ts';
import { PUBLIC_ACTIONS, PUBLIC_DETAILS } from '../../platform/audit/audit-action.ts';
import type { PublicAction } from '../../platform/audit/audit-action.ts';
import { openDetails } from '../../platform/audit/audit.sql.ts';
import type { Handle } from '../../platform/base/database.ts';
import { readingSeal } from '../../platform/base/record-seals.sql.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import { toStoredFile } from './letter-files.sql.ts';
import type { FileRow } from './letter-files.sql.ts';

export interface ReplyRow {
  number: number;
  text: string;
  at: Date;
  unit: string;
  file: StoredFile | null;
  damaged?: boolean;
}

export const fileColumn = (db: Handle) => db`
  case when f.id is not null then json_build_object('id', f.id, 'name', f.name, 'type', f.type,
    'bytes', f.bytes, 'sha256', f.sha256, 'storageKey', f.storage_key,
    'sealedKey', f.sealed_key, 'scan', f.scan, 'flags', f.flags) end as file`;

export const listReplies = async (db: Handle, letterId: string): Promise<ReplyRow[]> => {
  const rows = await db<
    (Omit<ReplyRow, 'file'> & { id: string; file: FileRow | null; letterKey: Buffer | null })[]
  >`
    select r.id, r.reply_number as number, coalesce(r.body, '') as text, coalesce(r.released_at, r.acted_at) as at,
      r.acting_unit as unit, k.sealed_key as letter_key,
      ${fileColumn(db)}
    from unit_actions r left join files f on f.unit_action_id = r.id
      left join letter_keys k on k.letter_id = r.letter_id
    where r.letter_id = ${letterId} and r.reply_number is not null
    order by r.reply_number`;
  return rows.map(({ id, letterKey, ...row }) => {
    const letter = { letterId, sealedKey: letterKey };
    const seal = readingSeal(db, letter);
    const text = seal.open(row.text, `unit_actions.body:${id}`);
    return {
      ...row,
      text,
      file: row.file && toStoredFile(db, letter, row.file),
      ...(seal.isDamaged() && { damaged: true }),
    };
  });
};

export interface VersionRow {
  round: number;
  senderName: string;
  subject: string;
  addressedUnit: string;
  replacedAt: Date;
}

export const listVersions = async (db: Handle, letterId: string): Promise<VersionRow[]> => {
  const rows = await db<(VersionRow & { letterKey: Buffer | null })[]>`
    select v.round, v.sender_name, v.subject, u.name as addressed_unit, v.replaced_at, k.sealed_key as letter_key
    from letter_versions v join units u on u.id = v.addressed_unit_id
      join letters l on l.id = v.letter_id
      left join letter_keys k on k.letter_id = v.letter_id
    where v.letter_id = ${letterId} and v.replaced_at is distinct from l.objected_at
    order by v.round`;
  return rows.map(({ letterKey, ...row }) => {
    const seal = readingSeal(db, { letterId, sealedKey: letterKey });
    return {
      ...row,
      // One that is damaged is '': the page of its letter still opens.
      senderName: seal.open(row.senderName, 'letters.sender_name'),
      subject: seal.open(row.subject, 'letters.subject'),
    };
  });
};

export interface TimelineRow {
  action: PublicAction;
  at: Date;
  details: { unit?: string; letterNumber?: string; text?: PublicText };
  damaged?: boolean;
}

/** Only what the sender may read; nothing else leaves the database. */
export const listTimeline = async (db: Handle, letterId: string): Promise<TimelineRow[]> => {
  const rows = await db<(TimelineRow & { letterKey: Buffer | null })[]>`
    select a.action, a.at, k.sealed_key as letter_key, (
      select coalesce(jsonb_object_agg(d.key, d.value), '{}') from jsonb_each(a.details) d
      where ${db.json(PUBLIC_DETAILS)}::jsonb -> a.action ? d.key) as details
    from audit_entries a left join letter_keys k on k.letter_id = a.letter_id
    where a.letter_id = ${letterId} and a.action = any(${PUBLIC_ACTIONS})
    order by a.id`;
  return rows.map(({ letterKey, ...row }) => {
    const seal = readingSeal(db, { letterId, sealedKey: letterKey }, 'audit');
    const details = openDetails(seal, row.action, row.details);
    return { ...row, details, ...(seal.isDamaged() && { damaged: true }) };
  });
};
