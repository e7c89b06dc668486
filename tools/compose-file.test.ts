/** The production shape, as far as it can be read without running it. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';

const read = (name: string): Promise<string> =>
  readFile(new URL(`../${name}`, import.meta.url), 'utf8');

/** The text of one service, or of another entry of that depth. */
const entryOf = (compose: string, name: string): string =>
  new RegExp(`^ {2}${name}:\\n((?: {4}.*\\n|\\n)+)`, 'm').exec(compose)?.[1] ?? '';

test('every image of the compose files is of a named version', async () => {
  const files = [await read('docker-compose.yml'), await read('docker/tls.yml')];
  const images = [...files.join('\n').matchAll(/^ +image: (.+)$/gm)].map(([, image = '']) => image);
  expect(images.length).toBeGreaterThan(6);
  for (const image of images) {
    const tag = /:(?:\$\{\w+:-)?([\w.-]+)\}?$/.exec(image)?.[1];
    expect(tag).toMatch(image.startsWith('pishkhan:') ? /^local$/ : /^\d/);
  }
});

test('the scanner of the compose file takes whatever the desk takes, and lies under the address that is told', async () => {
  const compose = await read('docker-compose.yml');
  const clamd = await read('docker/clamav/clamd.conf');
  const figure = (name: string): string =>
    new RegExp(`^${name} (\\d+)`, 'm').exec(clamd)?.[1] ?? '';
  const { MAX_FILE_MB } = readConfig({});
  expect(Number(figure('StreamMaxLength'))).toBeGreaterThan(MAX_FILE_MB);
  expect(Number(figure('MaxFileSize'))).toBeGreaterThan(MAX_FILE_MB);
  expect(clamd).toContain('AlertExceedsMax yes');
  const service = entryOf(compose, 'clamd');
  expect(service).toContain('./docker/clamav/clamd.conf:/etc/clamav/clamd.conf:ro');
  expect(service).toContain('profiles: [scanner]');
  const told = `CLAMD_URL=tcp://clamd:${figure('TCPSocket')}`;
  expect(compose).toContain(told);
  expect(await read('docs/runbooks.md')).toContain(told);
});

test('every service writes its log where the operator says, and rotates it else', async () => {
  const compose = await read('docker-compose.yml');
  expect(compose).toContain('x-logging: &logging\n  driver: ${LOG_DRIVER:-local}\n');
  const services = [...compose.matchAll(/^ {2}([a-z-]+):\n {4}(?:<<: \*([a-z-]+)|image: )/gm)];
  expect(services.length).toBeGreaterThan(8);
  const template = (name: string): string =>
    new RegExp(`^x-${name}: &${name}\\n((?: {2}.*\\n|\\n)+)`, 'm').exec(compose)?.[1] ?? '';
  for (const [, name = '', from] of services) {
    const text = from === undefined ? entryOf(compose, name) : template(from);
    expect([name, text.includes('logging: *logging')]).toEqual([name, true]);
  }
});

test('web is reached by the proxy over one network, and trusts nothing but its range', async () => {
  const compose = await read('docker-compose.yml');
  const [, subnet = ''] = /- subnet: (\S+)/.exec(compose) ?? [];
  expect(compose).toContain(`    TRUSTED_PROXY: ${subnet}\n`);
  const range = /:-(.+)\}$/.exec(subnet)?.[1] ?? '';
  expect(readConfig({ TRUSTED_PROXY: range }).trustedProxies).toEqual([range]);
  const networksOf = (name: string): string[] =>
    (/^ {4}networks: \[(.+)\]/m.exec(entryOf(compose, name))?.[1] ?? '').split(', ');
  const shared = networksOf('proxy').filter((name) => networksOf('web').includes(name));
  expect(shared).toEqual(['proxied']);
  // Who else could speak to web from an address that it trusts.
  for (const name of ['postgres', 'temporal', 'temporal-ui', 'worker', 'clamd'])
    expect([name, networksOf(name).includes('proxied')]).toEqual([name, false]);
  expect(await read('docker/tls.yml')).not.toContain('networks');
});

