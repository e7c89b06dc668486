/** What an operator gets wrong ends with one line that says what to do, and a failure. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../testing/database.ts';
import type { TestDatabase } from '../testing/database.ts';
import { freePorts } from '../testing/ports.ts';
import { runDesk } from '../testing/run-desk.ts';
import type { DeskRun } from '../testing/run-desk.ts';

let database: TestDatabase;
let empty: TestDatabase;
let dir: string;
let port: number;

beforeAll(async () => {
  database = await createTestDatabase();
  empty = await createTestDatabase();
  const sql = postgres(empty.url, { max: 1, onnotice: () => {} });
  await sql`drop schema public cascade`;
  await sql`create schema public`;
  await sql.end();
  dir = mkdtempSync(path.join(os.tmpdir(), 'pishkhan-mistakes-'));
  chmodSync(dir, 0o711);
  port = await freePorts();
});
afterAll(async () => {
  await database?.drop();
  await empty?.drop();
  rmSync(dir, { recursive: true, force: true });
});

const run = (
  args: string[],
  { input, ...env }: { input?: string; [setting: string]: string | undefined } = {},
): Promise<DeskRun> =>
  runDesk(args, {
    env: {
      DATABASE_URL: database.url,
      DATA_DIR: path.join(dir, 'data'),
      PORT: String(port),
      TEMPORAL_ADDRESS: '127.0.0.1:9',
      ...(env as Record<string, string>),
    },
    ...(input !== undefined && { input }),
    endWhen: / ready|is ready/,
  });

const expectLine = async (running: Promise<DeskRun>, line: RegExp): Promise<void> => {
  const { code, stderr } = await running;
  expect(stderr).toMatch(line);
  expect(stderr.trim().split('\n')).toHaveLength(1);
  expect(code).toBe(1);
};
const addressOf = (change: (url: URL) => void): string => {
  const url = new URL(database.url);
  change(url);
  return url.href;
};
const STAFF = ['staff', 'add', 'ali', '--name', 'Ali', '--role', 'reviewer', '--password-stdin'];

test('a database that cannot be used is named with the remedy', async () => {
  const away = { DATABASE_URL: 'postgres://desk:secret@127.0.0.1:1/desk' };
  await expectLine(
    run(['unit', 'list'], { DATABASE_URL: empty.url }),
    /Run: npm run desk -- migrate/,
  );
  await expectLine(run(['unit', 'list'], away), /^There is no database at 127\.0\.0\.1:1\./);
  await expectLine(run(['migrate'], away), /^There is no database at 127\.0\.0\.1:1\./);
  const wrongPassword = addressOf((url) => (url.password = 'wrong-password'));
  for (const command of [['unit', 'list'], ['web']])
    await expectLine(
      run(command, { DATABASE_URL: wrongPassword }),
      /^The database refuses the password: correct DATABASE_URL\.$/m,
    );
  const wrongName = addressOf((url) => (url.pathname = '/no_such_database'));
  await expectLine(run(['unit', 'list'], { DATABASE_URL: wrongName }), /^There is no database of/);
}, 300_000);

test('what is typed wrong is answered with the usage', async () => {
  await expectLine(run(['frobnicate']), /There is no command "frobnicate"; see: .* help$/m);
  await expectLine(run(['staff']), /"staff" needs one of its commands; see: .* staff --help$/m);
  await expectLine(
    run(['unit', 'list', '--colour']),
    /Unknown option '--colour'; usage: unit list/,
  );
  await expectLine(run(['unit', 'add']), /^usage: unit add NAME$/m);
  await expectLine(run(['web', '--port=1']), /^web takes no options/);
}, 300_000);

test('help is no failure, of any command and of any group', async () => {
  const words = [['help'], ['staff', '--help'], ['unit', '--help'], ['web', '--help']];
  for (const args of [...words, ['setup', '--help'], ['staff', 'add', '--help']]) {
    const { code, stdout, stderr } = await run(args);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    expect(stdout).toContain(args[0] === 'help' ? 'unit add NAME' : args[0]);
  }
}, 300_000);

test('a password from standard input is one line and no more', async () => {
  await expectLine(
    run(STAFF, { input: 'a well chosen passphrase\nand a second line\n' }),
    /^The password is one line on standard input, which holds more\.$/m,
  );
  await expectLine(
    run(STAFF, { input: '' }),
    /^The password comes on standard input, which is empty/,
  );
  expect(await run(STAFF, { input: 'a well chosen passphrase\n' })).toMatchObject({ code: 0 });
}, 300_000);

test('a data folder that cannot be used is named with the remedy', async () => {
  const file = path.join(dir, 'a-file');
  writeFileSync(file, '');
  await expectLine(
    run(['start'], { DATA_DIR: path.join(file, 'data') }),
    /DATA_DIR: .* cannot be made or written \(\w+\)\. Give the folder to this user/,
  );
  await expectLine(
    run(['web'], { DATA_DIR: path.join(file, 'data') }),
    /a-file.* goes through something that is no folder/,
  );
}, 300_000);

test('a damaged file of the local Temporal server is named with the remedy', async () => {
  const data = path.join(dir, 'damaged');
  mkdirSync(data, { mode: 0o711 });
  writeFileSync(path.join(data, 'temporal.db'), 'this is no database, and never was one');
  const { code, stderr } = await run(['start'], { DATA_DIR: data, TEMPORAL_ADDRESS: '' });
  expect(code).toBe(1);
  expect(stderr).toMatch(/temporal\.db is damaged\. Move it away and start again: .* reconcile/);
  expect(stderr.trim().split('\n')).toHaveLength(1);
}, 300_000);

test('settings of the engine that cannot be read are named, and nothing that they hold', async () => {
  const file = path.join(dir, 'temporal.toml');
  writeFileSync(file, '[profile.default]\napi_key = Zq7-marker\n');
  for (const env of [
    { TEMPORAL_PROFILE: 'none' },
    { TEMPORAL_CONFIG_FILE: file },
    { TEMPORAL_TLS_CLIENT_CERT_PATH: '/nowhere', TEMPORAL_TLS_CLIENT_KEY_PATH: '/nowhere' },
  ] as Record<string, string>[]) {
    const running = run(['worker'], env);
    await expectLine(running, /^TEMPORAL_ADDRESS, TEMPORAL_PROFILE, .*: \S/);
    expect((await running).stderr).not.toContain('Zq7');
  }
}, 300_000);

test('a folder in the place of a backup is named', async () => {
  await expectLine(run(['verify-backup', dir]), /cannot be read: .*directory/);
}, 300_000);

test('a port that is taken is named with its setting', async () => {
  const server = net.createServer().listen(port, '127.0.0.1');
  try {
    await expectLine(
      run(['web']),
      /^Port \d+ on 127\.0\.0\.1 is taken by another program; set PORT/,
    );
  } finally {
    server.close();
  }
}, 300_000);

test('what a secret setting holds stands in no output of any program', async () => {
  const secret = 'Zq7-marker-of-a-secret';
  for (const [command, env] of [
    [['unit', 'list'], { DATABASE_URL: `postgres://desk:${secret}@ss@127.0.0.1:1/desk` }],
    [['doctor'], { DATABASE_URL: `postgres://desk:${secret}@127.0.0.1:1/desk` }],
    [['start'], { DATABASE_URL: `postgres://desk:${secret}@127.0.0.1:port/desk` }],
    [['web'], { SMS_URL: `webhook+https://${secret} x` }],
    [['worker'], { SECRET_KEY_FILE: secret }],
  ] as [string[], Record<string, string>][]) {
    const { code, stdout, stderr } = await run(command, env);
    expect(code).toBe(1);
    expect(`${stdout}${stderr}`).not.toContain('Zq7');
  }
}, 300_000);
