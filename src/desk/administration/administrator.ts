import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { AuditAction } from '../../platform/audit/audit-action.ts';
import type { AuditDetails, OnlyAuditDetails } from '../../platform/audit/audit-detail.ts';
import type { Db, Tx } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { findStaffSession } from '../staff/staff-sessions.ts';
import { lockActiveAdmins } from '../staff/staff.sql.ts';

export type Administrator =
  | {
      kind: 'staff';
      id: string;
      from?: string | undefined;
      proven: boolean;
    }
  | { kind: 'key'; id: string; from?: string | undefined }
  | { kind: 'operator'; id: 'command line' };

export type Administered<Problems, Done = object> =
  | ({ outcome: 'done' } & Done)
  | { outcome: 'invalid'; fields: Problems }
  | { outcome: 'stale' };

export const DONE = { outcome: 'done' } as const;
export const STALE = { outcome: 'stale' } as const;

export const invalid = <Problems>(fields: Problems): { outcome: 'invalid'; fields: Problems } => ({
  outcome: 'invalid',
  fields,
});

export const mayAdminister = ({ role }: Pick<StaffMember, 'role'>): boolean =>
  role === 'admin' || role === 'auditor';

export const ensureMayAdminister = (staff: Pick<StaffMember, 'role'>): void => {
  if (!mayAdminister(staff)) throw new DomainError('not_allowed');
};

export const administratorOf = async (
  deps: Deps,
  { sessionToken, from }: { sessionToken: string; from?: string | undefined },
): Promise<Administrator & { kind: 'staff' }> => {
  const found = await findStaffSession(deps, sessionToken);
  if (found?.member.role !== 'admin') throw new DomainError('not_allowed');
  return { kind: 'staff', id: found.member.id, from, proven: found.session.proven };
};

export const ensureProven = (by: Administrator): void => {
  if (by.kind === 'staff' && !by.proven) throw new DomainError('not_allowed');
};

/**
 * Runs `change` in a transaction that locks the set of administrators.
 * @throws DomainError not_allowed when `by` is no longer an administrator
 */
export const administer = <Result>(
  db: Db,
  by: Administrator,
  change: (tx: Tx, admins: readonly string[]) => Promise<Result>,
): Promise<Result> =>
  db.begin(async (tx) => {
    const admins = await lockActiveAdmins(tx);
    if (by.kind === 'staff' && !admins.includes(by.id)) throw new DomainError('not_allowed');
    return change(tx, admins);
  }) as Promise<Result>;

export const auditChange = <Given extends AuditDetails>(
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

export const violates = (error: unknown, constraint: string): boolean =>
  error instanceof Error && 'constraint_name' in error && error.constraint_name === constraint;
