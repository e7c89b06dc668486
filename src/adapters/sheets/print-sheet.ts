/**
 * Prints one sheet as PDF in a process of its own: the page of a letter that is made to exhaust its
 * reader costs that process, and nothing else. The same sheet gives the same bytes.
 */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Sheet, SheetLimits } from '../../domain/sheet.ts';
import { answerOf } from '../files/child-answer.ts';

/** The first page of this PDF, or a picture of it. */
export type FirstPage = { kind: 'pdf' | 'jpeg'; bytes: Buffer };

/**
 * @param first shown under the sheet's rows, which are then a stamp; left out: the rows alone
 * @returns undefined: `first` cannot be shown as it is, or not within the limits
 * @throws when no process could be started: a fault of this machine
 */
export type PrintSheet = (sheet: Sheet, first?: FirstPage) => Promise<Buffer | undefined>;

const ARTIST = fileURLToPath(new URL('./sheet-artist.mjs', import.meta.url));
const START_MS = 20_000;
/** What the process takes with its fonts before it has read anything. */
const OWN_BYTES = 220 * 1024 * 1024;

type Answer = { ready: true } | { pdf: Uint8Array } | { refused: string };

export const createPrintSheet =
  ({ seconds, memoryBytes }: SheetLimits): PrintSheet =>
  async (sheet, first) => {
    const artist = await startArtist(memoryBytes);
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

const startArtist = async (memoryBytes: number): Promise<ChildProcess> => {
  const artist = fork(ARTIST, {
    // Nothing of this process' secrets goes there.
    env: {},
    execArgv: [`--max-old-space-size=${Math.ceil(memoryBytes / 1024 / 1024)}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  // Said by its end too; without a listener it would end this process.
  artist.on('error', () => {});
  const first = await answerOf<Answer>(artist, { ms: START_MS });
  if (typeof first === 'object' && 'ready' in first) return artist;
  artist.kill('SIGKILL');
  throw new Error('the process that prints sheets could not be started');
};
