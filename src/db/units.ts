import type { Handle } from './client.ts';

export interface UnitRow {
  id: string;
  name: string;
  retiredAt: Date | null;
}

export const listUnits = (db: Handle): Promise<UnitRow[]> =>
  db<UnitRow[]>`select id, name, retired_at from units order by name`;

export const findUnit = async (db: Handle, id: string): Promise<UnitRow | undefined> => {
  const [row] = await db<UnitRow[]>`select id, name, retired_at from units where id = ${id}`;
  return row;
};

/** Undefined: an active unit has that name. */
export const addUnit = async (
  db: Handle,
  unit: { id: string; name: string },
): Promise<UnitRow | undefined> => {
  const [row] = await db<UnitRow[]>`
    insert into units (id, name) values (${unit.id}, ${unit.name})
    on conflict (name) where retired_at is null do nothing
    returning id, name, retired_at`;
  return row;
};

export const renameUnit = async (
  db: Handle,
  { id, name }: { id: string; name: string },
): Promise<UnitRow | undefined> => {
  const [row] = await db<UnitRow[]>`
    update units set name = ${name} where id = ${id} returning id, name, retired_at`;
  return row;
};

/** A retired unit takes no new letters and keeps those that it has. */
export const retireUnit = async (db: Handle, id: string): Promise<UnitRow | undefined> => {
  const [row] = await db<UnitRow[]>`
    update units set retired_at = coalesce(retired_at, now()) where id = ${id}
    returning id, name, retired_at`;
  return row;
};
