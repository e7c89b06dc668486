/**
 * Program of a process that reads untrusted files until it is killed. It knows no secret, and exits
 * when its parent is gone.
 */
import process from 'node:process';
import { Worker } from 'node:worker_threads';
import { JOBS } from './jobs.ts';
import type { JobName } from './jobs.ts';

/** In its own thread, since a job may block the main one for good. */
const ORPHAN_WATCH = `
  const parent = process.ppid;
  setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL'); }, 1000);`;
new Worker(ORPHAN_WATCH, { eval: true, execArgv: [] }).unref();
process.on('disconnect', () => process.exit());

// A library that warns of each thing it cannot read would be kept busy by its warnings.
for (const level of ['log', 'warn', 'error'] as const) console[level] = () => {};

type AnyJob = (input: unknown, emit: (piece: unknown) => void) => Promise<unknown>;
const send = (message: object): void => {
  process.send?.(message, undefined, undefined, () => {});
};

const work = async ({ name, input }: { name: JobName; input: unknown }): Promise<void> => {
  try {
    const job = (await JOBS[name]()) as AnyJob;
    // What loading it took is nobody's.
    send({ begun: true });
    send({ result: await job(input, (piece) => send({ piece })) });
  } catch (error) {
    send({ fault: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
};

process.on('message', (asked) => void work(asked as Parameters<typeof work>[0]));
send({ ready: true });
