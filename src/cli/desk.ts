/** `npm run desk -- COMMAND`: the operator's command line. Exit 0 only on success. */
import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { createDb, isDatabaseAway } from '../platform/base/database.ts';
import type { Db } from '../platform/base/database.ts';
import { migrate } from '../platform/base/migrate.ts';
import { ensureSchemaFits } from '../platform/base/schema-state.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { createLogger } from '../platform/base/logger.ts';
import { composeSeals, databaseUrl } from '../main/compose.ts';
import { backupCommand, restoreCommand, verifyBackupCommand } from './backup.ts';
import { doctor } from './doctor.ts';
import { codecTokenCommand } from './codec-token.ts';
import { evidenceCommand } from './evidence.ts';
import { addKeyCommand, listKeysCommand, revokeKeyCommand } from './keys.ts';
import {
  holdOutgoingCommand,
  listOutgoingCommand,
  releaseOutgoingCommand,
  skipOutgoingCommand,
} from './held-messages.ts';
import {
  addRegisterCommand,
  annulNumberCommand,
  assignRegisterCommand,
  listRegistersCommand,
  registerCheckpointsCommand,
  setRegisterCommand,
  verifyAuditCommand,
  verifyRegisterCommand,
} from './register.ts';
import { verifyReceiptCommand } from './verify-receipt.ts';
import { reconcileCommand, retryCommand } from './reconcile.ts';
import { eraseCommand, resealCommand, retentionCommand } from './retention.ts';
import { setupCommand } from './setup.ts';
import {
  addStaffCommand,
  listStaffCommand,
  disableStaffCommand,
  editStaffCommand,
  resetStaffCommand,
} from './staff.ts';
import { addUnitCommand, listUnitsCommand, renameUnitCommand, retireUnitCommand } from './units.ts';
import {
  addWebhookCommand,
  disableWebhookCommand,
  listWebhooksCommand,
  redeliverWebhookCommand,
  webhookLogCommand,
} from './webhooks.ts';
import { fail, runMain } from '../main/run-main.ts';

/** What a command printed for people, the same for programs, and whether all is well. */
export interface CommandResult {
  text: string;
  json: unknown;
  ok?: boolean;
}

export interface CommandInput {
  config: Config;
  db: Db;
  args: string[];
  options: Record<string, string | boolean | undefined>;
}

type OptionsConfig = NonNullable<ParseArgsConfig['options']>;

interface CommandForm {
  usage: string;
  help: string;
  options?: OptionsConfig;
  /** Number of words after the command's name. */
  args: number;
  /** And of those that may follow. */
  mayFollow?: number;
  /** Works whatever the schema of the database is; others are refused on another than theirs. */
  anySchema?: boolean;
}

interface Command extends CommandForm {
  run(input: CommandInput): Promise<CommandResult>;
}

/** Needs no database, or brings its own. */
interface CommandAlone extends CommandForm {
  runAlone(input: Omit<CommandInput, 'db'>): Promise<CommandResult>;
}

const STAFF_OPTIONS: OptionsConfig = {
  name: { type: 'string' },
  role: { type: 'string' },
  unit: { type: 'string' },
  'password-stdin': { type: 'boolean' },
  'totp-secret': { type: 'string' },
  mobile: { type: 'string' },
};

const REGISTER_OPTIONS: OptionsConfig = {
  template: { type: 'string' },
  'first-serial': { type: 'string' },
};

