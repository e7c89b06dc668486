export type StaffRole = 'reviewer' | 'unit' | 'head' | 'admin' | 'auditor';

export const isOfUnit = ({ role }: { role: StaffRole }): boolean =>
  role === 'unit' || role === 'head';

export interface AbsentMember {
  id: string;
  name: string;
  role: StaffRole;
  unitIds: string[];
}

export interface Substitution {
  id: string;
  /** Of whom. */
  name: string;
  /** Gregorian, both in. */
  firstDay: string;
  lastDay: string;
}

export interface StaffMember {
  id: string;
  username: string;
  name: string;
  role: StaffRole;
  unitIds: string[];
  /** For whom they act now; `unitIds` then holds their units too. */
  actsFor?: AbsentMember[];
  /** API key that acts in the place of this member, whose `id` it is. */
  keyId?: string;
  sessionSeconds?: number;
  proven?: boolean;
}
