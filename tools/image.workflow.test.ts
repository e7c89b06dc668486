/** The image that the Dockerfile makes, run as processes: from an empty database to a registered letter. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../src/testing/database.ts';
import type { TestDatabase } from '../src/testing/database.ts';
import { buildImage } from '../src/testing/image-host.ts';
import type { Image } from '../src/testing/image-host.ts';
import { freePorts } from '../src/testing/ports.ts';
import { sampleFile } from '../src/testing/sample-files.ts';
import { startSmsGateway } from '../src/testing/sms-gateway.ts';
import type { StubSmsGateway } from '../src/testing/sms-gateway.ts';
import { connectTestClient, temporalAddress } from '../src/testing/temporal.ts';
import { until } from '../src/testing/until.ts';

let dir: string;
let image: Image;
let database: TestDatabase;
let gateway: StubSmsGateway;
let env: Record<string, string>;
const processes: ChildProcess[] = [];

beforeAll(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'pishkhan-image-'));
  image = await buildImage(dir);
  database = await createTestDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  await sql`drop schema public cascade`;
  await sql`create schema public`;
  await sql.end();
  gateway = await startSmsGateway();
  const port = String(await freePorts());
  writeFileSync(path.join(dir, 'secret'), 'the master secret of the image, which is long enough\n');
  env = {
    PATH: process.env.PATH ?? '',
    HOME: dir,
    ...image.env,
    HOST: '127.0.0.1',
    PORT: port,
    DATA_DIR: path.join(image.root, 'var/lib/pishkhan'),
    PUBLIC_ORIGIN: `http://localhost:${port}`,
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporalAddress(),
    TEMPORAL_NAMESPACE: `image-${port}`,
    SMS_URL: gateway.url,
    SECRET_KEY_FILE: path.join(dir, 'secret'),
  };
  await makeNamespace(env.TEMPORAL_NAMESPACE ?? '');
  const entry = readFileSync(path.join(image.root, 'usr/local/bin/desk'), 'utf8');
  writeFileSync(path.join(dir, 'desk'), entry.replace('cd /app', `cd ${image.root}/app`));
}, 900_000);
afterAll(async () => {
  for (const child of processes)
    if (child.exitCode === null && child.kill()) await once(child, 'exit');
  await gateway?.stop();
  await database?.drop();
  await rm(dir, { recursive: true, force: true });
});

const makeNamespace = async (namespace: string): Promise<void> => {
  const { client, close } = await connectTestClient();
  await client.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await close();
};

const desk = (...words: string[]): Record<string, unknown> => {
  const { status, stdout, stderr } = spawnSync('sh', [path.join(dir, 'desk'), ...words, '--json'], {
    env,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([0, stderr]);
  return JSON.parse(stdout) as Record<string, unknown>;
};

/** Processor time until it says that it is ready: another process cannot slow that down. */
const start = async (role: string): Promise<number> => {
  const child = spawn('sh', [path.join(dir, 'desk'), role], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  processes.push(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await until(async () => said.includes(`${role} ready`) || child.exitCode !== null, 120_000);
  expect(said).toContain(`${role} ready`);
  const ticks = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(ticks[11]) + Number(ticks[12])) / 100;
};

test('a letter is accepted, registered and announced', async () => {
  desk('migrate');
  const setUp = ['--organisation', 'شهرداری نمونه', '--unit', 'دبیرخانه', '--admin', 'ali'];
  const { unit } = desk('setup', ...setUp) as { unit: { id: string } };
  const { key } = desk('key', 'add', 'counter', '--scope', 'decide');
  const seconds = { web: await start('web'), worker: await start('worker') };
  console.log(`processor seconds of a start: ${JSON.stringify(seconds)}`);

  const ask = async (
    address: string,
    init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {},
  ): Promise<Response> =>
    fetch(`${env.PUBLIC_ORIGIN}${address}`, {
      ...init,
      headers: {
        Authorization: `Bearer ${String(key)}`,
        'Idempotency-Key': address,
        ...init.headers,
      },
    });
  const page = await (await ask('/')).text();
  expect(page).toContain('شهرداری نمونه');
  for (const [, asset = ''] of page.matchAll(/<link [^>]*href="(\/[^"]+)"/g))
    expect([asset, (await ask(asset)).status]).toEqual([asset, 200]);

  // Its pages are counted by a process of its own.
  const body = new FormData();
  const fields = {
    senderName: 'مینا رضایی',
    mobile: '09123456789',
    unit: unit.id,
    subject: 'نامه',
  };
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  body.set('file', new File([new Uint8Array((await sampleFile('pdf')).bytes)], 'letter.pdf'));
  const submitted = await ask('/api/v1/letters', { method: 'POST', body });
  expect(submitted.status).toBe(201);
  const { href } = (await submitted.json()) as { href: string };
  const approved = await ask(`${href}/approval`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{}',
  });
  expect([200, 202]).toContain(approved.status);
  const sms = await until(
    async () => gateway.received.find(({ kind, taken }) => kind === 'approved' && taken),
    120_000,
  );
  expect(sms.text).toMatch(/\d{4}\/1\b/);
}, 400_000);
