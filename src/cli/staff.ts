import { findStaffByUsername, hasSecondFactor, listStaff } from '../desk/staff/staff.sql.ts';
import type { StaffRow } from '../desk/staff/staff.sql.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { isCommonPassword, MIN_PASSWORD } from '../desk/staff/password.ts';
import type {
  Administered,
  ActProblems,
  MemberProblems,
} from '../desk/administration/administration.ts';
import { ROLES } from '../desk/administration/administration.ts';
import { makePassword } from '../desk/staff/passwords.ts';
import { parseTotpSecret } from '../desk/staff/totp.ts';
import { administer } from './units.ts';
import type { CommandInput, CommandResult } from './desk.ts';
import { OPERATOR } from './operator.ts';
import { readSecretLine } from './read-secret-line.ts';

type Options = CommandInput['options'];

/** Names are not looked for: it is good for a first set-up, or handed over with a second factor. */
export const ensureGoodPassword = (password: string): void => {
  if ([...password].length < MIN_PASSWORD)
    throw new OperatorError(`A password has at least ${MIN_PASSWORD} characters.`);
  if (isCommonPassword(password))
    throw new OperatorError('This password, or one like it, is tried first: choose another one.');
};

export const readPassword = async (
  options: Options,
): Promise<{ password: string; made: boolean }> => {
  if (!options['password-stdin']) return { password: makePassword(), made: true };
  const password = await readSecretLine('The password');
  ensureGoodPassword(password);
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

export const passwordText = ({ password, made }: { password: string; made: boolean }): string =>
  made ? `\npassword (shown once): ${password}` : '';

/** What the member meets at the first sign-in; nothing where no second factor is required. */
export const oneTimeText = (
  config: Pick<CommandInput['config'], 'STAFF_SECOND_FACTOR' | 'limits'>,
  totpSecret: string | null,
): string =>
  config.STAFF_SECOND_FACTOR === 'required' && totpSecret === null
    ? `\ngood for ${config.limits.staffOneTimeHours} hours: at the first sign-in a password is chosen, and a second factor set up where there is none`
    : '';

const find = async (db: CommandInput['db'], username: string): Promise<StaffRow> => {
  const member = await findStaffByUsername(db, username);
  if (!member)
    throw new OperatorError(
      `There is no staff member ${username}; see: npm run desk -- staff list`,
    );
  return member;
};

const PROBLEMS: Record<string, string> = {
  'username malformed': 'A user name has 2 to 64 of: a-z 0-9 . _ -',
  'username taken': 'The user name is taken.',
  'name missing': '--name is needed (up to 120 characters).',
  'name too_long': '--name is needed (up to 120 characters).',
  'role missing': `--role must be one of ${ROLES.join(', ')}.`,
  'role last_admin': 'This is the last administrator: add another one first.',
  'unitIds missing': '--unit ID is needed for the role unit.',
  'unitIds gone': 'There is no such unit, or it is retired; see: npm run desk -- unit list',
  'mobile not_a_mobile': '--mobile must be a mobile number of Iran, as 09123456789.',
  'act last_admin': 'This is the last administrator: add another one first.',
};

/** What was done, or the first problem in one line. */
const done = <Done extends object>(
  result: Administered<MemberProblems | ActProblems, Done>,
): Extract<typeof result, { outcome: 'done' }> => {
  if (result.outcome === 'done') return result;
  const [problem] = result.outcome === 'invalid' ? Object.entries(result.fields) : [];
  throw new OperatorError(
    PROBLEMS[problem?.join(' ') ?? ''] ?? 'Somebody else has just changed the member.',
  );
};

export const textOf = (options: Options, name: string): string | undefined => {
  const value = options[name];
  return typeof value === 'string' ? value : undefined;
};

export const addStaffCommand = async (input: CommandInput): Promise<CommandResult> => {
  const { options } = input;
  const username = (input.args[0] ?? '').toLowerCase();
  const role = textOf(options, 'role') ?? '';
  const unit = textOf(options, 'unit');
  const totpSecret = readTotpSecret(options);
  const password = await readPassword(options);
  const { memberId } = done(
    await administer(input).addMember({
      by: OPERATOR,
      username,
      name: textOf(options, 'name') ?? '',
      role,
      unitIds: unit === undefined ? [] : [unit],
      mobile: textOf(options, 'mobile') ?? '',
      password: password.password,
      totpSecret,
    }),
  );
  return {
    text: `${username} (${role}) added${passwordText(password)}${oneTimeText(input.config, totpSecret)}`,
    json: {
      id: memberId,
      username,
      role,
      ...(password.made && { password: password.password }),
    },
  };
};

/** What is not named stays as it is. */
export const editStaffCommand = async (input: CommandInput): Promise<CommandResult> => {
  const { db, args, options } = input;
  const member = await find(db, args[0] ?? '');
  const unit = textOf(options, 'unit');
  done(
    await administer(input).changeMember({
      by: OPERATOR,
      memberId: member.id,
      version: member.version,
      name: textOf(options, 'name') ?? member.name,
      role: textOf(options, 'role') ?? member.role,
      unitIds: unit === undefined ? member.unitIds : unit.split(',').filter(Boolean),
      mobile: textOf(options, 'mobile') ?? member.mobile ?? '',
    }),
  );
  const { id, username } = member;
  return { text: `${username} changed`, json: { id, username } };
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

export const disableStaffCommand = async (input: CommandInput): Promise<CommandResult> => {
  const { id, username } = await find(input.db, input.args[0] ?? '');
  done(await administer(input).actOnMember({ by: OPERATOR, memberId: id, act: 'disable' }));
  return { text: `${username} disabled`, json: { id, username, disabled: true } };
};

export const resetStaffCommand = async (input: CommandInput): Promise<CommandResult> => {
  const { db, args, options } = input;
  const { id, username, role } = await find(db, args[0] ?? '');
  const totpSecret = readTotpSecret(options);
  const secondFactor = options['second-factor'] !== true;
  const password = await readPassword(options);
  done(
    await administer(input).actOnMember({
      by: OPERATOR,
      memberId: id,
      act: secondFactor ? 'reset_password' : 'reset_factors',
      password: password.password,
      totpSecret,
    }),
  );
  const taken = secondFactor ? '' : ', second factors and recovery codes taken away';
  return {
    text: `${username} reset${taken}${passwordText(password)}${oneTimeText(input.config, totpSecret)}`,
    json: {
      id,
      username,
      role,
      ...(password.made && { password: password.password }),
    },
  };
};
