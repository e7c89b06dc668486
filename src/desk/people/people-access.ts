import { DomainError } from '../../platform/base/errors.ts';
import { maskMobile } from '../../platform/base/mobile.ts';
import type { StaffMember } from '../staff/staff-member.ts';

type Role = Pick<StaffMember, 'role'>;

// Units are not asked by callers: they see the senders of their own letters on those alone.
export const mayHelpPeople = ({ role }: Role): boolean =>
  role === 'reviewer' || role === 'admin' || role === 'auditor';

export const mayChangePeople = ({ role }: Role): boolean => role === 'reviewer' || role === 'admin';

/** Lists show every number masked; the whole one is on a page whose opening is audited. */
export const numberFor = (staff: Role, mobile: string): string =>
  mayChangePeople(staff) ? mobile : maskMobile(mobile);

export const ensureMayMove = (staff: StaffMember): void => {
  ensureMayChange(staff);
  if (!staff.proven) throw new DomainError('not_allowed');
};

export const ensureMayHelp = (staff: StaffMember): void => {
  if (!mayHelpPeople(staff) || staff.keyId !== undefined) throw new DomainError('not_allowed');
};

export const ensureMayChange = (staff: StaffMember): void => {
  if (!mayChangePeople(staff) || staff.keyId !== undefined) throw new DomainError('not_allowed');
};
