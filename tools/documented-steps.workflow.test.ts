/**
 * The commands of the documents, run as they stand there. `docker` is a program that runs the
 * services of the Compose files as processes (src/testing/compose-host.ts).
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { obtainTemporalCli } from '../src/local/temporal-cli.ts';
import { stopProcess } from '../src/local/processes.ts';
import { readCompose } from '../src/testing/compose-model.ts';
import { documentedSteps, inlineCommands } from '../src/testing/documented-steps.ts';
import { executeAlone } from '../src/testing/drop-database.ts';
import { makePdf } from '../src/testing/sample-files.ts';
import { freePorts } from '../src/testing/ports.ts';
import { makeTestDir, removeTestDir, startTestPostgres } from '../src/testing/servers.ts';
import type { TestServer } from '../src/testing/servers.ts';
import { startS3Server } from '../src/testing/s3-server.ts';
import { startSmsGateway } from '../src/testing/sms-gateway.ts';
import type { StubSmsGateway } from '../src/testing/sms-gateway.ts';
import { temporalAddress } from '../src/testing/temporal.ts';

/** The beginning of a step, and the test that does the same where it is not run here. */
const ELSEWHERE: Record<string, string> = {
  'npm ci && npm start': 'web/e2e/guide.e2e.test.ts',
  'npm ci && npm test': 'src/testing/run.ts',
  'temporal workflow signal': 'web/e2e/engine-away.e2e.test.ts',
  'temporal workflow show': 'web/e2e/guards.e2e.test.ts',
  'npm run history:record': 'workflows/replay.test.ts',
};
const HERE = [
  'sh docker/prepare.sh      #',
  'sh docker/prepare.sh        #',
  'echo COMPOSE_FILE=docker-compose.yml:docker/tls.yml',
  'echo COMPOSE_FILE=docker-compose.yml:docker/elsewhere.yml',
  'cat >> docker/desk.env',
  "sed -i '/^FILES_/d'",
  "sed -i '/^FILES_ALSO_URL/d'",
  'for process in',
  'docker compose build web\n',
  'echo COMPOSE_PROFILES=scanner',
  'npm run desk -- backup',
  'npm run desk -- register add',
  `temporal workflow count --query "ExecutionStatus = 'Running' and StartTime`,
  `temporal workflow count --query "ExecutionStatus = 'Running' and TemporalChangeVersion`,
];

const ROOT = fileURLToPath(new URL('..', import.meta.url));
let dir: string;
let server: TestServer;
let gateway: StubSmsGateway;
let port: number;

beforeAll(async () => {
  dir = makeTestDir();
  server = await startTestPostgres(dir);
  gateway = await startSmsGateway();
  port = await freePorts();
  const temporal = await obtainTemporalCli({
    cliPath: process.env.TEMPORAL_CLI_PATH ?? '',
    dataDir: dir,
    env: process.env,
    say: () => undefined,
  });
  mkdirSync(path.join(dir, 'bin'));
  symlinkSync(temporal, path.join(dir, 'bin/temporal'));
  const program = fileURLToPath(new URL('../src/testing/compose-host.ts', import.meta.url));
  const host = `exec '${process.execPath}' --import '${import.meta.resolve('tsx')}' '${program}' "$@"`;
  writeFileSync(path.join(dir, 'bin/docker'), `#!/bin/sh\n${host}\n`);
  // The editor of an operator who fills in what is asked for. The password is that of the server.
  const fills = {
    PUBLIC_ORIGIN: `http://localhost:${port}`,
    SMS_URL: gateway.url,
    DESK_DB_PASSWORD: new URL(server.address).password,
  };
  const edits = Object.entries(fills).map(
    ([name, value]) => `-e 's#^${name}=.*#${name}=${value}#'`,
  );
  writeFileSync(path.join(dir, 'bin/editor'), `#!/bin/sh\nsed -i ${edits.join(' ')} "$1"\n`);
  for (const name of ['docker', 'editor']) chmodSync(path.join(dir, 'bin', name), 0o755);
  for (const name of ['readme', 'production']) copyTree(path.join(dir, name));
});
afterAll(async () => {
  for (const name of ['readme', 'production']) await stopContainers(path.join(dir, name));
  await gateway?.stop();
  await server?.stop();
  if (dir) await removeTestDir(dir);
});

