import { randomUUID } from 'node:crypto';
import type { AuditDetails } from '../../platform/audit/audit-detail.ts';
import type { Tx } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { maskMobile, parseMobile } from '../../platform/base/mobile.ts';
import { cleanLine } from '../../platform/base/text.ts';
import { isUuid } from '../../platform/base/uuid.ts';
import type { Deps } from '../../platform/deps.ts';
import { hashPassword, makePassword } from '../staff/passwords.ts';
import { isOfUnit } from '../staff/staff-member.ts';
import type { StaffMember, StaffRole } from '../staff/staff-member.ts';
import {
  addStaff,
  changeStaff,
  disableStaff,
  enableStaff,
  endAllOf,
  hasSecondFactor,
  listStaff,
  lockStaff,
  resetStaff,
} from '../staff/staff.sql.ts';
import type { StaffRow } from '../staff/staff.sql.ts';
import {
  administer,
  auditChange,
  DONE,
  ensureMayAdminister,
  ensureProven,
  invalid,
  STALE,
} from './administrator.ts';
import type { Administered, Administrator } from './administrator.ts';
import { nameProblem } from './names.ts';
import type { NameProblem } from './names.ts';
import { findUnit } from './units.sql.ts';

export const ROLES: readonly StaffRole[] = ['reviewer', 'unit', 'head', 'admin', 'auditor'];
export const USERNAME = /^[a-z0-9][a-z0-9._-]{1,63}$/;

export interface AdministeredMember {
  id: string;
  username: string;
  name: string;
  role: StaffRole;
  unitIds: string[];
  mobile: string | null;
  disabled: boolean;
  secondFactor: boolean;
  damaged?: readonly ('mobile' | 'totpSecret')[];
  version: number;
}

export interface MemberFields {
  name: string;
  role: string;
  unitIds: string[];
  mobile: string;
}

export interface MemberProblems {
  username?: 'malformed' | 'taken';
  name?: Exclude<NameProblem, 'taken'>;
  role?: 'missing' | 'own' | 'last_admin';
  unitIds?: 'missing' | 'gone';
  mobile?: 'not_a_mobile' | 'own';
}

export interface MemberSecrets {
  password?: string;
  totpSecret?: string | null;
}

/**
 * `reset_password` issues a one-time password and ends the sessions; `reset_factors` also removes
 * every second factor.
 */
export const MEMBER_ACTS = [
  'end_sessions',
  'reset_password',
  'reset_factors',
  'disable',
  'enable',
] as const;
export type MemberAct = (typeof MEMBER_ACTS)[number];

export type ActProblems = { act?: 'own' | 'last_admin' };

type MemberDeps = Pick<Deps, 'db' | 'config'>;

export const listMembers = async (
  { db }: Deps,
  staff: StaffMember,
): Promise<AdministeredMember[]> => {
  ensureMayAdminister(staff);
  const mobileOf = ({ mobile }: StaffRow): string | null =>
    staff.role === 'admin' || mobile === null ? mobile : maskMobile(mobile);
  return (await listStaff(db)).map((member) => ({
    id: member.id,
    username: member.username,
    name: member.name,
    role: member.role,
    unitIds: member.unitIds,
    mobile: mobileOf(member),
    disabled: member.disabledAt !== null,
    secondFactor: hasSecondFactor(member),
    ...(member.damaged && { damaged: member.damaged }),
    version: member.version,
  }));
};

/**
 * `password` is returned only here. It is a one-time password unless a TOTP secret comes with it.
 */
export const addMember = async (
  { db, config }: MemberDeps,
  by: Administrator,
  {
    username: typedName,
    password = makePassword(),
    totpSecret = null,
    ...typed
  }: MemberFields & MemberSecrets & { username: string },
): Promise<Administered<MemberProblems, { memberId: string; password: string }>> => {
  ensureProven(by);
  const username = typedName.trim().toLowerCase();
  const { member, fields } = readFields(typed);
  if (!USERNAME.test(username)) fields.username = 'malformed';
  const { role } = member;
  if (!role || Object.keys(fields).length > 0) return invalid(fields);
  const secrets = { passwordHash: await hashPassword(password), totpSecret };
  const added = { ...member, ...oneTime({ config }, totpSecret), id: randomUUID(), username, role };
  return administer(db, by, async (tx) => {
    const wrongUnits = await unitProblem(tx, added, []);
    if (wrongUnits) return invalid<MemberProblems>({ unitIds: wrongUnits });
    if (!(await addStaff(tx, { ...added, ...secrets })))
      return invalid<MemberProblems>({ username: 'taken' });
    await auditChange(tx, by, 'staff_added', {
      staffId: added.id,
      username,
      name: added.name,
      role,
      units: added.unitIds.join(' '),
      hasMobile: added.mobile !== null,
    });
    return { outcome: 'done', memberId: added.id, password };
  });
};

export const changeMember = async (
  { db }: MemberDeps,
  by: Administrator,
  { memberId, version, ...typed }: MemberFields & { memberId: string; version?: number },
): Promise<Administered<MemberProblems>> => {
  ensureProven(by);
  const { member, fields } = readFields(typed);
  const { role } = member;
  if (!role || Object.keys(fields).length > 0) return invalid(fields);
  const after = { ...member, role };
  return administer(db, by, async (tx, admins) => {
    const before = await lockMember(tx, memberId);
    if (version !== undefined && version !== before.version) return STALE;
    const problem = changeProblem(by, admins, before, after);
    if (problem) return invalid(problem);
    const wrongUnits = await unitProblem(tx, after, before.unitIds);
    if (wrongUnits) return invalid<MemberProblems>({ unitIds: wrongUnits });
    const changes = changesOf(before, after);
    if (Object.keys(changes).length === 0) return DONE;
    if (!(await changeStaff(tx, { ...after, id: memberId, version: before.version }))) return STALE;
    await auditChange(tx, by, 'staff_changed', { staffId: memberId, ...changes });
    return DONE;
  });
};

