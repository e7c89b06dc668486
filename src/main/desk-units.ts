import { randomUUID } from 'node:crypto';
import { addAuditEntry } from '../db/audit.ts';
import { addUnit, listUnits, renameUnit, retireUnit } from '../db/units.ts';
import type { UnitRow } from '../db/units.ts';
import { OperatorError } from '../domain/errors.ts';
import { cleanLine } from '../domain/text.ts';
import type { CommandInput, CommandResult } from './desk.ts';

const OPERATOR = { kind: 'operator', id: 'command line' } as const;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const show = ({ id, name, retiredAt }: UnitRow) => ({ id, name, retired: retiredAt !== null });
const line = (unit: UnitRow): string =>
  `${unit.id}  ${unit.name}${unit.retiredAt ? '  (retired)' : ''}`;

const nameFrom = (typed: string): string => {
  const name = cleanLine(typed);
  if (name === '' || name.length > 120)
    throw new OperatorError('A unit name has 1 to 120 characters.');
  return name;
};

const found = (unit: UnitRow | undefined, id: string): UnitRow => {
  if (!unit) throw new OperatorError(`There is no unit ${id}; see: npm run desk -- unit list`);
  return unit;
};

const isNameTaken = (error: unknown): boolean =>
  error instanceof Error &&
  'constraint_name' in error &&
  error.constraint_name === 'units_name_key';

export const addUnitCommand = async ({ db, args }: CommandInput): Promise<CommandResult> => {
  const name = nameFrom(args[0] ?? '');
  const unit = await db.begin(async (tx) => {
    const added = await addUnit(tx, { id: randomUUID(), name });
    if (!added) throw new OperatorError(`There is a unit with the name ${name}.`);
    await addAuditEntry(tx, {
      actor: OPERATOR,
      action: 'unit_added',
      details: { unitId: added.id, name },
    });
    return added;
  });
  return { text: line(unit), json: show(unit) };
};

export const listUnitsCommand = async ({ db }: CommandInput): Promise<CommandResult> => {
  const units = await listUnits(db);
  return { text: units.map(line).join('\n') || 'no units', json: units.map(show) };
};

export const renameUnitCommand = async ({ db, args }: CommandInput): Promise<CommandResult> => {
  const [id = '', typed = ''] = args;
  const name = nameFrom(typed);
  try {
    const unit = await db.begin(async (tx) => {
      const renamed = found(UUID.test(id) ? await renameUnit(tx, { id, name }) : undefined, id);
      await addAuditEntry(tx, {
        actor: OPERATOR,
        action: 'unit_renamed',
        details: { unitId: id, name },
      });
      return renamed;
    });
    return { text: line(unit), json: show(unit) };
  } catch (error) {
    if (isNameTaken(error))
      throw new OperatorError(`There is a unit with the name ${name}.`, error);
    throw error;
  }
};

export const retireUnitCommand = async ({ db, args }: CommandInput): Promise<CommandResult> => {
  const [id = ''] = args;
  const unit = await db.begin(async (tx) => {
    const retired = found(UUID.test(id) ? await retireUnit(tx, id) : undefined, id);
    await addAuditEntry(tx, { actor: OPERATOR, action: 'unit_retired', details: { unitId: id } });
    return retired;
  });
  return { text: line(unit), json: show(unit) };
};
