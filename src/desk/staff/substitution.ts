/**
 * A member acts for those who are away and have named them. What they do then says so, and every rule
 * about who may do something is asked of both.
 */
import type { Handle } from '../../platform/base/database.ts';
import { listAbsentFor } from './absences.sql.ts';
import { isOfUnit } from './staff-member.ts';
import type { AbsentMember, StaffMember } from './staff-member.ts';

/** The member, with the units of those for whom they act now. */
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

const WORDS = { fa: { for: 'به جای', and: ' و ' }, en: { for: 'for', and: ' and ' } };

/** «ب به جای الف»: as the record names who acts, in the organisation's language. */
export const actingName = (
  locale: keyof typeof WORDS,
  { name }: Pick<StaffMember, 'name'>,
  absent: Pick<AbsentMember, 'name'>[],
): string => {
  const words = WORDS[locale];
  if (absent.length === 0) return name;
  return `${name} ${words.for} ${absent.map((one) => one.name).join(words.and)}`;
};

/** For the audit trail. */
export const actingDetails = (absent: Pick<AbsentMember, 'name'>[]): { for?: string } =>
  absent.length === 0 ? {} : { for: absent.map(({ name }) => name).join('، ') };
