import type { Child } from 'hono/jsx';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { BackLink } from '../components/back-link.tsx';
import { ErrorSummary, type Problems } from '../components/error-summary.tsx';
import { Icon } from '../components/icon.tsx';
import { NoticeBox } from '../components/notice.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import type { View } from '../view.ts';

export interface AdminProps {
  view: View;
  staff: StaffMember;
}

export const ADMIN_HOME = '/staff/admin';

export const FormFrame = ({
  view,
  staff,
  title,
  problems = {},
  stale = false,
  children,
}: AdminProps & { title: string; problems?: Problems; stale?: boolean; children: Child }) => (
  <StaffLayout
    view={view}
    title={title}
    staff={staff}
    hasProblems={Object.keys(problems).length > 0}
  >
    <div class="narrow">
      <BackLink href={ADMIN_HOME} label={view.text.admin.title} />
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

export const AddLink = ({ href, label }: { href: string; label: string }) => (
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
