import type {
  AdministeredMember,
  AdministeredReason,
  AdministeredUnit,
} from '../../src/desk/administration/administration.ts';
import { BackLink } from '../components/back-link.tsx';
import { Notice } from '../components/notice.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import { ADMIN_HOME } from './admin-parts.tsx';
import type { AdminProps } from './admin-parts.tsx';
import { MemberList } from './members.page.tsx';
import { ReasonList } from './reasons.page.tsx';
import { UnitList } from './units.page.tsx';

const StandingLink = ({ href, label }: { href: string; label: string }) => (
  <p>
    <a class="standing-link" href={href}>
      {label}
    </a>
  </p>
);

export const AdminPage = ({
  view,
  staff,
  units,
  members,
  reasons,
  notice,
}: AdminProps & {
  units: AdministeredUnit[];
  reasons: AdministeredReason[];
  members: AdministeredMember[];
  notice: string | undefined;
}) => {
  const words = view.text.admin;
  return (
    <StaffLayout view={view} title={words.title} staff={staff}>
      <BackLink href="/staff" label={view.text.staffLetter.backToQueue} />
      <Notice view={view} code={notice} />
      <h1>{words.title}</h1>
      {staff.role !== 'admin' && <p class="muted">{words.readOnly}</p>}
      <StandingLink href={`${ADMIN_HOME}/statistics`} label={view.text.statistics.link} />
      <StandingLink href="/staff/audit" label={view.text.audit.link} />
      <StandingLink href={`${ADMIN_HOME}/calendar`} label={words.calendar.link} />
      <MemberList view={view} staff={staff} members={members} units={units} />
      <UnitList view={view} staff={staff} units={units} />
      <ReasonList view={view} staff={staff} reasons={reasons} />
    </StaffLayout>
  );
};
