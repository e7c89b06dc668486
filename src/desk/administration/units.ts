import { randomUUID } from 'node:crypto';
import type { Tx } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { cleanLine } from '../../platform/base/text.ts';
import { isUuid } from '../../platform/base/uuid.ts';
import type { Deps } from '../../platform/deps.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import {
  administer,
  auditChange,
  ensureMayAdminister,
  invalid,
  STALE,
  violates,
} from './administrator.ts';
import type { Administered, Administrator } from './administrator.ts';
import { nameProblem } from './names.ts';
import type { NameProblem } from './names.ts';
import {
  addUnitRow,
  countUnitLetters,
  findUnit,
  listUnitRows,
  changeUnitRow,
  retireUnitRow,
} from './units.sql.ts';
import type { UnitRow } from './units.sql.ts';

export interface Unit {
  id: string;
  name: string;
  retired: boolean;
}

export interface AdministeredUnit extends Unit {
  version: number;
  secondLook: boolean;
  letters: { undecided: number; open: number };
}

export type UnitResult = Administered<{ name?: NameProblem }, { unit: UnitRow }>;

type DbDeps = Pick<Deps, 'db'>;

export const toUnit = ({
  id,
  name,
  retiredAt,
}: Pick<UnitRow, 'id' | 'name' | 'retiredAt'>): Unit => ({
  id,
  name,
  retired: retiredAt !== null,
});

export const listUnits = async ({ db }: DbDeps): Promise<Unit[]> =>
  (await listUnitRows(db)).map(toUnit);

export const listAdministeredUnits = async (
  { db }: DbDeps,
  staff: StaffMember,
): Promise<AdministeredUnit[]> => {
  ensureMayAdminister(staff);
  const [units, letters] = await Promise.all([listUnitRows(db), countUnitLetters(db)]);
  return units
    .map((unit) => ({
      ...toUnit(unit),
      version: unit.version,
      secondLook: unit.secondLook,
      letters: letters.get(unit.id) ?? { undecided: 0, open: 0 },
    }))
    .toSorted((a, b) => Number(a.retired) - Number(b.retired));
};

export const addUnit = async (
  { db }: DbDeps,
  by: Administrator,
  { unitId = randomUUID(), name: typed }: { unitId?: string; name: string },
): Promise<UnitResult> => {
  const name = cleanLine(typed);
  const problem = nameProblem(name);
  if (problem) return invalid({ name: problem });
  return administer(db, by, async (tx) => {
    const before = await findUnit(tx, unitId);
    if (before && before.name !== name) throw new DomainError('key_reused');
    if (before) return { outcome: 'done', unit: before };
    const unit = await addUnitRow(tx, { id: unitId, name });
    if (!unit) return invalid({ name: 'taken' as const });
    await auditChange(tx, by, 'unit_added', { unitId, name });
    return { outcome: 'done', unit };
  });
};

export const changeUnit = async (
  { db }: DbDeps,
  by: Administrator,
  {
    unitId,
    name: typed,
    secondLook,
    version,
  }: { unitId: string; name: string; secondLook?: boolean; version?: number },
): Promise<UnitResult> => {
  const name = cleanLine(typed);
  const problem = nameProblem(name);
  if (problem) return invalid({ name: problem });
  try {
    return await administer(db, by, async (tx) => {
      const before = await ensureUnit(tx, unitId);
      const wanted = { name, secondLook: secondLook ?? before.secondLook };
      const unit = await changeUnitRow(tx, { id: unitId, ...wanted, version });
      if (!unit) return STALE;
      if (wanted.secondLook !== before.secondLook)
        await auditChange(tx, by, 'unit_second_look', { unitId, ...wanted });
      if (name !== before.name || secondLook === undefined)
        await auditChange(tx, by, 'unit_renamed', { unitId, nameBefore: before.name, name });
      return { outcome: 'done', unit };
    });
  } catch (error) {
    if (violates(error, 'units_name_key')) return invalid({ name: 'taken' });
    throw error;
  }
};

/** A retired unit takes no new letters and keeps those it has. Idempotent. */
export const retireUnit = (
  { db }: DbDeps,
  by: Administrator,
  { unitId, version }: { unitId: string; version?: number },
): Promise<UnitResult> =>
  administer(db, by, async (tx) => {
    const before = await ensureUnit(tx, unitId);
    if (before.retiredAt !== null) return { outcome: 'done', unit: before };
    const unit = await retireUnitRow(tx, { id: unitId, version });
    if (!unit) return STALE;
    await auditChange(tx, by, 'unit_retired', { unitId, name: unit.name });
    return { outcome: 'done', unit };
  });

const ensureUnit = async (tx: Tx, unitId: string): Promise<UnitRow> => {
  const unit = isUuid(unitId) ? await findUnit(tx, unitId) : undefined;
  if (!unit) throw new DomainError('not_found');
  return unit;
};
