import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FileToSend } from '../src/usecases/desk.ts';
import { freePorts } from '../src/testing/ports.ts';
import { until } from '../src/testing/until.ts';
import { APPLICANT, REVIEWER, startTestSite } from '../src/testing/web.ts';
import { DOWNLOADS } from './middleware/download-limit.ts';

const PIECE = Buffer.alloc(64 * 1024, 'x');
/** More than the kernel keeps of two sockets that nobody reads. */
const PIECES = 1024;

const port = await freePorts();
let site: Awaited<ReturnType<typeof startTestSite>>;
let letterId: string;
let sockets: Socket[];
/** Of one download each: pieces read so far, and whether its file is open. */
let reads: { pieces: number; isOpen: boolean }[];

const start = async (timing?: { readerIdleMs: number }): Promise<void> => {
  site = await startTestSite(port, timing);
  ({ id: letterId } = site.fake.addLetter({}));
  const desk = { ...site.fake.desk };
  const slow = ({ file }: FileToSend): FileToSend => {
    const counted = { pieces: 0, isOpen: false };
    reads.push(counted);
    const pieces = async function* () {
      counted.isOpen = true;
      try {
        for (; counted.pieces < PIECES; counted.pieces += 1) yield PIECE;
      } finally {
        counted.isOpen = false;
      }
    };
    return { file, content: { bytes: PIECE.length * PIECES, pieces } };
  };
  site.fake.desk.readLetterFile = async (which) => slow(await desk.readLetterFile(which));
  site.fake.desk.readStaffFile = async (which) => slow(await desk.readStaffFile(which));
};

beforeEach(() => {
  sockets = [];
  reads = [];
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await site.stop();
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

const ask = (path: string, headers: { cookie: string }) =>
  fetch(`${site.origin}${path}`, { headers });

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
  const slow = await beginAll(`/letters/${letterId}/file`, APPLICANT);
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
  const [first] = await beginAll(file, APPLICANT);
  for (const path of [file, `/letters/${letterId}/receipt.pdf`]) {
    const refused = await ask(path, APPLICANT);
    expect([path, refused.status, refused.headers.get('retry-after')]).toEqual([path, 429, '10']);
    expect(await refused.text()).toContain('چند فایل هنوز در حال دریافت است');
  }
  await beginAll(`/staff/letters/${letterId}/file`, REVIEWER);
  for (const path of [`/staff/letters/${letterId}/file`, '/staff/admin/figures.csv'])
    expect([path, (await ask(path, REVIEWER)).status]).toEqual([path, 429]);
  first?.destroy();
  await until(async () => reads.filter(({ isOpen }) => isOpen).length < 2 * DOWNLOADS.perPerson);
  await beginReading(file, APPLICANT);
});

test('a reader that takes nothing is cut off, and the file is closed', async () => {
  await start({ readerIdleMs: 200 });
  const socket = await beginReading(`/letters/${letterId}/file`, APPLICANT);
  await until(async () => reads[0]?.isOpen === false);
  socket.resume();
  await once(socket, 'close');
  expect(reads[0]?.pieces).toBeLessThan(PIECES);
});

test('a file that turns out to be damaged while it is sent ends the connection, not the desk', async () => {
  await start();
  const { file } = await site.fake.desk.readLetterFile({ applicantId: 'applicant', letterId });
  const pieces = async function* () {
    for (let sent = 0; sent < 4; sent += 1) yield PIECE;
    throw new Error('damaged');
  };
  site.fake.desk.readLetterFile = () =>
    Promise.resolve({ file, content: { bytes: PIECE.length * 5, pieces } });
  const response = await ask(`/letters/${letterId}/file`, APPLICANT);
  await expect(response.arrayBuffer()).rejects.toThrow('terminated');
  expect((await ask('/health/live', APPLICANT)).status).toBe(200);
});
