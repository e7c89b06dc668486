import type { PublicAction } from '../../platform/audit/audit-action.ts';
import type { PublicText } from '../../platform/base/audience.ts';
import type { Deps } from '../../platform/deps.ts';
import type { Preview } from '../../platform/files/preview.ts';
import type { AttachedFile } from '../../platform/files/stored-file.ts';
import { previewOf } from './letter-previews.ts';
import { summarizeWithDeadlines } from './letter-summary.ts';
import type { LetterSummary } from './letter-summary.ts';
import { listFiles } from './letter-files.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { listReplies, listTimeline } from './letter-detail.sql.ts';
import { listQuestions } from './questions.sql.ts';

export interface Letter extends LetterSummary {
  files: [AttachedFile, ...AttachedFile[]];
  objection: string | null;
  timeline: TimelineEntry[];
  replyList: Reply[];
  questions: Question[];
}

export interface Reply {
  number: number;
  text: string;
  at: Date;
  unit: string;
  file: AttachedFile | null;
  damaged?: boolean;
  preview?: Preview;
}

export interface Question {
  id: string;
  text: string;
  at: Date;
  unit: string;
  isOpen: boolean;
  answer: Answer | null;
  damaged?: boolean;
}

export interface Answer {
  id: string;
  text: string;
  at: Date;
  file: AttachedFile | null;
}

export interface TimelineEntry {
  action: PublicAction;
  at: Date;
  details: { unit?: string; text?: PublicText; letterNumber?: string };
  damaged?: boolean;
}

export const readDetail = async (deps: Deps, row: LetterRow): Promise<Letter> => {
  const { db } = deps;
  const [files, timeline, replyList, questions, [summary]] = await Promise.all([
    listFiles(db, { letterId: row.id }),
    listTimeline(db, row.id),
    readReplies(deps, row),
    readQuestions(deps, row),
    summarizeWithDeadlines(deps, [row]),
  ]);
  const [first, ...others] = files.map(attachedFile);
  if (!first || !summary) throw new Error(`letter ${row.id} has no file`);
  return {
    ...summary,
    ...((row.damaged || files.some(({ damaged }) => damaged)) && { damaged: true }),
    files: [first, ...others],
    objection: row.erasedAt === null ? row.objection || null : null,
    timeline,
    replyList,
    questions,
  };
};

const readReplies = async (deps: Deps, row: LetterRow): Promise<Reply[]> => {
  if (row.erasedAt !== null) return [];
  const replies = await listReplies(deps.db, row.id);
  return Promise.all(
    replies.map(async (reply) => ({
      ...reply,
      file: reply.file && attachedFile(reply.file),
      ...(reply.file && { preview: await previewOf(deps, row, reply.file) }),
    })),
  );
};

const readQuestions = async ({ db }: Deps, row: LetterRow): Promise<Question[]> => {
  if (row.erasedAt !== null) return [];
  const questions = await listQuestions(db, row.id);
  return questions.map(({ answer, ...question }) => ({
    ...question,
    isOpen: question.id === row.openQuestionId,
    answer: answer && { ...answer, file: answer.file && attachedFile(answer.file) },
  }));
};

export const attachedFile = ({
  name,
  type,
  bytes,
  sha256,
  scan = 'none',
  flags = [],
  damaged = false,
}: AttachedFile): AttachedFile => ({
  name,
  type,
  bytes,
  sha256,
  scan,
  flags,
  ...(damaged && { damaged }),
});
