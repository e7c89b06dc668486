/** `npm start` as a process, on a machine where the engine comes late. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase } from '../testing/database.ts';
import type { TestDatabase } from '../testing/database.ts';
import { freePorts } from '../testing/ports.ts';
import { temporalAddress } from '../testing/temporal.ts';
import { until } from '../testing/until.ts';

let dir: string;
let database: TestDatabase;
let port: number;
let desk: ChildProcess | undefined;
let gate: net.Server | undefined;
let said: string;

beforeEach(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'pishkhan-start-'));
  database = await createTestDatabase();
  port = await freePorts();
  said = '';
});
afterEach(async () => {
  if (desk?.exitCode === null && desk.kill('SIGINT')) await once(desk, 'exit');
  gate?.close();
  await database?.drop();
  rmSync(dir, { recursive: true, force: true });
});

const startDesk = (env: Record<string, string> = {}): ChildProcess => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/main/start.ts'], {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATA_DIR: dir,
      DATABASE_URL: database.url,
      TEMPORAL_ADDRESS: `127.0.0.1:${port + 2}`,
      PORT: String(port),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
  desk = child;
  return child;
};

const openGate = async (): Promise<void> => {
  const [host, serverPort] = temporalAddress().split(':');
  gate = net
    .createServer((inner) => {
      const outer = net.connect({ host, port: Number(serverPort) });
      for (const socket of [inner, outer]) socket.on('error', () => socket.destroy());
      inner.pipe(outer).pipe(inner);
    })
    .listen(port + 2, '127.0.0.1');
  await once(gate, 'listening');
};

test('the portal serves while the worker is still waited for, and the console says what it does', async () => {
  const child = startDesk();
  const goesOn = (): boolean => child.exitCode === null;
  await until(async () => said.includes('worker: connecting to Temporal at') || !goesOn(), 200_000);
  expect(said).toMatch(/^Portal: answers at http:\/\/localhost:\d+$/m);
  expect(said).toMatch(/^worker: building the workflows, once for this version$/m);
  await until(async () => /^worker: connecting to .*, for \d+ s so far$/m.test(said) || !goesOn());
  expect(goesOn()).toBe(true);
  expect(said).not.toContain('Pishkhan is ready.');
  const ready = await fetch(`http://localhost:${port}/health/ready`);
  expect(ready.status).toBe(200);
  expect(await ready.json()).toMatchObject({ database: { ok: true }, worker: { ok: false } });

  await openGate();
  await until(async () => said.includes('Pishkhan is ready.') || !goesOn());
  expect(said).toContain('Pishkhan is ready.');
}, 400_000);
