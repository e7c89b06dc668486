/** The worker before a Temporal server that does not let it do everything, or nothing at all. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { LetterEngine } from '../platform/engine/letter-engine.ts';
import { createTestDatabase } from '../testing/database.ts';
import type { TestDatabase } from '../testing/database.ts';
import { startEngineGate } from '../testing/engine-gate.ts';
import type { EngineGate } from '../testing/engine-gate.ts';
import { createTestLog } from '../testing/log-alarm.ts';
import { freePorts } from '../testing/ports.ts';
import { runDesk } from '../testing/run-desk.ts';
import { temporalAddress } from '../testing/temporal.ts';
import { until } from '../testing/until.ts';

let dir: string;
let database: TestDatabase;
let worker: ChildProcess | undefined;
let gate: EngineGate | undefined;
let said: string;

beforeEach(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'pishkhan-refused-'));
  database = await createTestDatabase();
  said = '';
});
afterEach(async () => {
  if (worker?.exitCode === null && worker.kill('SIGKILL')) await once(worker, 'exit');
  await gate?.close();
  await database?.drop();
  rmSync(dir, { recursive: true, force: true });
});

const envFor = async (address: string): Promise<Record<string, string>> => ({
  DATA_DIR: dir,
  DATABASE_URL: database.url,
  TEMPORAL_ADDRESS: address,
  PORT: String(await freePorts()),
});

const startWorker = async (address: string): Promise<void> => {
  worker = spawn(process.execPath, ['--import', 'tsx', 'src/main/worker.ts'], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...(await envFor(address)) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [worker.stdout, worker.stderr])
    stream?.on('data', (bytes: Buffer) => {
      said += bytes.toString();
    });
};
const untilSaid = (line: string): Promise<boolean> =>
  until(async () => said.includes(line) || worker?.exitCode !== null, 180_000);

test('a worker that may not ask the operator API works, because the search attributes are there', async () => {
  const engine = new LetterEngine({
    connection: { address: temporalAddress() },
    namespace: 'default',
  });
  await engine.prepare({ retentionDays: 3650, log: createTestLog('refused') });
  await engine.close();
  gate = await startEngineGate(temporalAddress(), (call) =>
    call.includes('OperatorService') ? 'PERMISSION_DENIED' : undefined,
  );
  await startWorker(gate.address);
  await untilSaid('worker ready');
  expect(said).toContain('worker ready');
  expect(gate.refused.some((call) => call.includes('OperatorService'))).toBe(true);
}, 300_000);

test('a server that refuses the desk is said to refuse, by the worker and by doctor', async () => {
  gate = await startEngineGate(temporalAddress(), () => 'UNAUTHENTICATED');
  await startWorker(gate.address);
  await untilSaid('Temporal refuses');
  expect(said).toMatch(/Temporal refuses: .*Check TEMPORAL_API_KEY/);
  expect(said).not.toContain('engine away');
  expect(worker?.exitCode).toBeNull();
  const { stdout } = await runDesk(['doctor'], { env: await envFor(gate.address) });
  expect(stdout).toMatch(/✗ temporal +Temporal refuses: .*Check TEMPORAL_API_KEY/);
}, 300_000);
