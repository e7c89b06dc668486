import type { AbsenceFields, AbsenceProblems, Absences } from '../../src/desk/staff/absences.ts';
import type { Problems } from '../components/error-summary.tsx';
import { SelectField, TextField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import type { PostedForm } from '../http/form-reader.ts';
import type { View } from '../view.ts';

export const readAbsence = (form: PostedForm): AbsenceFields => ({
  substituteId: form.field('substitute'),
  since: form.field('since'),
  until: form.field('until'),
});

export const absenceProblems = (
  { text }: View,
  { substitute, since, until }: AbsenceProblems,
): Problems => {
  const words = text.absence.problems;
  return {
    ...(substitute && { substitute: words.substitute[substitute] }),
    ...(since && { since: words.since[since] }),
    ...(until && { until: words.until[until] }),
  };
};

export interface AbsenceDraft {
  typed: AbsenceFields;
  problems: Problems;
}

interface AbsencePartProps {
  view: View;
  href: string;
  absences: Absences;
  draft?: AbsenceDraft | undefined;
}

const Registered = ({ view, href, absences: { absences } }: AbsencePartProps) => {
  const words = view.text.absence;
  if (absences.length === 0) return <p class="muted">{words.none}</p>;
  return (
    <ul class="own-list">
      {absences.map(({ id, substitute, firstDay, lastDay }) => (
        <li class="own-item" data-absence={id}>
          <p class="own-item__what">
            {words.substitute}: <bdi>{substitute}</bdi>
          </p>
          <p class="own-item__facts">
            {words.since} {view.day(firstDay)} {words.until} {view.day(lastDay)}
          </p>
          <form class="own-item__acts" method="post" action={`${href}/cancellation`}>
            <input type="hidden" name="absence" value={id} />
            <button type="submit" class="button button--small">
              {words.cancel}
            </button>
          </form>
        </li>
      ))}
    </ul>
  );
};

export const AbsencePart = (props: AbsencePartProps) => {
  const { view, href, absences, draft } = props;
  const words = view.text.absence;
  const problems = draft?.problems ?? {};
  return (
    <section class="card" aria-labelledby="absence">
      <h2 id="absence">
        <Icon name="user" />
        {words.heading}
      </h2>
      <p class="muted">{words.lead}</p>
      <Registered {...props} />
      {absences.substitutes.length === 0 && <p class="muted">{words.nobody}</p>}
      <form method="post" action={href} novalidate>
        <SelectField
          id="substitute"
          label={words.substitute}
          problem={problems.substitute}
          value={draft?.typed.substituteId}
          prompt={words.choose}
          options={absences.substitutes.map(({ id, name }) => ({ value: id, label: name }))}
        />
        <TextField
          id="since"
          label={words.since}
          hint={words.dayHint}
          problem={problems.since}
          value={draft?.typed.since ?? ''}
          width="code"
        />
        <TextField
          id="until"
          label={words.until}
          hint={words.untilHint}
          problem={problems.until}
          value={draft?.typed.until ?? ''}
          width="code"
        />
        <div class="actions">
          <button type="submit" class="button">
            {words.submit}
          </button>
        </div>
      </form>
    </section>
  );
};
