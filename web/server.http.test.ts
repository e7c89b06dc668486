import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { OperatorError } from '../src/platform/base/errors.ts';
import { freePorts } from '../src/testing/ports.ts';
import { openTestSite } from '../src/testing/test-site.ts';
import type { TestSite } from '../src/testing/test-site.ts';
import { until } from '../src/testing/until.ts';
import type { SiteSettings } from './env.ts';
import { startWebServer } from './server.ts';
import { LANGUAGES } from './text/languages.ts';

const MAX_FILE_BYTES = 1024 * 1024;
const PORT = await freePorts();
let site: TestSite;
let cookie: string;
beforeAll(async () => {
  site = await openTestSite({ env: { PORT: String(PORT) }, listen: true });
  ({ cookie } = await site.addApplicant());
});
afterAll(() => site?.stop());

/** Another listener of the same desk. */
const listenOn = async (port: number, config: Partial<SiteSettings> = {}) => {
  const { app, origin } = site.under({ publicOrigin: `http://localhost:${port}`, ...config });
  return { origin, server: await startWebServer(app, { host: '127.0.0.1', port }) };
};

const head = (): string =>
  [
    'POST /letters/new HTTP/1.1',
    `Host: localhost:${PORT}`,
    `Origin: http://localhost:${PORT}`,
    `Cookie: ${cookie}`,
  ].join('\r\n');

/** Sends bytes as they are; the status line of the answer, '' when the connection just ended. */
const sendRaw = (lines: string, body: string | Buffer, { close = false } = {}): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(PORT, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (answer.includes('\r\n')) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer.split('\r\n')[0] ?? ''));
    socket.write(`${lines}\r\n\r\n`);
    socket.write(body, () => {
      if (close) socket.destroy();
    });
  });

const multipart = (contentType: string, body: string): [string, string] => [
  `${head()}\r\nContent-Type: ${contentType}\r\nContent-Length: ${Buffer.byteLength(body)}`,
  body,
];

const FORM_TYPE = 'multipart/form-data; boundary=XX';
const FIELD = '--XX\r\nContent-Disposition: form-data; name="subject"\r\n\r\nموضوع\r\n';
const FILE_HEAD =
  '--XX\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n';

const expectAlive = async (): Promise<void> => {
  expect((await fetch(`${site.origin}/health/live`)).status).toBe(200);
  expect(await lettersOf()).toBe(0);
  // Of what came whole, and no more.
  const [row] = await site.db<{ held: number }[]>`select count(*)::int as held from held_uploads`;
  await expect
    .poll(async () => {
      const names = await readdir(site.files, { recursive: true, withFileTypes: true });
      return names.filter((entry) => entry.isFile()).length;
    })
    .toBe(row?.held ?? -1);
};

const lettersOf = async (): Promise<number> => (await site.db`select 1 from letters`).length;

test('an unterminated multipart body is 400, and the process goes on', async () => {
  const bodies = [
    `${FIELD}${FILE_HEAD}%PDF-1.7 cut in the mid`,
    `${FILE_HEAD}%PDF`,
    FIELD,
    '--XX\r\nContent-Dispo',
    '--XX\r\n\r\n',
    'no part at all',
    '',
  ];
  for (const body of bodies)
    expect(await sendRaw(...multipart(FORM_TYPE, body))).toMatch(/^HTTP\/1\.1 4(00|22) /);
  await expectAlive();
});

test('a form without a boundary is 400', async () => {
  expect(await sendRaw(...multipart('multipart/form-data', FIELD))).toMatch(/ 400 /);
  await expectAlive();
});

test('a connection cut in the middle of a file leaves nothing behind', async () => {
  const lines = `${head()}\r\nContent-Type: ${FORM_TYPE}\r\nContent-Length: 500000`;
  await sendRaw(lines, `${FIELD}${FILE_HEAD}${'x'.repeat(100_000)}`, { close: true });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await expectAlive();
});

/** A form in pieces, as a slow line brings it; the whole answer. */
const sendInPieces = async (
  port: number,
  { pieces, everyMs, length }: { pieces: string[]; everyMs: number; length: number },
): Promise<string> => {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk.toString('utf8');
  });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  const lines = head().replaceAll(String(PORT), String(port));
  socket.write(
    `${lines}\r\nConnection: close\r\nContent-Type: ${FORM_TYPE}\r\nContent-Length: ${length}\r\n\r\n`,
  );
  for (const piece of pieces) {
    if (socket.destroyed) break;
    socket.write(piece);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  await closed;
  return answer;
};

const piecesOf = (text: string, count: number): string[] => {
  const size = Math.ceil(text.length / count);
  return Array.from({ length: count }, (_, at) => text.slice(at * size, (at + 1) * size));
};

const SLOW = { windowMs: 1_000, leastBytes: 64, slowAfterMs: 500, slowPerAddress: 1 };
const SLOW_FORM = `${FIELD}${FILE_HEAD}${'x'.repeat(2_000)}\r\n--XX--\r\n`;
const SLOW_LENGTH = Buffer.byteLength(SLOW_FORM);

