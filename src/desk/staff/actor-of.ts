import type { Actor } from '../../platform/audit/audit.sql.ts';
import type { AbsentMember, StaffMember } from './staff-member.ts';
import { absentDeciders, absentOfUnit, actingName } from './substitution.ts';

export const actorOf = ({ id, keyId }: Pick<StaffMember, 'id' | 'keyId'>): Actor =>
  keyId === undefined ? { kind: 'staff', id } : { kind: 'key', id: keyId };

export const doerOf = ({
  id,
  keyId,
}: Pick<StaffMember, 'id' | 'keyId'>):
  | { staffId: string; keyId: null }
  | { staffId: null; keyId: string } =>
  keyId === undefined ? { staffId: id, keyId: null } : { staffId: null, keyId };

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

export const unitDoerOf = (
  staff: StaffMember,
  unitId: string,
): ReturnType<typeof doerOf> & { actingFor: string[] } => ({
  ...doerOf(staff),
  actingFor: absentOfUnit(staff, unitId).map(({ id }) => id),
});

type Doer = { staffId: string | null; keyId: string | null; actingFor: string[] };

export const isSameDoer = (one: Doer, other: Doer): boolean => {
  if (one.keyId !== null || other.keyId !== null) return one.keyId === other.keyId;
  const people = ({ staffId, actingFor }: Doer): (string | null)[] => [staffId, ...actingFor];
  return people(one).some((id) => people(other).includes(id));
};
