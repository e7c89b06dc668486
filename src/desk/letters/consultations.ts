/**
 * «نظرخواهی»: a unit asks others for an internal opinion and keeps the letter. Each has a deadline of its
 * own, which the timer of the letter's ladder watches.
 */
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Handle, Tx } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { findUnit } from '../administration/units.sql.ts';
import { addWorkingDays } from '../administration/working-time.ts';
import { isOfUnit } from '../staff/staff-member.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { listConsultations, markConsultationOverdue } from './consultations.sql.ts';
import type { ConsultationRow, ConsultedUnit } from './consultations.sql.ts';
import { readWorkingCalendar } from './deadlines.ts';
import type { LetterRow } from './letters.sql.ts';
import { NOT_CONSULTED, NOT_WITH_UNIT, UNIT_GONE } from './refusals.ts';
import { addLetterMails } from './staff-mails.sql.ts';

export const MAX_CONSULTED_AT_ONCE = 3;
export const MAX_CONSULTATION_DAYS = 90;

export interface Consultation extends ConsultationRow {
  dueAt: Date | null;
}

const isOpen = ({ endedAt }: Pick<ConsultationRow, 'endedAt'>): boolean => endedAt === null;

export const readConsultations = async (
  db: Handle,
  config: Deps['config'],
  letterId: string,
): Promise<Consultation[]> => {
  const rows = await listConsultations(db, letterId);
  if (rows.length === 0) return [];
  const calendar = await readWorkingCalendar(db, config);
  return rows.map((row) => ({
    ...row,
    dueAt: addWorkingDays(row.askedAt, row.workingDays, calendar),
  }));
};

export const openConsultationOf = <Of extends Pick<ConsultationRow, 'unitId' | 'endedAt'>>(
  staff: StaffMember,
  consultations: Of[],
): Of | undefined =>
  isOfUnit(staff)
    ? consultations.find((one) => isOpen(one) && staff.unitIds.includes(one.unitId))
    : undefined;

/** Asked with the letter locked, where the desk accepts the request and where the workflow records it. */
export const judgeConsulting = async (
  tx: Tx,
  letter: LetterRow,
  units: ConsultedUnit[],
): Promise<string | undefined> => {
  if (letter.step !== 'with_unit') return NOT_WITH_UNIT;
  if (units.length === 0 || units.length > MAX_CONSULTED_AT_ONCE) return NOT_CONSULTED;
  const asked = (await listConsultations(tx, letter.id)).filter(isOpen);
  for (const { unitId } of units) {
    const unit = await findUnit(tx, unitId);
    const isFree = unitId !== letter.unitId && !asked.some((one) => one.unitId === unitId);
    if (!unit || unit.retiredAt || !isFree) return UNIT_GONE;
  }
  return undefined;
};

export const findOpenConsultation = async (
  tx: Tx,
  { letterId, consultationId }: { letterId: string; consultationId: string | null },
): Promise<ConsultationRow | undefined> =>
  (await listConsultations(tx, letterId)).find((one) => one.id === consultationId && isOpen(one));

export const nextConsultationDue = async (
  db: Handle,
  config: Deps['config'],
  letterId: string,
): Promise<Date | null> => {
  const [first] = (await readConsultations(db, config, letterId))
    .flatMap(({ dueAt, endedAt, overdueAt }) =>
      dueAt !== null && endedAt === null && overdueAt === null ? [dueAt] : [],
    )
    .toSorted((a, b) => a.getTime() - b.getTime());
  return first ?? null;
};

export const remindOfConsultations = async (
  tx: Tx,
  { config, letter, now }: { config: Deps['config']; letter: LetterRow; now: Date },
): Promise<void> => {
  const letterId = letter.id;
  const late = (await readConsultations(tx, config, letterId)).filter(
    ({ dueAt }) => dueAt !== null && dueAt <= now,
  );
  for (const { id, unit, unitId } of late) {
    if (!(await markConsultationOverdue(tx, id))) continue;
    await addAuditEntry(tx, {
      letterId,
      actor: { kind: 'engine', id: 'workflow' },
      action: 'consultation_overdue',
      details: { unit, from: letter.unit },
      dedupKey: `${letterId}:consultation-overdue-${id}`,
    });
    for (const recipient of [unitId, letter.unitId])
      await addLetterMails(tx, {
        kind: 'consultation_overdue',
        letterId,
        unitId: recipient,
        audience: 'unit',
        about: `${letterId}:consultation-overdue-${id}`,
      });
  }
};