test('several web processes fit behind the proxy: none has a port of the host', async () => {
  const compose = await read('docker-compose.yml');
  expect(entryOf(compose, 'web')).not.toMatch(/ports:|container_name:/);
  const desk = await read('docker/caddy/desk.caddy');
  for (const number of [1, 2, 3, 4]) expect(desk).toContain(`pishkhan-web-${number}:3000`);
  expect(compose).toMatch(/^name: pishkhan$/m);
  // It is not ended before it has drained and finished.
  const own = readConfig({
    DRAIN_SECONDS: /^DRAIN_SECONDS=(\d+)$/m.exec(await read('docker/compose.env'))?.[1],
  });
  const grace = Number(/stop_grace_period: (\d+)s/.exec(entryOf(compose, 'web'))?.[1]);
  expect(own.DRAIN_SECONDS).toBeGreaterThan(5);
  expect(grace).toBeGreaterThan(own.DRAIN_SECONDS + 15);
});

test('every service has a limit of memory', async () => {
  const compose = await read('docker-compose.yml');
  const services = [...compose.matchAll(/^ {2}([a-z-]+):\n {4}(?:<<: \*([a-z-]+)|image: )/gm)];
  for (const [, name = '', from] of services) {
    const template = new RegExp(`^x-${from}: &${from}\\n((?: {2}.*\\n|\\n)+)`, 'm').exec(
      compose,
    )?.[1];
    const text = entryOf(compose, name) + (from === undefined ? '' : (template ?? ''));
    expect([name, text.includes('mem_limit: ')]).toEqual([name, true]);
  }
});

test('what Compose sets for the desk for good is nothing that the operator is told to set', async () => {
  const compose = await read('docker-compose.yml');
  const [, fixed = ''] =
    /^x-desk: &desk\n[^]*?^ {2}environment:\n((?: {4}.*\n)+)/m.exec(compose) ?? [];
  const names = [...fixed.matchAll(/^ {4}([A-Z_]+):/gm)].map(([, name]) => name);
  expect(names).toEqual(['NODE_ENV', 'HOST', 'PORT', 'PUBLIC_ORIGIN', 'SMS_URL', 'TRUSTED_PROXY']);
  // The rest is in a file that docker/desk.env overrides.
  expect(compose).toMatch(/- path: docker\/compose\.env\n {4}- path: docker\/desk\.env\n/);
  const defaults = await read('docker/compose.env');
  for (const name of ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'FILES_URL', 'SECRET_KEY_FILE'])
    expect(defaults).toMatch(new RegExp(`^${name}=`, 'm'));
});

test('a command that runs before web, such as a restore, starts no migration', async () => {
  const service = entryOf(await read('docker-compose.yml'), 'desk');
  expect(service).toContain('profiles: [tools]');
  expect(service).toContain('postgres:\n        condition: service_healthy');
  expect(service).not.toContain('migrate');
});

test('the search attributes of production are cached, as the engine does it by itself', async () => {
  expect(await read('docker/temporal/dynamic-config.yaml')).not.toContain('forceSearchAttributes');
});

test('the proxy keeps the defaults of its maker, and leads people to https and programs nowhere', async () => {
  const caddy = await read('docker/caddy/tls.Caddyfile');
  expect(caddy).not.toMatch(/^\s*(protocols|ciphers|curves|tls |insecure|default_bind|log)\b/m);
  expect(caddy).toContain('auto_https disable_redirects');
  const [, plain = ''] = /^http:\/\/ \{\n((?:\t.*\n)+)\}/m.exec(caddy) ?? [];
  expect(plain).toContain('method GET HEAD');
  const machines = /not path (.+)/.exec(plain)?.[1]?.split(' ') ?? [];
  expect(machines).toEqual(['/sms/*', '/staff/codec/*', '/csp-reports', '/health/*', '/api/*']);
  expect(plain).toContain('redir @people {$PUBLIC_ORIGIN}{uri} 308\n\trespond 403');
  expect(caddy).toContain('import desk.caddy');
  // Its check asks the proxy itself, whatever state web is in.
  const tls = await read('docker/tls.yml');
  expect(tls).toContain('http://127.0.0.1/health/live');
  expect(tls).not.toContain('web:3000');
});
