/** What a run says: the machine, progress, and a table of what held. */
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { OperatorError } from '../src/platform/base/errors.ts';
import type { Finding } from './invariants.ts';
import type { Stage } from './stage.ts';

export const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

export const clock = (since: number): string => {
  const seconds = Math.floor((Date.now() - since) / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, '0')}`;
};

/** @throws OperatorError when PostgreSQL would answer before a letter is on the disk */
export const describeMachine = async ({ sql, dataDir }: Stage): Promise<string> => {
  const settings = await sql<{ name: string }[]>`
    select name from pg_settings
    where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting = 'on'`;
  if (settings.length !== 3)
    throw new OperatorError(
      'PostgreSQL is not durable: fsync, synchronous_commit and full_page_writes must be on.',
    );
  const [version] = await sql<{ server_version: string }[]>`show server_version`;
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return [
    `${os.availableParallelism()} cores`,
    `${memory} GB`,
    `${os.type()} ${os.machine()}`,
    `Node ${process.versions.node}`,
    `PostgreSQL ${version?.server_version.split(' ')[0]}`,
    `a flush takes ${flushMs(dataDir)} ms`,
  ].join(', ');
};

const flushMs = (folder: string): number => {
  const file = path.join(folder, 'flush-probe');
  const descriptor = openSync(file, 'w');
  try {
    const times = Array.from({ length: 21 }, () => {
      const begin = performance.now();
      writeSync(descriptor, Buffer.alloc(8192, 1));
      fdatasyncSync(descriptor);
      return performance.now() - begin;
    }).toSorted((one, other) => one - other);
    return Math.round((times[10] ?? 0) * 10) / 10;
  } finally {
    closeSync(descriptor);
    rmSync(file);
  }
};

const MARKS = { held: 'held', broken: 'BROKEN', 'not run': 'not run' };

export const findingsTable = (findings: Finding[]): string => {
  const width = Math.max(...findings.map(({ title }) => title.length));
  return findings
    .map(({ id, title, state, breaks, detail }) => {
      const times = breaks > 1 ? ` (${breaks} times)` : '';
      return `  ${id.padEnd(4)} ${title.padEnd(width)}  ${MARKS[state].padEnd(7)} ${detail}${times}`;
    })
    .join('\n');
};

export const tallyText = (tally: Map<string, number>): string =>
  [...tally.entries()]
    .toSorted(([one], [other]) => one.localeCompare(other))
    .map(([status, count]) => `${status}: ${count}`)
    .join(', ');
