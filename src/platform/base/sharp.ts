/**
 * The one door to sharp. Its settings belong to the process, so they are made here, before anyone
 * can use it: only JPEG, PNG, TIFF and WebP are ever read (an SVG named .png would otherwise be drawn),
 * nothing is cached, and one picture takes one thread.
 */
import { createRequire } from 'node:module';
import sharp from 'sharp';

sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpeg',
    'VipsForeignLoadPng',
    'VipsForeignLoadTiff',
    'VipsForeignLoadWebp',
  ],
});
sharp.cache(false);
sharp.concurrency(1);

export { sharp };

/** A font of our own, so that Persian is drawn the same on a machine with no fonts at all. */
export const PERSIAN_FONT_FILE = createRequire(import.meta.url).resolve(
  'vazirmatn/fonts/ttf/Vazirmatn-Bold.ttf',
);
