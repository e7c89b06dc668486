import type { Child } from 'hono/jsx';
import { TextAreaField } from '../components/field.tsx';
import type { View } from '../view.ts';
import type { StaffDraft } from './staff-letter.form.ts';

/** Folded until it is wanted; the reason is needed for every change of a person. */
export const PersonForm = ({
  view,
  action,
  words,
  fields,
  reasonId,
  draft: { values, problems },
  children,
}: {
  view: View;
  action: string;
  words: Record<'open' | 'lead' | 'reason' | 'reasonHint' | 'submit', string>;
  fields: string[];
  reasonId: string;
  draft: StaffDraft;
  children: Child;
}) => {
  const isWanted = [...fields, reasonId].some((id) => id in problems) || view.kept?.path === action;
  return (
    <details class="fold" open={isWanted}>
      <summary>{words.open}</summary>
      <p class="muted">{words.lead}</p>
      <form method="post" action={action} novalidate>
        {children}
        <TextAreaField
          id={reasonId}
          label={words.reason}
          hint={words.reasonHint}
          problem={problems[reasonId]}
          value={values[reasonId] ?? ''}
          rows={2}
        />
        <div class="actions">
          <button type="submit" class="button">
            {words.submit}
          </button>
        </div>
      </form>
    </details>
  );
};
