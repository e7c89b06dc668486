export type StaffRole = 'reviewer' | 'unit' | 'admin' | 'auditor';

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
