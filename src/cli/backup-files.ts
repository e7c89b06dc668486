import path from 'node:path';
import { openArchive } from '../operations/maintenance/backup/archive.ts';
import { megabytes, throttled } from '../operations/maintenance/backup/back-up.ts';
import { checkArchive } from '../operations/maintenance/backup/manifest.ts';
import type { CheckedArchive } from '../operations/maintenance/backup/manifest.ts';
import { OperatorError } from '../platform/base/errors.ts';
import type { CommandOptions } from './command.ts';
import { textOf } from './command.ts';
import { readSecretLine } from './read-secret-line.ts';

const SHORTEST_PASSPHRASE = 12;

// Progress goes to standard error: programs read the result from standard output.
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

export const secondsSince = (since: number): string =>
  `${((performance.now() - since) / 1_000).toFixed(1)} s`;

export const passphraseFor = async (options: CommandOptions): Promise<string | undefined> => {
  if (options['with-secret'] !== true) return undefined;
  const passphrase = await readSecretLine('The passphrase');
  if (passphrase.length < SHORTEST_PASSPHRASE)
    throw new OperatorError(
      `The passphrase comes on standard input, and has at least ${SHORTEST_PASSPHRASE} characters.`,
    );
  return passphrase;
};

export const keysFileOf = (file: string, options: CommandOptions): string =>
  textOf(options, 'keys') ?? `${file}.keys`;

export const openChecked = async (file: string): Promise<CheckedArchive> => {
  const archive = await openArchive(file);
  try {
    const report = throttled(say);
    return await checkArchive(archive, (bytes) =>
      report(`checking ${path.basename(file)}: ${megabytes(bytes)} of ${megabytes(archive.bytes)}`),
    );
  } catch (error) {
    await archive.close();
    throw error;
  }
};
