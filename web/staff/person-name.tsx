import type { Person } from '../../src/desk/people/open-person.ts';
import { mayChangePeople } from '../../src/desk/people/people-access.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { SelectField, TextAreaField, TextField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { Moment } from '../components/letter-facts.tsx';
import type { View } from '../view.ts';
import type { StaffDraft } from './staff-letter.form.ts';

interface NamePartProps {
  view: View;
  staff: StaffMember;
  person: Person;
  draft: StaffDraft;
}

const FIELDS = ['nameBefore', 'name', 'nameReason'];

const Form = ({ view, person, draft: { values, problems } }: Omit<NamePartProps, 'staff'>) => {
  const words = view.text.people.correction;
  const action = `/staff/people/${person.id}/name`;
  const isWanted = FIELDS.some((id) => id in problems) || view.kept?.path === action;
  return (
    <details class="fold" open={isWanted}>
      <summary>{words.open}</summary>
      <p class="muted">{words.lead}</p>
      <form method="post" action={action} novalidate>
        <SelectField
          id="nameBefore"
          label={words.before}
          problem={problems.nameBefore}
          value={values.nameBefore ?? person.names[0]}
          options={person.names.map((name) => ({ value: name, label: name }))}
        />
        <TextField id="name" label={words.name} problem={problems.name} value={values.name ?? ''} />
        <TextAreaField
          id="nameReason"
          label={words.reason}
          hint={words.reasonHint}
          problem={problems.nameReason}
          value={values.nameReason ?? ''}
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

export const NamePart = ({ view, staff, person, draft }: NamePartProps) => {
  const words = view.text.people.correction;
  const mayCorrect = mayChangePeople(staff) && person.names.length > 0;
  if (!mayCorrect && person.corrections.length === 0) return null;
  return (
    <section class="card" aria-label={words.open}>
      {person.corrections.length > 0 && (
        <>
          <h2>{words.heading}</h2>
          <ul class="messages">
            {person.corrections.map(({ nameBefore, name, note, by, at }) => (
              <li>
                <span>
                  <bdi>{nameBefore}</bdi> <Icon name="forward" /> <bdi>{name}</bdi>
                </span>
                <bdi>{by}</bdi>
                <Moment view={view} at={at} />
                <span class="user-text" dir="auto">
                  {note}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
      {mayCorrect && <Form {...{ view, person, draft }} />}
    </section>
  );
};
