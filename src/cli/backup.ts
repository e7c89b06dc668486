import { backUp, megabytes, SECRET_PART } from '../operations/maintenance/backup/back-up.ts';
import type { CheckedArchive } from '../operations/maintenance/backup/manifest.ts';
import { ensureOwn } from '../operations/maintenance/backup/restore.ts';
import { composeBackupKeys } from '../main/compose.ts';
import { composeStoredBytes } from '../main/compose-files.ts';
import { hasMasterSecret, readMasterSecret } from '../main/secret.ts';
import { keysFileOf, openChecked, passphraseFor, say, secondsSince } from './backup-files.ts';
import { OPERATOR } from './command.ts';
import type { CommandInput, CommandResult, Commands } from './command.ts';

const makeBackup = async ({ config, db, args, options }: CommandInput): Promise<CommandResult> => {
  const [file = ''] = args;
  const since = performance.now();
  const passphrase = await passphraseFor(options);
  const [key] = composeBackupKeys(config);
  const report = await backUp(
    { db, files: composeStoredBytes(config), key, say },
    {
      file,
      keysFile: keysFileOf(file, options),
      secret: passphrase === undefined ? undefined : { text: readMasterSecret(config), passphrase },
      actor: OPERATOR,
    },
  );
  const { missing } = report;
  return {
    text: [
      `${report.file}: ${report.letters} letters, ${report.files} files, ${megabytes(report.bytes)}, in ${secondsSince(since)}`,
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

// Without the master secret it cannot be checked that this desk made the backup.
const verifyBackup = async ({
  config,
  args,
}: Pick<CommandInput, 'config' | 'args'>): Promise<CommandResult> => {
  const [file = ''] = args;
  const since = performance.now();
  const checked = await openChecked(file);
  try {
    const isKnown = hasMasterSecret(config);
    if (isKnown) ensureOwn(checked, composeBackupKeys(config));
    const contents = contentsOf(checked);
    return {
      text: [
        `${file} is whole: ${checked.manifest.parts.length} parts, ${megabytes(contents.bytes)}, read in ${secondsSince(since)}`,
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

export const BACKUP_COMMANDS: Commands = {
  backup: {
    usage: 'backup FILE [--keys KEYS_FILE] [--with-secret]',
    help: "the whole record in one file, while the desk runs; the letters' keys go into a separate KEYS_FILE (FILE.keys). `--with-secret` adds the master secret, encrypted by a passphrase from standard input",
    options: { keys: { type: 'string' }, 'with-secret': { type: 'boolean' } },
    args: 1,
    run: makeBackup,
  },
  'verify-backup': {
    usage: 'verify-backup FILE',
    help: 'read a backup or a keys file to its end: is it whole, and did this desk make it?',
    args: 1,
    runAlone: verifyBackup,
  },
};
