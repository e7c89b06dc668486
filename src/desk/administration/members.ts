/**
 * Units and staff, for the administrators at the desk and for the operator on the command line.
 * Every change is one transaction with its audit entry.
 */
import { randomUUID } from 'node:crypto';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Db, Tx } from '../../platform/base/database.ts';
import {
  addStaff,
  changeStaff,
  disableStaff,
  enableStaff,
  endAllOf,
  lockActiveAdmins,
  lockStaff,
  resetStaff,
} from '../staff/staff.sql.ts';
import type { StaffRow } from '../staff/staff.sql.ts';
import { addUnit, findUnit, renameUnit, retireUnit } from './units.sql.ts';
import type { UnitRow } from './units.sql.ts';
import type { AuditAction } from '../../platform/audit/audit-action.ts';
import type { AuditDetails, OnlyAuditDetails } from '../../platform/audit/audit-detail.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { parseMobile } from '../../platform/base/mobile.ts';
import { cleanLine } from '../../platform/base/text.ts';
import { LONGEST_NAME, ROLES } from './administration.ts';
import type {
  ActProblems,
  Administered,
  Administrator,
  MemberAct,
  MemberFields,
  MemberProblems,
  NameProblem,
} from './administration.ts';
import { makePassword } from '../staff/passwords.ts';

export const USERNAME = /^[a-z0-9][a-z0-9._-]{1,63}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Problem<Problems> = { outcome: 'invalid'; fields: Problems };
const invalid = <Problems>(fields: Problems): Problem<Problems> => ({ outcome: 'invalid', fields });
const STALE = { outcome: 'stale' } as const;

export const nameProblem = (name: string): 'missing' | 'too_long' | undefined => {
  if (name === '') return 'missing';
  return [...name].length > LONGEST_NAME ? 'too_long' : undefined;
};

const isNameTaken = (error: unknown): boolean =>
  error instanceof Error &&
  'constraint_name' in error &&
  error.constraint_name === 'units_name_key';

const isOwn = (by: Administrator, id: string): boolean => by.kind === 'staff' && by.id === id;

/** One entry of the audit trail for what an administrator did. */
export const tellAdministration = <Given extends AuditDetails>(
  tx: Tx,
  by: Administrator,
  action: AuditAction,
  details: OnlyAuditDetails<Given>,
): Promise<void> =>
  addAuditEntry(tx, {
    actor: { kind: by.kind, id: by.id },
    action,
    details,
    from: by.kind === 'operator' ? undefined : by.from,
  });

/**
 * Who administers is one still, and stays one until the transaction ends.
 * @returns ids of all who are
 */
export const lockAdmins = async (tx: Tx, by: Administrator): Promise<string[]> => {
  const admins = await lockActiveAdmins(tx);
  if (by.kind === 'staff' && !admins.includes(by.id)) throw new DomainError('not_allowed');
  return admins;
};

/** What a change of a member changes, before and after; of the number only that it did. */
const changesOf = (
  before: StaffRow,
  after: Pick<StaffRow, 'name' | 'role' | 'unitIds' | 'mobile'>,
): AuditDetails => {
  const units = [before.unitIds, after.unitIds].map((ids) => ids.toSorted().join(' ')) as [
    string,
    string,
  ];
  return {
    ...(before.name !== after.name && { nameBefore: before.name, name: after.name }),
    ...(before.role !== after.role && { roleBefore: before.role, role: after.role }),
    ...(units[0] !== units[1] && { unitsBefore: units[0], units: units[1] }),
    ...((before.mobile !== after.mobile || before.damaged?.includes('mobile')) && {
      mobileChanged: true,
    }),
  };
};

export interface MemberSecrets {
  /** Left out: one is made. */
  password?: string;
  /** Handed over with the password, which then is no one-time password. */
  totpSecret?: string | null;
}

export type Administer = ReturnType<typeof createAdminister>;

