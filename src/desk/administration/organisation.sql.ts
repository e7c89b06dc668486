import type { Handle, Tx } from '../../platform/base/database.ts';

export const findOrganisationName = async (db: Handle): Promise<string | undefined> => {
  const [row] = await db<{ name: string }[]>`select name from organisation`;
  return row?.name;
};

export const saveOrganisationName = async (tx: Tx, name: string): Promise<void> => {
  await tx`
    insert into organisation (name) values (${name})
    on conflict (only_row) do update set name = excluded.name`;
};

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
