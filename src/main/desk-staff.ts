import { randomUUID } from 'node:crypto';
import { text as readAll } from 'node:stream/consumers';
import { addAuditEntry } from '../db/audit.ts';
import { addStaff, disableStaff, findStaffByUsername, listStaff, resetStaff } from '../db/staff.ts';
import type { StaffRow } from '../db/staff.ts';
import { findUnit } from '../db/units.ts';
import { OperatorError } from '../domain/errors.ts';
import { cleanLine } from '../domain/text.ts';
import {
  hashPassword,
  makeTotpSecret,
  parseTotpSecret,
  totpUri,
} from '../usecases/staff-sign-in.ts';
import type { CommandInput, CommandResult } from './desk.ts';
import { makePassword } from './sample-organisation.ts';

const OPERATOR = { kind: 'operator', id: 'command line' } as const;
const ROLES = ['reviewer', 'unit', 'admin', 'auditor'] as const;
const USERNAME = /^[a-z0-9][a-z0-9._-]{1,63}$/;
const MIN_PASSWORD = 12;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

type Options = CommandInput['options'];

const readPassword = async (options: Options): Promise<{ password: string; made: boolean }> => {
  if (!options['password-stdin']) return { password: makePassword(), made: true };
  const password = (await readAll(process.stdin)).replace(/\r?\n$/, '');
  if ([...password].length < MIN_PASSWORD)
    throw new OperatorError(`A password has at least ${MIN_PASSWORD} characters.`);
  return { password, made: false };
};

/** Given, or made where every member needs one, or none. */
const readTotpSecret = (
  options: Options,
  required: boolean,
): { secret: string | null; made: boolean } => {
  const typed = options['totp-secret'];
  if (typeof typed !== 'string')
    return required ? { secret: makeTotpSecret(), made: true } : { secret: null, made: false };
  const secret = parseTotpSecret(typed);
  if (!secret) throw new OperatorError('--totp-secret must be base 32, at least 80 bits.');
  return { secret, made: false };
};

const secretsText = (
  username: string,
  {
    password,
    totp,
  }: {
    password: { password: string; made: boolean };
    totp: { secret: string | null; made: boolean };
  },
): string =>
  [
    password.made && `password (shown once): ${password.password}`,
    totp.made && totp.secret && `second factor (shown once): ${totpUri(username, totp.secret)}`,
  ]
    .filter(Boolean)
    .map((text) => `\n${String(text)}`)
    .join('');

const find = async (db: CommandInput['db'], username: string): Promise<StaffRow> => {
  const member = await findStaffByUsername(db, username);
  if (!member)
    throw new OperatorError(
      `There is no staff member ${username}; see: npm run desk -- staff list`,
    );
  return member;
};

export const addStaffCommand = async (input: CommandInput): Promise<CommandResult> => {
  const { db, options, config } = input;
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
  const totp = readTotpSecret(options, config.STAFF_SECOND_FACTOR === 'required');
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
      totpSecret: totp.secret,
      unitIds: unitId ? [unitId] : [],
    });
    if (!added) throw new OperatorError(`The user name ${username} is taken.`);
    await addAuditEntry(tx, {
      actor: OPERATOR,
      action: 'staff_added',
      details: { staffId: id, username, role },
    });
  });
  return {
    text: `${username} (${role}) added${secretsText(username, { password, totp })}`,
    json: {
      id,
      username,
      role,
      ...(password.made && { password: password.password }),
      ...(totp.made && { totpSecret: totp.secret }),
    },
  };
};

export const listStaffCommand = async ({ db }: CommandInput): Promise<CommandResult> => {
  const staff = (await listStaff(db)).map(
    ({ id, username, name, role, unitIds, totpSecret, disabledAt }) => ({
      id,
      username,
      name,
      role,
      unitIds,
      secondFactor: totpSecret !== null,
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

export const resetStaffCommand = async ({
  db,
  args,
  options,
  config,
}: CommandInput): Promise<CommandResult> => {
  const { id, username, role, totpSecret } = await find(db, args[0] ?? '');
  const needed = config.STAFF_SECOND_FACTOR === 'required' && totpSecret === null;
  const totp = readTotpSecret(options, needed);
  const password = await readPassword(options);
  const passwordHash = await hashPassword(password.password);
  await db.begin(async (tx) => {
    await resetStaff(tx, {
      id,
      passwordHash,
      ...(totp.secret !== null && { totpSecret: totp.secret }),
    });
    await addAuditEntry(tx, { actor: OPERATOR, action: 'staff_reset', details: { staffId: id } });
  });
  return {
    text: `${username} reset${secretsText(username, { password, totp })}`,
    json: {
      id,
      username,
      role,
      ...(password.made && { password: password.password }),
      ...(totp.made && { totpSecret: totp.secret }),
    },
  };
};
