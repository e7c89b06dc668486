import type { Handle, Tx } from '../../platform/base/database.ts';
import {
  addLetterKey,
  letterSealFor,
  newLetterKey,
  readingSeal,
} from '../../platform/base/record-seals.sql.ts';

export const addLetter = async (
  tx: Tx,
  letter: {
    id: string;
    applicantId: string;
    submissionKey: string;
    senderName: string;
    subject: string;
    unitId: string;
  },
): Promise<boolean> => {
  const { sealedKey, seal } = newLetterKey(tx, letter.id);
  const rows = await tx`
    insert into letters
      (id, applicant_id, submission_key, sender_name, sender_words, subject, addressed_unit_id, unit_id)
    values (${letter.id}, ${letter.applicantId}, ${letter.submissionKey},
            ${seal.seal(letter.senderName, 'letters.sender_name')},
            ${tx.seals.wordHashes(letter.senderName)[0]}::text[],
            ${seal.seal(letter.subject, 'letters.subject')}, ${letter.unitId}, ${letter.unitId})
    on conflict (applicant_id, submission_key) do nothing
    returning id`;
  if (rows.length === 0) return false;
  await addLetterKey(tx, { letterId: letter.id, sealedKey });
  return true;
};

/** Until the transaction ends nobody else counts this applicant's letters. */
export const countLettersOfDay = async (tx: Tx, applicantId: string): Promise<number> => {
  await tx`select pg_advisory_xact_lock(hashtextextended(${applicantId}, 1))`;
  const [row] = await tx<{ letters: number }[]>`
    select count(*)::int as letters from letters
    where applicant_id = ${applicantId} and submitted_at > now() - interval '1 day'`;
  return row?.letters ?? 0;
};

export interface SubmissionRow {
  letterId: string;
  senderName: string;
  nameCorrected: boolean;
  subject: string;
  unitId: string;
  /** Of the files that came with it, in order. */
  sha256s: string[];
}

type SealedSubmissionRow = SubmissionRow & { sealedKey: Buffer | null };

const openSubmission = (
  db: Handle,
  row: SealedSubmissionRow | undefined,
): SubmissionRow | undefined => {
  if (!row) return undefined;
  const { sealedKey, ...submission } = row;
  const seal = readingSeal(db, { letterId: row.letterId, sealedKey });
  return {
    ...submission,
    senderName: seal.open(row.senderName, 'letters.sender_name'),
    subject: seal.open(row.subject, 'letters.subject'),
  };
};

const submissionOf = (db: Handle, round: number) => db`
  select l.id as letter_id, coalesce(v.sender_name, l.sender_name) as sender_name,
    exists (select from audit_entries a where a.letter_id = l.id and a.action = 'name_corrected')
      as name_corrected,
    coalesce(v.subject, l.subject) as subject,
    coalesce(v.addressed_unit_id, l.addressed_unit_id) as unit_id, k.sealed_key,
    array(select f.sha256 from files f
      where f.letter_id = l.id and f.unit_action_id is null and f.round = ${round}
      order by f.position) as sha256s
  from letters l
    left join letter_versions v on v.letter_id = l.id and v.round = ${round}
    left join letter_keys k on k.letter_id = l.id`;

export const findSubmission = async (
  db: Handle,
  { applicantId, submissionKey }: { applicantId: string; submissionKey: string },
): Promise<SubmissionRow | undefined> => {
  const [row] = await db<SealedSubmissionRow[]>`
    ${submissionOf(db, 1)}
    where l.applicant_id = ${applicantId} and l.submission_key = ${submissionKey}`;
  return openSubmission(db, row);
};

export const findRepeat = async (
  db: Handle,
  { applicantId, letterId }: { applicantId: string; letterId: string },
): Promise<{ letterId: string; submittedAt: Date } | undefined> => {
  const [row] = await db<{ letterId: string; submittedAt: Date }[]>`
    select o.id as letter_id, o.submitted_at
    from letters l
      join files f on f.letter_id = l.id and f.unit_action_id is null
      join files g on g.sha256 = f.sha256 and g.unit_action_id is null
      join letters o on o.id = g.letter_id and o.applicant_id = l.applicant_id
        and o.submitted_at < l.submitted_at
    where l.id = ${letterId} and l.applicant_id = ${applicantId}
    order by o.submitted_at desc limit 1`;
  return row;
};

export const startNextRound = async (
  tx: Tx,
  letter: {
    id: string;
    round: number;
    senderName: string;
    subject: string;
    unitId: string;
    formKey: string | undefined;
  },
): Promise<number | undefined> => {
  const seal = await letterSealFor(tx, letter.id);
  await tx`
    insert into letter_versions (letter_id, round, sender_name, subject, addressed_unit_id, form_key)
    select id, round, sender_name, subject, addressed_unit_id, ${letter.formKey ?? null} from letters
    where id = ${letter.id} and status = 'returned' and round = ${letter.round}`;
  const [row] = await tx<{ round: number }[]>`
    update letters set status = 'pending', round = round + 1,
      sender_name = ${seal.seal(letter.senderName, 'letters.sender_name')},
      sender_words = ${tx.seals.wordHashes(letter.senderName)[0]}::text[],
      subject = ${seal.seal(letter.subject, 'letters.subject')},
      addressed_unit_id = ${letter.unitId}, unit_id = ${letter.unitId}
    where id = ${letter.id} and status = 'returned' and round = ${letter.round}
    returning round`;
  return row?.round;
};

export const findResubmission = async (
  db: Handle,
  { id, round, formKey }: { id: string; round: number; formKey: string },
): Promise<SubmissionRow | undefined> => {
  const [row] = await db<SealedSubmissionRow[]>`
    ${submissionOf(db, round + 1)}
    where l.id = ${id} and exists (
      select from letter_versions c
      where c.letter_id = l.id and c.round = ${round} and c.form_key = ${formKey})`;
  return openSubmission(db, row);
};
