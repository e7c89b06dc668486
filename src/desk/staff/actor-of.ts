import type { Actor } from '../../platform/audit/audit.sql.ts';
import type { AbsentMember, StaffMember } from './staff-member.ts';
import { absentDeciders, actingName } from './substitution.ts';

export const actorOf = ({ id, keyId }: Pick<StaffMember, 'id' | 'keyId'>): Actor =>
  keyId === undefined ? { kind: 'staff', id } : { kind: 'key', id: keyId };

export const doerOf = ({
  id,
  keyId,
}: Pick<StaffMember, 'id' | 'keyId'>):
  | { staffId: string; keyId: null }
  | { staffId: null; keyId: string } =>
  keyId === undefined ? { staffId: id, keyId: null } : { staffId: null, keyId };

/** Who did it in the record, for whom it was done, and both as people read it. */
export const actingAs = (
  locale: 'fa' | 'en',
  staff: StaffMember,
  absent: AbsentMember[],
): ReturnType<typeof doerOf> & { actingFor: string[]; name: string } => ({
  ...doerOf(staff),
  actingFor: absent.map(({ id }) => id),
  name: actingName(locale, staff, absent),
});

/** For rules about who has decided what: a substitute counts as both. */
export const deciderOf = (
  staff: StaffMember,
): ReturnType<typeof doerOf> & { actingFor: string[] } => ({
  ...doerOf(staff),
  actingFor: absentDeciders(staff).map(({ id }) => id),
});
