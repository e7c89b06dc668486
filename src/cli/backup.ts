/** `backup`, `verify-backup` and `restore`: for the day when a machine is lost. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { openArchive } from '../operations/maintenance/backup/archive.ts';
import { checkArchive } from '../operations/maintenance/backup/manifest.ts';
import type { CheckedArchive } from '../operations/maintenance/backup/manifest.ts';
import { openSecret } from '../operations/maintenance/backup/sealed-secret.ts';
import { createStoredBytes } from '../platform/files/file-store.ts';
import { readCheckpointFile } from '../desk/proof/checkpoint-outlets.ts';
import type { Config } from '../config.ts';
import { createDb, isDatabaseAway } from '../platform/base/database.ts';
import type { Db } from '../platform/base/database.ts';
import { migrate } from '../platform/base/migrate.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { lockDataDir } from '../local/data-dir-lock.ts';
import { createPostgresService } from '../local/postgres.ts';
import { createSupervisor } from '../local/supervisor.ts';
import { createLogger } from '../platform/base/logger.ts';
import {
  createBackUp,
  megabytes,
  sayNowAndThen,
  SECRET_PART,
  secretBinding,
} from '../operations/maintenance/backup/back-up.ts';
import {
  createRestore,
  ensureEmpty,
  ensureFitting,
  ensureOwn,
} from '../operations/maintenance/backup/restore.ts';
import { composeBackupKeys, composeSeals, databaseUrl } from '../main/compose.ts';
import { verifyAuditCommand, verifyRegisterCommand } from './register.ts';
import type { CommandInput, CommandResult } from './desk.ts';
import { hasMasterSecret, masterSecretFile, readMasterSecret } from '../main/secret.ts';
import { OPERATOR } from './operator.ts';
import { readSecretLine } from './read-secret-line.ts';

const SHORTEST_PASSPHRASE = 12;

type Options = CommandInput['options'];

/** On the error stream: the result on the other one may be read by a program. */
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const seconds = (since: number): string => `${((performance.now() - since) / 1_000).toFixed(1)} s`;

const readPassphrase = async (): Promise<string> => {
  const passphrase = await readSecretLine('The passphrase');
  if (passphrase.length < SHORTEST_PASSPHRASE)
    throw new OperatorError(
      `The passphrase comes on standard input, and has at least ${SHORTEST_PASSPHRASE} characters.`,
    );
  return passphrase;
};

const keysFileOf = (file: string, options: Options): string =>
  typeof options.keys === 'string' ? options.keys : `${file}.keys`;

export const backupCommand = async ({
  config,
  db,
  args,
  options,
}: CommandInput): Promise<CommandResult> => {
  const [file = ''] = args;
  const since = performance.now();
  const passphrase = options['with-secret'] === true ? await readPassphrase() : undefined;
  const [key] = composeBackupKeys(config);
  const backUp = createBackUp({ db, files: createStoredBytes(config.FILES_URL), key, say });
  const report = await backUp({
    file,
    keysFile: keysFileOf(file, options),
    secret: passphrase === undefined ? undefined : { text: readMasterSecret(config), passphrase },
    actor: OPERATOR,
  });
  const { missing } = report;
  return {
    text: [
      `${report.file}: ${report.letters} letters, ${report.files} files, ${megabytes(report.bytes)}, in ${seconds(since)}`,
      `${report.keysFile}: the keys of the letters. Keep it apart, and of all such files only the newest.`,
      ...(report.withSecret
        ? ['The master secret is in it, under the passphrase.']
        : ['The master secret is not in it: without that it cannot be read.']),
      ...(missing.length > 0
        ? [
            `${missing.length} files of letters are not in the store and so not in the backup (desk doctor names them).`,
          ]
        : []),
    ].join('\n'),
    json: report,
  };
};

const open = async (file: string): Promise<CheckedArchive> => {
  const archive = await openArchive(file);
  try {
    const tell = sayNowAndThen(say);
    return await checkArchive(archive, (bytes) =>
      tell(`checking ${path.basename(file)}: ${megabytes(bytes)} of ${megabytes(archive.bytes)}`),
    );
  } catch (error) {
    await archive.close();
    throw error;
  }
};

const contentsOf = ({ manifest, archive }: CheckedArchive) => ({
  file: archive.file,
  holds: manifest.holds,
  id: manifest.id,
  madeAt: manifest.madeAt,
  bytes: archive.bytes,
  letters: manifest.letters,
  files: manifest.files,
  missing: manifest.missing,
  withSecret: manifest.parts.some(({ name }) => name === SECRET_PART),
  checkpoints: manifest.checkpoints,
});

