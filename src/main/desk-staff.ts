import { randomUUID } from 'node:crypto';
import { text as readAll } from 'node:stream/consumers';
import { addAuditEntry } from '../db/audit.ts';
import {
  addStaff,
  disableStaff,
  findStaffByUsername,
  hasSecondFactor,
  listStaff,
  resetStaff,
} from '../db/staff.ts';
import type { StaffRow } from '../db/staff.ts';
import { findUnit } from '../db/units.ts';
import { OperatorError } from '../domain/errors.ts';
import { MIN_PASSWORD } from '../domain/password.ts';
import { cleanLine } from '../domain/text.ts';
import { hashPassword } from '../usecases/passwords.ts';
import { parseTotpSecret } from '../usecases/totp.ts';
import type { CommandInput, CommandResult } from './desk.ts';
import { makePassword } from './sample-organisation.ts';

const OPERATOR = { kind: 'operator', id: 'command line' } as const;
const ROLES = ['reviewer', 'unit', 'admin', 'auditor'] as const;
const USERNAME = /^[a-z0-9][a-z0-9._-]{1,63}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Options = CommandInput['options'];

const readPassword = async (options: Options): Promise<{ password: string; made: boolean }> => {
  if (!options['password-stdin']) return { password: makePassword(), made: true };
  const password = (await readAll(process.stdin)).replace(/\r?\n$/, '');
  if ([...password].length < MIN_PASSWORD)
    throw new OperatorError(`A password has at least ${MIN_PASSWORD} characters.`);
  return { password, made: false };
};

/** Null: none was given, and the member sets a second factor up. */
const readTotpSecret = (options: Options): string | null => {
  const typed = options['totp-secret'];
  if (typeof typed !== 'string') return null;
  const secret = parseTotpSecret(typed);
  if (!secret) throw new OperatorError('--totp-secret must be base 32, at least 80 bits.');
  return secret;
};

/**
 * A password of the operator is for the first set-up only, unless the operator hands over the second
 * factor with it.
 */
const oneTimeHours = (
  { config }: Pick<CommandInput, 'config'>,
  totpSecret: string | null,
): { oneTimeHours?: number } =>
  totpSecret === null ? { oneTimeHours: config.STAFF_ONE_TIME_HOURS } : {};

const passwordText = ({ password, made }: { password: string; made: boolean }): string =>
  made ? `\npassword (shown once): ${password}` : '';

/** What the member meets at the first sign-in; nothing where no second factor is required. */
const setupText = ({ config }: Pick<CommandInput, 'config'>, totpSecret: string | null): string =>
  config.STAFF_SECOND_FACTOR === 'required' && totpSecret === null
    ? `\ngood for ${config.STAFF_ONE_TIME_HOURS} hours: at the first sign-in a password is chosen, and a second factor set up where there is none`
    : '';

const find = async (db: CommandInput['db'], username: string): Promise<StaffRow> => {
  const member = await findStaffByUsername(db, username);
  if (!member)
    throw new OperatorError(
      `There is no staff member ${username}; see: npm run desk -- staff list`,
    );
  return member;
};

export const addStaffCommand = async (input: CommandInput): Promise<CommandResult> => {
  const { db, options } = input;
  const username = (input.args[0] ?? '').toLowerCase();
  if (!USERNAME.test(username))
    throw new OperatorError('A user name has 2 to 64 of: a-z 0-9 . _ -');
  const name = cleanLine(typeof options.name === 'string' ? options.name : '');
  if (name === '' || name.length > 120)
    throw new OperatorError('--name is needed (up to 120 characters).');
  const role = ROLES.find((known) => known === options.role);
  if (!role) throw new OperatorError(`--role must be one of ${ROLES.join(', ')}.`);
  const unitId = typeof options.unit === 'string' ? options.unit : undefined;
  if (role === 'unit' && !unitId) throw new OperatorError('--unit ID is needed for the role unit.');
  if (unitId && !(UUID.test(unitId) && (await findUnit(db, unitId))))
    throw new OperatorError(`There is no unit ${unitId}; see: npm run desk -- unit list`);
  const totpSecret = readTotpSecret(options);
  const password = await readPassword(options);
  const id = randomUUID();
  const passwordHash = await hashPassword(password.password);
  await db.begin(async (tx) => {
    const added = await addStaff(tx, {
      id,
      username,
      name,
      role,
      passwordHash,
      totpSecret,
      unitIds: unitId ? [unitId] : [],
      ...oneTimeHours(input, totpSecret),
    });
    if (!added) throw new OperatorError(`The user name ${username} is taken.`);
    await addAuditEntry(tx, {
      actor: OPERATOR,
      action: 'staff_added',
      details: { staffId: id, username, role },
    });
  });
  return {
    text: `${username} (${role}) added${passwordText(password)}${setupText(input, totpSecret)}`,
    json: {
      id,
      username,
      role,
      ...(password.made && { password: password.password }),
    },
  };
};

export const listStaffCommand = async ({ db }: CommandInput): Promise<CommandResult> => {
  const staff = (await listStaff(db)).map(
    ({ id, username, name, role, unitIds, disabledAt, ...member }) => ({
      id,
      username,
      name,
      role,
      unitIds,
      secondFactor: hasSecondFactor(member),
      disabled: disabledAt !== null,
    }),
  );
  const lines = staff.map(
    ({ username, role, name, secondFactor, disabled }) =>
      `${username.padEnd(20)} ${role.padEnd(9)} ${name}${secondFactor ? '  (second factor)' : ''}${disabled ? '  (disabled)' : ''}`,
  );
  return { text: lines.join('\n') || 'no staff', json: staff };
};

export const disableStaffCommand = async ({ db, args }: CommandInput): Promise<CommandResult> => {
  const { id, username } = await find(db, args[0] ?? '');
  await db.begin(async (tx) => {
    await disableStaff(tx, id);
    await addAuditEntry(tx, {
      actor: OPERATOR,
      action: 'staff_disabled',
      details: { staffId: id },
    });
  });
  return { text: `${username} disabled`, json: { id, username, disabled: true } };
};

export const resetStaffCommand = async (input: CommandInput): Promise<CommandResult> => {
  const { db, args, options } = input;
  const { id, username, role } = await find(db, args[0] ?? '');
  const totpSecret = readTotpSecret(options);
  const secondFactor = options['second-factor'] !== true;
  const password = await readPassword(options);
  const passwordHash = await hashPassword(password.password);
  await db.begin(async (tx) => {
    await resetStaff(tx, {
      id,
      passwordHash,
      secondFactor,
      ...(totpSecret !== null && { totpSecret }),
      ...oneTimeHours(input, totpSecret),
    });
    await addAuditEntry(tx, {
      actor: OPERATOR,
      action: 'staff_reset',
      details: { staffId: id, secondFactor: totpSecret !== null || !secondFactor },
    });
  });
  const taken = secondFactor ? '' : ', second factors and recovery codes taken away';
  return {
    text: `${username} reset${taken}${passwordText(password)}${setupText(input, totpSecret)}`,
    json: {
      id,
      username,
      role,
      ...(password.made && { password: password.password }),
    },
  };
};
