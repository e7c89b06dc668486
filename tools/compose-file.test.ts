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
  expect(await read('docs/operations.md')).toContain(told);
});

test('every service writes its log where the operator says, and rotates it else', async () => {
  const compose = await read('docker-compose.yml');
  const tls = await read('docker/tls.yml');
  expect(compose).toContain('x-logging: &logging\n  driver: ${LOG_DRIVER:-local}\n');
  const services = [...compose.matchAll(/^ {2}([a-z-]+):\n {4}(?:<<: \*([a-z-]+)|image: )/gm)];
  expect(services.length).toBeGreaterThan(8);
  const template = (name: string): string =>
    new RegExp(`^x-${name}: &${name}\\n((?: {2}.*\\n|\\n)+)`, 'm').exec(compose)?.[1] ?? '';
  for (const [, name = '', from] of services) {
    const text = from === undefined ? entryOf(compose, name) : template(from);
    expect([name, text.includes('logging: *logging')]).toEqual([name, true]);
  }
  expect(entryOf(tls, 'tls')).toContain('driver: ${LOG_DRIVER:-local}');
});

test('the desk trusts the proxy of docker/tls.yml, and nothing but its range', async () => {
  const tls = await read('docker/tls.yml');
  const [, subnet = ''] = /- subnet: (\S+)/.exec(tls) ?? [];
  expect(entryOf(tls, 'web')).toContain(`TRUSTED_PROXY: ${subnet}`);
  const range = /:-(.+)\}$/.exec(subnet)?.[1] ?? '';
  expect(readConfig({ TRUSTED_PROXY: range }).trustedProxies).toEqual([range]);
  // Who is on the host or on another network of Compose is not believed.
  expect(entryOf(tls, 'web')).toContain('networks: [backend, outside, proxied]');
  expect(entryOf(tls, 'tls')).toContain('networks: [proxied, outside]');
});

test('the proxy keeps the defaults of its maker, and leads people to https and programs nowhere', async () => {
  const caddy = await read('docker/caddy/Caddyfile');
  expect(caddy).not.toMatch(/^\s*(protocols|ciphers|curves|tls |insecure|default_bind|log)\b/m);
  expect(caddy).toContain('auto_https disable_redirects');
  const [, plain = ''] = /^http:\/\/ \{\n((?:\t.*\n)+)\}/m.exec(caddy) ?? [];
  expect(plain).toContain('method GET HEAD');
  const machines = /not path (.+)/.exec(plain)?.[1]?.split(' ') ?? [];
  expect(machines).toEqual(['/sms/*', '/staff/codec/*', '/csp-reports', '/health/*', '/api/*']);
  expect(plain).toContain('redir @people {$PUBLIC_ORIGIN}{uri} 308\n\trespond 403');
  expect(caddy).toContain('reverse_proxy web:3000');
});
