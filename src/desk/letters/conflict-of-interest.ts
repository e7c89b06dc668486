/**
 * Nobody decides their own letter: whoever has the mobile number of its sender may read it like
 * others, and neither decide about it nor act on it.
 */
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Handle, Tx } from '../../platform/base/database.ts';
import type { LetterRow } from './letters.sql.ts';
import { findStaffWithMobile } from '../staff/staff.sql.ts';

/** Why the record refuses a decision or a unit action. */
export const OWN_LETTER = 'the letter was sent from the mobile number of who decides it';

/**
 * Asked with the letter locked. `said`: who a signal of Temporal's own tools says it is from, a user
 * name or a name.
 * @returns the member's id; undefined: it is nobody's own letter
 */
export const ownLetterOf = (
  tx: Tx,
  { mobile }: Pick<LetterRow, 'mobile'>,
  by: { staffId: string } | { said: string },
): Promise<string | undefined> => findStaffWithMobile(tx, { by, mobile });

/** Once for each `id`, of a decision or an action; without one each time. */
export const tellOwnLetter = (
  db: Handle,
  {
    letterId,
    staffId,
    kind,
    id,
    from,
  }: { letterId: string; staffId: string; kind: string; id?: string; from?: string | undefined },
): Promise<void> =>
  addAuditEntry(db, {
    letterId,
    actor: { kind: 'staff', id: staffId },
    action: 'own_letter_refused',
    details: { kind },
    ...(id !== undefined && { dedupKey: `${letterId}:own:${id}` }),
    from,
  });
