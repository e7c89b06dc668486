import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePorts } from '../src/testing/ports.ts';
import { openTestSite } from '../src/testing/test-site.ts';
import type { TestSite } from '../src/testing/test-site.ts';
import { startWebServer } from './server.ts';
import type { WebServer } from './server.ts';

const MOST = 3;

let site: TestSite;
let server: WebServer;
let port: number;
let cookie: string;
beforeAll(async () => {
  port = await freePorts();
  site = await openTestSite({ env: { PORT: String(port), LIMITS: `requestsInWork=${MOST}` } });
  server = await startWebServer(site.app, { host: '127.0.0.1', port });
  ({ cookie } = await site.addApplicant());
});
afterAll(async () => {
  await server.stop();
  await site.stop();
});

const get = (path: string): Promise<Response> =>
  fetch(`http://localhost:${port}${path}`, { headers: { cookie } });

test('what is more than the desk can work on is refused at once, and the rest is answered', async () => {
  let release = (): void => {};
  const locked = new Promise<void>((resolve) => {
    release = resolve;
  });
  let isLocked = (): void => {};
  const ready = new Promise<void>((resolve) => {
    isLocked = resolve;
  });
  const lock = site.db.begin(async (tx) => {
    await tx`lock table letters in access exclusive mode`;
    isLocked();
    await locked;
  });
  await ready;
  const inWork = Array.from({ length: MOST }, () => get('/letters'));
  await expect.poll(async () => (await get('/help')).status).toBe(503);

  const started = performance.now();
  const refused = await get('/letters');
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('retry-after'))).toBeLessThan(10);
  expect(await refused.text()).toContain('<html');
  const api = await get('/api/v1/letters');
  expect(api.status).toBe(503);
  expect(api.headers.get('content-type')).toContain('application/problem+json');
  expect(performance.now() - started).toBeLessThan(2_000);
  expect((await get('/health/live')).status).toBe(200);
  const style = /href="(\/assets\/[^"]+\.css)"/.exec(await (await get('/help')).text())?.[1] ?? '';
  expect((await get(style)).status).toBe(200);

  release();
  await lock;
  expect((await Promise.all(inWork)).map(({ status }) => status)).toEqual(
    Array.from({ length: MOST }, () => 200),
  );
  expect((await get('/letters')).status).toBe(200);
});

test('forms that are still coming keep nobody out', async () => {
  const sockets: Socket[] = Array.from({ length: MOST + 2 }, () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(
      [
        'POST /letters/new HTTP/1.1',
        `Host: localhost:${port}`,
        `Origin: http://localhost:${port}`,
        `Cookie: ${cookie}`,
        'Content-Type: application/x-www-form-urlencoded',
        'Content-Length: 1000',
        '',
        'subject=',
      ].join('\r\n'),
    );
    return socket;
  });
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect((await get('/letters')).status).toBe(200);
  for (const socket of sockets) socket.destroy();
});
