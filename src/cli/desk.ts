import { parseArgs } from 'node:util';
import { readConfig } from '../config.ts';
import { ensureSchemaFits } from '../platform/base/schema-state.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { runMain } from '../main/run-main.ts';
import { BACKUP_COMMANDS } from './backup.ts';
import { CODEC_COMMANDS } from './codec-token.ts';
import type { Command, CommandAlone, CommandInput, Commands } from './command.ts';
import { DOCTOR_COMMANDS } from './doctor.ts';
import { EVIDENCE_COMMANDS } from './evidence.ts';
import { FILE_COMMANDS } from './files.ts';
import { HELD_MESSAGE_COMMANDS } from './held-messages.ts';
import { KEY_COMMANDS } from './keys.ts';
import { MIGRATE_COMMANDS } from './migrate.ts';
import { RECEIPT_COMMANDS } from './verify-receipt.ts';
import { RECONCILE_COMMANDS } from './reconcile.ts';
import { REGISTER_COMMANDS } from './register.ts';
import { RESTORE_COMMANDS } from './restore.ts';
import { RETENTION_COMMANDS } from './retention.ts';
import { SETUP_COMMANDS } from './setup.ts';
import { STAFF_COMMANDS } from './staff.ts';
import { UNIT_COMMANDS } from './units.ts';
import { VERIFY_COMMANDS } from './verify-record.ts';
import { WEBHOOK_COMMANDS } from './webhooks.ts';
import { withDatabase } from './with-database.ts';

const COMMANDS: Commands = {
  ...SETUP_COMMANDS,
  ...MIGRATE_COMMANDS,
  ...DOCTOR_COMMANDS,
  ...CODEC_COMMANDS,
  ...RECONCILE_COMMANDS,
  ...STAFF_COMMANDS,
  ...UNIT_COMMANDS,
  ...KEY_COMMANDS,
  ...WEBHOOK_COMMANDS,
  ...REGISTER_COMMANDS,
  ...VERIFY_COMMANDS,
  ...RECEIPT_COMMANDS,
  ...EVIDENCE_COMMANDS,
  ...RETENTION_COMMANDS,
  ...BACKUP_COMMANDS,
  ...RESTORE_COMMANDS,
  ...FILE_COMMANDS,
  ...HELD_MESSAGE_COMMANDS,
};

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
    // Importing the module runs it.
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

const groupUsage = (first: string): string =>
  Object.entries(COMMANDS)
    .filter(([name]) => name.startsWith(`${first} `))
    .map(([, { usage: left, help }]) => `${left}\n    ${help}\n`)
    .join('');

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

const parseWords = (
  command: Command | CommandAlone,
  words: string[],
): Pick<CommandInput, 'args' | 'options'> => {
  try {
    const { values, positionals } = parseArgs({
      args: words,
      options: { ...command.options, json: { type: 'boolean' }, help: { type: 'boolean' } },
      allowPositionals: true,
    });
    return { args: positionals, options: values };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new OperatorError(`${why.split('. ')[0]}; usage: ${command.usage}`, error);
  }
};

const DATABASE_HINT = 'Is the desk running (npm start), or DATABASE_URL right?';

const runCommand = async (words: string[]): Promise<void> => {
  const { command, rest } = findCommand(words);
  const { args, options } = parseWords(command, rest);
  if (options.help) {
    process.stdout.write(`${command.usage}\n    ${command.help}\n`);
    return;
  }
  const beyond = args.length - command.args;
  if (beyond < 0 || beyond > (command.optionalArgs ?? 0))
    throw new OperatorError(`usage: ${command.usage}`);
  const config = readConfig(process.env, { useRuntime: true });
  const result = await ('runAlone' in command
    ? command.runAlone({ config, args, options })
    : withDatabase(config, DATABASE_HINT, async (db) => {
        if (!command.anySchema) await ensureSchemaFits(db);
        return command.run({ config, db, args, options });
      }));
  process.stdout.write(`${options.json ? JSON.stringify(result.json, null, 2) : result.text}\n`);
  if (result.ok === false) process.exitCode = 1;
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
  await runCommand(words);
});
