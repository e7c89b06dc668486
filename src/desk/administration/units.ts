import { randomUUID } from 'node:crypto';
import type { Tx } from '../../platform/base/database.ts';
import { toLatinDigits } from '../../platform/base/digits.ts';
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
import type { UnitLadder, UnitRow } from './units.sql.ts';

export interface Unit {
  id: string;
  name: string;
  retired: boolean;
}

export interface AdministeredUnit extends Unit, UnitLadder {
  version: number;
  secondLook: boolean;
  letters: { undecided: number; open: number };
}

/** As typed, in any digits; '': as the settings say. */
export type TypedLadder = Record<keyof UnitLadder, string>;

export type UnitProblems = { name?: NameProblem } & Partial<Record<keyof UnitLadder, 'malformed'>>;

export type UnitResult = Administered<UnitProblems, { unit: UnitRow }>;

const MOST_DAYS = 365;

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
      ...ladderIn(unit),
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
    ladder: typedLadder,
    version,
  }: {
    unitId: string;
    name: string;
    secondLook?: boolean;
    ladder?: TypedLadder;
    version?: number;
  },
): Promise<UnitResult> => {
  const name = cleanLine(typed);
  const problem = nameProblem(name);
  const { ladder, problems } = typedLadder ? readLadder(typedLadder) : {};
  if (problem || problems) return invalid({ ...problems, ...(problem && { name: problem }) });
  try {
    return await administer(db, by, async (tx) => {
      const before = await ensureUnit(tx, unitId);
      const wanted = { name, secondLook: secondLook ?? before.secondLook };
      const days = ladder ?? ladderIn(before);
      const unit = await changeUnitRow(tx, { id: unitId, ...wanted, ...days, version });
      if (!unit) return STALE;
      if (wanted.secondLook !== before.secondLook)
        await auditChange(tx, by, 'unit_second_look', { unitId, ...wanted });
      const [wording, wordingBefore] = [formatLadder(days), formatLadder(before)];
      if (wording !== wordingBefore)
        await auditChange(tx, by, 'unit_ladder', { unitId, name, wordingBefore, wording });
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

const ladderIn = ({ answerDays, remindDays, escalateDays }: UnitLadder): UnitLadder => ({
  answerDays,
  remindDays,
  escalateDays,
});

const formatLadder = ({ answerDays, remindDays, escalateDays }: UnitLadder): string =>
  [answerDays, remindDays, escalateDays].map((days) => days ?? '–').join(' / ');

const readDays = (typed: string): number | null | undefined => {
  const digits = toLatinDigits(typed).trim();
  if (digits === '') return null;
  const days = /^\d{1,3}$/.test(digits) ? Number(digits) : Infinity;
  return days <= MOST_DAYS ? days : undefined;
};

const readLadder = (
  typed: TypedLadder,
):
  | { ladder: UnitLadder; problems?: undefined }
  | { ladder?: undefined; problems: UnitProblems } => {
  const [answerDays, remindDays, escalateDays] = [
    readDays(typed.answerDays),
    readDays(typed.remindDays),
    readDays(typed.escalateDays),
  ];
  if (answerDays !== undefined && remindDays !== undefined && escalateDays !== undefined)
    return { ladder: { answerDays, remindDays, escalateDays } };
  return {
    problems: {
      ...(answerDays === undefined && { answerDays: 'malformed' }),
      ...(remindDays === undefined && { remindDays: 'malformed' }),
      ...(escalateDays === undefined && { escalateDays: 'malformed' }),
    },
  };
};

const ensureUnit = async (tx: Tx, unitId: string): Promise<UnitRow> => {
  const unit = isUuid(unitId) ? await findUnit(tx, unitId) : undefined;
  if (!unit) throw new DomainError('not_found');
  return unit;
};
