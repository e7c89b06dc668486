import type { OwnLetter } from '../../src/desk/letters/applicant-letters.ts';
import type { Question } from '../../src/desk/letters/letter-detail.ts';
import type { AttachedFile } from '../../src/platform/files/stored-file.ts';
import { BackLink } from '../components/back-link.tsx';
import { subjectOf } from '../components/erased.tsx';
import { ErrorSummary, type Problems } from '../components/error-summary.tsx';
import { TextAreaField } from '../components/field.tsx';
import { KeyField } from '../components/kept-values.tsx';
import { Layout } from '../components/layout.tsx';
import { Reason } from '../components/letter-head.tsx';
import { RemoveHeldFile, UploadField } from '../components/upload-field.tsx';
import type { View } from '../view.ts';

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
  /** File of an earlier attempt. */
  held?: AttachedFile | undefined;
  problems?: Problems;
}

export const AnswerPage = ({
  view,
  letter,
  question,
  draft,
  held,
  problems = {},
}: AnswerPageProps) => {
  const { question: words, withdrawal } = view.text;
  const href = `/letters/${letter.id}`;
  const action = `${href}/answer`;
  return (
    <Layout
      view={view}
      title={words.title}
      signedIn={{ area: 'portal' }}
      hasProblems={Object.keys(problems).length > 0}
    >
      <BackLink href={href} label={withdrawal.tooLate.see} />
      <ErrorSummary view={view} problems={problems} />
      <div class="card">
        <h1>{words.title}</h1>
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
            <RemoveHeldFile view={view} held={held} />
          </div>
        </form>
      </div>
    </Layout>
  );
};