test('a form that stands still is refused in words, with what came of it', async () => {
  const { server } = await listenOn(PORT + 2, { pace: SLOW });
  const pieces = [`${FIELD}${FILE_HEAD}xxxx`];
  const answer = await sendInPieces(PORT + 2, { pieces, everyMs: 0, length: 500_000 });
  expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  expect(answer).toContain('value="موضوع"');
  expect(answer).toContain(LANGUAGES.fa.newLetter.problems.body_cut);
  expect(await lettersOf()).toBe(0);
  await server.stop();
});

test('a form that comes slowly may take as long as it likes, and one address has few of them', async () => {
  const { server } = await listenOn(PORT + 3, { pace: SLOW });
  const slowly = { pieces: piecesOf(SLOW_FORM, 12), everyMs: 400, length: SLOW_LENGTH };
  const first = sendInPieces(PORT + 3, slowly);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  const second = sendInPieces(PORT + 3, slowly);
  // Whole: refused for what it holds, not for the line.
  expect(await first).toMatch(/^HTTP\/1\.1 422 /);
  expect(await second).toMatch(/^HTTP\/1\.1 408 /);
  // The first one is over, so the next has its turn.
  expect(await sendInPieces(PORT + 3, slowly)).toMatch(/^HTTP\/1\.1 422 /);
  await server.stop();
});

test('a thousand parts, a second file and odd names do no harm', async () => {
  const end = '--XX--\r\n';
  const part = (name: string, value: string): string =>
    `--XX\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const bodies = [
    `${Array.from({ length: 1000 }, (_, i) => part(`f${i}`, 'x')).join('')}${end}`,
    `${FILE_HEAD}%PDF\r\n${FILE_HEAD}%PDF\r\n${end}`,
    `${part('__proto__', 'x')}${part('constructor', 'y')}${part('subject', 'ok')}${end}`,
    `--XX\r\nContent-Disposition: form-data; name="a"; filename="${'a'.repeat(70_000)}.pdf"\r\n\r\nx\r\n${end}`,
    `--XX\r\nContent-Disposition: form-data; name="subject"\r\nContent-Type: text/plain; charset=no-such\r\n\r\nx\r\n${end}`,
  ];
  for (const body of bodies)
    expect(await sendRaw(...multipart(FORM_TYPE, body))).toMatch(/^HTTP\/1\.1 4(00|22) /);
  await expectAlive();
});

test('fields that come after a refused file are read all the same', async () => {
  const data = new FormData();
  data.set('file', new File([new Uint8Array(MAX_FILE_BYTES - 10)], 'virus.exe'));
  data.set('subject', 'پس از فایل');
  const response = await fetch(`${site.origin}/letters/new`, {
    method: 'POST',
    body: data,
    headers: { cookie, origin: site.origin },
  });
  expect(response.status).toBe(422);
  expect(await response.text()).toContain('value="پس از فایل"');
  await expectAlive();
});

test('a file far over the limit is answered with the page', async () => {
  const data = new FormData();
  data.set('subject', 'پیش از فایل');
  data.set('file', new File([new Uint8Array(20 * MAX_FILE_BYTES)], 'scan.pdf'));
  const response = await fetch(`${site.origin}/letters/new`, {
    method: 'POST',
    body: data,
    headers: { cookie, origin: site.origin },
  });
  expect(response.status).toBe(413);
  expect(await response.text()).toContain('value="پیش از فایل"');
  await expectAlive();
});

test('a small form of endless length is 413', async () => {
  const response = await fetch(`${site.origin}/sign-in`, {
    method: 'POST',
    body: `mobile=${'9'.repeat(200_000)}`,
    headers: { origin: site.origin, 'content-type': 'application/x-www-form-urlencoded' },
  });
  expect(response.status).toBe(413);
});

test('a doubled host and an absolute address of another host are refused', async () => {
  const doubled = `GET / HTTP/1.1\r\nHost: localhost:${PORT}\r\nHost: evil.test`;
  expect(await sendRaw(doubled, '')).toMatch(/ (400|421) /);
  const absolute = `GET http://evil.test/ HTTP/1.1\r\nHost: localhost:${PORT}`;
  expect(await sendRaw(absolute, '')).toMatch(/ 421 /);
});

test('a taken port is one clear line for the operator', async () => {
  const second = startWebServer(site.app, { host: '127.0.0.1', port: PORT });
  await expect(second).rejects.toThrow(OperatorError);
  await expect(second).rejects.toThrow(`Port ${PORT} on 127.0.0.1 is taken`);
});

test('stopping waits for the request in flight', async () => {
  const { origin, server } = await listenOn(PORT + 1);
  let goOn = (): void => {};
  const released = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const locked = site.db.begin(async (tx) => {
    await tx`lock table letters in access exclusive mode`;
    await released;
  });
  await until(async () => (await waiting('granted')) > 0);
  const response = fetch(`${origin}/letters`, { headers: { cookie } });
  await until(async () => (await waiting('not granted')) > 0);
  const stopped = server.stop();
  goOn();
  expect((await response).status).toBe(200);
  await Promise.all([stopped, locked]);
  await expect(fetch(`${origin}/health/live`)).rejects.toThrow('fetch failed');
});

/** Locks on the letters that leave nobody else a look at them, or wait for one that does. */
const waiting = async (which: 'granted' | 'not granted'): Promise<number> => {
  const rows = await site.db`
    select 1 from pg_locks where relation = 'letters'::regclass
      and granted = ${which === 'granted'}
      and (not granted or mode = 'AccessExclusiveLock')`;
  return rows.length;
};
