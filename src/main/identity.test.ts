import { afterAll, expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { pngSize } from '../desk/proof/print/app-icons.ts';
import { sharp } from '../platform/base/sharp.ts';
import { DESK_POOL, FilePool } from '../platform/files/pool/file-pool.ts';
import { identityOf } from './identity.ts';

const filePool = new FilePool(DESK_POOL);
afterAll(() => filePool.close());

const ROW = {
  name: 'شهرداری نمونه',
  nameEn: '',
  colour: '#7a1f3d',
  logo: null,
  logoText: '',
  logoTextEn: '',
  helpPhone: '',
  helpHours: '',
  helpHoursEn: '',
  address: '',
  addressEn: '',
  version: 1,
};
const identityWith = (changed: { logo?: Buffer }) =>
  identityOf({ filePool, config: readConfig({}) }, { ...ROW, ...changed });

test('without a logo the icons show the emblem of the desk on the colour of the organisation', async () => {
  const { logo, icons, touchIcon } = await identityWith({});
  expect(logo).toBeUndefined();
  expect(icons.map(({ size, maskable }) => [size, maskable])).toEqual([
    [192, false],
    [512, false],
    [512, true],
  ]);
  expect(touchIcon).toMatchObject({ size: 180, maskable: true });
  for (const { body, size } of [...icons, touchIcon].filter((one) => !!one))
    expect(await pngSize(body)).toEqual({ width: size, height: size });
  const { data } = await sharp(icons[0]?.body)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  expect([...data.subarray(0, 3)]).toEqual([0x7a, 0x1f, 0x3d]);
});

test('a logo is shown, makes the icons, and is drawn for print', async () => {
  const plain = { width: 300, height: 120, channels: 4 as const, background: '#a01040' };
  const logo = await sharp({ create: plain }).png().toBuffer();
  const { icons, printLogo, ...identity } = await identityWith({ logo });
  expect(identity.logo?.body).toEqual(logo);
  expect(icons).toHaveLength(3);
  expect((await pngSize(printLogo ?? Buffer.alloc(0))).width).toBeGreaterThan(200);
});
