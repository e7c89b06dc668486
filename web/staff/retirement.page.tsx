import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { BackLink } from '../components/back-link.tsx';
import { Icon } from '../components/icon.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import type { View } from '../view.ts';

interface ConfirmRetirementPageProps {
  view: View;
  staff: StaffMember;
  href: string;
  words: { retireHeading: string; retireText: string; retire: string };
  what: string;
  left?: string;
  version: string;
}

export const ConfirmRetirementPage = (props: ConfirmRetirementPageProps) => {
  const { view, staff, href, words, what, left, version } = props;
  return (
    <StaffLayout view={view} title={words.retireHeading} staff={staff}>
      <div class="narrow">
        <BackLink href={href} label={view.text.admin.title} />
        <div class="card">
          <h1>{words.retireHeading}</h1>
          <p class="lead">
            <bdi>{what}</bdi>
          </p>
          <p class="note">{words.retireText}</p>
          {left !== undefined && <p>{left}</p>}
          <form method="post" action={`${href}/retirement`} class="actions">
            <input type="hidden" name="version" value={version} />
            <input type="hidden" name="confirmed" value="1" />
            <button type="submit" class="button button--reject">
              <Icon name="minus" />
              {words.retire}
            </button>
          </form>
        </div>
      </div>
    </StaffLayout>
  );
};
