import type { Config } from '../config.ts';
import { SETTINGS } from '../settings.ts';
import { composeFilePlaces, composeFilesAt } from '../main/compose-files.ts';
import { megabytes, throttled } from '../operations/maintenance/backup/back-up.ts';
import { moveFiles } from '../operations/maintenance/move-files.ts';
import type { MoveReport } from '../operations/maintenance/move-files.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { isStoreAway } from '../platform/files/file-store.ts';
import type { StoredBytes } from '../platform/files/stored-bytes.ts';
import { say, secondsSince } from './backup-files.ts';
import { textOf } from './command.ts';
import type { CommandInput, CommandResult, Commands } from './command.ts';

const moveFilesCommand = async ({ config, db, options }: CommandInput): Promise<CommandResult> => {
  const since = performance.now();
  const places = composeFilePlaces(config);
  const to = targetOf(config, textOf(options, 'to') ?? '');
  const from = places.filter(({ place }) => place !== to.place);
  if (from.length === 0)
    throw new OperatorError(
      `The files are in ${to.place} already: --to names another place, or FILES_ALSO_URL the one they come from.`,
    );
  say(`copying to ${to.place}`);
  const report = await moveFiles({
    db,
    from,
    to,
    verify: options.verify === true,
    say: throttled(say),
  }).catch((error: unknown) => {
    if (!isStoreAway(error)) throw error;
    const why = error instanceof Error ? error.message : 'no answer';
    throw new OperatorError(`Stopped: ${why}. Run it again: it resumes where it stopped.`, error);
  });
  const isInUse = places[0]?.place === to.place;
  const ok = report.failed.length === 0 && report.missing.length === 0;
  return {
    ok,
    text: [
      `${to.place}: ${report.copied} files copied (${megabytes(report.bytes)}), ${report.before} were there, in ${secondsSince(since)}`,
      ...problemsOf(report),
      ...(ok ? [nextOf(isInUse, from)] : []),
    ].join('\n'),
    json: { ...report, ok, inUse: isInUse },
  };
};

const targetOf = (config: Config, url: string): StoredBytes => {
  const parsed = SETTINGS.FILES_URL.schema.safeParse(url);
  if (url === '' || !parsed.success)
    throw new OperatorError(
      '--to names the place: file:/path, or s3://BUCKET/PREFIX?endpoint=URL&region=…',
    );
  return composeFilesAt(config, url);
};

const problemsOf = ({ failed, missing }: MoveReport): string[] => [
  ...(failed.length > 0
    ? [
        `✗ ${failed.length} differ from their copy; find out which one is whole, remove the other and run this again: ${failed.join(' ')}`,
      ]
    : []),
  ...(missing.length > 0
    ? [`✗ letters name ${missing.length} files that are nowhere: ${missing.join(' ')}`]
    : []),
];

const nextOf = (isInUse: boolean, from: StoredBytes[]): string =>
  isInUse
    ? `Once every process runs with this FILES_URL, nothing in ${from.map(({ place }) => place).join(', ')} is needed: remove FILES_ALSO_URL.`
    : 'Uploads still go to the old place: swap FILES_URL and FILES_ALSO_URL, restart, and run this once more.';

export const FILE_COMMANDS: Commands = {
  'files move': {
    usage: 'files move --to URL [--verify]',
    help: 'copy the stored files into another place while the desk runs; may be stopped and repeated. `--verify` also compares the files that are there already',
    options: { to: { type: 'string' }, verify: { type: 'boolean' } },
    args: 0,
    run: moveFilesCommand,
  },
};
