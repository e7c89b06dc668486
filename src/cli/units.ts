import { listUnits } from '../desk/administration/units.sql.ts';
import type { UnitRow } from '../desk/administration/units.sql.ts';
import { DomainError, OperatorError } from '../platform/base/errors.ts';
import { cleanLine } from '../platform/base/text.ts';
import { createAdminister } from '../desk/administration/members.ts';
import type { Administered, NameProblem } from '../desk/administration/administration.ts';
import { hashPassword } from '../desk/staff/passwords.ts';
import type { CommandInput, CommandResult } from './desk.ts';
import { OPERATOR } from './operator.ts';

/** The same as the pages of administration do. */
export const administer = ({ config, db }: Pick<CommandInput, 'config' | 'db'>) =>
  createAdminister({ db, hash: hashPassword, oneTimeHours: config.limits.staffOneTimeHours });

const show = ({ id, name, retiredAt }: UnitRow) => ({ id, name, retired: retiredAt !== null });
const line = (unit: UnitRow): string =>
  `${unit.id}  ${unit.name}${unit.retiredAt ? '  (retired)' : ''}`;

const done = async (
  [id, name]: [id: string, name: string],
  doing: Promise<Administered<{ name?: NameProblem }, { unit: UnitRow }>>,
): Promise<CommandResult> => {
  const result = await doing.catch((error: unknown) => {
    if (!(error instanceof DomainError) || error.code !== 'not_found') throw error;
    throw new OperatorError(`There is no unit ${id}; see: npm run desk -- unit list`, error);
  });
  if (result.outcome === 'done') return { text: line(result.unit), json: show(result.unit) };
  throw new OperatorError(
    result.outcome === 'invalid' && result.fields.name === 'taken'
      ? `There is a unit with the name ${cleanLine(name)}.`
      : 'A unit name has 1 to 120 characters.',
  );
};

export const addUnitCommand = (input: CommandInput): Promise<CommandResult> =>
  done(
    ['', input.args[0] ?? ''],
    administer(input).addUnit({ by: OPERATOR, name: input.args[0] ?? '' }),
  );

export const listUnitsCommand = async ({ db }: CommandInput): Promise<CommandResult> => {
  const units = await listUnits(db);
  return { text: units.map(line).join('\n') || 'no units', json: units.map(show) };
};

export const renameUnitCommand = (input: CommandInput): Promise<CommandResult> => {
  const [unitId = '', name = ''] = input.args;
  return done([unitId, name], administer(input).renameUnit({ by: OPERATOR, unitId, name }));
};

export const retireUnitCommand = (input: CommandInput): Promise<CommandResult> => {
  const [unitId = ''] = input.args;
  return done([unitId, ''], administer(input).retireUnit({ by: OPERATOR, unitId }));
};
