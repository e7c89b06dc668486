/** Every upload that may come, through the real HTTP layer into a real store and a real database. */
import { readdir } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { addTestApplicant, addTestUnit } from '../src/testing/letters.ts';
import { freePorts } from '../src/testing/ports.ts';
import { clamdProgram, eicar, startFakeClamd, startRealClamd } from '../src/testing/clamd.ts';
import type { FakeClamd } from '../src/testing/clamd.ts';
import { cookieOf, makeRealHome, startRealSite } from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';
import { makeDocx, sampleFile } from '../src/testing/sample-files.ts';
import { ODD_NAMES, uploadCorpus } from '../src/testing/upload-corpus.ts';
import type { CorpusCase } from '../src/testing/upload-corpus.ts';
import { until } from '../src/testing/until.ts';
import { fa } from './text/fa.ts';

const MEGABYTE = 1024 * 1024;

let home: RealHome;
let site: RealSite;
let clamd: FakeClamd;
let origin: string;
let port: number;
let cookie: string;
let unitId: string;
let pdf: Buffer;

/** Hears when anything that a file names is asked for. */
const asked: string[] = [];
const listener = createServer((request, response) => {
  asked.push(request.url ?? '');
  response.end();
});

beforeAll(async () => {
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  home = await makeRealHome();
  clamd = await startFakeClamd();
  port = await freePorts();
  site = await startRealSite(home, {
    listen: true,
    env: {
      PORT: String(port),
      RATE_LIMITS: 'off',
      CLAMD_URL: clamd.url,
      MAX_FILE_MB: '2',
      LIMITS: 'scanSeconds=5 fileCheckSeconds=60',
    },
  });
  origin = `http://localhost:${port}`;
  unitId = await addTestUnit(site.db);
  cookie = await cookieOf(site.db, { applicantId: await addTestApplicant(site.db) });
  pdf = (await sampleFile('pdf')).bytes;
});
beforeEach(() => clamd.setMode('ok'));
afterAll(async () => {
  await site.stop();
  await clamd.stop();
  await home.remove();
  await new Promise((resolve) => listener.close(resolve));
});

const headers = (of = cookie): Record<string, string> => ({ cookie: of, origin });

const post = (
  fileName: string,
  bytes: Buffer,
  submissionKey: string = crypto.randomUUID(),
  of = cookie,
) => {
  const form = new FormData();
  form.set('submissionKey', submissionKey);
  form.set('senderName', 'شرکت نمونه');
  form.set('unit', unitId);
  form.set('subject', 'موضوعی که می‌ماند');
  form.set('file', new File([new Uint8Array(bytes)], fileName));
  return fetch(`${origin}/letters/new`, {
    method: 'POST',
    headers: headers(of),
    body: form,
    redirect: 'manual',
  });
};

/** What there is: letters, file rows, files in the store, and uploads under way. */
const holdings = async () => {
  const [row] = await site.db<{ letters: number; files: number; held: number }[]>`
    select (select count(*)::int from letters) as letters, (select count(*)::int from files) as files,
      (select count(*)::int from held_uploads) as held`;
  const names = (
    await readdir(site.files, { recursive: true, withFileTypes: true }).catch(() => [])
  )
    .filter((entry) => entry.isFile())
    .map(({ parentPath }) => path.basename(parentPath));
  return {
    ...row,
    stored: names.filter((folder) => folder !== 'incoming').length,
    incoming: names.filter((folder) => folder === 'incoming').length,
  };
};

const expectAlive = async (): Promise<void> => {
  const next = await fetch(`${origin}/letters/new`, { headers: headers() });
  expect(next.status).toBe(200);
  await next.text();
};

const problemText = (problem: keyof typeof fa.file.problems): string => {
  const words = fa.file.problems[problem];
  return typeof words === 'string' ? words : words('۲');
};

const fileOf = async (response: Response) => {
  const [, letterId = ''] =
    /^\/letters\/([0-9a-f-]+)/.exec(response.headers.get('location') ?? '') ?? [];
  const [row] = await site.db<{ type: string; flags: string[]; scan: string; sha256: string }[]>`
    select type, flags, scan, sha256 from files where letter_id = ${letterId}`;
  return { letterId, ...row };
};

const corpus = uploadCorpus('http://127.0.0.1:9');

test('every case has a name of its own', () => {
  expect(new Set(corpus.map(({ name }) => name)).size).toBe(corpus.length);
});