export const createAdminister = ({
  db,
  hash,
  oneTimeHours,
}: {
  db: Db;
  hash: (password: string) => Promise<string>;
  /** How long a password of the operator opens the first set-up. */
  oneTimeHours: number;
}) => {
  const oneTime = (totpSecret: string | null | undefined): { oneTimeHours?: number } =>
    totpSecret ? {} : { oneTimeHours };

  const isLast = (admins: string[], id: string): boolean => admins.length === 1 && admins[0] === id;

  const unitProblem = async (
    tx: Tx,
    { role, unitIds }: Pick<StaffRow, 'role' | 'unitIds'>,
    kept: readonly string[],
  ): Promise<'missing' | 'gone' | undefined> => {
    if (role === 'unit' && unitIds.length === 0) return 'missing';
    for (const id of unitIds) {
      const unit = UUID.test(id) ? await findUnit(tx, id) : undefined;
      if (!unit || (unit.retiredAt && !kept.includes(id))) return 'gone';
    }
    return undefined;
  };

  const readFields = (
    typed: MemberFields,
  ): {
    member: Pick<StaffRow, 'name' | 'unitIds' | 'mobile'> & { role: StaffRow['role'] | undefined };
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

  return {
    /** @throws key_reused when `unitId` is that of a unit with another name */
    async addUnit({
      by,
      unitId = randomUUID(),
      name: typed,
    }: {
      by: Administrator;
      unitId?: string;
      name: string;
    }): Promise<Administered<{ name?: NameProblem }, { unit: UnitRow }>> {
      const name = cleanLine(typed);
      const problem = nameProblem(name);
      if (problem) return invalid({ name: problem });
      return db.begin(async (tx) => {
        await lockAdmins(tx, by);
        const before = await findUnit(tx, unitId);
        if (before && before.name !== name) throw new DomainError('key_reused');
        if (before) return { outcome: 'done', unit: before };
        const unit = await addUnit(tx, { id: unitId, name });
        if (!unit) return invalid({ name: 'taken' as const });
        await tellAdministration(tx, by, 'unit_added', { unitId: unit.id, name });
        return { outcome: 'done', unit };
      });
    },

    /** `version` left out: whatever stands. @throws not_found */
    async renameUnit({
      by,
      unitId,
      name: typed,
      version,
    }: {
      by: Administrator;
      unitId: string;
      name: string;
      version?: number;
    }): Promise<Administered<{ name?: NameProblem }, { unit: UnitRow }>> {
      const name = cleanLine(typed);
      const problem = nameProblem(name);
      if (problem) return invalid({ name: problem });
      try {
        return await db.begin(async (tx) => {
          await lockAdmins(tx, by);
          const before = UUID.test(unitId) ? await findUnit(tx, unitId) : undefined;
          if (!before) throw new DomainError('not_found');
          const unit = await renameUnit(tx, { id: unitId, name, version });
          if (!unit) return STALE;
          await tellAdministration(tx, by, 'unit_renamed', {
            unitId,
            nameBefore: before.name,
            name,
          });
          return { outcome: 'done' as const, unit };
        });
      } catch (error) {
        if (isNameTaken(error)) return invalid({ name: 'taken' });
        throw error;
      }
    },

    /** Again: the same. @throws not_found */
    async retireUnit({
      by,
      unitId,
      version,
    }: {
      by: Administrator;
      unitId: string;
      version?: number;
    }): Promise<Administered<{ name?: NameProblem }, { unit: UnitRow }>> {
      return db.begin(async (tx) => {
        await lockAdmins(tx, by);
        const before = UUID.test(unitId) ? await findUnit(tx, unitId) : undefined;
        if (!before) throw new DomainError('not_found');
        if (before.retiredAt !== null) return { outcome: 'done' as const, unit: before };
        const unit = await retireUnit(tx, { id: unitId, version });
        if (!unit) return STALE;
        await tellAdministration(tx, by, 'unit_retired', { unitId, name: unit.name });
        return { outcome: 'done' as const, unit };
      });
    },

    async addMember({
      by,
      username: typedName,
      password = makePassword(),
      totpSecret = null,
      ...typed
    }: MemberFields & MemberSecrets & { by: Administrator; username: string }): Promise<
      Administered<MemberProblems, { memberId: string; password: string }>
    > {
      const username = typedName.trim().toLowerCase();
      const { member, fields } = readFields(typed);
      if (!USERNAME.test(username)) fields.username = 'malformed';
      const { role } = member;
      if (!role || Object.keys(fields).length > 0) return invalid(fields);
      const passwordHash = await hash(password);
      return db.begin(async (tx) => {
        await lockAdmins(tx, by);
        const wrongUnits = await unitProblem(tx, { ...member, role }, []);
        if (wrongUnits) return invalid<MemberProblems>({ unitIds: wrongUnits });
        const id = randomUUID();
        const added = await addStaff(tx, {
          ...member,
          ...oneTime(totpSecret),
          id,
          username,
          role,
          passwordHash,
          totpSecret,
        });
        if (!added) return invalid<MemberProblems>({ username: 'taken' });
        await tellAdministration(tx, by, 'staff_added', {
          staffId: id,
          username,
          name: member.name,
          role,
          units: member.unitIds.join(' '),
          hasMobile: member.mobile !== null,
        });
        return { outcome: 'done' as const, memberId: id, password };
      });
    },

    /** `version` left out: whatever stands. @throws not_found */
    async changeMember({
      by,
      memberId,
      version,
      ...typed
    }: MemberFields & { by: Administrator; memberId: string; version?: number }): Promise<
      Administered<MemberProblems>
    > {
      const { member, fields } = readFields(typed);
      const { role } = member;
      if (!role || Object.keys(fields).length > 0) return invalid(fields);
      return db.begin(async (tx) => {
        const admins = await lockAdmins(tx, by);
        const before = UUID.test(memberId) ? await lockStaff(tx, memberId) : undefined;
        if (!before) throw new DomainError('not_found');
        if (version !== undefined && version !== before.version) return STALE;
        const after = { ...member, role };
        if (isOwn(by, memberId) && role !== before.role)
          return invalid<MemberProblems>({ role: 'own' });
        if (isOwn(by, memberId) && after.mobile !== before.mobile)
          return invalid<MemberProblems>({ mobile: 'own' });
        if (role !== 'admin' && isLast(admins, memberId))
          return invalid<MemberProblems>({ role: 'last_admin' });
        const wrongUnits = await unitProblem(tx, after, before.unitIds);
        if (wrongUnits) return invalid<MemberProblems>({ unitIds: wrongUnits });
        const changes = changesOf(before, after);
        if (Object.keys(changes).length === 0) return { outcome: 'done' as const };
        if (!(await changeStaff(tx, { ...after, id: memberId, version: before.version })))
          return STALE;
        await tellAdministration(tx, by, 'staff_changed', { staffId: memberId, ...changes });
        return { outcome: 'done' as const };
      });
    },

    /**
     * `version` left out: whatever stands. A reset by the operator also enables again.
     * @throws not_found
     */
    async actOnMember({
      by,
      memberId,
      version,
      act,
      password = makePassword(),
      totpSecret,
    }: MemberSecrets & {
      by: Administrator;
      memberId: string;
      version?: number;
      act: MemberAct;
    }): Promise<Administered<ActProblems, { password?: string }>> {
      const isReset = act === 'reset_password' || act === 'reset_factors';
      const passwordHash = isReset ? await hash(password) : '';
      return db.begin(async (tx) => {
        const admins = await lockAdmins(tx, by);
        const before = UUID.test(memberId) ? await lockStaff(tx, memberId) : undefined;
        if (!before) throw new DomainError('not_found');
        if (version !== undefined && version !== before.version) return STALE;
        if (isOwn(by, memberId)) return invalid<ActProblems>({ act: 'own' });
        if (act === 'disable' && isLast(admins, memberId))
          return invalid<ActProblems>({ act: 'last_admin' });
        const isDisabled = before.disabledAt !== null;
        if (by.kind === 'staff' && isDisabled !== (act === 'enable')) return STALE;
        const details = { staffId: memberId };
        switch (act) {
          case 'disable':
            await disableStaff(tx, memberId);
            await tellAdministration(tx, by, 'staff_disabled', details);
            return { outcome: 'done' as const };
          case 'enable':
            await enableStaff(tx, memberId);
            await tellAdministration(tx, by, 'staff_enabled', details);
            return { outcome: 'done' as const };
          case 'end_sessions':
            await endAllOf(tx, memberId);
            await tellAdministration(tx, by, 'staff_sessions_ended', details);
            return { outcome: 'done' as const };
          default:
            await resetStaff(tx, {
              id: memberId,
              passwordHash,
              secondFactor: act === 'reset_password',
              ...(totpSecret && { totpSecret }),
              ...oneTime(totpSecret),
            });
            await tellAdministration(tx, by, 'staff_reset', {
              ...details,
              secondFactor: act === 'reset_factors' || Boolean(totpSecret),
            });
            return { outcome: 'done' as const, password };
        }
      });
    },
  };
};
