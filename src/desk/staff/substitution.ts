/**
 * A member acts for those who are away and have named them. What they do then says so, and every rule
 * about who may do something is asked of both.
 */
import type { Handle } from '../../platform/base/database.ts';
import { listAbsentFor } from './absences.sql.ts';
import { isOfUnit } from './staff-member.ts';
import type { AbsentMember, StaffMember } from './staff-member.ts';

export const withSubstitution = async <Member extends StaffMember>(
  db: Handle,
  member: Member,
): Promise<Member> => {
  const actsFor = await listAbsentFor(db, member.id);
  if (actsFor.length === 0) return member;
  const unitIds = isOfUnit(member)
    ? [...new Set([...member.unitIds, ...actsFor.flatMap((absent) => absent.unitIds)])]
    : member.unitIds;
  return { ...member, unitIds, actsFor };
};

export const absentDeciders = ({ actsFor = [] }: StaffMember): AbsentMember[] =>
  actsFor.filter(({ role }) => role === 'reviewer' || role === 'admin');

export const absentOfUnit = ({ actsFor = [] }: StaffMember, unitId: string): AbsentMember[] =>
  actsFor.filter(
    (absent) => absent.role === 'admin' || (isOfUnit(absent) && absent.unitIds.includes(unitId)),
  );

export const absentAdmins = ({ actsFor = [] }: StaffMember): AbsentMember[] =>
  actsFor.filter(({ role }) => role === 'admin');

const ON_BEHALF_OF = { fa: 'به جای', en: 'on behalf of' };

const listOf = (locale: keyof typeof ON_BEHALF_OF, absent: Pick<AbsentMember, 'name'>[]): string =>
  new Intl.ListFormat(locale).format(absent.map(({ name }) => name));

/** «ب به جای الف»: as the record names who acts, in the organisation's language. */
export const actingName = (
  locale: keyof typeof ON_BEHALF_OF,
  { name }: Pick<StaffMember, 'name'>,
  absent: Pick<AbsentMember, 'name'>[],
): string => {
  if (absent.length === 0) return name;
  return `${name} ${ON_BEHALF_OF[locale]} ${listOf(locale, absent)}`;
};

export const actingDetails = (absent: Pick<AbsentMember, 'name'>[]): { for?: string } =>
  absent.length === 0 ? {} : { for: absent.map(({ name }) => name).join('، ') };
