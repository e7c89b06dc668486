import { z } from 'zod';
import { cleanLine } from '../../src/platform/base/text.ts';
import type { FileProblem } from '../../src/platform/files/stored-file.ts';
import type { Problems } from '../components/error-summary.tsx';
import type { SiteSettings } from '../env.ts';
import type { WrongFile } from '../http/form-file.ts';
import type { FileField, PostedForm } from '../http/form-reader.ts';
import type { View } from '../view.ts';
import { isUuid } from '../../src/platform/base/uuid.ts';

export interface LetterDraft {
  submissionKey: string;
  senderName: string;
  unitId: string;
  subject: string;
  relations: { reference: string; sequel: string };
}

export const emptyDraft = (): LetterDraft => ({
  submissionKey: crypto.randomUUID(),
  senderName: '',
  unitId: '',
  subject: '',
  relations: { reference: '', sequel: '' },
});

// A form without a valid submission key gets one.
export const readDraft = (form: PostedForm): LetterDraft => {
  const key = form.field('submissionKey');
  return {
    submissionKey: isUuid(key) ? key : crypto.randomUUID(),
    senderName: cleanLine(form.field('senderName')),
    unitId: form.field('unit'),
    subject: cleanLine(form.field('subject')),
    relations: {
      reference: cleanLine(form.field('reference')),
      sequel: cleanLine(form.field('sequel')),
    },
  };
};

const characters = (text: string): number => [...text].length;

export const textProblem = (
  text: string,
  missing: string,
  limits: SiteSettings['limits'],
  view: View,
): string | undefined => {
  if (text === '') return missing;
  return characters(text) > limits.text
    ? view.text.staffLetter.problems.too_long(view.digits(limits.text))
    : undefined;
};

const line = (missing: string, max: number, tooLong: (max: string) => string, view: View) =>
  z
    .string()
    .min(1, missing)
    .refine((text) => characters(text) <= max, tooLong(view.digits(max)));

const FIELD_IDS: Record<string, string> = {
  senderName: 'senderName',
  unitId: 'unit',
  subject: 'subject',
};

export const fileProblemText = (view: View, problem: FileProblem): string => {
  if (problem === 'too_many') return tooManyFilesText(view);
  return problem === 'too_big'
    ? view.text.file.problems.too_big(view.maxFileMegabytes)
    : view.text.file.problems[problem];
};

export const tooManyFilesText = (view: View): string =>
  view.text.file.problems.too_many(view.digits(view.maxFiles));

/** Where several came, each problem names its file. */
export const wrongFilesText = (
  view: View,
  { files }: Pick<PostedForm, 'files'>,
  wrong: WrongFile[],
): string =>
  wrong
    .map(({ name, problem }) => {
      const words = fileProblemText(view, problem);
      const isNamed = files.length > 1 && name !== '' && problem !== 'too_many';
      return isNamed ? view.text.file.ofFile(name, words) : words;
    })
    .join(' ');

/** The field «فایل» of a letter. */
export const lettersFiles = ({ site }: { site: Pick<SiteSettings, 'maxFiles'> }): FileField => ({
  name: 'file',
  most: site.maxFiles,
});

export const draftProblems = (
  draft: Omit<LetterDraft, 'relations'>,
  limits: SiteSettings['limits'],
  view: View,
): Problems => {
  const words = view.text.newLetter.problems;
  const schema = z.object({
    senderName: line(words.sender_missing, limits.name, words.sender_long, view),
    unitId: z.string().refine(isUuid, words.unit_missing),
    subject: line(words.subject_missing, limits.subject, words.subject_long, view),
  });
  const problems: Problems = {};
  for (const { path, message } of schema.safeParse(draft).error?.issues ?? []) {
    const id = FIELD_IDS[String(path[0])];
    if (id !== undefined) problems[id] ??= message;
  }
  return problems;
};