const copyTree = (to: string): void => {
  mkdirSync(to);
  for (const name of ['docker', 'docker-compose.yml', '.env.example'])
    cpSync(path.join(ROOT, name), path.join(to, name), {
      recursive: true,
      filter: (file) => !/docker\/(secrets|own|desk\.env)/.test(file),
    });
};

const stopContainers = async (tree: string): Promise<void> => {
  const file = path.join(tree, 'containers.json');
  if (!existsSync(file)) return;
  const all = JSON.parse(readFileSync(file, 'utf8')) as { pid: number }[];
  await Promise.all(all.map(({ pid }) => stopProcess(pid, 'SIGTERM', 45_000)));
  writeFileSync(file, '[]');
};

const stepOf = (beginning: string): string =>
  documentedSteps().find((step) => step.startsWith(beginning)) ?? '';

const inline = (command: string): string => {
  expect(inlineCommands()).toContain(command);
  return command;
};

/** What the shell prints. A step of several lines ends with the first that fails. */
const shell = async (
  tree: string,
  script: string,
  env: Record<string, string> = {},
): Promise<string> => {
  expect(script).not.toBe('');
  const child = spawn('sh', ['-euc', script], {
    cwd: path.join(dir, tree),
    env: {
      PATH: `${path.join(dir, 'bin')}:${process.env.PATH}`,
      HOME: process.env.HOME,
      EDITOR: 'editor',
      COMPOSE_HOST_PORT: String(port),
      COMPOSE_HOST_POSTGRES: new URL(server.address).host,
      COMPOSE_HOST_TEMPORAL: temporalAddress(),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve) => child.once('exit', resolve));
  expect([output, code]).toEqual([output, 0]);
  return output;
};

const readiness = async (): Promise<number> => {
  const answer = await fetch(`http://localhost:${port}/health/ready`);
  await answer.body?.cancel();
  return answer.status;
};

test('no step stands in a document that no test knows, and none is known that stands in none', () => {
  const known = [...HERE, ...Object.keys(ELSEWHERE)];
  const steps = documentedSteps();
  expect(steps.filter((step) => !known.some((one) => step.startsWith(one)))).toEqual([]);
  expect(known.filter((one) => !steps.some((step) => step.startsWith(one)))).toEqual([]);
  for (const file of Object.values(ELSEWHERE))
    expect([file, existsSync(ROOT + file)]).toEqual([file, true]);
  const verbs = inlineCommands().map((command) => command.split(' ')[2]);
  expect(new Set(verbs)).toEqual(new Set(['build', 'exec', 'logs', 'run', 'up']));
});

test('the two lines of README start a desk, and the overlay leads it to servers elsewhere', async () => {
  const [prepare = '', up = ''] = stepOf('sh docker/prepare.sh      #').split('\n');
  await shell('readme', prepare);
  expect(await shell('readme', `${up} || true`)).toMatch(/^PUBLIC_ORIGIN is not set/m);
  await shell('readme', `editor .env; echo DRAIN_SECONDS=1 >> docker/desk.env; ${up}`);
  expect(await readiness()).toBe(200);

  await executeAlone(server.address, 'create database desk');
  const step = stepOf('echo COMPOSE_FILE=docker-compose.yml:docker/elsewhere.yml');
  const { password, host } = new URL(server.address);
  await shell(
    'readme',
    step
      .replace('desk:password@db.example.org:5432', `pishkhan:${password}@${host}`)
      .replace('temporal.example.org:7233', temporalAddress())
      .replace('NAMESPACE=letters', 'NAMESPACE=default'),
  );
  expect(await readiness()).toBe(200);
  const { services } = readCompose(path.join(dir, 'readme'));
  expect(Object.keys(services)).toEqual(['migrate', 'web', 'proxy', 'worker']);
  // The other database, which `migrate` has made this desk's.
  const units = await shell('readme', 'docker compose run --rm desk unit list --json');
  expect(units).not.toContain('error');
  await stopContainers(path.join(dir, 'readme'));
}, 600_000);

test('the steps of production end with a desk that has an administrator and a reviewer', async () => {
  const production = path.join(dir, 'production');
  const output = await shell('production', stepOf('sh docker/prepare.sh        #'));
  expect(output).toMatch(/password/i);
  expect(await readiness()).toBe(200);
  expect(await shell('production', 'docker compose exec web desk staff list')).toContain('reza');
  appendFileSync(path.join(production, 'docker/desk.env'), 'DRAIN_SECONDS=1\n');
}, 600_000);

test('two web processes are restarted, and replaced by those of a new version', async () => {
  await shell('production', inline('docker compose up --detach --scale worker=3 --scale web=2'));
  await shell('production', stepOf('for process in'));
  await shell('production', stepOf('docker compose build web\n'));
  expect(await shell('production', 'docker compose ps --quiet web')).toBe(
    'pishkhan-web-3\npishkhan-web-4\n',
  );
}, 600_000);

test('the command line of Temporal, as the documents call it', async () => {
  await shell('production', inline('docker compose run --rm tools workflow list'));
  const engine = { TEMPORAL_ADDRESS: temporalAddress() };
  for (const condition of ['StartTime', 'TemporalChangeVersion'])
    expect(
      await shell(
        'production',
        stepOf(`temporal workflow count --query "ExecutionStatus = 'Running' and ${condition}`),
        engine,
      ),
    ).toMatch(/Total/i);
}, 600_000);

test('the nightly backup, and the register after a restore', async () => {
  const inCompose = (step: string): string =>
    step
      .replaceAll('npm run desk --', 'docker compose run --rm desk')
      .replaceAll(' /backup', ` ${dir}/backup`);
  for (const name of ['backup', 'backup-keys']) mkdirSync(path.join(dir, name));
  expect(await shell('production', inCompose(stepOf('npm run desk -- backup')))).toMatch(/\S/);
  const units = await shell('production', 'docker compose run --rm desk unit list --json');
  const unit = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(units)?.[0] ?? '';
  const register = stepOf('npm run desk -- register add').replace('UNIT_ID', unit);
  await shell('production', inCompose(register));
  expect(await shell('production', 'docker compose run --rm desk register list')).toContain(
    'after-restore',
  );
}, 600_000);

test('the files move to a bucket, with those of letters that come meanwhile', async () => {
  const s3 = await startS3Server();
  try {
    const here = (step: string): string => step.replaceAll('https://s3.example.org', s3.endpoint);
    const run = (step: string): Promise<string> => shell('production', here(step));
    await run('docker compose up --detach');
    const units = await run('docker compose run --rm desk unit list --json');
    const unit = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(units)?.[0] ?? '';
    const added = await run('docker compose run --rm desk key add counter --scope decide --json');
    const Authorization = `Bearer ${(JSON.parse(added) as { key: string }).key}`;
    const pdf = await makePdf();
    const send = async (name: string): Promise<string> => {
      const body = new FormData();
      const fields = { senderName: name, mobile: '09123456789', unit, subject: name };
      for (const [field, value] of Object.entries(fields)) body.set(field, value);
      body.set('file', new Blob([new Uint8Array(pdf)]), 'letter.pdf');
      const answer = await fetch(`http://localhost:${port}/api/v1/letters`, {
        method: 'POST',
        headers: { Authorization, 'Idempotency-Key': randomUUID() },
        body,
      });
      const text = await answer.text();
      expect([answer.status, text]).toEqual([201, text]);
      return (JSON.parse(text) as { href: string }).href;
    };
    const letters = [await send('before the move')];
    await run(stepOf('cat >> docker/desk.env'));
    letters.push(await send('after the first copy'));
    expect(await run(stepOf("sed -i '/^FILES_/d'"))).toMatch(/: [1-9]\d* files copied/);
    letters.push(await send('into the bucket'));
    await run(stepOf("sed -i '/^FILES_ALSO_URL/d'").replace('desk doctor', 'desk unit list'));
    rmSync(path.join(dir, 'production/volume/files'), { recursive: true });
    for (const href of letters) {
      const url = `http://localhost:${port}${href}/file`;
      const answer = await fetch(url, { headers: { Authorization } });
      expect(Buffer.from(await answer.arrayBuffer()).equals(pdf)).toBe(true);
    }
  } finally {
    await s3.stop();
  }
}, 900_000);

test('the overlay of TLS, and the scanner, are switched on by their lines', async () => {
  const production = path.join(dir, 'production');
  await shell('production', stepOf('echo COMPOSE_PROFILES=scanner'));
  await shell('production', stepOf('echo COMPOSE_FILE=docker-compose.yml:docker/tls.yml'));
  const { services } = readCompose(production);
  expect(services.clamd).toBeDefined();
  expect(services.web?.environment?.CLAMD_URL).toBe('tcp://clamd:3310');
  expect(services.proxy?.ports).toEqual(['80:80', '443:443', '443:443/udp']);
  expect(services.proxy?.command).toContain('/etc/caddy/tls.Caddyfile');
});