/** The addresses in the files are those of the listener, which is there only now. */
const withListener = (name: string): CorpusCase | undefined =>
  uploadCorpus(`http://127.0.0.1:${(listener.address() as AddressInfo).port}`).find(
    (one) => one.name === name,
  );

test.each(corpus.map(({ name, right }) => ({ name, right })))(
  '$name: $right.problem$right.flags',
  async ({ name, right }) => {
    const { fileName, make } = withListener(name) ?? { fileName: '', make: () => Buffer.alloc(0) };
    const before = await holdings();
    const response = await post(fileName, await make());
    if ('problem' in right) {
      expect(response.status).toBe(422);
      const html = await response.text();
      expect(html).toContain(`<a href="#file">${problemText(right.problem as 'broken')}`);
      expect(html).toContain('value="موضوعی که می‌ماند"');
      expect(await holdings()).toEqual({ ...before, incoming: 0 });
    } else {
      expect(response.status).toBe(303);
      await response.text();
      expect(await fileOf(response)).toMatchObject({ flags: right.flags, scan: 'clean' });
      const after = await holdings();
      expect(after).toMatchObject({ stored: before.stored + 1, incoming: 0 });
    }
    await expectAlive();
  },
);

test('nothing that a file names was asked for', () => {
  expect(asked).toEqual([]);
});

test('an infected file leaves its hash in the audit trail, and no content', async () => {
  const bytes = makeDocx({ extra: [{ name: 'word/media/a.bin', content: eicar() }] });
  const response = await post('نامه.docx', bytes);
  expect(response.status).toBe(422);
  await response.text();
  const entries = await site.db<{ actorKind: string; details: Record<string, string> }[]>`
    select actor_kind, details from audit_entries where action = 'file_refused' order by id desc limit 1`;
  expect(entries).toMatchObject([
    {
      actorKind: 'applicant',
      details: {
        why: 'infected',
        signature: 'Eicar-Test-Signature',
        sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    },
  ]);
  expect(JSON.stringify(entries)).not.toContain('نامه');
});

const program = clamdProgram();
test.runIf(program !== undefined)(
  'the real clamd refuses what it knows, within the form',
  async () => {
    const real = await startRealClamd(program ?? '');
    const realPort = await freePorts();
    const realSite = await startRealSite(home, {
      listen: true,
      env: { PORT: String(realPort), RATE_LIMITS: 'off', CLAMD_URL: real.url },
    });
    try {
      const answers: number[] = [];
      const packed = makeDocx({
        extra: [{ name: 'word/media/a.bin', content: eicar(), pack: true }],
      });
      for (const bytes of [packed, makeDocx()]) {
        const form = new FormData();
        form.set('submissionKey', crypto.randomUUID());
        form.set('senderName', 'شرکت نمونه');
        form.set('unit', unitId);
        form.set('subject', 'موضوع');
        form.set('file', new File([new Uint8Array(bytes)], 'نامه.docx'));
        const response = await fetch(`http://localhost:${realPort}/letters/new`, {
          method: 'POST',
          headers: { cookie, origin: `http://localhost:${realPort}` },
          body: form,
          redirect: 'manual',
        });
        await response.text();
        answers.push(response.status);
      }
      expect(answers).toEqual([422, 303]);
    } finally {
      await realSite.stop();
      await real.stop();
    }
  },
);

test.each(ODD_NAMES.map((name, index) => ({ name, index })))(
  'odd name $index is taken, and shown without what is odd',
  async ({ name }) => {
    const boundary = 'XX';
    const field = (key: string, value: string): string =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${key}"\r\n\r\n${value}\r\n`;
    const body = Buffer.concat([
      Buffer.from(
        field('submissionKey', crypto.randomUUID()) +
          field('senderName', 'x') +
          field('unit', unitId) +
          field('subject', 'x') +
          `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="`,
      ),
      Buffer.from(name as Buffer),
      Buffer.from('"\r\nContent-Type: application/pdf\r\n\r\n'),
      pdf,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]);
    const response = await fetch(`${origin}/letters/new`, {
      method: 'POST',
      headers: { ...headers(), 'content-type': `multipart/form-data; boundary=${boundary}` },
      body: new Uint8Array(body),
      redirect: 'manual',
    });
    await response.text();
    expect(response.status).toBe(303);
    const { letterId } = await fileOf(response);
    const page = await (
      await fetch(`${origin}/letters/${letterId}`, { headers: headers() })
    ).text();
    const [, shown = ''] = /file-link__name"><bdi>([^<]*)</.exec(page) ?? [];
    expect([...shown].length).toBeLessThanOrEqual(120 + 'amp;quot;'.length * 4);
    expect(shown).toMatch(/\.pdf$/i);
    expect(shown).not.toMatch(/[\u0000-\u001f\u007f/\\\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u);
    const download = await fetch(`${origin}/letters/${letterId}/file`, { headers: headers() });
    expect(download.status).toBe(200);
    expect(download.headers.get('content-disposition')).toMatch(/^attachment; filename/);
    expect(Buffer.from(await download.arrayBuffer())).toEqual(pdf);
  },
);

test.each(['.htaccess', '...', ' ', '....pdf'])(
  'the name %j has no extension that is taken',
  async (name) => {
    const response = await post(name, pdf);
    expect(response.status).toBe(422);
    await response.text();
    await expectAlive();
  },
);

/** Sends bytes as they are; the status of the answer, 0 when the connection just ended. */
const sendRaw = (
  parts: (string | Buffer)[],
  { cutAfterBody = false } = {},
): Promise<{ status: number; text: string }> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk.toString();
      if (answer.includes('</html>')) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () =>
      resolve({ status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0), text: answer }),
    );
    const send = async (): Promise<void> => {
      for (const part of parts) {
        if (socket.destroyed) return;
        if (!socket.write(part))
          await new Promise<void>((done) => {
            const goOn = (): void => {
              socket.off('drain', goOn).off('close', goOn);
              done();
            };
            socket.on('drain', goOn).on('close', goOn);
          });
      }
      if (cutAfterBody) socket.destroy();
    };
    void send();
  });

