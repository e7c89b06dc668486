/** Wrong methods of known addresses; every route by every method is asked in access.http.test.ts. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addressOf, allowedAt, METHODS, routesOf } from '../src/testing/routes.ts';
import { openTestSite } from '../src/testing/test-site.ts';
import type { TestSite, Visits } from '../src/testing/test-site.ts';

const VALUES = { file: 'x.png', sound: 'x.wav', number: '1', round: '1', page: '1', '*': 'x.css' };

let site: TestSite;
beforeAll(async () => {
  site = await openTestSite({
    env: {
      OIDC_ISSUER: 'http://127.0.0.1:9',
      OIDC_CLIENT_ID: 'desk',
      OIDC_CLIENT_SECRET: 'secret',
      SMS_RECEIPTS_SECRET: 's'.repeat(32),
    },
  });
});
afterAll(() => site?.stop());

const ask = (
  { app, origin }: Visits,
  method: string,
  path: string,
  headers: Record<string, string> = {},
): Promise<Response> => Promise.resolve(app.request(`${origin}${path}`, { method, headers }));

test('a wrong method is answered 405 to who is not signed in and sends no form, by the API as a problem', async () => {
  const routes = routesOf(site.app);
  let asked = 0;
  for (const path of new Set(routes.map((route) => route.path))) {
    const address = addressOf(path, {
      ...Object.fromEntries([...path.matchAll(/:(\w+)/g)].map(([, name = '']) => [name, 'x'])),
      ...VALUES,
    });
    const allowed = allowedAt(routes, address);
    for (const method of METHODS.filter((name) => !allowed.includes(name))) {
      const response = await ask(site, method, address);
      expect([method, address, response.status]).toEqual([method, address, 405]);
      expect([address, response.headers.get('allow')]).toEqual([address, allowed.join(', ')]);
      const isProblem = response.headers.get('content-type') === 'application/problem+json';
      expect([address, isProblem]).toEqual([address, path.startsWith('/api/')]);
      asked += 1;
    }
  }
  expect(asked).toBeGreaterThan(400);
  const problem = await ask(site, 'DELETE', '/api/v1/units', { 'accept-language': 'en' });
  expect([problem.headers.get('allow'), await problem.json()]).toMatchObject([
    'GET, HEAD, POST',
    { type: 'urn:pishkhan:problem:method-not-allowed', status: 405, title: 'Method not allowed' },
  ]);
  const head = await ask(site, 'HEAD', '/sign-out');
  expect([head.status, head.headers.get('allow')]).toEqual([405, 'POST']);
});

test('an address that does not exist stays 404 by every method', async () => {
  const headers = { origin: site.origin, 'content-type': 'application/x-www-form-urlencoded' };
  for (const path of [
    '/nowhere',
    '/verify/x/y',
    '/health/x',
    '/api',
    '/api/nowhere',
    '/api/v1/letters/',
  ])
    for (const method of METHODS) {
      const response = await ask(site, method, path, headers);
      expect([method, path, response.status, response.headers.get('allow')]).toEqual([
        method,
        path,
        404,
        null,
      ]);
    }
});

test('what is closed on purpose is 404 by every method', async () => {
  await site.addMember('admin');
  const closed = site.under({
    devOutbox: false,
    designPage: false,
    receipts: null,
    singleSignOn: null,
  });
  for (const path of [
    '/dev/outbox',
    '/dev/outbox.json',
    '/design',
    '/sms/receipts',
    '/staff/setup',
    '/staff/single-sign-on',
    '/staff/single-sign-on/callback',
  ])
    for (const method of METHODS) {
      const isJson = path.startsWith('/sms/') && method === 'POST';
      const response = await ask(closed, method, path, {
        origin: site.origin,
        'content-type': isJson ? 'application/json' : 'application/x-www-form-urlencoded',
      });
      expect([method, path, response.status]).toEqual([method, path, 404]);
    }
});

test('the outbox of this machine is 404 for another one by every method', async () => {
  for (const method of METHODS) {
    const headers = { origin: site.origin, 'x-forwarded-for': '203.0.113.5' };
    expect([method, (await ask(site, method, '/dev/outbox', headers)).status]).toEqual([
      method,
      404,
    ]);
  }
});