const COMMANDS: Record<string, Command | CommandAlone> = {
  setup: {
    usage: 'setup --organisation NAME --unit NAME --admin USERNAME [--password-stdin]',
    help: 'make the organisation, its first unit and its first administrator, once; without a password one is made and printed once',
    options: {
      organisation: { type: 'string' },
      unit: { type: 'string' },
      admin: { type: 'string' },
      'password-stdin': { type: 'boolean' },
    },
    args: 0,
    run: setupCommand,
  },
  migrate: {
    usage: 'migrate',
    help: 'bring the database to the newest schema',
    args: 0,
    anySchema: true,
    async run({ config }) {
      const applied = await migrate(databaseUrl(config));
      return {
        text: applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to do',
        json: { applied },
      };
    },
  },
  doctor: {
    usage: 'doctor [--secrets]',
    help: 'is everything well? `--secrets` shows the database password',
    options: { secrets: { type: 'boolean' } },
    args: 0,
    anySchema: true,
    run: doctor,
  },
  'codec-token': {
    usage: 'codec-token',
    help: 'a token by which the `temporal` command line reads encrypted payloads, for a while',
    args: 0,
    run: codecTokenCommand,
  },
  reconcile: {
    usage: 'reconcile',
    help: 'after the loss of the engine: start what is missing there from the record',
    args: 0,
    run: reconcileCommand,
  },
  retry: {
    usage: 'retry LETTER_ID|all',
    help: 'try stuck work again (doctor lists it), however often it failed',
    args: 1,
    run: retryCommand,
  },
  'staff add': {
    usage:
      'staff add USERNAME --name NAME --role reviewer|unit|admin|auditor [--unit ID] [--mobile NUMBER] [--password-stdin] [--totp-secret BASE32]',
    help: 'add a staff member; without a password one is made and printed once; whose letters come from the number of `--mobile` does not decide them',
    options: STAFF_OPTIONS,
    args: 1,
    run: addStaffCommand,
  },
  'staff list': { usage: 'staff list', help: 'all staff members', args: 0, run: listStaffCommand },
  'staff edit': {
    usage: 'staff edit USERNAME [--name NAME] [--role ROLE] [--unit ID,…] [--mobile NUMBER]',
    help: "change what is named; `--mobile ''` takes the number away",
    options: STAFF_OPTIONS,
    args: 1,
    run: editStaffCommand,
  },
  'staff disable': {
    usage: 'staff disable USERNAME',
    help: 'end the sessions and refuse further sign-ins',
    args: 1,
    run: disableStaffCommand,
  },
  'staff reset': {
    usage: 'staff reset USERNAME [--password-stdin] [--second-factor] [--totp-secret BASE32]',
    help: 'give a new password, end the sessions, enable again; `--second-factor` takes away all second factors and recovery codes, to be set up anew',
    options: { ...STAFF_OPTIONS, 'second-factor': { type: 'boolean' } },
    args: 1,
    run: resetStaffCommand,
  },
  'unit add': { usage: 'unit add NAME', help: 'add a unit', args: 1, run: addUnitCommand },
  'unit list': { usage: 'unit list', help: 'all units', args: 0, run: listUnitsCommand },
  'unit rename': {
    usage: 'unit rename ID NAME',
    help: 'rename a unit',
    args: 2,
    run: renameUnitCommand,
  },
  'unit retire': {
    usage: 'unit retire ID',
    help: 'take no new letters for a unit; it keeps those that it has',
    args: 1,
    run: retireUnitCommand,
  },
  'key add': {
    usage: 'key add NAME --scope read|decide|admin [--unit ID] [--expires DAYS]',
    help: 'a key for another system, printed once; with `--unit` it sees only what is registered and with that unit',
    options: {
      scope: { type: 'string' },
      unit: { type: 'string' },
      expires: { type: 'string' },
    },
    args: 1,
    run: addKeyCommand,
  },
  'key list': { usage: 'key list', help: 'keys of other systems', args: 0, run: listKeysCommand },
  'key revoke': {
    usage: 'key revoke ID',
    help: 'the key opens nothing any more',
    args: 1,
    run: revokeKeyCommand,
  },
  'webhook add': {
    usage: 'webhook add URL [--event approved,rejected,…]',
    help: 'an address that is told what happens to letters, signed with a secret that is printed once; without `--event` of everything',
    options: { event: { type: 'string' } },
    args: 1,
    run: addWebhookCommand,
  },
  'webhook list': {
    usage: 'webhook list',
    help: 'the addresses, and how many tellings wait or were given up',
    args: 0,
    run: listWebhooksCommand,
  },
  'webhook log': {
    usage: 'webhook log',
    help: 'what was told last, and how each telling went',
    args: 0,
    run: webhookLogCommand,
  },
  'webhook redeliver': {
    usage: 'webhook redeliver DELIVERY_ID',
    help: 'tell it once more',
    args: 1,
    run: redeliverWebhookCommand,
  },
  'webhook disable': {
    usage: 'webhook disable ID',
    help: 'the address is told nothing any more',
    args: 1,
    run: disableWebhookCommand,
  },
  'register list': {
    usage: 'register list',
    help: 'all registers, with their units and the number that each gives next',
    args: 0,
    run: listRegistersCommand,
  },
  'register add': {
    usage: 'register add ID --template TEMPLATE [--first-serial N]',
    help: "add a register, such as --template '{year}/12/{serial}'; it starts at N this year",
    options: REGISTER_OPTIONS,
    args: 1,
    run: addRegisterCommand,
  },
  'register set': {
    usage: 'register set ID [--template TEMPLATE] [--first-serial N]',
    help: 'change a register that has no entry of this year yet',
    options: REGISTER_OPTIONS,
    args: 1,
    run: setRegisterCommand,
  },
  'register assign': {
    usage: 'register assign UNIT_ID REGISTER',
    help: 'letters approved for the unit get their number from this register',
    args: 2,
    run: assignRegisterCommand,
  },
  'register annul': {
    usage: 'register annul NUMBER --reason TEXT [--register ID] [--by NAME]',
    help: 'a number that is not valid any more; its entry stays, and the sender is told the reason',
    options: {
      reason: { type: 'string' },
      register: { type: 'string' },
      by: { type: 'string' },
    },
    args: 1,
    run: annulNumberCommand,
  },
  'register checkpoints': {
    usage: 'register checkpoints [--publish]',
    help: 'the newest entry of each register, to be kept elsewhere; `--publish` writes it out now',
    options: { publish: { type: 'boolean' } },
    args: 0,
    run: registerCheckpointsCommand,
  },
  'verify-register': {
    usage: 'verify-register [--checkpoints FILE]',
    help: 'compute the whole register again; names the first entry that does not fit',
    options: { checkpoints: { type: 'string' } },
    args: 0,
    run: verifyRegisterCommand,
  },
  'verify-audit': {
    usage: 'verify-audit [--checkpoints FILE]',
    help: 'compute the audit trail again; names the first entry that does not fit',
    options: { checkpoints: { type: 'string' } },
    args: 0,
    run: verifyAuditCommand,
  },
  'verify-receipt': {
    usage: 'verify-receipt TOKEN [FILE]',
    help: 'is a letter receipt genuine, and is FILE the file that it is about?',
    args: 1,
    mayFollow: 1,
    run: verifyReceiptCommand,
  },
  evidence: {
    usage: 'evidence LETTER_ID FILE.json|FILE.zip [--with-files]',
    help: 'all that can be shown of a letter, to be checked with tools/verify-evidence.mjs',
    options: { 'with-files': { type: 'boolean' } },
    args: 2,
    run: evidenceCommand,
  },
  retention: {
    usage: 'retention [--dry-run]',
    help: 'erase now what its time is over for (RETAIN_…); `--dry-run` lists the letters',
    options: { 'dry-run': { type: 'boolean' } },
    args: 0,
    run: retentionCommand,
  },
  erase: {
    usage: 'erase LETTER_ID --reason TEXT',
    help: 'erase the content of a letter that has come to its end, for good',
    options: { reason: { type: 'string' } },
    args: 1,
    run: eraseCommand,
  },
  backup: {
    usage: 'backup FILE [--keys KEYS_FILE] [--with-secret]',
    help: "the whole record in one file, while the desk runs; the letters' keys go apart, to KEYS_FILE (FILE.keys). `--with-secret` adds the master secret under a passphrase from standard input",
    options: { keys: { type: 'string' }, 'with-secret': { type: 'boolean' } },
    args: 1,
    run: backupCommand,
  },
  'verify-backup': {
    usage: 'verify-backup FILE',
    help: "read a backup, or a file of keys, to its end: is it whole, and this desk's own?",
    args: 1,
    runAlone: verifyBackupCommand,
  },
  restore: {
    usage: 'restore FILE [--keys KEYS_FILE] [--with-secret] [--checkpoints CHECKPOINT_FILE]',
    help: 'bring a backup back into an empty database and file store, with the desk stopped; SMS to senders are then held',
    options: {
      keys: { type: 'string' },
      'with-secret': { type: 'boolean' },
      checkpoints: { type: 'string' },
    },
    args: 1,
    runAlone: restoreCommand,
  },
  'outgoing list': {
    usage: 'outgoing list [--all]',
    help: 'SMS to senders that have not been sent, and whether they are held',
    options: { all: { type: 'boolean' } },
    args: 0,
    run: listOutgoingCommand,
  },
  'outgoing hold': {
    usage: 'outgoing hold [--reason TEXT]',
    help: 'hold SMS to senders, as after a restore by other means; sign-in codes go on',
    options: { reason: { type: 'string' } },
    args: 0,
    run: holdOutgoingCommand,
  },
  'outgoing skip': {
    usage: 'outgoing skip MESSAGE_ID',
    help: 'an SMS that the sender has got already, by the word of the gateway: it is not sent any more',
    args: 1,
    run: skipOutgoingCommand,
  },
  'outgoing release': {
    usage: 'outgoing release',
    help: 'send what was held',
    args: 0,
    run: releaseOutgoingCommand,
  },
  reseal: {
    usage: 'reseal',
    help: 'seal the record under the new master secret, after SECRET_KEY_OLD_FILE was set',
    args: 0,
    run: resealCommand,
  },
};