/** Whole, and this desk's own. Where the master secret is not, only that it is whole can be said. */
export const verifyBackupCommand = async ({
  config,
  args,
}: Pick<CommandInput, 'config' | 'args'>): Promise<CommandResult> => {
  const [file = ''] = args;
  const since = performance.now();
  const checked = await open(file);
  try {
    const isKnown = hasMasterSecret(config);
    if (isKnown) ensureOwn(checked, composeBackupKeys(config));
    const contents = contentsOf(checked);
    return {
      text: [
        `${file} is whole: ${checked.manifest.parts.length} parts, ${megabytes(contents.bytes)}, read in ${seconds(since)}`,
        `made ${contents.madeAt}, ${contents.letters} letters${contents.holds === 'keys' ? ', their keys only' : `, ${contents.files} files`}`,
        ...contents.checkpoints.map(
          ({ register, year, serial, hash }) =>
            `checkpoint of ${register}: ${year === 0 ? '' : `${year}/`}${serial} ${hash}`,
        ),
        isKnown
          ? 'This desk made it, and nobody has changed it since.'
          : 'Whether this desk made it cannot be said here: the master secret is not on this machine.',
      ].join('\n'),
      json: { ...contents, sealChecked: isKnown },
    };
  } finally {
    await checked.archive.close();
  }
};

/** The secret that is here, or that of the backup put in its place. @throws OperatorError */
const ensureSecret = async (
  config: Config,
  record: CheckedArchive,
  passphrase: string | undefined,
): Promise<void> => {
  if (passphrase !== undefined) {
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
    if (hasMasterSecret(config)) {
      if (readMasterSecret(config) !== secret)
        throw new OperatorError(
          'There is another master secret here than in the backup. Take it away first, or leave out --with-secret.',
        );
      return;
    }
    const file = masterSecretFile(config);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, `${secret}\n`, { mode: 0o600, flag: 'wx' });
    say(`The master secret is in ${file}.`);
    return;
  }
  if (!hasMasterSecret(config))
    throw new OperatorError(
      `There is no master secret here, and without it nothing can be read: put your copy into ${masterSecretFile(config)}, or add --with-secret when it is in the backup.`,
    );
};

/** Runs the embedded server for as long as `act` takes; that of DATABASE_URL runs by itself. */
const withDatabase = async <Result>(
  config: Config,
  act: (db: Db, url: string) => Promise<Result>,
): Promise<Result> => {
  // What is brought back is for this user only.
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
    const url = databaseUrl(config);
    const log = createLogger({ name: 'desk', level: 'error' });
    const db = createDb({ url, max: 2, log, name: 'pishkhan desk', seals: composeSeals(config) });
    try {
      return await act(db, url);
    } catch (error) {
      if (!isDatabaseAway(error)) throw error;
      throw new OperatorError(
        `There is no database at ${new URL(url).host}: is DATABASE_URL right?`,
        error,
      );
    } finally {
      await db.end({ timeout: 2 });
    }
  } finally {
    await supervisor.stop();
    lock.release();
  }
};

/** Into an empty place, with the desk stopped. */
export const restoreCommand = async ({
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
  const passphrase = options['with-secret'] === true ? await readPassphrase() : undefined;
  const record = await open(file);
  try {
    const keys = await open(keysFile);
    try {
      await ensureSecret(config, record, passphrase);
      const secrets = composeBackupKeys(config);
      await ensureFitting({ record, keys, secrets });
      return await withDatabase(config, async (db, url) => {
        const bytes = createStoredBytes(config.FILES_URL);
        await ensureEmpty({ db, files: bytes, record });
        const through = record.manifest.migrations.at(-1)?.name;
        await migrate(url, through === undefined ? {} : { through });
        const restore = createRestore({ db, files: bytes, say });
        const report = await restore({ record, keys, actor: OPERATOR });
        await migrate(url);
        return await tell({ config, db, options, record, report, since });
      });
    } finally {
      await keys.archive.close();
    }
  } finally {
    await record.archive.close();
  }
};

const tell = async ({
  config,
  db,
  options,
  record,
  report,
  since,
}: {
  config: Config;
  db: Db;
  options: Options;
  record: CheckedArchive;
  report: Awaited<ReturnType<ReturnType<typeof createRestore>>>;
  since: number;
}): Promise<CommandResult> => {
  say('verifying the register and the audit trail');
  const given = typeof options.checkpoints === 'string' ? { checkpoints: options.checkpoints } : {};
  const known = await readCheckpointFile(given.checkpoints ?? config.REGISTER_CHECKPOINT_FILE);
  const input = { config, db, args: [], options: given };
  const register = await verifyRegisterCommand(input);
  const audit = await verifyAuditCommand(input);
  const ok = register.ok === true && audit.ok === true;
  return {
    ok,
    text: [
      `restored: ${report.letters} letters and ${report.files} files of ${record.manifest.madeAt}, in ${seconds(since)}`,
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
            known
              ? 'Checkpoints that are not in it were published after the backup: their numbers are lost here, and senders have them. Read "Numbers given after the backup" in docs/runbooks.md before you start the desk.'
              : 'It was restored as it was backed up, and does not fit itself: look into it before you start the desk.',
            '',
          ]),
      'Next:',
      '  1. start the desk, and run: reconcile',
      `  2. SMS to senders are held (${report.waiting} were waiting when the backup was made): outgoing list, then outgoing release`,
      '  3. people and staff sign in anew',
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