/**
 * `password` is returned only here, after a reset. A reset by the operator also re-enables the
 * member.
 */
export const actOnMember = async (
  { db, config }: MemberDeps,
  by: Administrator,
  {
    memberId,
    version,
    act,
    password = makePassword(),
    totpSecret,
  }: MemberSecrets & { memberId: string; version?: number; act: MemberAct },
): Promise<Administered<ActProblems, { password?: string }>> => {
  ensureProven(by);
  const passwordHash = isReset(act) ? await hashPassword(password) : '';
  return administer(db, by, async (tx, admins) => {
    const before = await lockMember(tx, memberId);
    if (version !== undefined && version !== before.version) return STALE;
    if (isOwn(by, memberId)) return invalid<ActProblems>({ act: 'own' });
    if (act === 'disable' && isLastAdmin(admins, memberId))
      return invalid<ActProblems>({ act: 'last_admin' });
    const isDisabled = before.disabledAt !== null;
    if (by.kind === 'staff' && isDisabled !== (act === 'enable')) return STALE;
    if (!isReset(act)) {
      const [change, action] = PLAIN_ACTS[act];
      await change(tx, memberId);
      await auditChange(tx, by, action, { staffId: memberId });
      return DONE;
    }
    await resetStaff(tx, {
      id: memberId,
      passwordHash,
      secondFactor: act === 'reset_password',
      ...(totpSecret && { totpSecret }),
      ...oneTime({ config }, totpSecret),
    });
    const secondFactor = act === 'reset_factors' || Boolean(totpSecret);
    await auditChange(tx, by, 'staff_reset', { staffId: memberId, secondFactor });
    return { outcome: 'done', password };
  });
};

type ResetAct = 'reset_password' | 'reset_factors';

const isReset = (act: MemberAct): act is ResetAct =>
  act === 'reset_password' || act === 'reset_factors';

const PLAIN_ACTS = {
  disable: [disableStaff, 'staff_disabled'],
  enable: [enableStaff, 'staff_enabled'],
  end_sessions: [endAllOf, 'staff_sessions_ended'],
} as const satisfies Record<Exclude<MemberAct, ResetAct>, unknown>;

const isOwn = (by: Administrator, id: string): boolean => by.kind === 'staff' && by.id === id;

const isLastAdmin = (admins: readonly string[], id: string): boolean =>
  admins.length === 1 && admins[0] === id;

const oneTime = (
  { config }: Pick<Deps, 'config'>,
  totpSecret: string | null | undefined,
): { oneTimeHours?: number } =>
  totpSecret ? {} : { oneTimeHours: config.limits.staffOneTimeHours };

const lockMember = async (tx: Tx, memberId: string): Promise<StaffRow> => {
  const member = isUuid(memberId) ? await lockStaff(tx, memberId) : undefined;
  if (!member) throw new DomainError('not_found');
  return member;
};

const readFields = (
  typed: MemberFields,
): {
  member: Pick<StaffRow, 'name' | 'unitIds' | 'mobile'> & { role: StaffRole | undefined };
  fields: MemberProblems;
} => {
  const name = cleanLine(typed.name);
  const role = ROLES.find((known) => known === typed.role);
  const mobile = typed.mobile.trim() === '' ? null : parseMobile(typed.mobile);
  const wrongName = nameProblem(name);
  return {
    member: { name, role, mobile: mobile ?? null, unitIds: [...new Set(typed.unitIds)] },
    fields: {
      ...(wrongName && { name: wrongName }),
      ...(!role && { role: 'missing' as const }),
      ...(mobile === undefined && { mobile: 'not_a_mobile' as const }),
    },
  };
};

/** @param kept units the member already has: these may be retired */
const unitProblem = async (
  tx: Tx,
  { role, unitIds }: Pick<StaffRow, 'role' | 'unitIds'>,
  kept: readonly string[],
): Promise<'missing' | 'gone' | undefined> => {
  if (isOfUnit({ role }) && unitIds.length === 0) return 'missing';
  for (const id of unitIds) {
    const unit = isUuid(id) ? await findUnit(tx, id) : undefined;
    if (!unit || (unit.retiredAt && !kept.includes(id))) return 'gone';
  }
  return undefined;
};

type MemberValues = Pick<StaffRow, 'name' | 'role' | 'unitIds' | 'mobile'>;

const changeProblem = (
  by: Administrator,
  admins: readonly string[],
  before: StaffRow,
  after: MemberValues,
): MemberProblems | undefined => {
  const own = isOwn(by, before.id);
  if (own && after.role !== before.role) return { role: 'own' };
  if (own && after.mobile !== before.mobile) return { mobile: 'own' };
  if (after.role !== 'admin' && isLastAdmin(admins, before.id)) return { role: 'last_admin' };
  return undefined;
};

const changesOf = (before: StaffRow, after: MemberValues): AuditDetails => {
  const unitsBefore = before.unitIds.toSorted().join(' ');
  const units = after.unitIds.toSorted().join(' ');
  return {
    ...(before.name !== after.name && { nameBefore: before.name, name: after.name }),
    ...(before.role !== after.role && { roleBefore: before.role, role: after.role }),
    ...(unitsBefore !== units && { unitsBefore, units }),
    ...((before.mobile !== after.mobile || before.damaged?.includes('mobile')) && {
      mobileChanged: true,
    }),
  };
};
