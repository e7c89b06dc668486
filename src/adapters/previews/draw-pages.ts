/**
 * Draws the pages of a file as pictures, WebP or, where a PDF is to hold them, JPEG, one after the
 * other. All of a picture is drawn anew: nothing of what the file said about itself (place, camera,
 * name) is in the result.
 */
import type { FileType } from '../../domain/letter.ts';
import type { PreviewLimits } from '../../domain/preview.ts';
import { answerOf } from '../files/child-answer.ts';
import { sharp } from '../images/sharp.ts';
import { asRgb } from '../images/ycbcr.ts';
import { startReader } from './reader-process.ts';

export interface DrawnPage {
  /** 1, 2, … */
  page: number;
  /** Of the file. */
  total: number;
  width: number;
  height: number;
  /** As asked for. */
  bytes: Buffer;
}

/** The file cannot be drawn, now or later: it is broken, or takes more than the limits allow. */
export class NotDrawnError extends Error {}

/**
 * The first pages, as many as the limits allow. When the time is over after some of them, it ends.
 * @throws NotDrawnError when there is not even one page; other errors are faults of this machine
 */
export type DrawPages = (file: { type: FileType; bytes: Buffer }) => AsyncIterable<DrawnPage>;

/** What the process takes before it has drawn anything. */
const OWN_BYTES = 160 * 1024 * 1024;
const QUALITY = 80;
/** A picture that is longer than this many widths is drawn smaller. */
const MAX_RATIO = 4;

type Format = 'webp' | 'jpeg';

export const createDrawPages =
  (limits: PreviewLimits, format: Format = 'webp'): DrawPages =>
  ({ type, bytes }) =>
    type === 'pdf' ? drawPdf(bytes, limits, format) : drawPicture({ type, bytes }, limits, format);

async function* drawPicture(
  { type, bytes }: { type: FileType; bytes: Buffer },
  limits: PreviewLimits,
  format: Format,
): AsyncGenerator<DrawnPage> {
  const until = Date.now() + limits.seconds * 1000;
  const input = {
    limitInputPixels: limits.pixels,
    failOn: 'error',
    sequentialRead: true,
  } as const;
  const total = (await orNotDrawn(sharp(bytes, input).metadata())).pages ?? 1;
  for (let page = 1; page <= Math.min(total, limits.tiffPages); page += 1) {
    const seconds = Math.ceil((until - Date.now()) / 1000);
    if (seconds <= 0) return;
    const opened = sharp(bytes, { ...input, page: page - 1 });
    const drawing = (await asRgb(opened, { type, bytes, page }))
      .autoOrient()
      .resize({
        width: limits.width,
        height: limits.width * MAX_RATIO,
        fit: 'inside',
        withoutEnlargement: true,
      })
      .flatten({ background: '#fff' })
      .toFormat(format, { quality: QUALITY })
      .timeout({ seconds })
      .toBuffer({ resolveWithObject: true });
    try {
      const { data, info } = await orNotDrawn(drawing);
      yield { page, total, width: info.width, height: info.height, bytes: data };
    } catch (error) {
      if (page === 1) throw error;
      return;
    }
  }
}

const orNotDrawn = async <Result>(drawing: Promise<Result>): Promise<Result> => {
  try {
    return await drawing;
  } catch (error) {
    throw new NotDrawnError('the picture cannot be drawn', { cause: error });
  }
};

type Answer =
  | { ready: true }
  | { total: number }
  | { width: number; height: number; pixels: Uint8Array }
  | { broken: true };

/** A process for each file: whatever one does to it, the next file meets a clean one. */
async function* drawPdf(
  bytes: Buffer,
  limits: PreviewLimits,
  format: Format,
): AsyncGenerator<DrawnPage> {
  const artist = await startReader('pdf-artist.mjs');
  try {
    const until = Date.now() + limits.seconds * 1000;
    const ask = async (job: object): Promise<Answer | undefined> => {
      const answer = answerOf<Answer>(artist, {
        ms: Math.max(0, until - Date.now()),
        maxBytes: OWN_BYTES + limits.memoryBytes,
      });
      artist.send(job, () => {});
      const said = await answer;
      return typeof said === 'string' || 'broken' in said ? undefined : said;
    };
    const opened = await ask({ bytes });
    if (!opened || !('total' in opened)) throw new NotDrawnError('the PDF cannot be read');
    const { total } = opened;
    for (let page = 1; page <= Math.min(total, limits.pdfPages); page += 1) {
      const drawn = await ask({ page, width: limits.width });
      if (!drawn || !('pixels' in drawn)) {
        if (page === 1) throw new NotDrawnError('the PDF cannot be drawn within the limits');
        return;
      }
      const { width, height, pixels } = drawn;
      const picture = await sharp(pixels, { raw: { width, height, channels: 4 } })
        .flatten({ background: '#fff' })
        .toFormat(format, { quality: QUALITY })
        .toBuffer();
      yield { page, total, width, height, bytes: picture };
    }
  } finally {
    artist.kill('SIGKILL');
  }
}
