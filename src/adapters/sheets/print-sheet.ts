/**
 * Prints one sheet as PDF in a process of its own: a picture that is made to exhaust its reader costs
 * that process, and nothing else. The same sheet gives the same bytes.
 */
import { fileURLToPath } from 'node:url';
import type { Sheet, SheetLimits } from '../../domain/sheet.ts';
import { answerOf } from '../files/child-answer.ts';
import { forkLimited, untilReady } from '../files/limited-process.ts';

/**
 * @param picture JPEG of a page, shown under the sheet's rows, which are then a stamp; left out: the
 *   rows alone
 * @returns undefined: the picture cannot be shown within the limits
 * @throws DomainError unavailable when no process could be started: a fault of this machine
 */
export type PrintSheet = (sheet: Sheet, picture?: Buffer) => Promise<Buffer | undefined>;

const ARTIST = fileURLToPath(new URL('./sheet-artist.mjs', import.meta.url));
/** What the process takes with its fonts before it has read anything. */
const OWN_BYTES = 220 * 1024 * 1024;

type Answer = { ready: true } | { pdf: Uint8Array } | { refused: string };

export const createPrintSheet =
  ({ seconds, memoryBytes }: SheetLimits): PrintSheet =>
  async (sheet, picture) => {
    const artist = await untilReady(
      forkLimited(ARTIST, { heapBytes: memoryBytes }),
      'prints sheets',
    );
    try {
      const answer = answerOf<Answer>(artist, {
        ms: seconds * 1000,
        maxBytes: OWN_BYTES + memoryBytes,
      });
      artist.send({ sheet, picture }, () => {});
      const said = await answer;
      if (typeof said === 'string' || !('pdf' in said)) {
        // What is printed of our own words only cannot be refused by a letter.
        if (!picture) throw new Error(`a sheet could not be printed: ${JSON.stringify(said)}`);
        return undefined;
      }
      return Buffer.from(said.pdf);
    } finally {
      artist.kill('SIGKILL');
    }
  };
