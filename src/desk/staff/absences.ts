import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { gregorianDayOf } from '../../platform/base/jalali-day.ts';
import { isUuid } from '../../platform/base/uuid.ts';
import type { Deps } from '../../platform/deps.ts';
import {
  addAbsence,
  cancelAbsenceRow,
  findOverlaps,
  listAbsences,
  listComingSubstitutions,
  listSubstitutes,
  lockForAbsence,
  SUBSTITUTES,
  todayIn,
} from './absences.sql.ts';
import type { AbsenceRow } from './absences.sql.ts';
import { addSubstitutionMail } from './staff-mail.sql.ts';
import { findStaffById } from './staff.sql.ts';
import type { Substitution } from './staff-member.ts';
import type { StaffRow } from './staff.sql.ts';

const DAY_MS = 86_400_000;
const MOST_DAYS = 366;

interface ByMember {
  byId: string;
  staffId: string;
  from: string | undefined;
}

export interface AbsenceFields {
  substituteId: string;
  /** Jalali days as typed. */
  since: string;
  until: string;
}

export interface AbsenceProblems {
  substitute?: 'missing' | 'unsuitable' | 'away' | 'circle';
  since?: 'malformed' | 'overlaps';
  until?: 'malformed' | 'before' | 'past' | 'too_long';
}

export type AbsenceResult =
  | { outcome: 'registered' }
  | { outcome: 'invalid'; fields: AbsenceProblems };

export interface Absences {
  absences: AbsenceRow[];
  substitutes: { id: string; name: string }[];
}

const findMember = async ({ db }: Deps, id: string): Promise<StaffRow> => {
  const member = isUuid(id) ? await findStaffById(db, id) : undefined;
  if (!member) throw new DomainError('not_found');
  return member;
};

export const readAbsences = async (deps: Deps, staffId: string): Promise<Absences> => {
  const member = await findMember(deps, staffId);
  const [absences, substitutes] = await Promise.all([
    listAbsences(deps.db, staffId),
    listSubstitutes(deps.db, member),
  ]);
  return { absences, substitutes };
};

export const readComingSubstitutions = ({ db }: Deps, staffId: string): Promise<Substitution[]> =>
  listComingSubstitutions(db, staffId);

const ensureMayChange = async (deps: Deps, { byId, staffId }: ByMember): Promise<StaffRow> => {
  const member = await findMember(deps, staffId);
  if (byId === staffId) return member;
  const by = await findMember(deps, byId);
  if (by.role !== 'admin' || by.disabledAt) throw new DomainError('not_allowed');
  return member;
};

const readDays = async (
  { db, config }: Deps,
  { since, until }: AbsenceFields,
): Promise<{ firstDay: string; lastDay: string; fields: AbsenceProblems }> => {
  const [firstDay = '', lastDay = ''] = [gregorianDayOf(since), gregorianDayOf(until)];
  const fields: AbsenceProblems = {};
  if (firstDay === '') fields.since = 'malformed';
  if (lastDay === '') fields.until = 'malformed';
  else if (firstDay !== '' && lastDay < firstDay) fields.until = 'before';
  else if (lastDay < (await todayIn(db, config.ORG_TIME_ZONE))) fields.until = 'past';
  else if (Date.parse(lastDay) - Date.parse(firstDay) > MOST_DAYS * DAY_MS)
    fields.until = 'too_long';
  return { firstDay, lastDay, fields };
};

export const registerAbsence = async (
  deps: Deps,
  { byId, staffId, from, ...typed }: ByMember & AbsenceFields,
): Promise<AbsenceResult> => {
  const member = await ensureMayChange(deps, { byId, staffId, from });
  const { substituteId } = typed;
  const { firstDay, lastDay, fields } = await readDays(deps, typed);
  if (!isUuid(substituteId)) fields.substitute = 'missing';
  if (Object.keys(fields).length > 0) return { outcome: 'invalid', fields };
  return deps.db.begin(async (tx): Promise<AbsenceResult> => {
    await lockForAbsence(tx, [staffId, substituteId]);
    const substitute = await findStaffById(tx, substituteId);
    const isSuitable =
      substitute && !substitute.disabledAt && SUBSTITUTES[member.role].includes(substitute.role);
    if (!isSuitable || substituteId === staffId)
      return { outcome: 'invalid', fields: { substitute: 'unsuitable' } };
    const days = { staffId, substituteId, firstDay, lastDay };
    const overlaps = await findOverlaps(tx, days);
    if (overlaps.isAway) return { outcome: 'invalid', fields: { since: 'overlaps' } };
    if (overlaps.standsIn) return { outcome: 'invalid', fields: { substitute: 'circle' } };
    if (overlaps.isSubstituteAway) return { outcome: 'invalid', fields: { substitute: 'away' } };
    const id = await addAbsence(tx, { ...days, timeZone: deps.config.ORG_TIME_ZONE });
    if (byId !== substituteId)
      await addSubstitutionMail(tx, { staffId: substituteId, about: `substitution:${id}` });
    await addAuditEntry(tx, {
      actor: { kind: 'staff', id: byId },
      action: 'absence_registered',
      details: { staffId, substituteId, day: firstDay, until: lastDay },
      from,
    });
    return { outcome: 'registered' };
  });
};

export const cancelAbsence = async (
  deps: Deps,
  { byId, staffId, from, absenceId }: ByMember & { absenceId: string },
): Promise<void> => {
  await ensureMayChange(deps, { byId, staffId, from });
  if (!isUuid(absenceId)) throw new DomainError('not_found');
  await deps.db.begin(async (tx) => {
    const substituteId = await cancelAbsenceRow(tx, { id: absenceId, staffId });
    if (substituteId === undefined) throw new DomainError('not_found');
    if (byId !== substituteId)
      await addSubstitutionMail(tx, {
        staffId: substituteId,
        about: `substitution:${absenceId}:cancelled`,
      });
    await addAuditEntry(tx, {
      actor: { kind: 'staff', id: byId },
      action: 'absence_cancelled',
      details: { staffId, substituteId },
      from,
    });
  });
};
