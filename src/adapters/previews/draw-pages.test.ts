import { expect, test } from 'vitest';
import { PREVIEW_LIMITS } from '../../domain/preview.ts';
import { makePdf, makeWidePng, refusedSample, sampleFile } from '../../testing/sample-files.ts';
import { sharp } from '../images/sharp.ts';
import { createDrawPages, NotDrawnError } from './draw-pages.ts';
import type { DrawnPage } from './draw-pages.ts';

const collect = async (
  file: Parameters<ReturnType<typeof createDrawPages>>[0],
  limits: Partial<typeof PREVIEW_LIMITS> = {},
): Promise<DrawnPage[]> => {
  const pages: DrawnPage[] = [];
  for await (const page of createDrawPages({ ...PREVIEW_LIMITS, seconds: 60, ...limits })(file))
    pages.push(page);
  return pages;
};

const darkest = async (picture: Buffer): Promise<number> => {
  const png = await sharp(await toPng(picture)).stats();
  return Math.min(...png.channels.map(({ min }) => min));
};

/** The desk reads no WebP, so what it has written is looked at from its bytes. */
const toPng = async (webp: Buffer): Promise<Buffer> => {
  sharp.unblock({ operation: ['VipsForeignLoadWebp'] });
  try {
    return await sharp(webp).png().toBuffer();
  } finally {
    sharp.block({ operation: ['VipsForeignLoadWebp'] });
  }
};

test('a page of a PDF becomes a picture of the width that is asked for, with what it shows', async () => {
  const { bytes } = await sampleFile('pdf');
  const [page, ...others] = await collect({ type: 'pdf', bytes }, { width: 600 });
  expect(others).toEqual([]);
  expect(page).toMatchObject({ page: 1, total: 1, width: 600 });
  expect(page?.bytes.toString('latin1', 8, 12)).toBe('WEBP');
  expect(await darkest(page?.bytes ?? Buffer.alloc(0))).toBeLessThan(100);
});

test('of a JPEG with a place no word of it is left, and it stands upright', async () => {
  const { bytes } = await sampleFile('jpg');
  const photo = await sharp(bytes)
    .resize(400, 200, { fit: 'fill' })
    .withExif({ IFD0: { Make: 'Camera of Sara' }, IFD3: { GPSLatitude: '35/1 41/1 0/1' } })
    .withMetadata({ orientation: 6 })
    .jpeg()
    .toBuffer();
  expect((await sharp(photo).metadata()).exif?.length).toBeGreaterThan(0);
  const [page] = await collect({ type: 'jpg', bytes: photo });
  expect(page).toMatchObject({ width: 200, height: 400 });
  expect(page?.bytes.includes('EXIF')).toBe(false);
  expect(page?.bytes.includes('Camera of Sara')).toBe(false);
  expect((await sharp(await toPng(page?.bytes ?? Buffer.alloc(0))).metadata()).exif).toBe(
    undefined,
  );
});

test('of a TIFF and of a PDF the first pages are drawn, as many as are allowed', async () => {
  const pages = await Promise.all(
    ['#fff', '#ccc', '#999'].map((background) =>
      sharp({ create: { width: 60, height: 80, channels: 3, background } })
        .png()
        .toBuffer(),
    ),
  );
  const tiff = await sharp(pages, { join: { animated: true } })
    .tiff()
    .toBuffer();
  const drawn = await collect({ type: 'tiff', bytes: tiff }, { tiffPages: 2 });
  expect(drawn.map(({ page, total, height }) => [page, total, height])).toEqual([
    [1, 3, 80],
    [2, 3, 80],
  ]);
});

test('what is broken or too large is not drawn, and says so', async () => {
  const broken = (await refusedSample('truncated jpg')).bytes;
  await expect(collect({ type: 'jpg', bytes: broken })).rejects.toThrow(NotDrawnError);
  const wide = makeWidePng(8000);
  await expect(collect({ type: 'png', bytes: wide })).rejects.toThrow(NotDrawnError);
  await expect(collect({ type: 'pdf', bytes: Buffer.from('no PDF at all') })).rejects.toThrow(
    NotDrawnError,
  );
});

test('a process that takes too much time or memory is ended, and the next file is drawn', async () => {
  const bytes = await makePdf();
  await expect(collect({ type: 'pdf', bytes }, { seconds: 0 })).rejects.toThrow(NotDrawnError);
  await expect(
    collect({ type: 'pdf', bytes }, { memoryBytes: -160 * 1024 * 1024 + 1 }),
  ).rejects.toThrow(NotDrawnError);
  expect(await collect({ type: 'pdf', bytes })).toHaveLength(1);
});
