import { isOfUnit } from '../../src/desk/staff/staff-member.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { SelectField, TextAreaField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { KeyField } from '../components/kept-values.tsx';
import { RemoveHeldFiles, UploadField } from '../components/upload-field.tsx';
import type { LetterFormsProps } from './decision-forms.tsx';
import { ConsultForm } from './consultation-forms.tsx';
import { FormPanel, Opener, Openers } from './letter-forms.tsx';
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
      <TextAreaField
        id="replyText"
        label={words.replyText}
        problem={problems.replyText}
        value={values.replyText ?? letter.sentBackReply?.reveal() ?? ''}
        rows={5}
      />
      <UploadField
        view={view}
        held={draft.held ?? []}
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
        <RemoveHeldFiles view={view} held={draft.held ?? []} field="replyFile" />
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

// «پس گرفتن»: until the other unit acts.
export const TakeBack = ({ view, letter }: Pick<LetterFormsProps, 'view' | 'letter'>) => {
  if (letter.recallableId === undefined) return null;
  const words = view.text.staffLetter;
  const href = `/staff/letters/${letter.id}/referral-withdrawal`;
  return (
    <form method="post" action={href} class="dock__bar">
      <ActionKey of={href} />
      <input type="hidden" name="referral" value={letter.recallableId} />
      <p class="note">{words.takeBackHint}</p>
      <button type="submit" class="button button--secondary">
        <Icon name="undo" />
        {words.takeBack}
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

export const UnitBar = ({ view, letter, forms }: LetterFormsProps) => {
  const words = view.text.staffLetter;
  const isFree = letter.heldReply === undefined;
  return (
    <section class="dock__bar" aria-labelledby="unit-work">
      <h2 id="unit-work">{words.unitHeading}</h2>
      <Openers forms={forms}>
        {isFree && <Opener {...{ forms }} name="reply" icon="reply" label={words.replySubmit} />}
        <Opener {...{ forms }} name="update" icon="info" label={words.updateSubmit} />
        <Opener {...{ forms }} name="note" icon="lock" label={words.note} />
        {letter.step === 'with_unit' && (
          <Opener {...{ forms }} name="ask" icon="help" label={view.text.question.ask} />
        )}
        {letter.step === 'with_unit' && (
          <Opener {...{ forms }} name="consult" icon="message" label={view.text.consultation.ask} />
        )}
        {isFree && <Opener {...{ forms }} name="refer" icon="forward" label={words.refer} />}
        {isFree && <Opener {...{ forms }} name="close" icon="check" label={words.close} />}
      </Openers>
    </section>
  );
};

export const UnitPanels = (props: LetterFormsProps) => {
  const { view, letter, forms } = props;
  const words = view.text.staffLetter;
  const isFree = letter.heldReply === undefined;
  return (
    <>
      {isFree && (
        <FormPanel forms={forms} name="reply" heading={words.replyHeading}>
          <ReplyForm {...props} />
        </FormPanel>
      )}
      <FormPanel forms={forms} name="update" heading={words.updateHeading}>
        <UpdateForm {...props} />
      </FormPanel>
      <FormPanel forms={forms} name="note" heading={words.noteHeading}>
        <NoteForm {...props} />
      </FormPanel>
      {letter.step === 'with_unit' && (
        <FormPanel forms={forms} name="ask" heading={view.text.question.ask}>
          <QuestionForms {...props} />
        </FormPanel>
      )}
      {letter.step === 'with_unit' && (
        <FormPanel forms={forms} name="consult" heading={view.text.consultation.heading}>
          <ConsultForm {...props} />
        </FormPanel>
      )}
      {isFree && (
        <>
          <FormPanel forms={forms} name="refer" heading={words.referHeading}>
            <ReferralForm {...props} />
          </FormPanel>
          <FormPanel forms={forms} name="close" heading={words.closeHeading}>
            <ClosingForm {...props} />
          </FormPanel>
        </>
      )}
    </>
  );
};
