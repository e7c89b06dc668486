import type { OwnLetter } from '../../src/desk/letters/applicant-letters.ts';
import { subjectOf } from '../components/erased.tsx';
import type { Problems } from '../components/error-summary.tsx';
import { TextAreaField } from '../components/field.tsx';
import { KeyField } from '../components/kept-values.tsx';
import { Moment } from '../components/letter-facts.tsx';
import type { View } from '../view.ts';
import { LetterFormPage } from './letter-form.page.tsx';

// What the page offers; the use case decides whether it is in time.
export const mayReopen = ({ reopenUntil, damaged, erasedAt, sentOpen }: OwnLetter): boolean =>
  reopenUntil !== null && reopenUntil > new Date() && !damaged && erasedAt === null && !sentOpen;

export const FollowUpNote = ({ view, letter }: { view: View; letter: OwnLetter }) => {
  const words = view.text.followUp;
  if (!mayReopen(letter) || letter.reopenUntil === null) return null;
  return (
    <p class="note no-print">
      {words.until} <Moment view={view} at={letter.reopenUntil} />
      {words.untilEnd}
    </p>
  );
};

interface FollowUpPageProps {
  view: View;
  letter: OwnLetter;
  formKey: string;
  text?: string;
  problems?: Problems;
}

export const FollowUpPage = ({
  view,
  letter,
  formKey,
  text = '',
  problems = {},
}: FollowUpPageProps) => {
  const words = view.text.followUp;
  const href = `/letters/${letter.id}`;
  const action = `${href}/follow-up`;
  return (
    <LetterFormPage {...{ view, href, problems }} title={words.title}>
      <p class="lead">
        <bdi>{subjectOf(view, letter)}</bdi>
      </p>
      <p class="note">{words.lead}</p>
      <form method="post" action={action} novalidate data-kept-form>
        <KeyField name="formKey" value={formKey} of={action} />
        <TextAreaField
          id="followUp"
          label={words.text}
          hint={words.hint}
          problem={problems.followUp}
          value={text}
          rows={6}
        />
        <div class="actions">
          <button type="submit" class="button">
            {words.submit}
          </button>
        </div>
      </form>
    </LetterFormPage>
  );
};
