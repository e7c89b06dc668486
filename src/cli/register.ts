import {
  addRegisterBook,
  assignUnitRegister,
  changeRegisterBook,
  describeRegisters,
  MAX_SERIAL,
} from '../desk/administration/registers.ts';
import type {
  AdministeredRegister,
  RegisterProblems,
  TypedRegister,
} from '../desk/administration/registers.ts';
import type { Administered } from '../desk/administration/administrator.ts';
import { findEntriesByNumber } from '../desk/register/register.sql.ts';
import { publicText } from '../platform/base/audience.ts';
import { DomainError, OperatorError } from '../platform/base/errors.ts';
import { templateProblem } from '../desk/register/letter-number.ts';
import { cleanLine } from '../platform/base/text.ts';
import { recordAnnulment } from '../desk/letters/annul-letter.ts';
import { commandDeps } from '../main/compose.ts';
import { OPERATOR } from './command.ts';
import type { CommandInput, CommandResult, Commands, OptionsConfig } from './command.ts';

const PROBLEMS: Record<string, string> = {
  'id malformed':
    'A register id has 1 to 31 small Latin letters, digits and hyphens, and is not "audit".',
  'id taken': 'There is a register with this id already.',
  'template taken':
    'Another register gives numbers by the same template: two letters would have one number.',
  'template fixed':
    'The register has entries of this year: template and first serial stay as they are this year.',
  'firstSerial malformed': `--first-serial is a whole number from 1 to ${MAX_SERIAL}.`,
};

const ensureDone = (result: Administered<RegisterProblems>, typed: TypedRegister): void => {
  if (result.outcome !== 'invalid') return;
  const problem = templateProblem(typed.template);
  const [first] = Object.entries(result.fields);
  throw new OperatorError(
    first?.join(' ') === 'template malformed' && problem !== undefined
      ? `--template: ${problem}.`
      : (PROBLEMS[first?.join(' ') ?? ''] ?? 'The register is invalid.'),
  );
};

const show = (register: AdministeredRegister) => ({
  id: register.id,
  template: register.template,
  firstSerial: register.firstSerial,
  firstSerialYear: register.firstSerialYear,
  entries: register.entries,
  lastNumber: register.last?.number ?? null,
  nextNumber: register.nextNumber,
  units: register.units,
});

const line = (register: AdministeredRegister): string =>
  [
    `${register.id}  ${register.template}  next: ${register.nextNumber}`,
    `    entries: ${register.entries}${register.last ? `, last: ${register.last.number}` : ''}`,
    `    units: ${register.units.join('، ') || 'none'}`,
  ].join('\n');

const noRegister = (id: string): OperatorError =>
  new OperatorError(`There is no register ${id}; see: npm run desk -- register list`);

const findRegister = async (input: CommandInput, id: string): Promise<AdministeredRegister> => {
  const register = (await describeRegisters(input)).find((each) => each.id === id);
  if (!register) throw noRegister(id);
  return register;
};

const oneRegister = async (input: CommandInput, id: string): Promise<CommandResult> => {
  const register = await findRegister(input, id);
  return { text: line(register), json: show(register) };
};

export const listRegistersCommand = async (input: CommandInput): Promise<CommandResult> => {
  const registers = await describeRegisters(input);
  return { text: registers.map(line).join('\n'), json: registers.map(show) };
};

export const addRegisterCommand = async (input: CommandInput): Promise<CommandResult> => {
  const [id = ''] = input.args;
  const { template, 'first-serial': first } = input.options;
  if (typeof template !== 'string')
    throw new OperatorError("--template is needed, such as '{year}/12/{serial}'.");
  const typed = { id, template, firstSerial: typeof first === 'string' ? first || '0' : '' };
  ensureDone(await addRegisterBook(input, OPERATOR, typed), typed);
  return oneRegister(input, id);
};

export const setRegisterCommand = async (input: CommandInput): Promise<CommandResult> => {
  const [id = ''] = input.args;
  const { template, 'first-serial': first } = input.options;
  if (typeof template !== 'string' && typeof first !== 'string')
    throw new OperatorError('--template or --first-serial is needed.');
  const before = await findRegister(input, id);
  const typed = {
    id,
    template: typeof template === 'string' ? template : before.template,
    firstSerial: typeof first === 'string' ? first || '0' : '',
  };
  ensureDone(await changeRegisterBook(input, OPERATOR, typed), typed);
  return oneRegister(input, id);
};

export const assignRegisterCommand = async (input: CommandInput): Promise<CommandResult> => {
  const [unitId = '', register = ''] = input.args;
  await findRegister(input, register);
  try {
    await assignUnitRegister(input, OPERATOR, { unitId, register });
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'not_found') throw error;
    throw new OperatorError(`There is no unit ${unitId}; see: npm run desk -- unit list`);
  }
  return oneRegister(input, register);
};

export const annulNumberCommand = async ({
  config,
  db,
  args,
  options,
}: CommandInput): Promise<CommandResult> => {
  const [number = ''] = args;
  const reason = cleanLine(typeof options.reason === 'string' ? options.reason : '');
  const by = cleanLine(typeof options.by === 'string' ? options.by : '') || OPERATOR.id;
  if (reason === '' || reason.length > 500)
    throw new OperatorError('--reason is needed, of at most 500 characters.');
  const found = (await findEntriesByNumber(db, number)).filter(
    ({ register }) => options.register === undefined || register === options.register,
  );
  const [entry] = found;
  if (!entry) throw new OperatorError(`There is no number ${number} in the register.`);
  if (found.length > 1)
    throw new OperatorError(
      `Several registers have the number ${number}: add --register ${found.map(({ register }) => register).join(' or ')}.`,
    );
  const { register, year, serial, letterId } = entry;
  try {
    await recordAnnulment(commandDeps({ config, db }), {
      letterId,
      by: { actor: OPERATOR, name: by },
      reason: publicText(reason),
      internalReason: null,
    });
  } catch (error) {
    if (!(error instanceof DomainError) || error.code !== 'not_open') throw error;
    throw new OperatorError(`The number ${number} is annulled already.`);
  }
  return {
    text: `${number} is annulled; its entry stays in the register ${register}.`,
    json: { register, year, serial, number, letterId, reason, by },
  };
};

const OPTIONS: OptionsConfig = {
  template: { type: 'string' },
  'first-serial': { type: 'string' },
};

export const REGISTER_COMMANDS: Commands = {
  'register list': {
    usage: 'register list',
    help: 'all registers, with their units and next numbers',
    args: 0,
    run: listRegistersCommand,
  },
  'register add': {
    usage: 'register add ID --template TEMPLATE [--first-serial N]',
    help: "add a register, such as --template '{year}/12/{serial}'; it starts at N this year",
    options: OPTIONS,
    args: 1,
    run: addRegisterCommand,
  },
  'register set': {
    usage: 'register set ID [--template TEMPLATE] [--first-serial N]',
    help: 'change a register that has no entry of this year yet',
    options: OPTIONS,
    args: 1,
    run: setRegisterCommand,
  },
  'register assign': {
    usage: 'register assign UNIT_ID REGISTER',
    help: 'number letters approved for the unit from this register',
    args: 2,
    run: assignRegisterCommand,
  },
  'register annul': {
    usage: 'register annul NUMBER --reason TEXT [--register ID] [--by NAME]',
    help: 'declare a number invalid; its entry stays, and the sender gets the reason',
    options: {
      reason: { type: 'string' },
      register: { type: 'string' },
      by: { type: 'string' },
    },
    args: 1,
    run: annulNumberCommand,
  },
};
