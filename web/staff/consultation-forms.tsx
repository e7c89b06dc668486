import { MAX_CONSULTED_AT_ONCE, openConsultationOf } from '../../src/desk/letters/consultations.ts';
import type { Consultation } from '../../src/desk/letters/consultations.ts';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { SelectField, TextAreaField, TextField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { KeyField } from '../components/kept-values.tsx';
import { Moment } from '../components/letter-facts.tsx';
import { NoticeBox } from '../components/notice.tsx';
import type { View } from '../view.ts';
import type { LetterFormsProps } from './decision-forms.tsx';
import { FormPanel, Opener, Openers } from './letter-forms.tsx';

export const CONSULT_ROWS = Array.from({ length: MAX_CONSULTED_AT_ONCE }, (_, row) => row + 1);
export const unitFieldId = (row: number): string => `consultUnit${row}`;
export const daysFieldId = (row: number): string => `consultDays${row}`;

const USUAL_DAYS = 3;

export const ConsultForm = ({ view, letter, units, draft }: LetterFormsProps) => {
  const words = view.text.consultation;
  const { values, problems } = draft;
  const href = `/staff/letters/${letter.id}/consultations`;
  const waiting = letter.consultations.filter(({ endedAt }) => endedAt === null);
  const isFree = (id: string): boolean =>
    id !== letter.unitId && waiting.every(({ unitId }) => unitId !== id);
  const options = units
    .filter(({ id }) => isFree(id))
    .map(({ id, name }) => ({ value: id, label: name }));
  return (
    <form method="post" action={href} novalidate>
      <KeyField name="actionKey" value={crypto.randomUUID()} of={href} />
      {CONSULT_ROWS.map((row) => (
        <>
          <SelectField
            id={unitFieldId(row)}
            label={words.unit(view.digits(row))}
            problem={problems[unitFieldId(row)]}
            value={values[unitFieldId(row)]}
            prompt={row === 1 ? view.text.newLetter.unitChoose : words.nobody}
            options={options}
          />
          <TextField
            id={daysFieldId(row)}
            label={words.days(view.digits(row))}
            problem={problems[daysFieldId(row)]}
            value={values[daysFieldId(row)] ?? view.digits(USUAL_DAYS)}
            inputmode="numeric"
            width="code"
          />
        </>
      ))}
      <TextAreaField
        id="consultText"
        label={words.text}
        hint={words.textHint}
        problem={problems.consultText}
        value={values.consultText ?? ''}
        rows={3}
      />
      <button type="submit" class="button button--secondary">
        {words.ask}
      </button>
    </form>
  );
};

// What the page offers; the use case decides what is allowed.
export const mayOpine = (staff: StaffMember, letter: StaffLetter): boolean =>
  !letter.isOwn && !letter.damaged && openConsultationOf(staff, letter.consultations) !== undefined;

export const OpinionBar = ({ view, forms }: LetterFormsProps) => {
  const words = view.text.consultation;
  return (
    <section class="dock__bar" aria-labelledby="opinion-bar">
      <h2 id="opinion-bar">{words.heading}</h2>
      <Openers forms={forms}>
        <Opener {...{ forms }} name="opine" icon="lock" label={words.opine} />
      </Openers>
    </section>
  );
};

export const OpinionPanel = (props: LetterFormsProps & { staff: StaffMember }) => {
  const { view, letter, draft, forms, staff } = props;
  const words = view.text.consultation;
  const href = `/staff/letters/${letter.id}/opinions`;
  const asked = openConsultationOf(staff, letter.consultations);
  return (
    <FormPanel forms={forms} name="opine" heading={words.opinionHeading}>
      <form method="post" action={href} novalidate>
        <KeyField name="actionKey" value={crypto.randomUUID()} of={href} />
        <input type="hidden" name="consultation" value={asked?.id ?? ''} />
        <TextAreaField
          id="opinion"
          label={words.opinion}
          hint={words.textHint}
          problem={draft.problems.opinion}
          value={draft.values.opinion ?? ''}
          rows={4}
        />
        <button type="submit" class="button">
          {words.opine}
        </button>
      </form>
    </FormPanel>
  );
};

export const ConsultedNotice = ({
  view,
  letter,
  staff,
}: {
  view: View;
  letter: StaffLetter;
  staff: StaffMember;
}) => {
  const words = view.text.consultation;
  const isOpen = openConsultationOf(staff, letter.consultations) !== undefined;
  return (
    <NoticeBox tone="info" icon="message">
      {isOpen ? words.yours : words.given} <bdi>{letter.unit}</bdi>
    </NoticeBox>
  );
};

const stateOf = ({ outcome, overdueAt }: Consultation): 'waiting' | 'overdue' | 'answered' => {
  if (outcome === 'answered') return 'answered';
  return overdueAt === null ? 'waiting' : 'overdue';
};

const Given = ({ view, isGiven }: { view: View; isGiven: boolean }) => {
  const { states } = view.text.consultation;
  return isGiven ? (
    <span class="message-state message-state--delivered">
      <Icon name="check" />
      {states.answered}
    </span>
  ) : (
    <span class="message-state">{states.waiting}</span>
  );
};

const State = ({ view, consultation }: { view: View; consultation: Consultation }) => {
  const { states, until } = view.text.consultation;
  const { outcome, dueAt, endedAt } = consultation;
  if (outcome === 'withdrawn' || outcome === 'ended')
    return <span class="muted">{states[outcome]}</span>;
  const state = stateOf(consultation);
  return (
    <>
      {state === 'overdue' ? (
        <strong class="overdue">
          <Icon name="alert" />
          {states.overdue}
        </strong>
      ) : (
        <Given view={view} isGiven={state === 'answered'} />
      )}
      {state !== 'answered' && dueAt !== null && (
        <>
          {until} <Moment view={view} at={dueAt} />
        </>
      )}
      {endedAt !== null && <Moment view={view} at={endedAt} />}
    </>
  );
};

export const Consultations = ({
  view,
  letter,
  mayWithdraw,
}: {
  view: View;
  letter: StaffLetter;
  mayWithdraw: boolean;
}) => {
  const words = view.text.consultation;
  if (letter.consultations.length === 0) return null;
  const href = `/staff/letters/${letter.id}/consultation-withdrawal`;
  return (
    <section class="card" aria-labelledby="consultations">
      <h2 id="consultations">
        <Icon name="message" />
        {words.listHeading}
      </h2>
      <ul class="messages">
        {letter.consultations.map((one) => (
          <li data-consultation={one.outcome ?? stateOf(one)}>
            <bdi>{one.unit}</bdi>
            <State view={view} consultation={one} />
            {mayWithdraw && one.endedAt === null && (
              <form method="post" action={href}>
                <KeyField name="actionKey" value={crypto.randomUUID()} of={href} />
                <input type="hidden" name="consultation" value={one.id} />
                <button type="submit" class="button button--small button--secondary">
                  {words.withdraw} <span class="out-of-sight">{one.unit}</span>
                </button>
              </form>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
};
