/**
 * Prints one sheet as PDF in a process of its own: the page of a letter that is made to exhaust its
 * reader costs that process, and nothing else. The same sheet gives the same bytes.
 */
import { fileURLToPath } from 'node:url';
import type { Sheet, SheetLimits } from '../../domain/sheet.ts';
import { answerOf } from '../files/child-answer.ts';
import { forkLimited, untilReady } from '../files/limited-process.ts';

/** The first page of this PDF, or a picture of it. */
export type FirstPage = { kind: 'pdf' | 'jpeg'; bytes: Buffer };

/**
 * @param first shown under the sheet's rows, which are then a stamp; left out: the rows alone
 * @returns undefined: `first` cannot be shown as it is, or not within the limits
 * @throws DomainError unavailable when no process could be started: a fault of this machine
 */
export type PrintSheet = (sheet: Sheet, first?: FirstPage) => Promise<Buffer | undefined>;

const ARTIST = fileURLToPath(new URL('./sheet-artist.mjs', import.meta.url));
/** What the process takes with its fonts before it has read anything. */
const OWN_BYTES = 220 * 1024 * 1024;

type Answer = { ready: true } | { pdf: Uint8Array } | { refused: string };

export const createPrintSheet =
  ({ seconds, memoryBytes }: SheetLimits): PrintSheet =>
  async (sheet, first) => {
    const artist = await untilReady(
      forkLimited(ARTIST, { heapBytes: memoryBytes }),
      'prints sheets',
    );
    try {
      const answer = answerOf<Answer>(artist, {
        ms: seconds * 1000,
        maxBytes: OWN_BYTES + memoryBytes,
      });
      artist.send({ sheet, first }, () => {});
      const said = await answer;
      if (typeof said === 'string' || !('pdf' in said)) {
        // What is printed of our own words only cannot be refused by a letter.
        if (!first) throw new Error(`a sheet could not be printed: ${JSON.stringify(said)}`);
        return undefined;
      }
      return Buffer.from(said.pdf);
    } finally {
      artist.kill('SIGKILL');
    }
  };
