import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { freePorts } from '../src/testing/ports.ts';
import { sampleFile } from '../src/testing/sample-files.ts';
import { until } from '../src/testing/until.ts';
import { openTestSite } from '../src/testing/test-site.ts';
import type { TestSite } from '../src/testing/test-site.ts';
import type { SiteApplicant, SiteMember } from '../src/testing/site-letters.ts';
import { DOWNLOADS } from './middleware/download-limit.ts';
import { startWebServer } from './server.ts';

const PIECE = Buffer.alloc(64 * 1024, 'x');
/** More than the kernel keeps of two sockets that nobody reads. */
const PIECES = 1024;

const port = await freePorts();
let site: TestSite;
let server: Awaited<ReturnType<typeof startWebServer>>;
let letterId: string;
let applicant: SiteApplicant;
let reviewer: SiteMember;
let sockets: Socket[];
/** Of one download each: pieces read so far, and whether its file is open. */
let reads: { pieces: number; isOpen: boolean }[];
/** The piece that cannot be read. */
let damagedAt: number | undefined;

beforeAll(async () => {
  site = await openTestSite({ env: { PORT: String(port) } });
  reviewer = await site.addMember('reviewer');
  const file = await site.storeFile(await sampleFile('pdf'));
  ({ id: letterId, sender: applicant } = await site.letterIn('pending', { file }));
  const { files } = site.deps;
  const open = files.open.bind(files);
  // What the store gives is counted, and longer than any file of a test.
  files.open = async (file) => {
    await open(file);
    const counted = { pieces: 0, isOpen: false };
    reads.push(counted);
    const pieces = async function* () {
      counted.isOpen = true;
      try {
        for (; counted.pieces < PIECES; counted.pieces += 1) {
          if (counted.pieces === damagedAt) throw new Error('damaged');
          yield PIECE;
        }
      } finally {
        counted.isOpen = false;
      }
    };
    return { bytes: PIECE.length * PIECES, pieces };
  };
});
afterAll(() => site?.stop());

const start = async (timing = {}): Promise<void> => {
  const { app } = site.under({});
  server = await startWebServer(app, { host: '127.0.0.1', port, ...timing });
};

beforeEach(() => {
  sockets = [];
  reads = [];
  damagedAt = undefined;
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await server.stop();
});

/** Asks for a file, and takes the first bytes of the answer only. */
const beginReading = async (path: string, { cookie }: { cookie: string }): Promise<Socket> => {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => {});
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost:${port}\r\nCookie: ${cookie}\r\n\r\n`);
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  expect(chunk.toString('latin1')).toMatch(/^HTTP\/1\.1 200 /);
  socket.pause();
  return socket;
};

const beginAll = async (path: string, who: { cookie: string }): Promise<Socket[]> =>
  Promise.all(Array.from({ length: DOWNLOADS.perPerson }, () => beginReading(path, who)));

const ask = (path: string, { cookie }: { cookie: string }) =>
  fetch(`${site.origin}${path}`, { headers: { cookie } });

/** Nothing has been read for some rounds. */
const standsStill = async (): Promise<void> => {
  let before = -1;
  let still = 0;
  await until(async () => {
    const now = reads.reduce((sum, { pieces }) => sum + pieces, 0);
    still = now === before ? still + 1 : 0;
    before = now;
    return still >= 5;
  });
};

test('of a file that is read slowly no more is held than the connection takes', async () => {
  await start();
  const slow = await beginAll(`/letters/${letterId}/file`, applicant);
  await standsStill();
  for (const { pieces } of reads) expect(pieces).toBeLessThan(PIECES / 2);
  let bytes = 0;
  const [socket] = slow;
  socket?.on('data', (chunk: Buffer) => (bytes += chunk.length)).resume();
  await until(async () => bytes > PIECE.length * (PIECES - 1));
});

test('one person has a few downloads at a time; others, and the next, are served', async () => {
  await start();
  const file = `/letters/${letterId}/file`;
  const [first] = await beginAll(file, applicant);
  for (const path of [file, `/letters/${letterId}/receipt.pdf`]) {
    const refused = await ask(path, applicant);
    expect([path, refused.status, refused.headers.get('retry-after')]).toEqual([path, 429, '10']);
    expect(await refused.text()).toContain('چند فایل هنوز در حال دریافت است');
  }
  await beginAll(`/staff/letters/${letterId}/file`, reviewer);
  for (const path of [`/staff/letters/${letterId}/file`, '/staff/admin/statistics.csv'])
    expect([path, (await ask(path, reviewer)).status]).toEqual([path, 429]);
  first?.destroy();
  await until(async () => reads.filter(({ isOpen }) => isOpen).length < 2 * DOWNLOADS.perPerson);
  await beginReading(file, applicant);
});

test('a reader that takes nothing is cut off, and the file is closed', async () => {
  await start({ readerIdleMs: 200 });
  const socket = await beginReading(`/letters/${letterId}/file`, applicant);
  await until(async () => reads[0]?.isOpen === false);
  socket.resume();
  await once(socket, 'close');
  expect(reads[0]?.pieces).toBeLessThan(PIECES);
});

test('a file that turns out to be damaged while it is sent ends the connection, not the desk', async () => {
  await start();
  damagedAt = 4;
  const response = await ask(`/letters/${letterId}/file`, applicant);
  await expect(response.arrayBuffer()).rejects.toThrow('terminated');
  expect((await ask('/health/live', applicant)).status).toBe(200);
});
