import type { Handle, Tx } from '../../platform/base/database.ts';
import { readingSeal } from '../../platform/base/record-seals.sql.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import { fileColumn } from './letter-detail.sql.ts';
import { toStoredFile } from './letter-files.sql.ts';
import type { FileRow } from './letter-files.sql.ts';

export interface QuestionRow {
  id: string;
  text: string;
  at: Date;
  unit: string;
  answer: { id: string; text: string; at: Date; file: StoredFile | null } | null;
  damaged?: boolean;
}

interface SealedRow {
  id: string;
  text: string;
  at: Date;
  unit: string;
  answerId: string | null;
  answerText: string;
  answeredAt: Date | null;
  file: FileRow | null;
  letterKey: Buffer | null;
}

export const listQuestions = async (db: Handle, letterId: string): Promise<QuestionRow[]> => {
  const rows = await db<SealedRow[]>`
    select q.id, coalesce(q.body, '') as text, q.acted_at as at, q.acting_unit as unit,
      a.id as answer_id, coalesce(a.body, '') as answer_text, a.acted_at as answered_at,
      k.sealed_key as letter_key, ${fileColumn(db)}
    from unit_actions q
      left join unit_actions a
        on a.question_id = q.id and a.kind = 'answer' and a.outcome = 'applied'
      left join files f on f.unit_action_id = a.id
      left join letter_keys k on k.letter_id = q.letter_id
    where q.letter_id = ${letterId} and q.kind = 'ask' and q.outcome = 'applied'
    order by q.acted_at, q.id`;
  return rows.map(({ answerId, answerText, answeredAt, file, letterKey, ...row }) => {
    const letter = { letterId, sealedKey: letterKey };
    const seal = readingSeal(db, letter);
    const text = seal.open(row.text, `unit_actions.body:${row.id}`);
    const answer =
      answerId !== null && answeredAt !== null
        ? {
            id: answerId,
            text: seal.open(answerText, `unit_actions.body:${answerId}`),
            at: answeredAt,
            file: file && toStoredFile(db, letter, file),
          }
        : null;
    return { ...row, text, answer, ...(seal.isDamaged() && { damaged: true }) };
  });
};

/** Of these letters, the question that waits for its sender; by the letter's id. */
export const listOpenQuestions = async (
  db: Handle,
  letterIds: string[],
): Promise<Map<string, string>> => {
  if (letterIds.length === 0) return new Map();
  const rows = await db<{ letterId: string; id: string; text: string; letterKey: Buffer | null }[]>`
    select q.letter_id, q.id, coalesce(q.body, '') as text, k.sealed_key as letter_key
    from letters l
      join unit_actions q on q.id = l.open_question_id
      left join letter_keys k on k.letter_id = l.id
    where l.id = any(${letterIds}::uuid[]) and not exists (
      select from unit_actions a
      where a.letter_id = l.id and a.kind = 'answer' and a.outcome is null)`;
  return new Map(
    rows.map(({ letterId, id, text, letterKey }) => {
      const seal = readingSeal(db, { letterId, sealedKey: letterKey });
      return [letterId, seal.open(text, `unit_actions.body:${id}`)];
    }),
  );
};

export const openQuestion = async (
  tx: Tx,
  { id, questionId }: { id: string; questionId: string },
): Promise<boolean> => {
  const rows = await tx`
    update letters set open_question_id = ${questionId}
    where id = ${id} and step = 'with_unit' and open_question_id is null returning id`;
  return rows.length === 1;
};

export const endQuestion = async (
  tx: Tx,
  { id, questionId }: { id: string; questionId: string | null },
): Promise<boolean> => {
  const rows = await tx`
    update letters set open_question_id = null
    where id = ${id} and open_question_id = ${questionId} returning id`;
  return rows.length === 1;
};
