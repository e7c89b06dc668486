/** Administration on the fake desk: lists that stand, and forms that answer like the real ones. */
import { randomUUID } from 'node:crypto';
import { DomainError } from '../platform/base/errors.ts';
import { gregorianDayOf } from '../platform/base/jalali-day.ts';
import { parseMobile } from '../platform/base/mobile.ts';
import { mayAdminister } from '../desk/administration/administration.ts';
import type {
  AdministeredCalendar,
  AdministeredMember,
  Administration,
} from '../desk/administration/administration.ts';
import type { StockReason, Unit } from '../desk/desk.ts';
import type { StaffMember } from '../desk/staff/staff-member.ts';

export const createFakeAdministration = ({
  units,
  members,
  reasons,
  now,
}: {
  units: Unit[];
  members: () => StaffMember[];
  reasons: () => StockReason[];
  now: () => Date;
}): Administration => {
  const ensure = (staff: StaffMember | undefined, isRight = mayAdminister): StaffMember => {
    if (!staff || !isRight(staff)) throw new DomainError('not_allowed');
    return staff;
  };
  const inSession = async ({ sessionToken }: { sessionToken: string }): Promise<StaffMember> =>
    ensure(
      members().find(({ username }) => sessionToken === `staff-${username}`),
      ({ role }) => role === 'admin',
    );
  const unitOf = (id: string): Unit => {
    const unit = units.find((one) => one.id === id);
    if (!unit) throw new DomainError('not_found');
    return unit;
  };
  const nameProblem = (name: string) =>
    name.trim() === '' ? { name: 'missing' as const } : undefined;
  const memberProblem = ({ name, role, mobile }: { name: string; role: string; mobile: string }) =>
    name.trim() === '' || role === '' || (mobile !== '' && !parseMobile(mobile))
      ? {
          ...nameProblem(name),
          ...(role === '' && { role: 'missing' as const }),
          ...(mobile !== '' && !parseMobile(mobile) && { mobile: 'not_a_mobile' as const }),
        }
      : undefined;
  const hours = { opens: 480, closes: 960 };
  const calendar: AdministeredCalendar = {
    week: [hours, hours, hours, hours, null, null, hours],
    days: [
      { day: '2026-03-21', hours: null, name: 'عید نوروز' },
      { day: '2026-11-26', hours: { opens: 480, closes: 720 }, name: 'روز جبرانی' },
    ],
    version: 1,
  };
  const listed = (): AdministeredMember[] =>
    members().map(({ id, username, name, role, unitIds }) => ({
      id,
      username,
      name,
      role,
      unitIds,
      mobile: role === 'reviewer' ? '+989123456789' : null,
      disabled: role === 'auditor',
      secondFactor: role === 'admin',
      // One whose row cannot be read whole.
      ...(role === 'auditor' && { damaged: ['mobile', 'totpSecret'] as const }),
      version: 1,
    }));

  return {
    listAdministeredUnits: async ({ staff }) => {
      ensure(staff);
      return units.map((unit, index) => ({
        ...unit,
        version: 1,
        letters: { undecided: index, open: 2 * index },
      }));
    },
    async addUnit({ name, ...session }) {
      await inSession(session);
      const fields = nameProblem(name);
      if (fields) return { outcome: 'invalid', fields };
      units.push({ id: randomUUID(), name, retired: false });
      return { outcome: 'done' };
    },
    async renameUnit({ unitId, name, version, ...session }) {
      await inSession(session);
      const unit = unitOf(unitId);
      const fields = nameProblem(name);
      if (fields) return { outcome: 'invalid', fields };
      if (version !== 1) return { outcome: 'stale' };
      unit.name = name;
      return { outcome: 'done' };
    },
    async retireUnit({ unitId, version, ...session }) {
      await inSession(session);
      const unit = unitOf(unitId);
      if (version !== 1) return { outcome: 'stale' };
      unit.retired = true;
      return { outcome: 'done' };
    },
    listAdministeredReasons: async ({ staff }) => {
      ensure(staff);
      return reasons().map((reason, index) => ({ ...reason, retired: index === 1, version: 1 }));
    },
    async addReason({ sessionToken, kind, text }) {
      await inSession({ sessionToken });
      if (kind !== '' && text.trim() !== '') return { outcome: 'done' };
      const fields = {
        ...(kind === '' && { kind: 'missing' as const }),
        ...(text.trim() === '' && { text: 'missing' as const }),
      };
      return { outcome: 'invalid', fields };
    },
    async changeReason({ sessionToken, reasonId, text, version }) {
      await inSession({ sessionToken });
      if (!reasons().some(({ id }) => id === reasonId)) throw new DomainError('not_found');
      if (text.trim() === '') return { outcome: 'invalid', fields: { text: 'missing' } };
      return version === 1 ? { outcome: 'done' } : { outcome: 'stale' };
    },
    async retireReason({ sessionToken, reasonId, version }) {
      await inSession({ sessionToken });
      if (!reasons().some(({ id }) => id === reasonId)) throw new DomainError('not_found');
      return version === 1 ? { outcome: 'done' } : { outcome: 'stale' };
    },
    readCalendar: async ({ staff }) => {
      ensure(staff);
      return structuredClone(calendar);
    },
    async changeWorkingHours({ sessionToken, week, version }) {
      await inSession({ sessionToken });
      const weekdays = week.flatMap(({ opens, closes }, at) => (opens <= closes ? [] : at));
      if (weekdays.length > 0) return { outcome: 'invalid', fields: { weekdays } };
      return version === calendar.version ? { outcome: 'done' } : { outcome: 'stale' };
    },
    async addCalendarDay({ sessionToken, day, kind, name, version }) {
      await inSession({ sessionToken });
      const found = gregorianDayOf(day);
      const fields = {
        ...(found === undefined && {
          day: day === '' ? ('missing' as const) : ('malformed' as const),
        }),
        ...(kind === '' && { kind: 'missing' as const }),
        ...(name === '' && { name: 'missing' as const }),
      };
      if (Object.keys(fields).length > 0) return { outcome: 'invalid', fields };
      if (version !== calendar.version) return { outcome: 'stale' };
      calendar.days.push({ day: found ?? '', hours: null, name });
      return { outcome: 'done' };
    },
    async addSolarHolidays({ sessionToken, version }) {
      await inSession({ sessionToken });
      return version === calendar.version ? { outcome: 'done' } : { outcome: 'stale' };
    },
    async removeCalendarDay({ sessionToken, day, version }) {
      await inSession({ sessionToken });
      if (!calendar.days.some((one) => one.day === day)) throw new DomainError('not_found');
      return version === calendar.version ? { outcome: 'done' } : { outcome: 'stale' };
    },
    listAdministeredStaff: async ({ staff }) => {
      ensure(staff);
      return listed();
    },
    async addMember({ sessionToken, ...typed }) {
      await inSession({ sessionToken });
      const fields = memberProblem(typed);
      if (fields) return { outcome: 'invalid', fields };
      return { outcome: 'done', memberId: randomUUID(), password: 'made-by-the-fake' };
    },
    async changeMember({ sessionToken, memberId, version, ...typed }) {
      await inSession({ sessionToken });
      if (!listed().some(({ id }) => id === memberId)) throw new DomainError('not_found');
      const fields = memberProblem(typed);
      if (fields) return { outcome: 'invalid', fields };
      return version === 1 ? { outcome: 'done' } : { outcome: 'stale' };
    },
    async actOnMember({ sessionToken, memberId, version, act }) {
      const { id } = await inSession({ sessionToken });
      if (!listed().some((member) => member.id === memberId)) throw new DomainError('not_found');
      if (id === memberId) return { outcome: 'invalid', fields: { act: 'own' } };
      if (version !== 1) return { outcome: 'stale' };
      return { outcome: 'done', ...(act.startsWith('reset') && { password: 'made-by-the-fake' }) };
    },
    readAudit: async ({ staff, limit, letterNumber }) => {
      ensure(staff);
      const line = {
        at: now(),
        letterId: randomUUID(),
        letterNumber: '1405/1',
        details: { by: 'مریم رضایی', round: 1 },
        fits: true,
      };
      const lines = [
        { ...line, id: 3, actorKind: 'staff' as const, actor: 'مریم رضایی', action: 'approved' },
        { ...line, id: 2, actorKind: 'engine' as const, actor: 'workflow', action: 'rejected' },
        {
          id: 1,
          at: now(),
          actorKind: 'operator' as const,
          actor: 'command line',
          action: 'unit_added',
          letterId: null,
          letterNumber: null,
          fits: true,
          details: { name: '=امور مالی' },
        },
      ];
      return {
        lines: letterNumber === undefined ? lines.slice(0, limit) : [],
        older: null,
        actions: ['approved', 'rejected', 'unit_added'],
        head: { entryId: 2, publishedAt: now() },
      };
    },
  };
};