/** Commands that are processes of their own. */
const PROCESSES: Record<string, { help: string; start: () => Promise<void> }> = {
  web: {
    help: 'run the portal and the staff desk',
    start: async () => (await import('../main/web.ts')).runWeb(readConfig(process.env)),
  },
  worker: {
    help: "run the letters' workflows",
    start: async () => (await import('../main/worker.ts')).runWorker(readConfig(process.env)),
  },
  start: {
    help: 'run everything on this machine (as `npm start`)',
    // The file is the program: it runs as it is imported.
    start: async () => void (await import('../main/start.ts')),
  },
};

const usage = (): string => {
  const rows = [
    ...Object.values(COMMANDS).map(({ usage: left, help }) => [left, help] as const),
    ...Object.entries(PROCESSES).map(([name, { help }]) => [name, help] as const),
  ];
  return [
    'npm run desk -- COMMAND [--json]',
    '',
    ...rows.map(([left, help]) => `  ${left}\n      ${help}`),
  ].join('\n');
};

const findCommand = (words: string[]): { command: Command | CommandAlone; rest: string[] } => {
  for (const length of [2, 1]) {
    const command = COMMANDS[words.slice(0, length).join(' ')];
    if (command) return { command, rest: words.slice(length) };
  }
  const [first = ''] = words;
  throw new OperatorError(
    groupUsage(first) === ''
      ? `There is no command "${words.slice(0, 2).join(' ')}"; see: npm run desk -- help`
      : `"${first}" needs one of its commands; see: npm run desk -- ${first} --help`,
  );
};

