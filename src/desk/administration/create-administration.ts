/** What administrators ask at the desk: who may, and then what both they and the operator do. */
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import {
  findAuditCheckpoint,
  listAuditActions,
  listAuditPage,
} from '../../platform/audit/audit-pages.sql.ts';
import type { Db } from '../../platform/base/database.ts';
import { hasSecondFactor, listStaff } from '../staff/staff.sql.ts';
import { countUnitLetters, listUnits } from './units.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { gregorianDayOf } from '../../platform/base/jalali-day.ts';
import { maskMobile } from '../../platform/base/mobile.ts';
import type { Administer } from './members.ts';
import { mayAdminister } from './administration.ts';
import type { Administered, Administration, Administrator, InSession } from './administration.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import type { StaffSessions } from '../staff/staff-sessions.ts';
import type { AdministerCalendar } from './working-calendar.ts';
import type { AdministerReasons } from './stock-reasons.ts';

const ensureMaySee = (staff: StaffMember): void => {
  if (!mayAdminister(staff)) throw new DomainError('not_allowed');
};

/** Nothing else that was found out goes to the page. */
const bare = <Problems>(result: Administered<Problems>): Administered<Problems> =>
  result.outcome === 'done' ? { outcome: 'done' } : result;

export const createAdministration = ({
  db,
  sessions,
  administer,
  reasons,
  calendar,
  timeZone,
}: {
  db: Db;
  sessions: Pick<StaffSessions, 'find'>;
  administer: Administer;
  reasons: AdministerReasons;
  calendar: AdministerCalendar;
  timeZone: string;
}): Administration => {
  const administratorOf = async (
    { sessionToken, from }: InSession,
    { proven }: { proven: boolean },
  ): Promise<Administrator> => {
    const found = await sessions.find(sessionToken);
    if (found?.member.role !== 'admin' || (proven && !found.session.proven))
      throw new DomainError('not_allowed');
    return { kind: 'staff', id: found.member.id, from };
  };

  return {
    async listAdministeredUnits({ staff }) {
      ensureMaySee(staff);
      const [units, letters] = await Promise.all([listUnits(db), countUnitLetters(db)]);
      return units
        .map(({ id, name, retiredAt, version }) => ({
          id,
          name,
          version,
          retired: retiredAt !== null,
          letters: letters.get(id) ?? {
            undecided: 0,
            open: 0,
          },
        }))
        .toSorted((a, b) => Number(a.retired) - Number(b.retired));
    },

    async addUnit({ name, ...session }) {
      const by = await administratorOf(session, { proven: false });
      return bare(await administer.addUnit({ by, name }));
    },

    async renameUnit({ unitId, name, version, ...session }) {
      const by = await administratorOf(session, { proven: false });
      return bare(await administer.renameUnit({ by, unitId, name, version }));
    },

    async retireUnit({ unitId, version, ...session }) {
      const by = await administratorOf(session, { proven: false });
      return bare(await administer.retireUnit({ by, unitId, version }));
    },

    async listAdministeredReasons({ staff }) {
      ensureMaySee(staff);
      return reasons.list();
    },

    async addReason({ kind, text, ...session }) {
      const by = await administratorOf(session, { proven: true });
      return reasons.add({ by, kind, text });
    },

    async changeReason({ reasonId, text, version, ...session }) {
      const by = await administratorOf(session, { proven: true });
      return reasons.change({ by, reasonId, text, version });
    },

    async retireReason({ reasonId, version, ...session }) {
      const by = await administratorOf(session, { proven: true });
      return reasons.retire({ by, reasonId, version });
    },

    async readCalendar({ staff }) {
      ensureMaySee(staff);
      return calendar.read();
    },

    async changeWorkingHours({ week, version, ...session }) {
      const by = await administratorOf(session, { proven: false });
      return calendar.changeHours({ by, week, version });
    },

    async addCalendarDay({ sessionToken, from, ...typed }) {
      const by = await administratorOf({ sessionToken, from }, { proven: false });
      return calendar.addDay({ by, ...typed });
    },

    async addSolarHolidays({ year, version, ...session }) {
      const by = await administratorOf(session, { proven: false });
      return calendar.addSolarHolidays({ by, year, version });
    },

    async removeCalendarDay({ day, version, ...session }) {
      const by = await administratorOf(session, { proven: false });
      return calendar.removeDay({ by, day, version });
    },

    async listAdministeredStaff({ staff }) {
      ensureMaySee(staff);
      return (await listStaff(db)).map((member) => ({
        id: member.id,
        username: member.username,
        name: member.name,
        role: member.role,
        unitIds: member.unitIds,
        mobile:
          staff.role === 'admin' || member.mobile === null
            ? member.mobile
            : maskMobile(member.mobile),
        disabled: member.disabledAt !== null,
        secondFactor: hasSecondFactor(member),
        ...(member.damaged && { damaged: member.damaged }),
        version: member.version,
      }));
    },

    async addMember({ sessionToken, from, ...typed }) {
      const by = await administratorOf({ sessionToken, from }, { proven: true });
      return administer.addMember({ by, ...typed });
    },

    async changeMember({ sessionToken, from, ...typed }) {
      const by = await administratorOf({ sessionToken, from }, { proven: true });
      return administer.changeMember({ by, ...typed });
    },

    async actOnMember({ sessionToken, from, ...typed }) {
      const by = await administratorOf({ sessionToken, from }, { proven: true });
      return administer.actOnMember({ by, ...typed });
    },

    async readAudit({ staff, from, before, limit, exported = false, ...filter }) {
      ensureMaySee(staff);
      const { letterNumber, username, action } = filter;
      // Before it is shown, so that nobody reads unseen.
      await addAuditEntry(db, {
        actor: { kind: 'staff', id: staff.id },
        action: exported ? 'audit_exported' : 'audit_read',
        details: {
          ...(letterNumber !== undefined && { letterNumber }),
          ...(username !== undefined && { username }),
          ...(filter.day !== undefined && { day: filter.day }),
          ...(action !== undefined && { action }),
        },
        from,
      });
      const day = filter.day === undefined ? undefined : gregorianDayOf(filter.day);
      const [found, actions, checkpoint] = await Promise.all([
        filter.day !== undefined && day === undefined
          ? []
          : listAuditPage(db, {
              letterNumber,
              username,
              action,
              day,
              timeZone,
              before,
              limit: limit + 1,
            }),
        listAuditActions(db),
        findAuditCheckpoint(db),
      ]);
      const lines = found.slice(0, limit);
      const older = found.length > limit ? (lines.at(-1)?.id ?? null) : null;
      return { lines, older, actions, checkpoint: checkpoint ?? null };
    },
  };
};
