/** The whole desk as `npm start` runs it, in a folder and on ports of its own. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { keepLogs, rememberKnown } from './log-alarm.ts';
import { freePorts } from './ports.ts';

export const TEST_CAPTCHA = '24680';

export interface SampleAccount {
  username: string;
  password: string;
  role: string;
}

export interface RunningDesk {
  url: string;
  dataDir: string;
  env: Record<string, string>;
  accounts: SampleAccount[];
  /** What it printed so far. */
  output(): string;
  process: ChildProcess;
  /** Ctrl-C, and the exit code. */
  stop(): Promise<number | null>;
  /** Stops it and takes its folder away. */
  remove(): Promise<void>;
}

const TREE = fileURLToPath(new URL('../..', import.meta.url));
const READY = 'Pishkhan is ready.';

/** The environment of these tests must not reach into the desk. */
const cleanEnv = (): Record<string, string> => {
  const kept = ['PATH', 'HOME', 'XDG_CACHE_HOME', 'LANG', 'TMPDIR', 'TEMPORAL_CLI_PATH', 'USER'];
  return Object.fromEntries(
    kept.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
  );
};

/** Those that were built for the whole run, so that this desk need not build them. */
const takeWorkflows = async (dataDir: string): Promise<void> => {
  const built = path.join(process.env.PISHKHAN_TEST_DIR ?? '', 'cache');
  if (process.env.PISHKHAN_TEST_DIR && existsSync(built))
    await cp(built, path.join(dataDir, 'cache'), { recursive: true });
};

/**
 * @param options.dataDir of an earlier desk, to go on with its letters
 * @param options.tree root of the source to run, when it is not this one
 */
export const startDesk = async ({
  dataDir,
  port,
  tree = TREE,
  env: extra = {},
}: {
  dataDir?: string;
  port?: number;
  tree?: string;
  env?: Record<string, string>;
} = {}): Promise<RunningDesk> => {
  const directory = dataDir ?? (await mkdtemp(path.join(os.tmpdir(), 'pishkhan-desk-')));
  if (tree === TREE) await takeWorkflows(directory);
  const first = port ?? (await freePorts());
  const env = {
    ...cleanEnv(),
    PORT: String(first),
    DATA_DIR: directory,
    CAPTCHA_TEST_CODE: TEST_CAPTCHA,
    RATE_LIMITS: 'off',
    // A suite about something else does not wait for decisions to be applied.
    UNDO_SECONDS: '0',
    ...extra,
  };
  const start = path.join(tree, 'src/main/start.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', start], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: tree,
  });
  let output = '';
  const ended = once(child, 'exit') as Promise<[number | null]>;
  await new Promise<void>((resolve, reject) => {
    const hear = (chunk: Buffer): void => {
      output += chunk.toString();
      if (output.includes(READY)) resolve();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    ended.then(([code]) => reject(new Error(`the desk ended with ${code}:\n${output}`)), reject);
  });
  const accounts = JSON.parse(
    await readFile(path.join(directory, 'sample-accounts.json'), 'utf8'),
  ) as SampleAccount[];
  rememberKnown(...accounts.map(({ password }) => password));
  const stop = async (): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGINT');
    const [code] = await ended;
    keepLogs(directory);
    return code;
  };
  return {
    url: `http://localhost:${first}`,
    dataDir: directory,
    env,
    accounts,
    output: () => output,
    process: child,
    stop,
    async remove() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
};
