import type { DeadlineExplanation } from '../../src/desk/letters/deadlines.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { DeadlineAccount } from '../components/deadline.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import type { View } from '../view.ts';

export const StaffDeadlinePage = ({
  view,
  staff,
  explanation,
}: {
  view: View;
  staff: StaffMember;
  explanation: DeadlineExplanation;
}) => (
  <StaffLayout view={view} title={view.text.deadline.title} staff={staff}>
    <DeadlineAccount
      view={view}
      explanation={explanation}
      href={`/staff/letters/${explanation.letterId}`}
    />
  </StaffLayout>
);
