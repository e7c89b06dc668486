import type { Child } from 'hono/jsx';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { BackLink } from '../components/back-link.tsx';
import { ErrorSummary, type Problems } from '../components/error-summary.tsx';
import { Icon } from '../components/icon.tsx';
import { Notice, NoticeBox } from '../components/notice.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import type { View } from '../view.ts';
import { ADMIN_GROUPS, ADMIN_HOME, adminPath } from './admin-areas.ts';
import type { AdminArea } from './admin-areas.ts';

export interface AdminProps {
  view: View;
  staff: StaffMember;
}

export const groupNames = Object.keys(ADMIN_GROUPS) as (keyof typeof ADMIN_GROUPS)[];

type AdminList = 'members' | 'units' | 'reasons' | 'texts' | 'registers' | 'keys' | 'webhooks';

const AdminNav = ({ view, current }: { view: View; current: AdminArea }) => {
  const words = view.text.admin;
  return (
    <nav class="admin-nav" aria-label={words.title}>
      {groupNames.map((group) => (
        <>
          <p class="admin-nav__group" id={`nav-${group}`}>
            {words.groups[group]}
          </p>
          <ul aria-labelledby={`nav-${group}`}>
            {ADMIN_GROUPS[group].map((area) => (
              <li>
                <a
                  href={adminPath(area)}
                  aria-current={area === current ? ('page' as const) : undefined}
                >
                  {words.areas[area].name}
                </a>
              </li>
            ))}
          </ul>
        </>
      ))}
    </nav>
  );
};

export const AdminPage = ({
  view,
  staff,
  area,
  notice,
  problems = {},
  stale = false,
  children,
}: AdminProps & {
  area: AdminArea;
  notice?: string | undefined;
  problems?: Problems;
  stale?: boolean;
  children: Child;
}) => {
  const words = view.text.admin;
  const { name } = words.areas[area];
  const hasProblems = Object.keys(problems).length > 0;
  return (
    <StaffLayout view={view} title={name} staff={staff} hasProblems={hasProblems}>
      <div class="admin">
        {/* A phone has the list of areas as a page of its own. */}
        <BackLink href={ADMIN_HOME} label={words.title} />
        <AdminNav view={view} current={area} />
        <div>
          <ErrorSummary view={view} problems={problems} />
          {stale ? <StaleNotice view={view} /> : <Notice view={view} code={notice} />}
          <h1 id={area}>{name}</h1>
          {children}
        </div>
      </div>
    </StaffLayout>
  );
};

export const ListFrame = ({
  view,
  staff,
  list,
  add,
  notice,
  children,
}: AdminProps & { list: AdminList; add: string; notice: string | undefined; children: Child }) => (
  <AdminPage view={view} staff={staff} area={list} notice={notice}>
    <div class="admin-part">
      {staff.role === 'admin' ? (
        <AddLink href={`${adminPath(list)}/new`} label={add} />
      ) : (
        <p class="muted">{view.text.admin.readOnly}</p>
      )}
      {children}
    </div>
  </AdminPage>
);

const StaleNotice = ({ view }: { view: View }) => (
  <NoticeBox tone="warning" role="status">
    {view.text.admin.stale}
  </NoticeBox>
);

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
      <BackLink href={adminPath(list)} label={view.text.admin.areas[list].name} />
      <ErrorSummary view={view} problems={problems} />
      {stale && <StaleNotice view={view} />}
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

export const HandedOver = ({
  title,
  text,
  secret,
}: Record<'title' | 'text' | 'secret', string>) => (
  <div class="card">
    <h1>{title}</h1>
    <p>{text}</p>
    <p class="handed-over">
      <bdi dir="ltr" class="code secret">
        {secret}
      </bdi>
    </p>
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
