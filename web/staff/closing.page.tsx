import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { BackLink } from '../components/back-link.tsx';
import { subjectOf } from '../components/erased.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import type { View } from '../view.ts';
import { ActionKey } from './unit-forms.tsx';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';

interface ConfirmClosingPageProps {
  view: View;
  staff: StaffMember;
  letter: StaffLetter;
}

export const ConfirmClosingPage = ({ view, staff, letter }: ConfirmClosingPageProps) => {
  const { close, confirmClosing: words } = view.text.staffLetter;
  const href = `/staff/letters/${letter.id}`;
  return (
    <StaffLayout view={view} title={words.title} staff={staff}>
      <BackLink href={href} label={words.back} />
      <div class="card">
        <h1>{words.title}</h1>
        <p class="lead">
          <bdi>{subjectOf(view, letter)}</bdi>
        </p>
        <p class="note">{words.lead}</p>
        <form method="post" action={`${href}/closing`} class="actions">
          <ActionKey of={`${href}/closing`} />
          <input type="hidden" name="confirmed" value="1" />
          <button type="submit" class="button button--reject">
            {close}
          </button>
          <a class="button button--secondary" href={href}>
            {words.back}
          </a>
        </form>
      </div>
    </StaffLayout>
  );
};
