/** The processes and their ports for metrics, as they are started. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { createTestDatabase } from '../testing/database.ts';
import type { TestDatabase } from '../testing/database.ts';
import { freePorts } from '../testing/ports.ts';
import { parsePrometheus, valueOf } from '../testing/prometheus.ts';
import type { Family } from '../testing/prometheus.ts';
import { TEST_MASTER_SECRET } from '../testing/seals.ts';

let database: TestDatabase;
let dir: string;
let first: number;
let started: ChildProcess[];

beforeEach(async () => {
  started = [];
  dir = mkdtempSync(path.join(os.tmpdir(), 'pishkhan-metrics-'));
  database = await createTestDatabase();
  first = await freePorts();
});
afterEach(async () => {
  for (const child of started)
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  await database.drop();
  rmSync(dir, { recursive: true, force: true });
});

const startProcess = (name: 'web' | 'worker', settings: Record<string, string>) => {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      env: {
        ...process.env,
        DATA_DIR: dir,
        DATABASE_URL: database.url,
        // Nobody is there.
        TEMPORAL_ADDRESS: '127.0.0.1:1',
        SECRET_KEY: TEST_MASTER_SECRET,
        PORT: String(first),
        ...settings,
      },
    },
  );
  started.push(child);
  let written = '';
  child.stderr.on('data', (bytes: Buffer) => (written += bytes.toString()));
  child.stdout.resume();
  return { child, stderr: () => written };
};

const take = async (port: number): Promise<net.Server> => {
  const server = net.createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
};

test.for([
  ['web', 'METRICS_PORT'],
  ['worker', 'METRICS_PORT'],
  ['worker', 'ENGINE_METRICS_PORT'],
] as const)('%s ends with one line when its %s is taken', async ([name, setting]) => {
  const port = first + 1;
  const server = await take(port);
  try {
    const { child, stderr } = startProcess(name, { [setting]: String(port) });
    const [code] = (await once(child, 'exit')) as [number];
    expect(code).toBe(1);
    const lines = stderr()
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('npm warn'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      new RegExp(`^Port ${port} on 127\\.0\\.0\\.1 is taken by another program; set ${setting} `),
    );
  } finally {
    server.close();
  }
});

test('web tells at METRICS_PORT, and not at its own, what it counted and what the record holds', async () => {
  const port = first + 1;
  startProcess('web', { METRICS_PORT: String(port) });
  const pageOf = (at: number, address: string): Promise<Response> =>
    fetch(`http://localhost:${at}${address}`);
  await expect
    .poll(() =>
      pageOf(first, '/health/live').then(
        ({ status }) => status,
        () => 0,
      ),
    )
    .toBe(200);
  expect((await pageOf(first, '/metrics')).status).toBe(404);
  let families = new Map<string, Family>();
  await expect
    .poll(async () => {
      families = parsePrometheus(await (await pageOf(port, '/metrics')).text());
      const up = valueOf(families, 'desk_up', { part: 'database' });
      return [up, valueOf(families, 'desk_record_read')];
    })
    .toEqual([1, 1]);
  const counted = families.get('desk_http_request_duration_seconds')?.samples ?? [];
  expect(
    counted.find(({ name, labels }) => name.endsWith('_count') && labels.route === '/health/live')
      ?.value,
  ).toBeGreaterThan(0);
});

test('metrics are off as the desk comes, and on loopback when they are on', () => {
  const config = readConfig({});
  expect([config.METRICS_PORT, config.ENGINE_METRICS_PORT]).toEqual([null, null]);
  expect(config.METRICS_HOST).toBe('127.0.0.1');
  expect(readConfig({ METRICS_PORT: '9464' }).METRICS_PORT).toBe(9464);
  for (const wrong of ['0', '65536', 'x'])
    expect(() => readConfig({ METRICS_PORT: wrong })).toThrow('METRICS_PORT');
});
