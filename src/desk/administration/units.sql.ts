import type { Handle } from '../../platform/base/database.ts';

/** In working days; null: as the settings say. */
export interface UnitLadder {
  answerDays: number | null;
  remindDays: number | null;
  escalateDays: number | null;
}

export interface UnitRow extends UnitLadder {
  id: string;
  name: string;
  retiredAt: Date | null;
  secondLook: boolean;
  version: number;
}

const unitColumns = (db: Handle) =>
  db`id, name, retired_at, second_look, answer_days, remind_days, escalate_days, version`;

export const listUnitRows = (db: Handle): Promise<UnitRow[]> =>
  db<UnitRow[]>`select ${unitColumns(db)} from units order by name`;

export const findUnit = async (db: Handle, id: string): Promise<UnitRow | undefined> => {
  const [row] = await db<UnitRow[]>`select ${unitColumns(db)} from units where id = ${id}`;
  return row;
};

export const addUnitRow = async (
  db: Handle,
  unit: { id: string; name: string },
): Promise<UnitRow | undefined> => {
  const [row] = await db<UnitRow[]>`
    insert into units (id, name) values (${unit.id}, ${unit.name})
    on conflict (name) where retired_at is null do nothing
    returning ${unitColumns(db)}`;
  return row;
};

export const changeUnitRow = async (
  db: Handle,
  {
    id,
    name,
    secondLook,
    version,
    ...ladder
  }: Pick<UnitRow, 'id' | 'name' | 'secondLook'> & UnitLadder & { version?: number | undefined },
): Promise<UnitRow | undefined> => {
  const [row] = await db<UnitRow[]>`
    update units set name = ${name}, second_look = ${secondLook},
      answer_days = ${ladder.answerDays}, remind_days = ${ladder.remindDays},
      escalate_days = ${ladder.escalateDays}, version = version + 1
    where id = ${id} and version = coalesce(${version ?? null}, version)
    returning ${unitColumns(db)}`;
  return row;
};

export const retireUnitRow = async (
  db: Handle,
  { id, version }: { id: string; version?: number | undefined },
): Promise<UnitRow | undefined> => {
  const [row] = await db<UnitRow[]>`
    update units set retired_at = coalesce(retired_at, now()), version = version + 1
    where id = ${id} and version = coalesce(${version ?? null}, version)
    returning ${unitColumns(db)}`;
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