/** Of commands of two words, all that begin with `first`; '' for none. */
const groupUsage = (first: string): string =>
  Object.entries(COMMANDS)
    .filter(([name]) => name.startsWith(`${first} `))
    .map(([, { usage: left, help }]) => `${left}\n    ${help}\n`)
    .join('');

const runCommand = async (words: string[]): Promise<void> => {
  const { command, rest } = findCommand(words);
  const parsed = (() => {
    try {
      return parseArgs({
        args: rest,
        options: { ...command.options, json: { type: 'boolean' }, help: { type: 'boolean' } },
        allowPositionals: true,
      });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new OperatorError(`${why.split('. ')[0]}; usage: ${command.usage}`, error);
    }
  })();
  const options = parsed.values as Record<string, string | boolean | undefined>;
  if (options.help) {
    process.stdout.write(`${command.usage}\n    ${command.help}\n`);
    return;
  }
  const beyond = parsed.positionals.length - command.args;
  if (beyond < 0 || beyond > (command.mayFollow ?? 0))
    throw new OperatorError(`usage: ${command.usage}`);
  const config = readConfig(process.env, { useRuntime: true });
  const args = parsed.positionals;
  const print = (result: CommandResult): void => {
    process.stdout.write(`${options.json ? JSON.stringify(result.json, null, 2) : result.text}\n`);
    if (result.ok === false) process.exitCode = 1;
  };
  if ('runAlone' in command) {
    print(await command.runAlone({ config, args, options }));
    return;
  }
  const log = createLogger({ name: 'desk', level: 'error' });
  const seals = composeSeals(config);
  const db = createDb({ url: databaseUrl(config), max: 2, log, name: 'pishkhan desk', seals });
  try {
    if (!command.anySchema) await ensureSchemaFits(db);
    print(await command.run({ config, db, args, options }));
  } catch (error) {
    if (!isDatabaseAway(error)) throw error;
    const where = new URL(databaseUrl(config));
    throw new OperatorError(
      `There is no database at ${where.host}. Is the desk running (npm start), or DATABASE_URL right?`,
      error,
    );
  } finally {
    await db.end({ timeout: 2 });
  }
};

runMain(import.meta.url, async () => {
  const words = process.argv.slice(2);
  const [first = ''] = words;
  if (first === '' || first === 'help' || first === '--help') {
    process.stdout.write(`${usage()}\n`);
    if (first === '') process.exitCode = 1;
    return;
  }
  const started = PROCESSES[first];
  if (started && words.includes('--help')) {
    process.stdout.write(`${first}\n    ${started.help}\n`);
    return;
  }
  if (started && words.length > 1)
    throw new OperatorError(`${first} takes no options: they are settings of the environment`);
  if (started) return started.start();
  const group = groupUsage(first);
  if (words[1] === '--help' && words.length === 2 && group !== '') {
    process.stdout.write(group);
    return;
  }
  await runCommand(words).catch(fail);
});