const HEAD = (more: string): string =>
  `POST /letters/new HTTP/1.1\r\nHost: localhost:${port}\r\nOrigin: ${origin}\r\nCookie: ${cookie}\r\n` +
  `Content-Type: multipart/form-data; boundary=XX\r\n${more}\r\n\r\n`;
const FILE_PART =
  '--XX\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-1.7\n';
const chunk = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);

test('a file of the limit and one byte is 413 with the page, and its limit', async () => {
  const before = await holdings();
  const bytes = Buffer.concat([pdf, Buffer.alloc(2 * MEGABYTE + 1 - pdf.length, 'x')]);
  const response = await post('نامه.pdf', bytes);
  expect(response.status).toBe(413);
  expect(await response.text()).toContain(fa.file.problems.too_big('۲'));
  expect(await holdings()).toEqual(before);
  await expectAlive();
});

test('a chunked body without an end is cut off, with the page, and memory stays flat', async () => {
  const before = await holdings();
  const rss = process.memoryUsage().rss;
  const megabyte = chunk(Buffer.alloc(MEGABYTE, 'x'));
  const { status } = await sendRaw([
    HEAD('Transfer-Encoding: chunked'),
    chunk(Buffer.from(FILE_PART)),
    ...Array.from({ length: 1024 }, () => megabyte),
  ]);
  expect(status).toBe(413);
  expect(process.memoryUsage().rss - rss).toBeLessThan(512 * MEGABYTE);
  await until(async () => (await holdings()).incoming === 0);
  expect(await holdings()).toEqual(before);
  await expectAlive();
}, 120_000);

test('a length that is too short or too long for its body is no letter', async () => {
  const before = await holdings();
  const body = `${FILE_PART}${'x'.repeat(5000)}\r\n--XX--\r\n`;
  const short = await sendRaw([HEAD('Content-Length: 200'), body]);
  expect([400, 422]).toContain(short.status);
  const long = await sendRaw([HEAD('Content-Length: 900000'), body], { cutAfterBody: true });
  expect(long.status).toBe(0);
  await until(async () => (await holdings()).incoming === 0);
  expect(await holdings()).toEqual(before);
  await expectAlive();
});

