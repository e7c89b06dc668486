import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { BackLink } from '../components/back-link.tsx';
import { subjectOf } from '../components/erased.tsx';
import { TextAreaField } from '../components/field.tsx';
import { LetterNumber } from '../components/letter-facts.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import type { View } from '../view.ts';
import { FormPanel, Opener, Openers, type Forms } from './letter-forms.tsx';
import type { StaffDraft } from './staff-letter.form.ts';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';

// What the page offers; the use case decides what is allowed.
export const mayAnnul = (staff: StaffMember, letter: StaffLetter): boolean =>
  staff.role === 'admin' &&
  letter.letterNumber !== null &&
  letter.annulledAt === null &&
  !letter.isOwn;

interface AnnulFormProps {
  view: View;
  letter: StaffLetter;
  draft: StaffDraft;
  forms: Forms;
}

export const AnnulBar = ({ view, forms }: Pick<AnnulFormProps, 'view' | 'forms'>) => (
  <Openers forms={forms}>
    <Opener {...{ forms }} name="annul" icon="minus" label={view.text.staffLetter.annul.submit} />
  </Openers>
);

export const AnnulPanel = ({
  view,
  letter,
  draft: { values, problems },
  forms,
}: AnnulFormProps) => {
  const { facts, staffLetter } = view.text;
  const words = staffLetter.annul;
  return (
    <FormPanel forms={forms} name="annul" heading={words.heading}>
      <form method="post" action={`/staff/letters/${letter.id}/annulment`} novalidate>
        <TextAreaField
          id="annulReason"
          label={facts.annulReason}
          hint={words.hint}
          problem={problems.annulReason}
          value={values.annulReason ?? ''}
          rows={2}
        />
        <TextAreaField
          id="annulInternal"
          label={words.internal}
          hint={words.internalHint}
          problem={problems.annulInternal}
          value={values.annulInternal ?? ''}
          rows={2}
        />
        <button type="submit" class="button button--secondary">
          {words.submit}
        </button>
      </form>
    </FormPanel>
  );
};

interface ConfirmAnnulmentPageProps {
  view: View;
  staff: StaffMember;
  letter: StaffLetter;
  reason: string;
  internal: string;
}

export const ConfirmAnnulmentPage = (props: ConfirmAnnulmentPageProps) => {
  const { view, staff, letter, reason, internal } = props;
  const { facts, staffLetter } = view.text;
  const words = staffLetter.annul;
  const href = `/staff/letters/${letter.id}`;
  const number = letter.letterNumber ?? '';
  return (
    <StaffLayout view={view} title={words.confirmTitle} staff={staff}>
      <BackLink href={href} label={staffLetter.confirmClosing.back} />
      <div class="card">
        <h1>{words.confirmTitle}</h1>
        <p class="lead">
          <LetterNumber view={view} number={number} /> <bdi>{subjectOf(view, letter)}</bdi>
        </p>
        <p class="note">{words.confirm(view.digits(number))}</p>
        <dl class="facts">
          <div>
            <dt>{facts.annulReason}</dt>
            <dd class="user-text" dir="auto">
              {reason}
            </dd>
          </div>
          {internal !== '' && (
            <div>
              <dt>{words.internal}</dt>
              <dd class="user-text" dir="auto">
                {internal}
              </dd>
            </div>
          )}
        </dl>
        <form method="post" action={`${href}/annulment`} class="actions">
          <input type="hidden" name="annulReason" value={reason} />
          <input type="hidden" name="annulInternal" value={internal} />
          <input type="hidden" name="confirmed" value="1" />
          <button type="submit" class="button button--reject">
            {words.submit}
          </button>
          <a class="button button--secondary" href={href}>
            {staffLetter.confirmClosing.back}
          </a>
        </form>
      </div>
    </StaffLayout>
  );
};
