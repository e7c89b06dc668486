import { AUDIT_ACTIONS } from '../../platform/audit/audit-action.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { findAuditCheckpoint, listAuditPage } from '../../platform/audit/audit-pages.sql.ts';
import type { AuditRow } from '../../platform/audit/audit-pages.sql.ts';
import { gregorianDayOf } from '../../platform/base/jalali-day.ts';
import type { Deps } from '../../platform/deps.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { ensureMayAdminister } from './administrator.ts';

export interface AuditFilter {
  letterNumber?: string | undefined;
  username?: string | undefined;
  action?: string | undefined;
  /** Jalali, `1405/09/01`, in the organisation's time zone; anything else matches nothing. */
  day?: string | undefined;
}

export interface AuditPage {
  lines: AuditRow[];
  older: number | null;
  actions: string[];
  checkpoint: { entryId: number; publishedAt: Date } | null;
}

export interface ReadAudit extends AuditFilter {
  staff: StaffMember;
  from?: string | undefined;
  before?: number | undefined;
  limit: number;
  exported?: boolean;
}

/** The search is audited too, before anything is shown. */
export const readAudit = async (
  { db, config }: Deps,
  { staff, from, before, limit, exported = false, ...filter }: ReadAudit,
): Promise<AuditPage> => {
  ensureMayAdminister(staff);
  const { letterNumber, username, action, day: typedDay } = filter;
  await addAuditEntry(db, {
    actor: { kind: 'staff', id: staff.id },
    action: exported ? 'audit_exported' : 'audit_read',
    details: {
      ...(letterNumber !== undefined && { letterNumber }),
      ...(username !== undefined && { username }),
      ...(typedDay !== undefined && { day: typedDay }),
      ...(action !== undefined && { action }),
    },
    from,
  });
  const day = typedDay === undefined ? undefined : gregorianDayOf(typedDay);
  const timeZone = config.ORG_TIME_ZONE;
  const asked = { letterNumber, username, action, day, timeZone, before, limit: limit + 1 };
  const [found, checkpoint] = await Promise.all([
    typedDay !== undefined && day === undefined ? [] : listAuditPage(db, asked),
    findAuditCheckpoint(db),
  ]);
  const lines = found.slice(0, limit);
  const older = found.length > limit ? (lines.at(-1)?.id ?? null) : null;
  return { lines, older, actions: [...AUDIT_ACTIONS], checkpoint: checkpoint ?? null };
};
