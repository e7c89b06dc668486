/** The production shape, as far as it can be read without running it. */
import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';

const read = (name: string): Promise<string> =>
  readFile(new URL(`../${name}`, import.meta.url), 'utf8');

/** The text of one service, or of another entry of that depth. */
const entryOf = (compose: string, name: string): string =>
  new RegExp(`^ {2}${name}:\\n((?: {4}.*\\n|\\n)+)`, 'm').exec(compose)?.[1] ?? '';

test('every image of the compose file is of a named version', async () => {
  const images = [...(await read('docker-compose.yml')).matchAll(/^ +image: (.+)$/gm)].map(
    ([, image = '']) => image,
  );
  expect(images.length).toBeGreaterThan(5);
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
