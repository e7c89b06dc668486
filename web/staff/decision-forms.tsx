import { isOpen } from '../../src/platform/files/file-checks.ts';
import type { Unit } from '../../src/desk/administration/units.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { SelectField, TextAreaField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { NoticeBox } from '../components/notice.tsx';
import type { View } from '../view.ts';
import type { StaffDraft } from './staff-letter.form.ts';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';
import type { StockReason } from '../../src/desk/administration/stock-reasons.ts';

export interface LetterFormsProps {
  view: View;
  letter: StaffLetter;
  units: Unit[];
  draft: StaffDraft;
  reasons: StockReason[];
  /** Query of the queue: a decision then leads to its next letter. */
  queue?: string | undefined;
}

// What the page offers; the use cases decide what is allowed.
export const mayDecide = (staff: StaffMember, letter: StaffLetter): boolean =>
  (staff.role === 'reviewer' || staff.role === 'admin') &&
  letter.status === 'pending' &&
  letter.openDecision === null &&
  !letter.isOwn &&
  !letter.isOwnRejection &&
  !letter.damaged;

const QueueField = ({ queue }: Pick<LetterFormsProps, 'queue'>) =>
  queue === undefined ? null : <input type="hidden" name="queue" value={queue} />;

// A decision is about the version of the letter on this page.
const RoundField = ({ letter }: Pick<LetterFormsProps, 'letter'>) => (
  <input type="hidden" name="round" value={letter.round} />
);

// Without a script the chosen reason is sent as it is, if nothing is typed; with one it is copied
// into the text field.
const StockReasonField = ({
  view,
  draft,
  reasons,
  kind,
  into,
}: Pick<LetterFormsProps, 'view' | 'draft' | 'reasons'> & {
  kind: StockReason['kind'];
  into: string;
}) => {
  const words = view.text.staffLetter;
  const id = kind === 'reject' ? 'stockReason' : 'stockReturn';
  const options = reasons.filter((reason) => reason.kind === kind);
  // A field that is not there cannot say what is wrong with it.
  if (options.length === 0 && draft.problems[id] === undefined) return null;
  return (
    <SelectField
      id={id}
      label={words.stock[kind]}
      hint={words.stockHint}
      problem={draft.problems[id]}
      value={draft.values[id] ?? ''}
      prompt={words.stockPrompt}
      into={into}
      options={options.map(({ id: value, text }) => ({ value, label: text }))}
    />
  );
};

export const DecisionForms = ({ view, letter, units, draft, reasons, queue }: LetterFormsProps) => {
  const words = view.text.staffLetter;
  const href = `/staff/letters/${letter.id}`;
  return (
    <section class="card decision" aria-labelledby="decision">
      <h2 id="decision">{words.decisionHeading}</h2>
      {isOpen(letter.file) ? (
        <form method="post" action={`${href}/approval`} novalidate>
          <QueueField queue={queue} />
          <RoundField letter={letter} />
          <p class="muted">{words.approveText}</p>
          <SelectField
            id="unit"
            label={words.unit}
            problem={draft.problems.unit}
            value={draft.values.unit ?? letter.unitId}
            options={units.map(({ id, name }) => ({ value: id, label: name }))}
          />
          <button type="submit" class="button button--approve" data-go="approve">
            <Icon name="check" />
            {words.approve}
          </button>
        </form>
      ) : (
        <NoticeBox
          tone={letter.file.scan === 'infected' ? 'warning' : 'info'}
          icon={letter.file.scan === 'infected' ? 'alert' : 'clock'}
        >
          {letter.file.scan === 'infected' ? words.fileInfected : words.fileWaiting}
        </NoticeBox>
      )}
      <form method="post" action={`${href}/rejection`} novalidate>
        <QueueField queue={queue} />
        <RoundField letter={letter} />
        <StockReasonField {...{ view, draft, reasons }} kind="reject" into="reason" />
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
      <form method="post" action={`${href}/return`} novalidate>
        <QueueField queue={queue} />
        <RoundField letter={letter} />
        <StockReasonField {...{ view, draft, reasons }} kind="return" into="returnReason" />
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
    </section>
  );
};
