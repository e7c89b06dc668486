/**
 * `npm run chaos`: letters in flight while processes are killed and stopped and the SMS gateway
 * goes wrong; then what must hold is checked. docs/reliability.md explains it.
 */
import { randomInt } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { parseArgs } from 'node:util';
import { OperatorError } from '../src/platform/base/errors.ts';
import { runFaults } from './fault-run.ts';
import { say } from './report.ts';
import { runScenarios } from './scenarios.ts';
import { runSabotages } from './sabotage-run.ts';

const HELP = `npm run chaos -- [options]
    --letters N       letters that are sent (default 300)
    --kills K         times that processes are killed with -9 (default 30)
    --seed S          order of the faults and lives of the letters (default: drawn, and printed)
    --rate R          letters in a second (default: so that they last as long as the faults)
    --stop-seconds T  longest SIGSTOP (default 5, at most 60)
    --keep            leave the folder of the run, as is done when an invariant broke
  npm run chaos -- --sabotage all|NAME
    does the alarm ring? builds of the desk that are wrong on purpose, each to be caught
  npm run chaos -- --scenario all|disk-full|database-full|lock|terminate|pool
    troubles of the database and the disks, one by one`;

/** Undefined: help was asked for. @throws OperatorError */
const readOptions = (args: string[]) => {
  try {
    const { values } = parseArgs({
      args,
      options: {
        letters: { type: 'string', default: '300' },
        kills: { type: 'string', default: '30' },
        seed: { type: 'string', default: String(randomInt(1, 1_000_000)) },
        rate: { type: 'string' },
        'stop-seconds': { type: 'string', default: '5' },
        sabotage: { type: 'string' },
        scenario: { type: 'string' },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    throw new OperatorError(`${(error as Error).message}\n${HELP}`, error);
  }
};

const number = (name: string, text: string, [least, most]: [number, number]): number => {
  const value = /^\d{1,9}(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new OperatorError(`--${name} must be from ${least} to ${most}.\n${HELP}`);
  return value;
};

/** Aborts when somebody asks to stop, also where npm ends only its own shell. */
const askedToStop = (): AbortSignal => {
  const stopping = new AbortController();
  // Each letter waits on it.
  setMaxListeners(0, stopping.signal);
  const stop = (): void => {
    if (!stopping.signal.aborted) stopping.abort(new OperatorError('stopped'));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) stop();
  }, 500).unref();
  return stopping.signal;
};

const main = async (): Promise<boolean> => {
  const options = readOptions(process.argv.slice(2));
  if (options.help) {
    say(HELP);
    return true;
  }
  const signal = askedToStop();
  if (options.sabotage !== undefined) return runSabotages(options.sabotage, signal);
  if (options.scenario !== undefined) return runScenarios(options.scenario, signal);
  const kills = number('kills', options.kills, [0, 10_000]);
  return runFaults({
    letters: number('letters', options.letters, [1, 100_000]),
    kills,
    seed: number('seed', options.seed, [0, 2 ** 32 - 1]),
    stopSeconds: number('stop-seconds', options['stop-seconds'], [1, 60]),
    ...(options.rate !== undefined && { rate: number('rate', options.rate, [0.01, 1000]) }),
    keep: options.keep,
    signal,
  });
};

try {
  process.exit((await main()) ? 0 : 1);
} catch (thrown) {
  // What was waiting when it was asked to stop says so only in its cause.
  const error = thrown instanceof Error && thrown.name === 'AbortError' ? thrown.cause : thrown;
  if (error instanceof OperatorError) process.stderr.write(`chaos: ${error.message}\n`);
  else console.error(error);
  process.exit(1);
}
