import {
  addUnit,
  listUnits,
  changeUnit,
  retireUnit,
  toUnit,
} from '../desk/administration/units.ts';
import type { Unit, UnitResult } from '../desk/administration/units.ts';
import { DomainError, OperatorError } from '../platform/base/errors.ts';
import { cleanLine } from '../platform/base/text.ts';
import { OPERATOR } from './command.ts';
import type { CommandInput, CommandResult, Commands } from './command.ts';

const line = ({ id, name, retired }: Unit): string =>
  `${id}  ${name}${retired ? '  (retired)' : ''}`;

const done = async (
  [id, name]: [id: string, name: string],
  doing: Promise<UnitResult>,
): Promise<CommandResult> => {
  const result = await doing.catch((error: unknown) => {
    if (!(error instanceof DomainError) || error.code !== 'not_found') throw error;
    throw new OperatorError(`There is no unit ${id}; see: npm run desk -- unit list`, error);
  });
  if (result.outcome === 'done') {
    const unit = toUnit(result.unit);
    return { text: line(unit), json: unit };
  }
  throw new OperatorError(
    result.outcome === 'invalid' && result.fields.name === 'taken'
      ? `There is a unit with the name ${cleanLine(name)}.`
      : 'A unit name has 1 to 120 characters.',
  );
};

const runAdd = (input: CommandInput): Promise<CommandResult> => {
  const [name = ''] = input.args;
  return done(['', name], addUnit(input, OPERATOR, { name }));
};

const runList = async (input: CommandInput): Promise<CommandResult> => {
  const units = await listUnits(input);
  return { text: units.map(line).join('\n') || 'no units', json: units };
};

const runRename = (input: CommandInput): Promise<CommandResult> => {
  const [unitId = '', name = ''] = input.args;
  return done([unitId, name], changeUnit(input, OPERATOR, { unitId, name }));
};

const runRetire = (input: CommandInput): Promise<CommandResult> => {
  const [unitId = ''] = input.args;
  return done([unitId, ''], retireUnit(input, OPERATOR, { unitId }));
};

export const UNIT_COMMANDS: Commands = {
  'unit add': { usage: 'unit add NAME', help: 'add a unit', args: 1, run: runAdd },
  'unit list': { usage: 'unit list', help: 'all units', args: 0, run: runList },
  'unit rename': {
    usage: 'unit rename ID NAME',
    help: 'rename a unit',
    args: 2,
    run: runRename,
  },
  'unit retire': {
    usage: 'unit retire ID',
    help: 'accept no new letters for a unit; it keeps those it has',
    args: 1,
    run: runRetire,
  },
};
