import { findStaffByUsername, hasSecondFactor, listStaff } from '../desk/staff/staff.sql.ts';
import type { StaffRow } from '../desk/staff/staff.sql.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { isCommonPassword, MIN_PASSWORD } from '../desk/staff/password.ts';
import type { Administered } from '../desk/administration/administrator.ts';
import { actOnMember, addMember, changeMember, ROLES } from '../desk/administration/members.ts';
import type { ActProblems, MemberProblems } from '../desk/administration/members.ts';
import { makePassword } from '../desk/staff/passwords.ts';
import { parseTotpSecret } from '../desk/staff/totp.ts';
import { OPERATOR, textOf } from './command.ts';
import type {
  CommandInput,
  CommandOptions,
  CommandResult,
  Commands,
  OptionsConfig,
} from './command.ts';
import { readSecretLine } from './read-secret-line.ts';

// Names are not checked: the password is for a first set-up, or handed over with a second factor.
export const ensureGoodPassword = (password: string): void => {
  if ([...password].length < MIN_PASSWORD)
    throw new OperatorError(`A password has at least ${MIN_PASSWORD} characters.`);
  if (isCommonPassword(password))
    throw new OperatorError('This password, or one like it, is tried first: choose another one.');
};

export const readPassword = async (
  options: CommandOptions,
): Promise<{ password: string; made: boolean }> => {
  if (!options['password-stdin']) return { password: makePassword(), made: true };
  const password = await readSecretLine('The password');
  ensureGoodPassword(password);
  return { password, made: false };
};

const readTotpSecret = (options: CommandOptions): string | null => {
  const typed = options['totp-secret'];
  if (typeof typed !== 'string') return null;
  const secret = parseTotpSecret(typed);
  if (!secret) throw new OperatorError('--totp-secret must be base 32, at least 80 bits.');
  return secret;
};

export const passwordText = ({ password, made }: { password: string; made: boolean }): string =>
  made ? `\npassword (shown once): ${password}` : '';

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
  'unitIds missing': '--unit ID is needed for the roles unit and head.',
  'unitIds gone': 'There is no such unit, or it is retired; see: npm run desk -- unit list',
  'mobile not_a_mobile': '--mobile must be a mobile number of Iran, as 09123456789.',
  'act last_admin': 'This is the last administrator: add another one first.',
};

const done = <Done extends object>(
  result: Administered<MemberProblems | ActProblems, Done>,
): Extract<typeof result, { outcome: 'done' }> => {
  if (result.outcome === 'done') return result;
  const [problem] = result.outcome === 'invalid' ? Object.entries(result.fields) : [];
  throw new OperatorError(
    PROBLEMS[problem?.join(' ') ?? ''] ?? 'Somebody else has just changed the member.',
  );
};

const addStaff = async (input: CommandInput): Promise<CommandResult> => {
  const { options } = input;
  const username = (input.args[0] ?? '').toLowerCase();
  const role = textOf(options, 'role') ?? '';
  const unit = textOf(options, 'unit');
  const totpSecret = readTotpSecret(options);
  const password = await readPassword(options);
  const { memberId } = done(
    await addMember(input, OPERATOR, {
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

const editStaff = async (input: CommandInput): Promise<CommandResult> => {
  const { db, args, options } = input;
  const member = await find(db, args[0] ?? '');
  const unit = textOf(options, 'unit');
  done(
    await changeMember(input, OPERATOR, {
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

const listMembers = async ({ db }: CommandInput): Promise<CommandResult> => {
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

const disableStaff = async (input: CommandInput): Promise<CommandResult> => {
  const { id, username } = await find(input.db, input.args[0] ?? '');
  done(await actOnMember(input, OPERATOR, { memberId: id, act: 'disable' }));
  return { text: `${username} disabled`, json: { id, username, disabled: true } };
};

const resetStaff = async (input: CommandInput): Promise<CommandResult> => {
  const { db, args, options } = input;
  const { id, username, role } = await find(db, args[0] ?? '');
  const totpSecret = readTotpSecret(options);
  const secondFactor = options['second-factor'] !== true;
  const password = await readPassword(options);
  done(
    await actOnMember(input, OPERATOR, {
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

const OPTIONS: OptionsConfig = {
  name: { type: 'string' },
  role: { type: 'string' },
  unit: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  'totp-secret': { type: 'string' },
  mobile: { type: 'string' },
};

export const STAFF_COMMANDS: Commands = {
  'staff add': {
    usage:
      'staff add USERNAME --name NAME --role reviewer|unit|admin|auditor [--unit ID] [--mobile NUMBER] [--password-stdin] [--totp-secret BASE32]',
    help: 'add a staff member; without a password one is made and printed once; nobody decides letters that come from their own `--mobile` number',
    options: OPTIONS,
    args: 1,
    run: addStaff,
  },
  'staff list': { usage: 'staff list', help: 'all staff members', args: 0, run: listMembers },
  'staff edit': {
    usage: 'staff edit USERNAME [--name NAME] [--role ROLE] [--unit ID,…] [--mobile NUMBER]',
    help: "change the given fields; `--mobile ''` removes the number",
    options: OPTIONS,
    args: 1,
    run: editStaff,
  },
  'staff disable': {
    usage: 'staff disable USERNAME',
    help: 'end the sessions and refuse further sign-ins',
    args: 1,
    run: disableStaff,
  },
  'staff reset': {
    usage: 'staff reset USERNAME [--password-stdin] [--second-factor] [--totp-secret BASE32]',
    help: 'set a new password, end the sessions, enable again; `--second-factor` also removes all second factors and recovery codes',
    options: { ...OPTIONS, 'second-factor': { type: 'boolean' } },
    args: 1,
    run: resetStaff,
  },
};
