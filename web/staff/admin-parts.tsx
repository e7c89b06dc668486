import type { Child } from 'hono/jsx';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { BackLink } from '../components/back-link.tsx';
import { ErrorSummary, type Problems } from '../components/error-summary.tsx';
import { Icon } from '../components/icon.tsx';
import { Notice, NoticeBox } from '../components/notice.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import type { View } from '../view.ts';

export interface AdminProps {
  view: View;
  staff: StaffMember;
}

export const ADMIN_HOME = '/staff/admin';

type AdminList = 'members' | 'units' | 'reasons';
type AdminArea = AdminList | 'calendar' | 'statistics' | 'audit';

export const AdminNav = ({ view, current }: { view: View; current: AdminArea }) => {
  const { admin, statistics, audit } = view.text;
  const areas: [area: AdminArea, href: string, label: string][] = [
    ['members', `${ADMIN_HOME}/members`, admin.members.heading],
    ['units', `${ADMIN_HOME}/units`, admin.units.heading],
    ['reasons', `${ADMIN_HOME}/reasons`, admin.reasons.heading],
    ['calendar', `${ADMIN_HOME}/calendar`, admin.calendar.link],
    ['statistics', `${ADMIN_HOME}/statistics`, statistics.link],
    ['audit', '/staff/audit', audit.link],
  ];
  return (
    <nav class="tabs" aria-label={admin.title}>
      <ul>
        {areas.map(([area, href, label]) => (
          <li>
            <a href={href} aria-current={area === current ? ('page' as const) : undefined}>
              {label}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
};

export const ListFrame = ({
  view,
  staff,
  list,
  add,
  notice,
  children,
}: AdminProps & { list: AdminList; add: string; notice: string | undefined; children: Child }) => {
  const { admin, staffLetter } = view.text;
  const { heading } = admin[list];
  return (
    <StaffLayout view={view} title={heading} staff={staff}>
      <BackLink href="/staff" label={staffLetter.backToQueue} />
      <Notice view={view} code={notice} />
      <h1 id={list}>{heading}</h1>
      <AdminNav view={view} current={list} />
      <div class="admin-part">
        {staff.role === 'admin' ? (
          <AddLink href={`${ADMIN_HOME}/${list}/new`} label={add} />
        ) : (
          <p class="muted">{admin.readOnly}</p>
        )}
        {children}
      </div>
    </StaffLayout>
  );
};

export const FormFrame = ({
  view,
  staff,
  list,
  title,
  problems = {},
  stale = false,
  children,
}: AdminProps & {
  list: AdminList;
  title: string;
  problems?: Problems;
  stale?: boolean;
  children: Child;
}) => (
  <StaffLayout
    view={view}
    title={title}
    staff={staff}
    hasProblems={Object.keys(problems).length > 0}
  >
    <div class="narrow">
      <BackLink href={`${ADMIN_HOME}/${list}`} label={view.text.admin[list].heading} />
      <ErrorSummary view={view} problems={problems} />
      {stale && (
        <NoticeBox tone="warning" role="status">
          {view.text.admin.stale}
        </NoticeBox>
      )}
      {children}
    </div>
  </StaffLayout>
);

export const Submit = ({ label }: { label: string }) => (
  <div class="actions">
    <button type="submit" class="button">
      {label}
    </button>
  </div>
);

const AddLink = ({ href, label }: { href: string; label: string }) => (
  <p class="actions">
    <a class="button button--secondary" href={href}>
      <Icon name="plus" />
      {label}
    </a>
  </p>
);

export const RetireForm = ({
  action,
  version,
  label,
}: {
  action: string;
  version: number;
  label: string;
}) => (
  <form method="post" action={`${action}/retirement`}>
    <input type="hidden" name="version" value={String(version)} />
    <div class="actions">
      <button type="submit" class="button button--reject">
        <Icon name="minus" />
        {label}
      </button>
    </div>
  </form>
);
