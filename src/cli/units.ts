import { listUnits } from '../desk/administration/units.sql.ts';
import type { UnitRow } from '../desk/administration/units.sql.ts';
import { DomainError, OperatorError } from '../platform/base/errors.ts';
import { cleanLine } from '../platform/base/text.ts';
import { createAdminister } from '../desk/administration/members.ts';
import type { Administered, NameProblem } from '../desk/administration/administration.ts';
import { hashPassword } from '../desk/staff/passwords.ts';
import { OPERATOR } from './command.ts';
import type { CommandInput, CommandResult, Commands } from './command.ts';

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

const addUnit = (input: CommandInput): Promise<CommandResult> =>
  done(
    ['', input.args[0] ?? ''],
    administer(input).addUnit({ by: OPERATOR, name: input.args[0] ?? '' }),
  );

const listAllUnits = async ({ db }: CommandInput): Promise<CommandResult> => {
  const units = await listUnits(db);
  return { text: units.map(line).join('\n') || 'no units', json: units.map(show) };
};

const renameUnit = (input: CommandInput): Promise<CommandResult> => {
  const [unitId = '', name = ''] = input.args;
  return done([unitId, name], administer(input).renameUnit({ by: OPERATOR, unitId, name }));
};

const retireUnit = (input: CommandInput): Promise<CommandResult> => {
  const [unitId = ''] = input.args;
  return done([unitId, ''], administer(input).retireUnit({ by: OPERATOR, unitId }));
};

export const UNIT_COMMANDS: Commands = {
  'unit add': { usage: 'unit add NAME', help: 'add a unit', args: 1, run: addUnit },
  'unit list': { usage: 'unit list', help: 'all units', args: 0, run: listAllUnits },
  'unit rename': {
    usage: 'unit rename ID NAME',
    help: 'rename a unit',
    args: 2,
    run: renameUnit,
  },
  'unit retire': {
    usage: 'unit retire ID',
    help: 'accept no new letters for a unit; it keeps those it has',
    args: 1,
    run: retireUnit,
  },
};
