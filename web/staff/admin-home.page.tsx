import { BackLink } from '../components/back-link.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import { ADMIN_GROUPS, adminPath } from './admin-areas.ts';
import { groupNames } from './admin-parts.tsx';
import type { AdminProps } from './admin-parts.tsx';

export const AdminHomePage = ({ view, staff }: AdminProps) => {
  const words = view.text.admin;
  return (
    <StaffLayout view={view} title={words.title} staff={staff}>
      <BackLink href="/staff" label={view.text.staffLetter.backToQueue} />
      <h1>{words.title}</h1>
      {groupNames.map((group) => (
        <section class="admin-group" aria-labelledby={`group-${group}`}>
          <h2 id={`group-${group}`}>{words.groups[group]}</h2>
          <ul class="admin-list">
            {ADMIN_GROUPS[group].map((area) => (
              <li>
                <a href={adminPath(area)}>{words.areas[area].name}</a>
                <p class="muted">{words.areas[area].about}</p>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </StaffLayout>
  );
};
