/**
 * Nobody decides an objection against their own rejection. Asked with the letter locked, where a
 * decision is accepted and again where the workflow records it.
 */
import type { Handle } from '../../platform/base/database.ts';
import type { LetterRow } from './letters.sql.ts';
import { listRejectedBy } from './objections.sql.ts';
import type { Decider } from './objections.sql.ts';

/** Why the record refuses such a decision. */
export const OWN_REJECTION = 'the objection is against a rejection by who decides it';

export const isOwnRejection = async (
  db: Handle,
  { id, objectedAt }: Pick<LetterRow, 'id' | 'objectedAt'>,
  by: Decider,
): Promise<boolean> => objectedAt !== null && (await listRejectedBy(db, [id], by)).length > 0;
