import type { Handle, Tx } from '../../platform/base/database.ts';

/** Of two concurrent set-ups the second waits, then finds an administrator. */
export const lockSetup = async (tx: Tx): Promise<void> => {
  await tx`lock table organisation in exclusive mode`;
};

/** A disabled one counts: the operator has other ways to recover. */
export const hasAdministrator = async (db: Handle): Promise<boolean> => {
  const [row] = await db<{ has: boolean }[]>`
    select exists (select from staff where role = 'admin') as has`;
  return row?.has ?? false;
};
