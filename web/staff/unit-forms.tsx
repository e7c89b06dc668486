import { isOfUnit } from '../../src/desk/staff/staff-member.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { SelectField, TextAreaField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { KeyField } from '../components/kept-values.tsx';
import { RemoveHeldFile, UploadField } from '../components/upload-field.tsx';
import type { LetterFormsProps } from './decision-forms.tsx';
import { QuestionForms } from './question-forms.tsx';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';

export const holds = (staff: StaffMember, letter: Pick<StaffLetter, 'unitId'> | null): boolean =>
  staff.role === 'admin' ||
  (isOfUnit(staff) && letter !== null && staff.unitIds.includes(letter.unitId));

// What the page offers; the use cases decide what is allowed.
export const mayAct = (staff: StaffMember, letter: StaffLetter): boolean =>
  letter.status === 'approved' &&
  letter.step !== 'closed' &&
  !letter.isOwn &&
  !letter.damaged &&
  holds(staff, letter);

// The same form sent twice, as by a second click, is one action.
export const ActionKey = ({
  value = crypto.randomUUID(),
  of,
}: {
  value?: string | undefined;
  of: string;
}) => <KeyField name="actionKey" value={value} of={of} />;

const ReplyForm = ({ view, letter, draft }: LetterFormsProps) => {
  const words = view.text.staffLetter;
  const { values, problems } = draft;
  const href = `/staff/letters/${letter.id}/replies`;
  return (
    <form method="post" action={href} enctype="multipart/form-data" novalidate>
      <ActionKey value={values.replyKey} of={href} />
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
  );
};

const UpdateForm = ({ view, letter, draft }: LetterFormsProps) => {
  const words = view.text.staffLetter;
  const { values, problems } = draft;
  const href = `/staff/letters/${letter.id}/updates`;
  return (
    <form method="post" action={href} novalidate>
      <ActionKey of={href} />
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
  );
};

const NoteForm = ({ view, letter, draft }: LetterFormsProps) => {
  const words = view.text.staffLetter;
  const { values, problems } = draft;
  const href = `/staff/letters/${letter.id}/notes`;
  return (
    <form method="post" action={href} novalidate>
      <ActionKey of={href} />
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
  );
};

const ReferralForm = ({ view, letter, units, draft }: LetterFormsProps) => {
  const words = view.text.staffLetter;
  const { values, problems } = draft;
  const href = `/staff/letters/${letter.id}/referrals`;
  return (
    <form method="post" action={href} novalidate>
      <ActionKey of={href} />
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
  );
};

const ClosingForm = ({ view, letter, draft }: LetterFormsProps) => {
  const words = view.text.staffLetter;
  const { values, problems } = draft;
  const href = `/staff/letters/${letter.id}/closing`;
  return (
    <form method="post" action={href} novalidate>
      <ActionKey of={href} />
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
  );
};

export const UnitForms = (props: LetterFormsProps) => (
  <section class="card unit-forms" aria-labelledby="unit-work">
    <h2 id="unit-work">{props.view.text.staffLetter.unitHeading}</h2>
    <ReplyForm {...props} />
    <UpdateForm {...props} />
    <NoteForm {...props} />
    <QuestionForms {...props} />
    <ReferralForm {...props} />
    <ClosingForm {...props} />
  </section>
);
