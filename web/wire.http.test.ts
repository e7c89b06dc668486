/** Requests that no browser sends, byte by byte, to a real listener. */
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePorts } from '../src/testing/ports.ts';
import { openTestSite } from '../src/testing/test-site.ts';
import type { TestSite } from '../src/testing/test-site.ts';

const PORT = await freePorts();
const HOST = `localhost:${PORT}`;
let site: TestSite;
let applicant: { cookie: string };
beforeAll(async () => {
  site = await openTestSite({ env: { PORT: String(PORT) }, listen: true });
  const { cookie } = await site.addApplicant();
  applicant = { cookie };
});
afterAll(() => site?.stop());

/** The whole answer as it came, '' when the connection just ended. */
const sendRaw = (request: string): Promise<string> =>
  new Promise((resolve) => {
    const socket = connect(PORT, '127.0.0.1');
    let answer = '';
    socket.setTimeout(60_000, () => socket.destroy());
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      // One answer is enough: what follows it would be a second one.
      if (/\r\n\r\n/.test(answer)) setTimeout(() => socket.destroy(), 50);
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
    socket.write(request, 'latin1');
  });

const statuses = (answer: string): string[] =>
  [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status = '']) => status);

const lines = (...parts: string[]): string => `${parts.join('\r\n')}\r\n\r\n`;

test('what one program reads as one request and another as two is refused', async () => {
  const post = ['POST /sign-in HTTP/1.1', `Host: ${HOST}`, `Origin: http://${HOST}`];
  const type = 'Content-Type: application/x-www-form-urlencoded';
  const smuggled = `GET /letters HTTP/1.1\r\nHost: ${HOST}\r\n\r\n`;
  const requests = {
    'length and chunks': `${lines(...post, type, 'Content-Length: 6', 'Transfer-Encoding: chunked')}0\r\n\r\n${smuggled}`,
    'two lengths': `${lines(...post, type, 'Content-Length: 3', 'Content-Length: 60')}a=1${smuggled}`,
    'negative length': lines(...post, type, 'Content-Length: -1'),
    'space before the colon': lines(...post, type, 'Content-Length : 3'),
    'folded header': lines(...post, type, 'X-A: 1', ' folded: 2'),
    'NUL in a header': lines(...post, type, 'X-A: \0'),
    'bare line feed': `GET / HTTP/1.1\nHost: ${HOST}\n\n`,
    'no host': lines('GET / HTTP/1.1'),
    'chunked twice': `${lines(...post, type, 'Transfer-Encoding: chunked, chunked')}0\r\n\r\n${smuggled}`,
    'unknown coding': `${lines(...post, type, 'Transfer-Encoding: xchunked')}0\r\n\r\n${smuggled}`,
  };
  for (const [name, request] of Object.entries(requests)) {
    const found = statuses(await sendRaw(request));
    expect([name, found]).toEqual([name, [expect.stringMatching(/^(400|421|501)$/)]]);
  }
});

test('another host is refused however it is named', async () => {
  const requests = [
    lines('GET / HTTP/1.1', `Host: ${HOST}`, 'Host: evil.test'),
    lines('GET / HTTP/1.1', 'Host: evil.test', `Host: ${HOST}`),
    lines('GET http://evil.test/ HTTP/1.1', `Host: ${HOST}`),
    lines(`GET http://${HOST}/ HTTP/1.1`, 'Host: evil.test'),
    lines('GET / HTTP/1.1', `Host: ${HOST}@evil.test`),
    lines('GET / HTTP/1.1', `Host: evil.test:${PORT}`),
    lines('GET / HTTP/1.1', `Host: ${HOST}.evil.test`),
    lines('GET / HTTP/1.1', 'Host: localhost'),
    lines('GET / HTTP/1.1', 'Host:'),
  ];
  for (const request of requests) {
    const answer = await sendRaw(request);
    expect([request, statuses(answer)]).toEqual([request, [expect.stringMatching(/^(400|421)$/)]]);
    expect(answer).not.toMatch(/(href|action)="[^"]*evil/);
  }
});

test('what a client says of its own address, host and scheme is not believed', async () => {
  const forged = {
    'x-forwarded-host': 'evil.test',
    'x-forwarded-proto': 'https',
    'x-forwarded-port': '444',
    forwarded: 'host=evil.test;proto=https;for=127.0.0.1',
    'x-original-url': '/staff',
    'x-rewrite-url': '/staff',
    'x-http-method-override': 'DELETE',
  };
  const page = await fetch(`${site.origin}/?lang=en`, { headers: forged });
  expect(page.status).toBe(200);
  expect(page.headers.getSetCookie().join()).not.toMatch(/Secure|__Host/);
  expect(page.headers.has('strict-transport-security')).toBe(false);
  const html = await page.text();
  expect(html).not.toContain('evil.test');
  expect(html).toContain('action="/sign-in"');
  const away = await fetch(`${site.origin}/letters`, { headers: forged, redirect: 'manual' });
  expect(away.headers.get('location')).toBe('/?notice=sign_in_first');
});

test('TRACE and CONNECT give nothing back', async () => {
  for (const method of ['TRACE', 'CONNECT', 'TRACK']) {
    const answer = await sendRaw(lines(`${method} / HTTP/1.1`, `Host: ${HOST}`, 'X-Secret: known'));
    expect([method, statuses(answer)[0] ?? 'closed']).toEqual([
      method,
      expect.stringMatching(/^(4\d\d|501|closed)$/),
    ]);
    expect(answer).not.toContain('known');
  }
});

test('long headers and thousands of cookies are refused, and the next request is well', async () => {
  const long = await sendRaw(
    lines('GET / HTTP/1.1', `Host: ${HOST}`, `X-A: ${'a'.repeat(20_000)}`),
  );
  expect(statuses(long)).toEqual(['431']);
  const many = Array.from({ length: 10_000 }, (_, index) => `c${index}=1`).join('; ');
  const cookies = await sendRaw(lines('GET / HTTP/1.1', `Host: ${HOST}`, `Cookie: ${many}`));
  expect(statuses(cookies)).toEqual(['431']);
  expect((await fetch(`${site.origin}/health/live`)).status).toBe(200);
});

// The limit of the test's own time is the judge: on texts of the longest that is taken, a search that
// tries every way of cutting them takes hours.
test('texts made to be slow to read do not hold the process up', async () => {
  const hostile = [
    '('.repeat(60_000),
    `${'a'.repeat(30_000)}!`,
    ' '.repeat(60_000),
    `+${'9-'.repeat(30_000)}`,
    '\u200c'.repeat(20_000),
    'ي'.repeat(20_000),
    'é'.normalize('NFD').repeat(15_000),
    '%'.repeat(60_000),
    '&'.repeat(60_000),
    '[]'.repeat(30_000),
  ];
  for (const text of hostile) {
    for (const path of ['/sign-in', '/staff/sign-in', '/letters/new']) {
      const response = await fetch(`${site.origin}${path}`, {
        method: 'POST',
        redirect: 'manual',
        headers: { origin: site.origin, ...applicant },
        body: new URLSearchParams({
          mobile: text.slice(0, 15_000),
          captcha: text.slice(0, 3_000),
          username: text.slice(0, 3_000),
          password: 'x',
          subject: text.slice(0, 9_000),
        }),
      });
      expect([400, 413, 422]).toContain(response.status);
    }
    const search = await fetch(
      `${site.origin}/letters?code=${encodeURIComponent(text.slice(0, 1_500))}`,
      { headers: applicant },
    );
    expect(search.status).toBe(200);
  }
});
