import { addAuditEntry } from '../platform/audit/audit.sql.ts';
import type { Tx } from '../platform/base/database.ts';
import {
  addRegister,
  assignRegister,
  changeRegister,
  findEntriesByNumber,
  findLastEntry,
  firstSerialOf,
  listRegisters,
  lockRegister,
} from '../desk/register/register.sql.ts';
import type { Register, RegisterSummary } from '../desk/register/register.sql.ts';
import { publicText } from '../platform/base/audience.ts';
import { DomainError, OperatorError } from '../platform/base/errors.ts';
import { toJalali } from '../platform/base/jalali.ts';
import { formatLetterNumber, templateProblem } from '../desk/register/letter-number.ts';
import { AUDIT_TRAIL } from '../desk/register/register-checkpoint.ts';
import { cleanLine } from '../platform/base/text.ts';
import { recordAnnulment } from '../desk/letters/annul-letter.ts';
import { commandDeps } from '../main/compose.ts';
import { OPERATOR } from './command.ts';
import type { CommandInput, CommandResult, Commands, OptionsConfig } from './command.ts';
import { isUuid } from '../platform/base/uuid.ts';

const REGISTER_ID = /^[a-z0-9][a-z0-9-]{0,30}$/;
const MAX_SERIAL = 1_000_000_000;

const currentYear = (timeZone: string): number => toJalali(new Date(), timeZone).year;

const readTemplate = (typed: string): string => {
  const problem = templateProblem(typed);
  if (problem) throw new OperatorError(`--template: ${problem}.`);
  return typed;
};

const readSerial = (typed: string): number => {
  const serial = /^\d+$/.test(typed) ? Number(typed) : 0;
  if (serial < 1 || serial > MAX_SERIAL)
    throw new OperatorError(`--first-serial is a whole number from 1 to ${MAX_SERIAL}.`);
  return serial;
};

const ensureOwnForm = (registers: Register[], { id, template }: Register): void => {
  const other = registers.find((register) => register.id !== id && register.template === template);
  if (other)
    throw new OperatorError(
      `The register ${other.id} gives numbers by the same template: two letters would have one number.`,
    );
};

const nextNumber = (
  register: Register & { last?: RegisterSummary['last'] },
  year: number,
): string => {
  const { last } = register;
  const serial = last?.year === year ? last.serial + 1 : firstSerialOf(register, year);
  return formatLetterNumber(register.template, { year, serial });
};

const show = (register: RegisterSummary, year: number) => ({
  id: register.id,
  template: register.template,
  firstSerial: register.firstSerial,
  firstSerialYear: register.firstSerialYear,
  entries: register.entries,
  lastNumber: register.last?.number ?? null,
  nextNumber: nextNumber(register, year),
  units: register.units,
});

const line = (register: RegisterSummary, year: number): string =>
  [
    `${register.id}  ${register.template}  next: ${nextNumber(register, year)}`,
    `    entries: ${register.entries}${register.last ? `, last: ${register.last.number}` : ''}`,
    `    units: ${register.units.join('، ') || 'none'}`,
  ].join('\n');

const noRegister = (id: string): OperatorError =>
  new OperatorError(`There is no register ${id}; see: npm run desk -- register list`);

const oneRegister = async (tx: Tx, id: string, year: number): Promise<CommandResult> => {
  const register = (await listRegisters(tx)).find((each) => each.id === id);
  if (!register) throw noRegister(id);
  return { text: line(register, year), json: show(register, year) };
};

export const listRegistersCommand = async ({
  config,
  db,
}: CommandInput): Promise<CommandResult> => {
  const year = currentYear(config.ORG_TIME_ZONE);
  const registers = await listRegisters(db);
  return {
    text: registers.map((register) => line(register, year)).join('\n'),
    json: registers.map((register) => show(register, year)),
  };
};

export const addRegisterCommand = async ({
  config,
  db,
  args,
  options,
}: CommandInput): Promise<CommandResult> => {
  const [id = ''] = args;
  if (!REGISTER_ID.test(id) || id === AUDIT_TRAIL)
    throw new OperatorError(
      'A register id has 1 to 31 small Latin letters, digits and hyphens, and is not "audit".',
    );
  if (typeof options.template !== 'string')
    throw new OperatorError("--template is needed, such as '{year}/12/{serial}'.");
  const year = currentYear(config.ORG_TIME_ZONE);
  const first = options['first-serial'];
  const register: Register = {
    id,
    template: readTemplate(options.template),
    firstSerial: typeof first === 'string' ? readSerial(first) : 1,
    firstSerialYear: typeof first === 'string' ? year : null,
  };
  return db.begin(async (tx) => {
    ensureOwnForm(await listRegisters(tx), register);
    if (!(await addRegister(tx, register)))
      throw new OperatorError(`There is a register ${id} already.`);
    await addAuditEntry(tx, {
      actor: OPERATOR,
      action: 'register_added',
      details: { ...register },
    });
    return oneRegister(tx, id, year);
  });
};

// Template and first serial are fixed once the register has an entry of this year.
export const setRegisterCommand = async ({
  config,
  db,
  args,
  options,
}: CommandInput): Promise<CommandResult> => {
  const [id = ''] = args;
  const { template, 'first-serial': first } = options;
  if (typeof template !== 'string' && typeof first !== 'string')
    throw new OperatorError('--template or --first-serial is needed.');
  const year = currentYear(config.ORG_TIME_ZONE);
  return db.begin(async (tx) => {
    const before = await lockRegister(tx, id);
    if (!before) throw noRegister(id);
    if ((await findLastEntry(tx, id))?.year === year)
      throw new OperatorError(
        `The register ${id} has entries of ${year}: template and first serial stay as they are this year.`,
      );
    const register: Register = {
      id,
      template: typeof template === 'string' ? readTemplate(template) : before.template,
      ...(typeof first === 'string'
        ? { firstSerial: readSerial(first), firstSerialYear: year }
        : { firstSerial: before.firstSerial, firstSerialYear: before.firstSerialYear }),
    };
    ensureOwnForm(await listRegisters(tx), register);
    await changeRegister(tx, register);
    await addAuditEntry(tx, {
      actor: OPERATOR,
      action: 'register_changed',
      details: { ...register },
    });
    return oneRegister(tx, id, year);
  });
};

export const assignRegisterCommand = async ({
  config,
  db,
  args,
}: CommandInput): Promise<CommandResult> => {
  const [unitId = '', register = ''] = args;
  return db.begin(async (tx) => {
    if (!(await lockRegister(tx, register))) throw noRegister(register);
    if (!isUuid(unitId) || !(await assignRegister(tx, { unitId, register })))
      throw new OperatorError(`There is no unit ${unitId}; see: npm run desk -- unit list`);
    await addAuditEntry(tx, {
      actor: OPERATOR,
      action: 'register_assigned',
      details: { unitId, register },
    });
    return oneRegister(tx, register, currentYear(config.ORG_TIME_ZONE));
  });
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
