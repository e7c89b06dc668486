/** What Compose makes of the files together: which settings win, and what an overlay leaves. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readCompose } from '../src/testing/compose-model.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
let dir: string;

beforeEach(() => {
  dir = mkdtempSync(path.join(os.tmpdir(), 'pishkhan-compose-'));
  for (const name of ['docker', 'docker-compose.yml', '.env.example'])
    cpSync(path.join(ROOT, name), path.join(dir, name), {
      recursive: true,
      filter: (file) => !/docker\/(secrets|own|desk\.env)/.test(file),
    });
  execFileSync('sh', ['docker/prepare.sh'], { cwd: dir, stdio: 'ignore' });
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const fillIn = (...lines: string[]): void =>
  appendFileSync(
    path.join(dir, '.env'),
    ['PUBLIC_ORIGIN=https://desk.test', 'SMS_URL=webhook+https://sms.test/', ...lines, ''].join(
      '\n',
    ),
  );
const addSettings = (lines: string): void =>
  appendFileSync(path.join(dir, 'docker/desk.env'), `${lines}\n`);

test('a desk that was prepared and not filled in is refused by name', () => {
  expect(() => readCompose(dir)).toThrow(/^(PUBLIC_ORIGIN|SMS_URL) is not set/);
});

test('every setting that the documents tell to set wins in every process of the desk', () => {
  fillIn();
  const told = {
    DATABASE_URL: 'postgres://desk:a$$b@db.test/desk',
    TEMPORAL_ADDRESS: 'temporal.test:7233',
    TEMPORAL_NAMESPACE: 'letters',
    FILES_URL: 's3://letters',
    SECRET_KEY_OLD_FILE: '/run/secrets/secret-key-old',
    ORG_TIME_ZONE: 'Asia/Tehran',
    METRICS_HOST: '0.0.0.0',
    DRAIN_SECONDS: '3',
    CLAMD_URL: 'tcp://clamd:3310',
  };
  addSettings(
    Object.entries(told)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n'),
  );
  const { services, tools } = readCompose(dir);
  const expected = { ...told, DATABASE_URL: 'postgres://desk:a$b@db.test/desk' };
  for (const service of [services.web, services.worker, services.migrate, tools.desk])
    expect(service?.environment).toMatchObject(expected);
});

test('the role of the migrations is that of its own file, in `migrate` alone', () => {
  fillIn();
  appendFileSync(
    path.join(dir, 'docker/migrate.env'),
    'DATABASE_URL=postgres://owner@db.test/desk\n',
  );
  const { services } = readCompose(dir);
  expect(services.migrate?.environment?.DATABASE_URL).toBe('postgres://owner@db.test/desk');
  expect(services.web?.environment?.DATABASE_URL).toContain('@postgres:5432/');
});

test('with servers elsewhere none is started here, and all that call them reach out', () => {
  fillIn('COMPOSE_FILE=docker-compose.yml:docker/tls.yml:docker/elsewhere.yml');
  addSettings('DATABASE_URL=postgres://desk@db.test/desk\nTEMPORAL_ADDRESS=temporal.test:7233');
  const model = readCompose(dir);
  expect(Object.keys(model.services)).toEqual(['migrate', 'web', 'proxy', 'worker']);
  expect(model.volumes).not.toContain('postgres');
  const { migrate, web, worker } = model.services;
  for (const service of [migrate, web, worker, model.tools.desk, model.tools.tools]) {
    const reach = service?.networks?.filter((name) => !model.networks[name]?.internal);
    expect(reach).toContain('outside');
    expect(service?.environment?.TEMPORAL_ADDRESS).toBe('temporal.test:7233');
  }
});

test('Temporal UI of Compose sends the cookie of the desk, and is answered there by its own address', () => {
  fillIn('TEMPORAL_UI_URL=https://temporal.desk.test');
  const { services } = readCompose(dir);
  expect(services['temporal-ui']?.environment).toMatchObject({
    TEMPORAL_CODEC_ENDPOINT: 'https://desk.test/staff/codec',
    TEMPORAL_CODEC_INCLUDE_CREDENTIALS: 'true',
  });
  expect(services.web?.environment?.TEMPORAL_UI_URL).toBe('https://temporal.desk.test');
});
