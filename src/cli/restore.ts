import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { SECRET_PART, secretBinding } from '../operations/maintenance/backup/back-up.ts';
import type { CheckedArchive } from '../operations/maintenance/backup/manifest.ts';
import { ensureEmpty, ensureFitting, restore } from '../operations/maintenance/backup/restore.ts';
import type { RestoreReport } from '../operations/maintenance/backup/restore.ts';
import { openSecret } from '../operations/maintenance/backup/sealed-secret.ts';
import { rehashSenders } from '../operations/maintenance/reseal.sql.ts';
import { readCheckpointFile } from '../desk/proof/checkpoint-outlets.ts';
import type { Config } from '../config.ts';
import type { Db } from '../platform/base/database.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { migrate } from '../platform/base/migrate.ts';
import { lockDataDir } from '../local/data-dir-lock.ts';
import { createPostgresService } from '../local/postgres.ts';
import { createSupervisor } from '../local/supervisor.ts';
import { composeBackupKeys, databaseUrl } from '../main/compose.ts';
import { composeStoredBytes } from '../main/compose-files.ts';
import { hasMasterSecret, masterSecretFile, readMasterSecret } from '../main/secret.ts';
import { keysFileOf, openChecked, passphraseFor, say, secondsSince } from './backup-files.ts';
import { OPERATOR, textOf } from './command.ts';
import type { CommandInput, CommandOptions, CommandResult, Commands } from './command.ts';
import { verifyAuditCommand, verifyRegisterCommand } from './verify-record.ts';
import { withDatabase } from './with-database.ts';

const restoreBackup = async ({
  config,
  args,
  options,
}: Pick<CommandInput, 'config' | 'args' | 'options'>): Promise<CommandResult> => {
  const [file = ''] = args;
  const since = performance.now();
  const keysFile = keysFileOf(file, options);
  if (!existsSync(keysFile))
    throw new OperatorError(
      `There are no keys at ${keysFile}, and without them no letter can be read: name the newest with --keys FILE.`,
    );
  const passphrase = await passphraseFor(options);
  const record = await openChecked(file);
  try {
    const keys = await openChecked(keysFile);
    try {
      await ensureSecret(config, record, passphrase);
      const secrets = composeBackupKeys(config);
      await ensureFitting({ record, keys, secrets });
      return await withServer(config, async (db) => {
        const url = databaseUrl(config);
        const bytes = composeStoredBytes(config);
        await ensureEmpty({ db, files: bytes, record });
        const only = new Set(record.manifest.migrations.map(({ name }) => name));
        await migrate(url, { only });
        const report = await restore({ db, files: bytes, say }, { record, keys, actor: OPERATOR });
        await migrate(url);
        say('making the search words of names again (if this stops: desk reseal)');
        await rehashSenders(db);
        return await verifyRestored({ config, db, options, record, report, since });
      });
    } finally {
      await keys.archive.close();
    }
  } finally {
    await record.archive.close();
  }
};

const verifyRestored = async ({
  config,
  db,
  options,
  record,
  report,
  since,
}: {
  config: Config;
  db: Db;
  options: CommandOptions;
  record: CheckedArchive;
  report: RestoreReport;
  since: number;
}): Promise<CommandResult> => {
  say('verifying the register and the audit trail');
  const file = textOf(options, 'checkpoints');
  const published = await readCheckpointFile(file ?? config.REGISTER_CHECKPOINT_FILE);
  const input = { config, db, args: [], options: { checkpoints: file } };
  const register = await verifyRegisterCommand(input);
  const audit = await verifyAuditCommand(input);
  const ok = register.ok === true && audit.ok === true;
  return {
    ok,
    text: [
      `restored: ${report.letters} letters and ${report.files} files of ${record.manifest.madeAt}, in ${secondsSince(since)}`,
      ...(report.erased > 0
        ? [`${report.erased} letters were erased after it was made, and are erased again`]
        : []),
      '',
      register.text,
      '',
      audit.text,
      '',
      ...(ok
        ? []
        : [
            published
              ? 'Checkpoints that are not in it were published after the backup: their numbers are lost here, and senders have them. Read "Numbers given after the backup" in docs/runbooks.md before you start the desk.'
              : 'It was restored as it was backed up, and does not fit itself: look into it before you start the desk.',
            '',
          ]),
      'Next:',
      '  1. start the desk, and run: reconcile',
      `  2. SMS to senders are held (${report.waiting} were waiting when the backup was made): outgoing list, then outgoing release`,
      '  3. applicants and staff sign in again',
    ].join('\n'),
    json: {
      ...report,
      id: record.manifest.id,
      madeAt: record.manifest.madeAt,
      ok,
      register: register.json,
      audit: audit.json,
      held: true,
    },
  };
};

