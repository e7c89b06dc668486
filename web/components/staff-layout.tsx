import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { Layout } from './layout.tsx';
import type { LayoutProps } from './layout.tsx';

interface StaffLayoutProps extends Omit<LayoutProps, 'area' | 'signedIn'> {
  staff: Pick<StaffMember, 'name' | 'role'>;
}

export const StaffLayout = ({ staff: { name, role }, ...page }: StaffLayoutProps) => (
  <Layout {...page} area="staff" signedIn={{ area: 'staff', name, role }} />
);
