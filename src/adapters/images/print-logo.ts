/** A logo as it is printed on sheets. */
import { fileURLToPath } from 'node:url';
import { answerOf } from '../files/child-answer.ts';
import { forkLimited, untilReady } from '../files/limited-process.ts';
import { sharp } from './sharp.ts';

const ARTIST = fileURLToPath(new URL('./logo-artist.mjs', import.meta.url));

/** Pixels, for some centimetres of paper. */
const LARGEST = { width: 720, height: 240 };

/** Letters are drawn in whatever typeface a machine has, or in none: on paper that is no logo. */
const LETTERS = /<text[\s>]/i;

type Answer = { ready: true } | { png: Uint8Array } | { refused: string };

const drawSvg = async (
  svg: Uint8Array,
  { seconds, memoryBytes }: { seconds: number; memoryBytes: number },
): Promise<Buffer | undefined> => {
  const artist = await untilReady(forkLimited(ARTIST), 'draws the logo');
  try {
    const answer = answerOf<Answer>(artist, { ms: seconds * 1000, maxBytes: memoryBytes });
    artist.send({ svg, ...LARGEST }, () => {});
    const said = await answer;
    return typeof said === 'object' && 'png' in said ? Buffer.from(said.png) : undefined;
  } finally {
    artist.kill('SIGKILL');
  }
};

/**
 * @param logo a checked one
 * @returns PNG; undefined: an SVG with letters, or one that could not be drawn within the limits
 * @throws DomainError unavailable when no process could be started: a fault of this machine
 */
export const drawPrintLogo = async (
  { type, body }: { type: 'image/png' | 'image/svg+xml'; body: Uint8Array },
  limits: { seconds: number; memoryBytes: number },
): Promise<Buffer | undefined> => {
  if (type === 'image/png')
    return sharp(body)
      .resize({ ...LARGEST, fit: 'inside', withoutEnlargement: true })
      .png()
      .toBuffer();
  return LETTERS.test(Buffer.from(body).toString('utf8')) ? undefined : drawSvg(body, limits);
};
