export type StaffRole = 'reviewer' | 'unit' | 'head' | 'admin' | 'auditor';

/** A member of units, who sees and does only what is theirs. A head also hears of what is late. */
export const isOfUnit = ({ role }: { role: StaffRole }): boolean =>
  role === 'unit' || role === 'head';

export interface StaffMember {
  id: string;
  username: string;
  name: string;
  role: StaffRole;
  unitIds: string[];
  /** Another system in the place of a member, by this key; `id` is the same. Absent: a person. */
  keyId?: string;
  /** As that of an applicant. */
  sessionSeconds?: number;
}
