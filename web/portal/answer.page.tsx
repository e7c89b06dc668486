import type { OwnLetter } from '../../src/desk/letters/applicant-letters.ts';
import type { Question } from '../../src/desk/letters/letter-detail.ts';
import type { AttachedFile } from '../../src/platform/files/stored-file.ts';
import { subjectOf } from '../components/erased.tsx';
import type { Problems } from '../components/error-summary.tsx';
import { TextAreaField } from '../components/field.tsx';
import { KeyField } from '../components/kept-values.tsx';
import { Reason } from '../components/letter-head.tsx';
import { RemoveHeldFiles, UploadField } from '../components/upload-field.tsx';
import type { View } from '../view.ts';
import { LetterFormPage } from './letter-form.page.tsx';

// What the page offers; the use case decides whether the question is still open.
export const questionFor = (letter: OwnLetter): Question | undefined =>
  letter.damaged || letter.sentOpen ? undefined : letter.questions.find(({ isOpen }) => isOpen);

export interface AnswerDraft {
  formKey: string;
  questionId: string;
  text: string;
}

interface AnswerPageProps {
  view: View;
  letter: OwnLetter;
  question: Question;
  draft: AnswerDraft;
  held?: AttachedFile[];
  problems?: Problems;
}

export const AnswerPage = ({
  view,
  letter,
  question,
  draft,
  held = [],
  problems = {},
}: AnswerPageProps) => {
  const words = view.text.question;
  const href = `/letters/${letter.id}`;
  const action = `${href}/answer`;
  return (
    <LetterFormPage {...{ view, href, problems }} title={words.title}>
      <p class="lead">
        <bdi>{subjectOf(view, letter)}</bdi>
      </p>
      <Reason heading={words.ofUnit} reason={question.text} ofReturn />
      <form method="post" action={action} enctype="multipart/form-data" novalidate data-kept-form>
        <KeyField name="formKey" value={draft.formKey} of={action} />
        <KeyField name="question" value={draft.questionId} of={action} />
        <TextAreaField
          id="answerText"
          label={words.text}
          problem={problems.answerText}
          value={draft.text}
          rows={6}
        />
        <UploadField
          view={view}
          held={held}
          id="file"
          label={words.file}
          hint={view.text.staffLetter.replyFileHint(view.maxFileMegabytes)}
          problem={problems.file}
        />
        <div class="actions">
          <button type="submit" class="button">
            {words.submit}
          </button>
          <RemoveHeldFiles view={view} held={held} />
        </div>
      </form>
    </LetterFormPage>
  );
};
