import { TextAreaField } from '../components/field.tsx';
import { KeyField } from '../components/kept-values.tsx';
import type { LetterFormsProps } from './decision-forms.tsx';

const AskForm = ({ view, letter, draft }: LetterFormsProps) => {
  const words = view.text.question;
  const href = `/staff/letters/${letter.id}/questions`;
  return (
    <form method="post" action={href} novalidate>
      <KeyField name="actionKey" value={crypto.randomUUID()} of={href} />
      <TextAreaField
        id="questionText"
        label={words.askText}
        hint={words.askHint}
        problem={draft.problems.questionText}
        value={draft.values.questionText ?? ''}
        rows={3}
      />
      <button type="submit" class="button button--secondary">
        {words.askSubmit}
      </button>
    </form>
  );
};

// «پرسش از فرستنده»: one question at a time, while the letter waits for the unit.
export const QuestionForms = (props: LetterFormsProps) => {
  const { view, letter } = props;
  const words = view.text.question;
  const open = letter.questions.find(({ isOpen }) => isOpen);
  if (letter.step !== 'with_unit') return null;
  if (!open) return <AskForm {...props} />;
  const href = `/staff/letters/${letter.id}/question-withdrawal`;
  return (
    <form method="post" action={href}>
      <KeyField name="actionKey" value={crypto.randomUUID()} of={href} />
      <input type="hidden" name="question" value={open.id} />
      <p class="note">{words.open}</p>
      <button type="submit" class="button button--secondary">
        {words.withdraw}
      </button>
    </form>
  );
};
