import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import * as fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addTestApplicant, addTestUnit } from '../src/testing/letters.ts';
import { freePorts } from '../src/testing/ports.ts';
import { createProperties, mutate, mutations } from '../src/testing/property.ts';
import { cookieOf, freshMobile, makeRealHome, startRealSite } from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';
import { sampleFile } from '../src/testing/sample-files.ts';

const { holds } = createProperties('form-reader');
const PORT = await freePorts();
let home: RealHome;
let site: RealSite;
let cookie: string;
let unitId: string;
let pdf: Buffer;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, {
    env: { PORT: String(PORT), RATE_LIMITS: 'off' },
    listen: true,
  });
  const applicantId = await addTestApplicant(site.db, freshMobile());
  cookie = await cookieOf(site.db, { applicantId });
  unitId = await addTestUnit(site.db);
  pdf = (await sampleFile('pdf')).bytes;
});
afterAll(async () => {
  await site.stop();
  await home.remove();
});

const BOUNDARY = '----desk-property';

/** `fileAt`: how many fields come before the file. */
const goodBody = (fileAt = 4): Buffer => {
  const fields = {
    submissionKey: randomUUID(),
    senderName: 'سارا',
    unit: unitId,
    subject: 'موضوع',
  };
  const parts = Object.entries(fields).map(
    ([name, value]) =>
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`,
  );
  const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="نامه.pdf"\r\nContent-Type: application/pdf\r\n\r\n`;
  return Buffer.concat([
    Buffer.from(parts.slice(0, fileAt).join('') + head),
    pdf,
    Buffer.from(`\r\n${parts.slice(fileAt).join('')}--${BOUNDARY}--\r\n`),
  ]);
};

/** The status; 0 when the connection ended without an answer, as it may when the client left. */
const send = (body: Buffer, claimed: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const socket = connect(PORT, '127.0.0.1');
    let answer = '';
    const leave = setTimeout(() => reject(new Error('no answer')), 60_000);
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (answer.includes('\r\n')) socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(leave);
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0));
    });
    const head = [
      'POST /letters/new HTTP/1.1',
      `Host: localhost:${PORT}`,
      `Origin: http://localhost:${PORT}`,
      `Cookie: ${cookie}`,
      `Content-Type: multipart/form-data; boundary=${BOUNDARY}`,
      `Content-Length: ${claimed}`,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    socket.write(body, () => {
      if (claimed > body.length) socket.end();
    });
  });

const filesOnDisk = async (): Promise<number> =>
  (await readdir(site.files, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  ).length;

const rows = async (): Promise<{ letters: number; files: number; held: number }> => {
  const [counted] = await site.db<{ letters: number; files: number; held: number }[]>`
    select (select count(*)::int from letters) as letters,
      (select count(*)::int from files) as files,
      (select count(*)::int from held_uploads) as held`;
  return counted ?? { letters: -1, files: -1, held: -1 };
};

/** A client that left is noticed a moment later. */
const settledFiles = async (wanted: number): Promise<number> => {
  const end = Date.now() + 60_000;
  for (;;) {
    const found = await filesOnDisk();
    if (found === wanted || Date.now() > end) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

test('a changed form is a letter with its file or nothing at all, and never a fault', async () => {
  expect(await send(goodBody(), goodBody().length)).toBe(303);
  const answers = new Map<number, number>();
  await holds(
    fc.asyncProperty(
      mutations,
      fc.constantFrom('true', 'true', 'true', 'more', 'less'),
      fc.nat(4),
      async (changes, length, fileAt) => {
        const before = await rows();
        const body = mutate(goodBody(fileAt), changes);
        const claimed = { true: 0, more: 500, less: -Math.min(500, body.length) }[length] ?? 0;
        const status = await send(body, body.length + claimed);
        answers.set(status, (answers.get(status) ?? 0) + 1);
        if (![0, 303, 400, 413, 422].includes(status)) return false;
        const after = await rows();
        const grown = after.letters - before.letters;
        if (grown !== (status === 303 ? 1 : 0) || after.files !== after.letters) return false;
        // A good file of a form that is wrong elsewhere is kept, a few of one person.
        if (after.held > site.config.limits.heldUploads) return false;
        const named = after.files + after.held;
        return (await settledFiles(named)) === named;
      },
    ),
    0.5,
  );
  expect(answers.size).toBeGreaterThan(1);
  expect((await fetch(`http://localhost:${PORT}/health/live`)).status).toBe(200);
  expect(site.log.filter(({ fields }) => Number(fields.status) >= 500)).toEqual([]);
}, 120_000);
