import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readCheckpointFile } from '../desk/proof/checkpoint-outlets.ts';
import { temporalConnectionOptions } from '../platform/engine/connection-options.ts';
import { readLetterHistory } from '../platform/engine/letter-history.ts';
import type { Db } from '../platform/base/database.ts';
import { addAuditEntry } from '../platform/audit/audit.sql.ts';
import { findLetterById } from '../desk/letters/letter-access.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { evidenceJson, evidenceZip, gatherEvidence } from '../desk/proof/evidence.ts';
import { composeCodec } from '../main/compose.ts';
import { composeFiles } from '../main/compose-files.ts';
import { OPERATOR } from './command.ts';
import type { CommandInput, CommandResult, Commands } from './command.ts';

const HISTORY_MS = 5_000;

const exportEvidence = async ({
  config,
  db,
  args,
  options,
}: CommandInput): Promise<CommandResult> => {
  const [letterId = '', file = ''] = args;
  const kind = path.extname(file);
  if (kind !== '.json' && kind !== '.zip')
    throw new OperatorError('The file is named FILE.json or FILE.zip.');
  await ensureReadable(db, letterId);
  const withFiles = options['with-files'] === true;
  // Before the export, so that the evidence contains its own audit entry.
  await addAuditEntry(db, {
    letterId,
    actor: OPERATOR,
    action: 'evidence_made',
    details: { withFiles },
  });
  const history = await readLetterHistory({
    connection: temporalConnectionOptions(
      config.embeddedTemporal ? config.TEMPORAL_ADDRESS : undefined,
    ),
    namespace: config.TEMPORAL_NAMESPACE,
    letterId,
    timeoutMs: HISTORY_MS,
    codec: composeCodec(config, db),
  });
  const lines = (await readCheckpointFile(config.REGISTER_CHECKPOINT_FILE)) ?? [];
  const evidence = await gatherEvidence({
    db,
    letterId,
    checkpoints: lines.flatMap(({ checkpoint }) =>
      checkpoint ? [{ ...checkpoint, source: 'file' }] : [],
    ),
    history,
    files: withFiles ? composeFiles(config) : undefined,
  });
  if (!evidence) throw noLetter(letterId);
  const bytes = kind === '.zip' ? evidenceZip(evidence) : evidenceJson(evidence);
  await writeNewFile(file, bytes);
  const missing = 'missing' in history ? history.missing : null;
  return {
    text: [
      `${file}: ${evidence.parts.length} parts, ${bytes.length} bytes`,
      ...(missing === null ? [] : [`without the workflow's history: ${missing}`]),
      `check it anywhere: node tools/verify-evidence.mjs ${path.basename(file)}`,
    ].join('\n'),
    json: {
      file,
      letterId,
      bytes: bytes.length,
      parts: evidence.parts.map(({ name }) => name),
      workflowHistory: missing === null ? 'included' : missing,
    },
  };
};

const noLetter = (letterId: string): OperatorError =>
  new OperatorError(`There is no letter ${letterId}.`);

const ensureReadable = async (db: Db, letterId: string): Promise<void> => {
  const letter = await findLetterById(db, letterId);
  if (!letter) throw noLetter(letterId);
  if (letter.damaged)
    throw new OperatorError(
      `What the record holds of letter ${letterId} cannot be opened: restore its rows from a backup.`,
    );
};

const writeNewFile = async (file: string, bytes: Buffer): Promise<void> => {
  try {
    await writeFile(file, bytes, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const exists = error instanceof Error && 'code' in error && error.code === 'EEXIST';
    throw new OperatorError(
      exists ? `${file} exists already.` : `${file} cannot be written.`,
      error,
    );
  }
};

export const EVIDENCE_COMMANDS: Commands = {
  evidence: {
    usage: 'evidence LETTER_ID FILE.json|FILE.zip [--with-files]',
    help: 'export everything that proves a letter, to be checked with tools/verify-evidence.mjs',
    options: { 'with-files': { type: 'boolean' } },
    args: 2,
    run: exportEvidence,
  },
};
