/**
 * Draws an SVG as PNG, in a process of its own that may be killed: the reader of pictures of the desk
 * is closed to SVG, and this one is open to nothing else. Plain JavaScript, so that it starts quickly.
 */
import process from 'node:process';
import sharp from 'sharp';

sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['VipsForeignLoadSvg'] });
sharp.concurrency(1);

/** Of a drawing without a size: large enough to be made smaller. */
const DENSITY = 300;

const draw = ({ svg, width, height }) =>
  sharp(Buffer.from(svg), { density: DENSITY, limitInputPixels: 50_000_000 })
    .resize({ width, height, fit: 'inside' })
    .png()
    .toBuffer();

process.on('message', (asked) => {
  draw(asked).then(
    (png) => process.send?.({ png }),
    (error) => process.send?.({ refused: String(error?.message ?? error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });
