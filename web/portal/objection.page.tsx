import type { Problems } from '../components/error-summary.tsx';
import { TextAreaField } from '../components/field.tsx';
import { Moment } from '../components/letter-facts.tsx';
import { Reason } from '../components/letter-head.tsx';
import { subjectOf } from '../components/erased.tsx';
import type { View } from '../view.ts';
import { LetterFormPage } from './letter-form.page.tsx';
import type { OwnLetter } from '../../src/desk/letters/applicant-letters.ts';

// What the page offers; the use case decides whether it is in time.
export const mayObject = ({ objectionUntil, damaged, erasedAt }: OwnLetter): boolean =>
  objectionUntil !== null && objectionUntil > new Date() && !damaged && erasedAt === null;

export const ObjectionNote = ({ view, letter }: { view: View; letter: OwnLetter }) => {
  const words = view.text.objection;
  if (mayObject(letter) && letter.objectionUntil)
    return (
      <p class="note">
        {words.until} <Moment view={view} at={letter.objectionUntil} />
        {words.untilEnd}
      </p>
    );
  if (letter.objectedAt === null) return null;
  return (
    <>
      <Reason heading={words.text} reason={letter.objection} ofReturn />
      {letter.status === 'pending' && <p class="note">{words.underReview}</p>}
      {letter.status === 'rejected' && <p class="note">{words.final}</p>}
    </>
  );
};

interface ObjectionPageProps {
  view: View;
  letter: OwnLetter;
  text?: string;
  problems?: Problems;
}

export const ObjectionPage = ({ view, letter, text = '', problems = {} }: ObjectionPageProps) => {
  const { objection: words, facts } = view.text;
  const href = `/letters/${letter.id}`;
  return (
    <LetterFormPage {...{ view, href, problems }} title={words.title}>
      <p class="lead">
        <bdi>{subjectOf(view, letter)}</bdi>
      </p>
      <Reason heading={facts.reason} reason={letter.rejectionReason} />
      <p class="note">{words.lead}</p>
      <ObjectionNote view={view} letter={letter} />
      <form method="post" action={`${href}/objection`} novalidate data-kept-form>
        <TextAreaField
          id="objection"
          label={words.text}
          hint={words.hint}
          problem={problems.objection}
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
