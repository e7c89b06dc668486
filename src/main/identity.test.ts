import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FilePool, DESK_POOL } from '../platform/files/pool/file-pool.ts';
import { pngSize } from '../desk/proof/print/app-icons.ts';
import { sharp } from '../platform/base/sharp.ts';
import { readConfig } from '../config.ts';
import { OperatorError } from '../platform/base/errors.ts';
import { loadIdentity } from './identity.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pishkhan-identity-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const pool = new FilePool(DESK_POOL);
afterAll(() => pool.close());

const identityWith = (env: Record<string, string>) => loadIdentity(readConfig(env), pool);

const withLogo = async (name: string, content: string | Uint8Array) => {
  const file = path.join(folder, name);
  await writeFile(file, content);
  return identityWith({ ORG_LOGO_FILE: file });
};

const pngOf = (width: number, height: number): Promise<Buffer> =>
  sharp({ create: { width, height, channels: 4, background: '#a01040' } })
    .png()
    .toBuffer();

const svgWith = (inside: string): string =>
  `<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40">${inside}</svg>`;

test('without settings there is a name, a colour, and icons with the emblem of the desk', async () => {
  const identity = await identityWith({});
  expect(identity.names.fa).not.toBe('');
  expect(identity.logo).toBeUndefined();
  expect(identity.icons.map(({ size, maskable }) => [size, maskable])).toEqual([
    [192, false],
    [512, false],
    [512, true],
  ]);
  expect(identity.touchIcon).toMatchObject({ size: 180, maskable: true });
  for (const { body, size } of [...identity.icons, identity.touchIcon].filter((one) => !!one))
    expect(await pngSize(body)).toEqual({ width: size, height: size });
});

test('the icons have the colour of the organisation for their ground', async () => {
  const { icons } = await identityWith({ ORG_COLOUR: '#7a1f3d' });
  const { data } = await sharp(icons[0]?.body)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([...data.subarray(0, 3)]).toEqual([0x7a, 0x1f, 0x3d]);
});

test('a PNG logo is shown and makes the icons, an SVG logo is its own icon', async () => {
  const png = await withLogo('logo.png', await pngOf(300, 120));
  expect(png.logo?.type).toBe('image/png');
  expect(png.icons).toHaveLength(3);
  const svg = await withLogo('logo.svg', svgWith('<path d="M0 0h9" style="fill:red"/>'));
  expect(svg.logo?.type).toBe('image/svg+xml');
  expect(svg.icons).toEqual([]);
  for (const { printLogo } of [png, svg])
    expect((await pngSize(printLogo ?? Buffer.alloc(0))).width).toBeGreaterThan(200);
  // Of an iPhone, which would show a picture of the page.
  expect((await pngSize(svg.touchIcon?.body ?? Buffer.alloc(0))).width).toBe(180);
});

describe('a logo that cannot be shown safely is refused with one line', () => {
  test.each([
    ['nothing', '', 'is neither PNG nor SVG'],
    ['a page', '<!doctype html><svg></svg>', 'is neither PNG nor SVG'],
    ['a script', svgWith('<script>1</script>'), 'holds <script'],
    ['an event', svgWith('<path onload="x()"/>'), 'holds onload='],
    ['a link', svgWith('<a href="https://evil.test"><path/></a>'), 'holds href="'],
    [
      'a picture from elsewhere',
      svgWith('<image xlink:href="//evil.test/a.png"/>'),
      'holds href="',
    ],
    ['a style from elsewhere', svgWith('<style>@import "x"</style>'), 'holds @import'],
    ['HTML inside', svgWith('<foreignObject/>'), 'holds <foreignObject'],
    ['an entity', '<!DOCTYPE svg [<!ENTITY x "y">]><svg></svg>', 'is neither PNG nor SVG'],
    ['too many bytes', svgWith(' '.repeat(210 * 1024)), 'a logo may have 200 kB'],
  ])('%s', async (_name, content, problem) => {
    const refused = withLogo('bad.svg', content);
    await expect(refused).rejects.toThrow(problem);
    await expect(refused).rejects.toThrow(OperatorError);
    const message = await refused.catch((error: Error) => error.message);
    expect(message).toMatch(/^ORG_LOGO_FILE [^\n]+$/);
  });

  test('a PNG that is cut short, or of a wrong size', async () => {
    const whole = await pngOf(200, 200);
    await expect(withLogo('cut.png', whole.subarray(0, whole.length - 40))).rejects.toThrow(
      'is a broken PNG',
    );
    await expect(withLogo('small.png', await pngOf(63, 200))).rejects.toThrow('63×200 pixels');
  });

  test('a file that is not there', async () => {
    await expect(identityWith({ ORG_LOGO_FILE: '/nowhere/logo.png' })).rejects.toThrow(
      'ORG_LOGO_FILE /nowhere/logo.png: cannot be read (ENOENT)',
    );
  });
});

test('a colour on which white text is hard to read is refused with its contrast', () => {
  expect(() => readConfig({ ORG_COLOUR: '#ffcc00' })).toThrow(
    /ORG_COLOUR: white text on it is hard to read: contrast 1\.5:1, at least 4\.5:1/,
  );
  expect(() => readConfig({ ORG_COLOUR: 'red;}' })).toThrow('ORG_COLOUR: must be like #0b5b66');
  expect(() => readConfig({ ORG_HELP_PHONE: 'call us' })).toThrow('ORG_HELP_PHONE: must be');
  expect(readConfig({ ORG_COLOUR: '#7a1f3d' }).ORG_COLOUR).toBe('#7a1f3d');
});
