export type StaffRole = 'reviewer' | 'unit' | 'head' | 'admin' | 'auditor';

export const isOfUnit = ({ role }: { role: StaffRole }): boolean =>
  role === 'unit' || role === 'head';

export interface StaffMember {
  id: string;
  username: string;
  name: string;
  role: StaffRole;
  unitIds: string[];
  /** API key that acts in the place of this member, whose `id` it is. */
  keyId?: string;
  sessionSeconds?: number;
}
