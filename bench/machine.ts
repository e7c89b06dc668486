/** What stands beside every figure: the machine, the versions, and what a flush to the disk costs. */
import { fdatasyncSync, closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { OperatorError } from '../src/platform/base/errors.ts';
import { median } from './figures.ts';
import type { Stage } from './stage.ts';

export interface Machine {
  cores: number;
  cpu: string;
  memoryGb: number;
  system: string;
  /** Of the last minute, when the measuring began: what else the machine was doing. */
  load: number;
  /** Median time of writing 8 kB and flushing it, in milliseconds. */
  flushMs: number;
  node: string;
  postgres: string;
  temporalServer: string;
  temporalSdk: string;
}

/** @throws OperatorError when PostgreSQL would answer before a letter is on the disk */
export const describeMachine = async ({ sql, temporal, dataDir }: Stage): Promise<Machine> => {
  const settings = await sql<{ name: string; setting: string }[]>`
    select name, setting from pg_settings
    where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting = 'on'`;
  if (settings.length !== 3)
    throw new OperatorError(
      'PostgreSQL is not durable: fsync, synchronous_commit and full_page_writes must be on.',
    );
  const [version] = await sql<{ server_version: string }[]>`show server_version`;
  const { serverVersion } = await temporal.connection.workflowService.getSystemInfo({});
  return {
    cores: os.availableParallelism(),
    cpu: os.cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.machine()}`,
    load: Math.round((os.loadavg()[0] ?? 0) * 10) / 10,
    flushMs: measureFlush(dataDir),
    node: process.versions.node,
    postgres: version?.server_version.split(' ')[0] ?? 'unknown',
    temporalServer: serverVersion ?? 'unknown',
    temporalSdk: sdkVersion(),
  };
};

const measureFlush = (dir: string): number => {
  const file = path.join(dir, 'flush-probe');
  const descriptor = openSync(file, 'w');
  const block = Buffer.alloc(8192, 1);
  try {
    const times = Array.from({ length: 40 }, () => {
      const begin = performance.now();
      writeSync(descriptor, block);
      fdatasyncSync(descriptor);
      return performance.now() - begin;
    });
    return Math.round(median(times) * 10) / 10;
  } finally {
    closeSync(descriptor);
    rmSync(file);
  }
};

const sdkVersion = (): string => {
  const file = new URL('../node_modules/@temporalio/worker/package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
};