const ensureSecret = async (
  config: Config,
  record: CheckedArchive,
  passphrase: string | undefined,
): Promise<void> => {
  if (passphrase !== undefined) return restoreSecret(config, record, passphrase);
  if (!hasMasterSecret(config))
    throw new OperatorError(
      `There is no master secret here, and without it nothing can be read: put your copy into ${masterSecretFile(config)}, or add --with-secret when it is in the backup.`,
    );
};

const restoreSecret = async (
  config: Config,
  record: CheckedArchive,
  passphrase: string,
): Promise<void> => {
  const secret = await secretIn(record, passphrase);
  if (hasMasterSecret(config)) {
    if (readMasterSecret(config) === secret) return;
    throw new OperatorError(
      'There is another master secret here than in the backup. Take it away first, or leave out --with-secret.',
    );
  }
  const file = masterSecretFile(config);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
  say(`The master secret is in ${file}.`);
};

const secretIn = async (record: CheckedArchive, passphrase: string): Promise<string> => {
  const part = record.find(SECRET_PART);
  if (!part)
    throw new OperatorError(
      'The master secret is not in this backup: put your copy of it into SECRET_KEY_FILE and leave out --with-secret.',
    );
  const pieces: Buffer[] = [];
  for await (const piece of record.archive.read(part)) pieces.push(piece);
  const secret = await openSecret(Buffer.concat(pieces), {
    passphrase,
    binding: secretBinding(record.manifest.id),
  });
  if (secret === undefined)
    throw new OperatorError('The passphrase is not the one that this backup was made with.');
  return secret;
};

// Starts the embedded server for the time of `act`; a server of DATABASE_URL runs already.
const withServer = async <Result>(
  config: Config,
  act: (db: Db) => Promise<Result>,
): Promise<Result> => {
  // Restored files are for this user only.
  process.umask(0o077);
  const lock = lockDataDir(config.DATA_DIR);
  const service = createPostgresService({
    dataDir: config.DATA_DIR,
    port: config.POSTGRES_PORT,
    say,
  });
  const supervisor = createSupervisor({
    services: config.embeddedPostgres ? [service] : [],
    logDir: path.join(config.DATA_DIR, 'logs'),
    say,
  });
  try {
    if (config.embeddedPostgres) {
      await supervisor.adopt(service.name);
      await supervisor.start(service.name);
    }
    return await withDatabase(config, 'Is DATABASE_URL right?', act);
  } finally {
    await supervisor.stop();
    lock.release();
  }
};

export const RESTORE_COMMANDS: Commands = {
  restore: {
    usage: 'restore FILE [--keys KEYS_FILE] [--with-secret] [--checkpoints CHECKPOINT_FILE]',
    help: 'restore a backup into an empty database and file store, with the desk stopped; SMS to senders are then held',
    options: {
      keys: { type: 'string' },
      'with-secret': { type: 'boolean' },
      checkpoints: { type: 'string' },
    },
    args: 1,
    runAlone: restoreBackup,
  },
};
