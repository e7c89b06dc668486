/** Beyond the reach of anyone with write access to the database. A line may appear twice. */
import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { OperatorError } from '../../platform/base/errors.ts';
import { formatCheckpoint, parseCheckpoint } from '../register/register-checkpoint.ts';
import type { RegisterCheckpoint } from '../register/register-checkpoint.ts';

const POST_MS = 10_000;

export const appendCheckpoints = async (
  file: string,
  checkpoints: RegisterCheckpoint[],
): Promise<void> => {
  await mkdir(path.dirname(file), { recursive: true });
  const handle = await open(file, 'a', 0o644);
  try {
    await handle.appendFile(checkpoints.map((one) => `${formatCheckpoint(one)}\n`).join(''));
    await handle.sync();
  } finally {
    await handle.close();
  }
};

export const postCheckpoint = async (
  url: string,
  checkpoint: RegisterCheckpoint,
): Promise<void> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...checkpoint, line: formatCheckpoint(checkpoint) }),
    signal: AbortSignal.timeout(POST_MS),
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`the address answered ${response.status}`);
};

export interface CheckpointLine {
  number: number;
  checkpoint: RegisterCheckpoint | undefined;
}

export const readCheckpointFile = async (file: string): Promise<CheckpointLine[] | undefined> => {
  try {
    const lines = (await readFile(file, 'utf8')).split('\n');
    return lines
      .map((line, index) => ({ number: index + 1, line: line.trim() }))
      .filter(({ line }) => line !== '')
      .map(({ number, line }) => ({ number, checkpoint: parseCheckpoint(line) }));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new OperatorError(`The file of checkpoints cannot be read: ${file}`, error);
  }
};
