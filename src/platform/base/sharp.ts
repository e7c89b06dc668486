/**
 * The only import of sharp. Its settings are process-wide, so they are made here first: it reads
 * only JPEG, PNG, TIFF and WebP (else it would draw an SVG named .png), caches nothing and uses one
 * thread per picture.
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

/** Bundled, so that Persian renders the same on a machine without fonts. */
export const PERSIAN_FONT_FILE = createRequire(import.meta.url).resolve(
  'vazirmatn/fonts/ttf/Vazirmatn-Bold.ttf',
);
