import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { SelectField, TextAreaField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { KeyField } from '../components/kept-values.tsx';
import { RemoveHeldFile, UploadField } from '../components/upload-field.tsx';
import type { LetterFormsProps } from './decision-forms.tsx';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';

/** The letter is with this member's unit, or the member acts for every unit. */
export const holds = (staff: StaffMember, letter: Pick<StaffLetter, 'unitId'> | null): boolean =>
  staff.role === 'admin' ||
  (staff.role === 'unit' && letter !== null && staff.unitIds.includes(letter.unitId));

/** What the page offers; the desk itself decides what is allowed. */
export const mayAct = (staff: StaffMember, letter: StaffLetter): boolean =>
  letter.status === 'approved' &&
  letter.step !== 'closed' &&
  !letter.isOwn &&
  !letter.damaged &&
  holds(staff, letter);

/** The same form sent twice, as by a second click, is one action. */
export const ActionKey = ({
  value = crypto.randomUUID(),
  of,
}: {
  value?: string | undefined;
  /** Where the form is sent. */
  of: string;
}) => <KeyField name="actionKey" value={value} of={of} />;

export const UnitForms = ({ view, letter, units, draft }: LetterFormsProps) => {
  const words = view.text.staffLetter;
  const { values, problems } = draft;
  const href = `/staff/letters/${letter.id}`;
  return (
    <section class="card unit-forms" aria-labelledby="unit-work">
      <h2 id="unit-work">{words.unitHeading}</h2>
      <form method="post" action={`${href}/replies`} enctype="multipart/form-data" novalidate>
        <ActionKey value={values.replyKey} of={`${href}/replies`} />
        <h3>{words.replyHeading}</h3>
        <TextAreaField
          id="replyText"
          label={words.replyText}
          problem={problems.replyText}
          value={values.replyText ?? ''}
          rows={5}
        />
        <UploadField
          view={view}
          held={draft.held}
          id="replyFile"
          label={words.replyFile}
          hint={words.replyFileHint(view.maxFileMegabytes)}
          problem={problems.replyFile}
        />
        <div class="actions">
          <button type="submit" class="button">
            <Icon name="reply" />
            {words.replySubmit}
          </button>
          <RemoveHeldFile view={view} held={draft.held} field="replyFile" />
        </div>
      </form>
      <form method="post" action={`${href}/updates`} novalidate>
        <ActionKey of={`${href}/updates`} />
        <h3>{words.updateHeading}</h3>
        <TextAreaField
          id="update"
          label={words.update}
          hint={words.updateHint}
          problem={problems.update}
          value={values.update ?? ''}
          rows={3}
        />
        <button type="submit" class="button button--secondary">
          {words.updateSubmit}
        </button>
      </form>
      <form method="post" action={`${href}/notes`} novalidate>
        <ActionKey of={`${href}/notes`} />
        <h3>{words.noteHeading}</h3>
        <TextAreaField
          id="note"
          label={words.note}
          hint={words.noteHint}
          problem={problems.note}
          value={values.note ?? ''}
          rows={3}
        />
        <button type="submit" class="button button--secondary">
          {words.noteSubmit}
        </button>
      </form>
      <form method="post" action={`${href}/referrals`} novalidate>
        <ActionKey of={`${href}/referrals`} />
        <h3>{words.referHeading}</h3>
        <SelectField
          id="referUnit"
          label={words.referUnit}
          problem={problems.referUnit}
          value={values.referUnit}
          prompt={view.text.newLetter.unitChoose}
          options={units
            .filter(({ id }) => id !== letter.unitId)
            .map(({ id, name }) => ({ value: id, label: name }))}
        />
        <TextAreaField
          id="referText"
          label={words.referText}
          hint={words.referTextHint}
          problem={problems.referText}
          value={values.referText ?? ''}
          rows={2}
        />
        <button type="submit" class="button button--secondary">
          <Icon name="forward" />
          {words.refer}
        </button>
      </form>
      <form method="post" action={`${href}/closing`} novalidate>
        <ActionKey of={`${href}/closing`} />
        <h3>{words.closeHeading}</h3>
        <TextAreaField
          id="closeReason"
          label={view.text.facts.closeReason}
          hint={letter.replies > 0 ? words.closeReasonOptional : words.closeReasonNeeded}
          problem={problems.closeReason}
          value={values.closeReason ?? ''}
          rows={2}
        />
        <button type="submit" class="button button--secondary">
          {words.close}
        </button>
      </form>
    </section>
  );
};