test.each<[string, string, string]>([
  ['no boundary', 'multipart/form-data', FILE_PART],
  ['a cut body', 'multipart/form-data; boundary=XX', FILE_PART],
  [
    'a thousand parts',
    'multipart/form-data; boundary=XX',
    `${Array.from({ length: 1000 }, (_, i) => `--XX\r\nContent-Disposition: form-data; name="f${i}"\r\n\r\nx\r\n`).join('')}--XX--\r\n`,
  ],
  ['two files', 'multipart/form-data; boundary=XX', `${FILE_PART}\r\n${FILE_PART}\r\n--XX--\r\n`],
  [
    'a field called __proto__',
    'multipart/form-data; boundary=XX',
    '--XX\r\nContent-Disposition: form-data; name="__proto__"\r\n\r\nx\r\n--XX--\r\n',
  ],
  [
    'a header of 64 KB',
    'multipart/form-data; boundary=XX',
    `--XX\r\nContent-Disposition: form-data; name="${'a'.repeat(65_536)}"\r\n\r\nx\r\n--XX--\r\n`,
  ],
  [
    'a charset that does not exist',
    'multipart/form-data; boundary=XX',
    '--XX\r\nContent-Disposition: form-data; name="subject"\r\nContent-Type: text/plain; charset=none\r\n\r\nx\r\n--XX--\r\n',
  ],
])('%s: 400 or 422, and the process goes on', async (_name, type, body) => {
  const before = await holdings();
  const response = await fetch(`${origin}/letters/new`, {
    method: 'POST',
    headers: { ...headers(), 'content-type': type },
    body,
  });
  await response.text();
  expect([400, 422]).toContain(response.status);
  expect(await holdings()).toEqual(before);
  await expectAlive();
});

test('the same form twice is one letter, the same file in another form a second one', async () => {
  const key = crypto.randomUUID();
  const places: (string | null)[] = [];
  for (const submissionKey of [key, key, crypto.randomUUID()]) {
    const response = await post('نامه.pdf', pdf, submissionKey);
    await response.text();
    expect(response.status).toBe(303);
    places.push(response.headers.get('location'));
  }
  expect(places[1]).toBe(places[0]);
  expect(places[2]).not.toBe(places[0]);
});

test('a hundred uploads of many people at once, of which each third breaks off, leave nothing half', async () => {
  const cookies = await Promise.all(
    Array.from({ length: 33 }, async (_, i) =>
      cookieOf(site.db, { applicantId: await addTestApplicant(site.db, `+9891300000${10 + i}`) }),
    ),
  );
  const before = await holdings();
  const answers = await Promise.all(
    Array.from({ length: 99 }, async (_, i) => {
      if (i % 3 > 0) {
        const response = await post('نامه.pdf', pdf, crypto.randomUUID(), cookies[i % 33]);
        await response.text();
        return response.status;
      }
      const { status } = await sendRaw(
        [HEAD('Content-Length: 500000'), FILE_PART, Buffer.alloc(250_000, 'x')],
        { cutAfterBody: true },
      );
      return status;
    }),
  );
  expect(answers.filter((status) => status === 303)).toHaveLength(66);
  await until(async () => (await holdings()).incoming === 0);
  expect(await holdings()).toEqual({
    letters: (before.letters ?? 0) + 66,
    files: (before.files ?? 0) + 66,
    held: before.held,
    stored: before.stored + 66,
    incoming: 0,
  });
  await expectAlive();
}, 120_000);

test.each(['hang', 'cut', 'size-limit', { answer: 'stream: Can not open ERROR' }] as const)(
  'a scanner in trouble (%j): the letter is received, its file is closed, and the page says so',
  async (mode) => {
    clamd.setMode(mode);
    const response = await post('نامه.pdf', pdf);
    await response.text();
    expect(response.status).toBe(303);
    const { letterId, scan } = await fileOf(response);
    expect(scan).toBe('waiting');
    const page = await (
      await fetch(`${origin}/letters/${letterId}`, { headers: headers() })
    ).text();
    expect(page).toContain(fa.letter.fileWaiting);
    expect(page).toContain('data-scan="waiting"');
    expect(page).not.toContain(`/letters/${letterId}/file"`);
    const download = await fetch(`${origin}/letters/${letterId}/file`, { headers: headers() });
    expect(download.status).toBe(409);
    expect(await download.text()).toContain(fa.errors.fileWaiting.title);
  },
);

test('a scanner that is away: the same', async () => {
  await clamd.stop();
  try {
    const response = await post('نامه.pdf', pdf);
    await response.text();
    expect(response.status).toBe(303);
    expect(await fileOf(response)).toMatchObject({ scan: 'waiting' });
  } finally {
    await clamd.start();
  }
});
