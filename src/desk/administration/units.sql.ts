import type { Handle } from '../../platform/base/database.ts';

export interface UnitRow {
  id: string;
  name: string;
  retiredAt: Date | null;
  secondLook: boolean;
  version: number;
}

export const listUnitRows = (db: Handle): Promise<UnitRow[]> =>
  db<UnitRow[]>`select id, name, retired_at, second_look, version from units order by name`;

export const findUnit = async (db: Handle, id: string): Promise<UnitRow | undefined> => {
  const [row] = await db<
    UnitRow[]
  >`select id, name, retired_at, second_look, version from units where id = ${id}`;
  return row;
};

export const addUnitRow = async (
  db: Handle,
  unit: { id: string; name: string },
): Promise<UnitRow | undefined> => {
  const [row] = await db<UnitRow[]>`
    insert into units (id, name) values (${unit.id}, ${unit.name})
    on conflict (name) where retired_at is null do nothing
    returning id, name, retired_at, second_look, version`;
  return row;
};

export const changeUnitRow = async (
  db: Handle,
  {
    id,
    name,
    secondLook,
    version,
  }: { id: string; name: string; secondLook: boolean; version?: number | undefined },
): Promise<UnitRow | undefined> => {
  const [row] = await db<UnitRow[]>`
    update units set name = ${name}, second_look = ${secondLook}, version = version + 1
    where id = ${id} and version = coalesce(${version ?? null}, version)
    returning id, name, retired_at, second_look, version`;
  return row;
};

export const retireUnitRow = async (
  db: Handle,
  { id, version }: { id: string; version?: number | undefined },
): Promise<UnitRow | undefined> => {
  const [row] = await db<UnitRow[]>`
    update units set retired_at = coalesce(retired_at, now()), version = version + 1
    where id = ${id} and version = coalesce(${version ?? null}, version)
    returning id, name, retired_at, second_look, version`;
  return row;
};

export const countUnitLetters = async (
  db: Handle,
): Promise<Map<string, { undecided: number; open: number }>> => {
  const rows = await db<{ unitId: string; undecided: number; open: number }[]>`
    select unit_id, count(*) filter (where status in ('pending', 'returned'))::int as undecided,
      count(*) filter (where step in ('with_unit', 'answered'))::int as open
    from letters group by unit_id`;
  return new Map(rows.map(({ unitId, undecided, open }) => [unitId, { undecided, open }]));
};
