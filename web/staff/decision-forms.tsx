import { hasInfected, isOpen } from '../../src/platform/files/file-checks.ts';
import type { Unit } from '../../src/desk/administration/units.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { SelectField, TextAreaField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { NoticeBox } from '../components/notice.tsx';
import type { View } from '../view.ts';
import { FormPanel, Opener, Openers, type Forms } from './letter-forms.tsx';
import { StockReasons } from './stock-reasons.tsx';
import type { StaffDraft } from './staff-letter.form.ts';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';
import type { StockReason } from '../../src/desk/administration/stock-reasons.ts';

export interface LetterFormsProps {
  view: View;
  letter: StaffLetter;
  units: Unit[];
  draft: StaffDraft;
  reasons: StockReason[];
  forms: Forms;
}

// What the page offers; the use cases decide what is allowed.
export const mayDecide = (staff: StaffMember, letter: StaffLetter): boolean =>
  (staff.role === 'reviewer' || staff.role === 'admin') &&
  letter.status === 'pending' &&
  letter.openDecision === null &&
  !letter.isOwn &&
  !letter.isOwnRejection &&
  !letter.damaged;

// A decision leads to the next letter of its queue, and is about the version on this page.
const DecisionFields = ({
  letter,
  forms: { queue },
}: Pick<LetterFormsProps, 'letter' | 'forms'>) => (
  <>
    {queue !== undefined && <input type="hidden" name="queue" value={queue} />}
    <input type="hidden" name="round" value={letter.round} />
  </>
);

const ApprovalForm = ({ view, letter, units, draft, forms }: LetterFormsProps) => {
  const words = view.text.staffLetter;
  return (
    <form class="approval" method="post" action={`${forms.href}/approval`} novalidate>
      <DecisionFields letter={letter} forms={forms} />
      <SelectField
        id="unit"
        label={words.unit}
        problem={draft.problems.unit}
        value={draft.values.unit ?? letter.unitId}
        options={units.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <button
        type="submit"
        class="button button--approve"
        data-go="approve"
        aria-keyshortcuts={forms.keys ? 'a' : undefined}
      >
        <Icon name="check" />
        {words.approve}
      </button>
    </form>
  );
};

const ClosedFile = ({ view, letter }: Pick<LetterFormsProps, 'view' | 'letter'>) => {
  const words = view.text.staffLetter;
  const isInfected = hasInfected(letter.files);
  return (
    <NoticeBox tone={isInfected ? 'warning' : 'info'} icon={isInfected ? 'alert' : 'clock'}>
      {isInfected ? words.fileInfected : words.fileWaiting}
    </NoticeBox>
  );
};

export const DecisionBar = (props: LetterFormsProps) => {
  const { view, letter, forms } = props;
  const words = view.text.staffLetter;
  return (
    <section class="dock__bar" aria-labelledby="decision">
      <h2 id="decision" class="out-of-sight">
        {words.decisionHeading}
      </h2>
      {letter.files.every(isOpen) ? <ApprovalForm {...props} /> : <ClosedFile {...props} />}
      <Openers forms={forms}>
        <Opener
          {...{ forms }}
          name="reject"
          tone="reject"
          icon="cross"
          label={words.reject}
          shortcut="r"
        />
        <Opener {...{ forms }} name="return" icon="pencil" label={words.sendBack} shortcut="e" />
      </Openers>
    </section>
  );
};

export const DecisionPanels = ({ view, letter, draft, reasons, forms }: LetterFormsProps) => {
  const words = view.text.staffLetter;
  return (
    <>
      <FormPanel forms={forms} name="reject" heading={words.rejectHeading}>
        <form method="post" action={`${forms.href}/rejection`} novalidate>
          <DecisionFields letter={letter} forms={forms} />
          <StockReasons {...{ view, draft, reasons }} kind="reject" into="reason" />
          <TextAreaField
            id="reason"
            label={words.reason}
            hint={words.reasonHint}
            problem={draft.problems.reason}
            value={draft.values.reason ?? ''}
            rows={3}
          />
          <button type="submit" class="button button--reject">
            <Icon name="cross" />
            {words.reject}
          </button>
        </form>
      </FormPanel>
      <FormPanel forms={forms} name="return" heading={words.returnHeading}>
        <form method="post" action={`${forms.href}/return`} novalidate>
          <DecisionFields letter={letter} forms={forms} />
          <StockReasons {...{ view, draft, reasons }} kind="return" into="returnReason" />
          <TextAreaField
            id="returnReason"
            label={words.returnReason}
            hint={words.returnHint}
            problem={draft.problems.returnReason}
            value={draft.values.returnReason ?? ''}
            rows={3}
          />
          <button type="submit" class="button button--secondary">
            <Icon name="pencil" />
            {words.sendBack}
          </button>
        </form>
      </FormPanel>
    </>
  );
};
