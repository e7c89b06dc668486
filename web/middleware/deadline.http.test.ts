import { setTimeout as sleep } from 'node:timers/promises';
import { Hono } from 'hono';
import { expect, test } from 'vitest';
import { asUnavailable } from '../../src/platform/files/away.ts';
import { deadline, readUnhurried } from './deadline.ts';

const WITHIN_MS = 30;

const app = new Hono()
  .use(deadline(WITHIN_MS) as never)
  .get('/hangs', async (c) => {
    await sleep(10 * WITHIN_MS);
    return c.text('late');
  })
  .post('/slow-line', async (c) => {
    await readUnhurried(c, () => sleep(3 * WITHIN_MS));
    return c.text('read');
  })
  .post('/slow-line-then-hangs', async (c) => {
    await readUnhurried(c, () => sleep(3 * WITHIN_MS));
    await sleep(10 * WITHIN_MS);
    return c.text('late');
  })
  .onError((error, c) => c.json({ code: (error as { code?: string }).code }, 503));

test.each([
  ['GET', '/hangs', 503],
  ['POST', '/slow-line', 200],
  ['POST', '/slow-line-then-hangs', 503],
])('%s %s answers %i', async (method, path, status) => {
  const response = await app.request(path, { method });
  expect(response.status).toBe(status);
  if (status === 503) expect(await response.json()).toEqual({ code: 'unavailable' });
});

test.each([
  ['a database', ['ECONNREFUSED', '55P03', '57P01', '53300', 'CONNECT_TIMEOUT']],
  ['a file store', ['ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE']],
])('what %s answers when it is away becomes unavailable', (_of, codes) => {
  for (const code of codes) {
    const error = Object.assign(new Error('it failed'), { code });
    expect([code, asUnavailable(error)]).toMatchObject([code, { code: 'unavailable', facts: {} }]);
  }
});

test('any other fault stays what it is', () => {
  const error = Object.assign(new Error('it failed'), { code: '42601' });
  expect(asUnavailable(error)).toBe(error);
});
