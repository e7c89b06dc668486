import { hasAdministrator } from '../desk/administration/organisation.sql.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { deriveKeys } from '../platform/sealing/secrets.ts';
import { setUp, setupCodeOf } from '../desk/administration/set-up.ts';
import type { SetupProblems } from '../desk/administration/set-up.ts';
import type { Config } from '../config.ts';
import type { Db } from '../platform/base/database.ts';
import type { Logger } from '../platform/base/logger.ts';
import { textOf } from './command.ts';
import type { CommandInput, CommandResult, Commands } from './command.ts';
import { oneTimeText, passwordText, readPassword } from './staff.ts';
import { readMasterSecret } from '../main/secret.ts';

const PROBLEMS: Record<string, string> = {
  organisation: '--organisation NAME is needed (up to 120 characters).',
  unit: '--unit NAME is needed (up to 120 characters).',
  username: '--admin USERNAME is needed: 2 to 64 of a-z 0-9 . _ -',
  'username taken': 'The user name of --admin is taken by another member.',
  password: 'The password is too easy: choose another one.',
};

const problemLine = (fields: SetupProblems): string => {
  const [[name, problem] = ['', '']] = Object.entries(fields);
  return PROBLEMS[`${name} ${problem}`] ?? PROBLEMS[name] ?? 'Something is wrong.';
};

const setUpDesk = async ({ config, db, options }: CommandInput): Promise<CommandResult> => {
  if (await hasAdministrator(db))
    throw new OperatorError(
      'The desk is set up: there is an administrator. See: npm run desk -- staff list',
    );
  const password = await readPassword(options);
  const organisation = textOf(options, 'organisation') ?? '';
  const username = (textOf(options, 'admin') ?? '').toLowerCase();
  const result = await setUp(
    { db },
    {
      organisation,
      unit: textOf(options, 'unit') ?? '',
      username,
      password: password.password,
      oneTimeHours: config.limits.staffOneTimeHours,
    },
  );
  if (result.outcome === 'set_up_already')
    throw new OperatorError('The desk was set up by somebody else at this moment.');
  if (result.outcome === 'invalid') throw new OperatorError(problemLine(result.fields));
  return {
    text: `${organisation} is set up; ${username} (admin) signs in at ${config.PUBLIC_ORIGIN}/staff${passwordText(password)}${oneTimeText(config, null)}`,
    json: {
      organisation,
      unit: { id: result.unitId, name: textOf(options, 'unit') },
      admin: {
        id: result.staffId,
        username,
        role: 'admin',
        ...(password.made && { password: password.password }),
      },
    },
  };
};

export const SETUP_COMMANDS: Commands = {
  setup: {
    usage: 'setup --organisation NAME --unit NAME --admin USERNAME [--password-stdin]',
    help: 'create the organisation, its first unit and its first administrator, once; without a password one is made and printed once',
    options: {
      organisation: { type: 'string' },
      unit: { type: 'string' },
      admin: { type: 'string' },
      'password-stdin': { type: 'boolean' },
    },
    args: 0,
    run: setUpDesk,
  },
};

/**
 * Logs the one-time setup code: only somebody who can read the log can claim a desk without an
 * administrator.
 */
export const announceSetup = async (config: Config, db: Db, log: Logger): Promise<void> => {
  if (await hasAdministrator(db)) return;
  const code = setupCodeOf(deriveKeys(readMasterSecret(config)).setup);
  log.warn(
    `There is no administrator yet. Open ${config.PUBLIC_ORIGIN}/staff/setup with the one-time code ${code}, or run: npm run desk -- setup`,
  );
};
