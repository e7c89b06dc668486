import type { Person } from '../../src/desk/people/open-person.ts';
import { mayChangePeople } from '../../src/desk/people/people-access.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { SelectField, TextField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { Moment } from '../components/letter-facts.tsx';
import type { View } from '../view.ts';
import { PersonForm } from './person-form.tsx';
import type { StaffDraft } from './staff-letter.form.ts';

interface NamePartProps {
  view: View;
  staff: StaffMember;
  person: Person;
  draft: StaffDraft;
}

const Form = ({ view, person, draft }: Omit<NamePartProps, 'staff'>) => {
  const words = view.text.people.correction;
  const { values, problems } = draft;
  const action = `/staff/people/${person.id}/name`;
  const fields = ['nameBefore', 'name'];
  return (
    <PersonForm {...{ view, action, words, fields, draft }} reasonId="nameReason">
      <SelectField
        id="nameBefore"
        label={words.before}
        problem={problems.nameBefore}
        value={values.nameBefore ?? person.names[0]}
        options={person.names.map((name) => ({ value: name, label: name }))}
      />
      <TextField id="name" label={words.name} problem={problems.name} value={values.name ?? ''} />
    </PersonForm>
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
