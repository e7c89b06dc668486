/** The production steps of docs/runbooks.md, from an empty database to the first letter. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTestDatabase } from '../testing/database.ts';
import type { TestDatabase } from '../testing/database.ts';
import { freePorts } from '../testing/ports.ts';
import { solveProof } from '../testing/proof.ts';
import { runDesk } from '../testing/run-desk.ts';
import { sampleFile } from '../testing/sample-files.ts';
import { startSmsGateway } from '../testing/sms-gateway.ts';
import type { StubSmsGateway } from '../testing/sms-gateway.ts';
import { temporalAddress } from '../testing/temporal.ts';
import { until } from '../testing/until.ts';

let dir: string;
let database: TestDatabase;
let gateway: StubSmsGateway;
let origin: string;
let env: Record<string, string>;
let processes: ChildProcess[];

beforeEach(async () => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'pishkhan-production-'));
  database = await createTestDatabase();
  const sql = postgres(database.url, { max: 1, onnotice: () => {} });
  await sql`drop schema public cascade`;
  await sql`create schema public`;
  await sql.end();
  gateway = await startSmsGateway();
  const port = await freePorts();
  origin = `http://localhost:${port}`;
  writeFileSync(path.join(dir, 'secret'), 'the master secret of a production desk, long enough\n');
  env = {
    NODE_ENV: 'production',
    DATA_DIR: path.join(dir, 'data'),
    DATABASE_URL: database.url,
    TEMPORAL_ADDRESS: temporalAddress(),
    PORT: String(port),
    PUBLIC_ORIGIN: origin,
    SMS_URL: gateway.url,
    SECRET_KEY_FILE: path.join(dir, 'secret'),
  };
  processes = [];
  cookies.clear();
});
afterEach(async () => {
  for (const child of processes)
    if (child.exitCode === null && child.kill()) await once(child, 'exit');
  await gateway?.stop();
  await database?.drop();
  rmSync(dir, { recursive: true, force: true });
});

const start = (program: string): { said: () => string; isRunning: () => boolean } => {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/desk.ts', program], {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  processes.push(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  return { said: () => output, isRunning: () => child.exitCode === null };
};

const startWeb = async () => {
  const web = start('web');
  await until(async () => web.said().includes('web ready') || !web.isRunning());
  expect(web.said()).toContain('web ready');
  return web;
};

const cookies = new Map<string, string>();
const ask = async (address: string, body?: FormData | URLSearchParams): Promise<Response> => {
  const response = await fetch(`${origin}${address}`, {
    redirect: 'manual',
    headers: {
      origin,
      cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    },
    ...(body && { method: 'POST', body }),
  });
  for (const cookie of response.headers.getSetCookie()) {
    const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split('=');
    cookies.set(name, value);
  }
  return response;
};
const locationOf = (response: Response): string => response.headers.get('location') ?? '';

test('a new operator migrates, sets up and starts, and the first letter is accepted', async () => {
  expect((await runDesk(['migrate'], { env })).code).toBe(0);
  const words = ['--organisation', 'شهرداری نمونه', '--unit', 'دبیرخانه', '--admin', 'ali'];
  const setup = await runDesk(['setup', ...words, '--json'], { env });
  expect(setup).toMatchObject({ code: 0, stderr: '' });
  const made = JSON.parse(setup.stdout) as { unit: { id: string }; admin: { password: string } };
  const again = await runDesk(['setup', ...words], { env });
  expect(again.code).toBe(1);
  expect(again.stderr).toMatch(/^The desk is set up: .*\n$/);

  const worker = start('worker');
  await startWeb();
  expect(await (await ask('/')).text()).toContain('شهرداری نمونه');

  // The administrator comes in, to the set-up of the second factor.
  const { password } = made.admin;
  const staff = await ask('/staff/sign-in', new URLSearchParams({ username: 'ali', password }));
  expect(locationOf(staff)).toBe('/staff/account');

  const proof = await solveProof((await (await ask('/proof')).json()) as object);
  const mobile = '09121234567';
  const sent = await ask('/sign-in', new URLSearchParams({ mobile, proof }));
  expect(locationOf(sent)).toBe('/sign-in/code');
  const sms = await until(async () => gateway.received.find(({ kind }) => kind === 'code'));
  expect(sms.text).toContain('شهرداری نمونه');
  const code = /#(\d{6})/.exec(sms.text)?.[1] ?? '';
  await ask('/sign-in/code', new URLSearchParams({ code }));
  const form = await (await ask('/letters/new')).text();
  expect(form).toContain('دبیرخانه');
  const letter = new FormData();
  const key = /name="submissionKey" value="([^"]+)"/.exec(form)?.[1] ?? '';
  for (const [name, value] of Object.entries({
    submissionKey: key,
    senderName: 'مینا رضایی',
    unit: made.unit.id,
    subject: 'درخواست',
  }))
    letter.set(name, value);
  letter.set('file', new File([new Uint8Array((await sampleFile('pdf')).bytes)], 'letter.pdf'));
  const submitted = await ask('/letters/new', letter);
  expect(submitted.status).toBe(303);
  expect(locationOf(submitted)).toMatch(/^\/letters\/[\w-]+\?notice=submitted$/);
  const ready = await until(async () => {
    const { worker: part } = (await (await ask('/health/ready')).json()) as {
      worker: { ok: boolean };
    };
    return part.ok || !worker.isRunning();
  });
  expect(ready).toBe(true);
  expect(worker.isRunning()).toBe(true);
}, 400_000);

test('a desk without an administrator is set up in the browser, once, with the printed code', async () => {
  expect((await runDesk(['migrate'], { env })).code).toBe(0);
  const web = await startWeb();
  const code = await until(async () => /one-time code ([\w-]+)/.exec(web.said())?.[1]);
  expect((await ask('/staff/setup')).status).toBe(200);
  const fields = {
    organisation: 'سازمان آب',
    unit: 'دبیرخانه',
    username: 'admin',
    password: 'a well chosen passphrase',
  };
  const post = (more: object) =>
    ask('/staff/setup', new URLSearchParams({ ...fields, ...more } as Record<string, string>));
  const wrong = await post({ code: 'AAAA-AAAA-AAAA' });
  expect(wrong.status).toBe(422);
  expect(await wrong.text()).toContain('value="سازمان آب"');
  expect((await post({ code, password: 'short' })).status).toBe(422);
  expect(locationOf(await post({ code: code.toLowerCase().replaceAll('-', ' ') }))).toBe(
    '/staff?notice=desk_set_up',
  );
  expect((await post({ code })).status).toBe(404);
  expect((await ask('/staff/setup')).status).toBe(404);
  const { username, password } = fields;
  const signedIn = await ask('/staff/sign-in', new URLSearchParams({ username, password }));
  expect(locationOf(signedIn)).toBe('/staff/account');
  // The name is there without a restart.
  expect(await until(async () => (await (await ask('/')).text()).includes('سازمان آب'))).toBe(true);
}, 400_000);
