import {
  appendCheckpoints,
  postCheckpoint,
  readCheckpointFile,
} from '../desk/proof/checkpoint-outlets.ts';
import { readPresentCheckpoints } from '../desk/proof/publish-checkpoints.ts';
import { verifyAudit } from '../desk/proof/verify-audit.ts';
import { verifyRegister } from '../desk/proof/verify-register.ts';
import type { KnownCheckpoint, Problem } from '../desk/proof/verify-register.ts';
import { formatCheckpoint } from '../desk/register/register-checkpoint.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { textOf } from './command.ts';
import type { CommandInput, CommandResult, Commands } from './command.ts';

export const registerCheckpointsCommand = async ({
  config,
  db,
  options,
}: CommandInput): Promise<CommandResult> => {
  const checkpoints = await readPresentCheckpoints(db);
  if (options.publish && checkpoints.length > 0) {
    await appendCheckpoints(config.REGISTER_CHECKPOINT_FILE, checkpoints);
    const url = config.REGISTER_CHECKPOINT_URL;
    if (url !== '') for (const checkpoint of checkpoints) await postCheckpoint(url, checkpoint);
  }
  return {
    text: checkpoints.map(formatCheckpoint).join('\n') || 'no entries yet',
    json: checkpoints,
  };
};

interface ReadCheckpoints {
  checkpoints: KnownCheckpoint[];
  malformedLines: string[];
  note: string;
}

const checkpointsFor = async ({ config, options }: CommandInput): Promise<ReadCheckpoints> => {
  const file = config.REGISTER_CHECKPOINT_FILE;
  const given = textOf(options, 'checkpoints');
  const lines = await readCheckpointFile(given ?? file);
  if (!lines && given !== undefined)
    throw new OperatorError(`There is no file of register checkpoints at ${given}.`);
  if (!lines)
    return {
      checkpoints: [],
      malformedLines: [],
      note: `no register checkpoints in ${file}: entries cut off at the end would go unnoticed`,
    };
  const name = given ?? file;
  return {
    checkpoints: lines.flatMap(({ number, checkpoint }) =>
      checkpoint ? [{ ...checkpoint, source: `${name} line ${number}` }] : [],
    ),
    malformedLines: lines
      .filter(({ checkpoint }) => !checkpoint)
      .map(({ number }) => `${name} line ${number} is not a checkpoint: the file was changed`),
    note: `${lines.length} register checkpoints read from ${name}`,
  };
};

const problemLine = ({ register, year, serial, number, why }: Problem): string => {
  const entry = serial === null ? null : `${year}, serial ${serial}`;
  const named = number === null || entry === null ? (entry ?? number) : `${entry} (${number})`;
  const place = [register, named].filter((part) => part !== null).join(' ');
  return `✗ ${place === '' ? '' : `${place}: `}${why}`;
};

export const verifyRegisterCommand = async (input: CommandInput): Promise<CommandResult> => {
  const { config, db } = input;
  const { checkpoints, malformedLines, note } = await checkpointsFor(input);
  const report = await verifyRegister(db, { timeZone: config.ORG_TIME_ZONE, checkpoints });
  const problems: Problem[] = [
    ...report.problems,
    ...malformedLines.map((why) => ({
      register: null,
      year: null,
      serial: null,
      number: null,
      why,
    })),
  ];
  const ok = problems.length === 0;
  return {
    ok,
    text: [
      ...report.registers.map(
        ({ register, entries, last }) =>
          `${register}: ${entries} entries${last ? `, last ${last.number}, hash ${last.hash}` : ''}`,
      ),
      note,
      ...problems.map(problemLine),
      ok
        ? 'The register is whole.'
        : 'The register does not fit; the first line with ✗ says where.',
    ].join('\n'),
    json: { ...report, ok, problems, first: problems[0] ?? null },
  };
};

export const verifyAuditCommand = async (input: CommandInput): Promise<CommandResult> => {
  const { checkpoints, malformedLines, note } = await checkpointsFor(input);
  const report = await verifyAudit(input.db, { checkpoints });
  const problems = [
    ...report.problems,
    ...malformedLines.map((why) => ({ id: null, letterId: null, why })),
  ];
  const ok = problems.length === 0;
  return {
    ok,
    text: [
      `${report.entries} entries in ${report.chains} chains`,
      note,
      ...problems.map(
        ({ id, letterId, why }) =>
          `✗ ${[id === null ? '' : `entry ${id}`, letterId === null ? '' : `letter ${letterId}`]
            .filter((part) => part !== '')
            .join(', ')}: ${why}`,
      ),
      ok
        ? 'The audit trail is whole.'
        : 'The audit trail does not fit; the first line with ✗ says where.',
    ].join('\n'),
    json: { ...report, ok, problems, first: problems[0] ?? null },
  };
};

export const VERIFY_COMMANDS: Commands = {
  'register checkpoints': {
    usage: 'register checkpoints [--publish]',
    help: 'the newest entry of each register, to be kept elsewhere; `--publish` writes and posts it now',
    options: { publish: { type: 'boolean' } },
    args: 0,
    run: registerCheckpointsCommand,
  },
  'verify-register': {
    usage: 'verify-register [--checkpoints FILE]',
    help: 'recompute the whole register; names the first entry that does not fit',
    options: { checkpoints: { type: 'string' } },
    args: 0,
    run: verifyRegisterCommand,
  },
  'verify-audit': {
    usage: 'verify-audit [--checkpoints FILE]',
    help: 'recompute the audit trail; names the first entry that does not fit',
    options: { checkpoints: { type: 'string' } },
    args: 0,
    run: verifyAuditCommand,
  },
};
