/** What is counted of requests: their patterns, however many addresses, people and methods there are. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMetrics } from '../src/operations/maintenance/metrics/metrics.ts';
import { parsePrometheus } from '../src/testing/prometheus.ts';
import { addressOf, METHODS, routesOf } from '../src/testing/routes.ts';
import { openTestSite } from '../src/testing/test-site.ts';
import type { TestSite, Visits } from '../src/testing/test-site.ts';
import { SECURITY_EVENTS } from './security-events.ts';

const REQUESTS = 'desk_http_request_duration_seconds';

let site: TestSite;
beforeAll(async () => {
  site = await openTestSite();
});
afterAll(() => site?.stop());

const createSite = () => {
  const metrics = createMetrics({
    role: 'web',
    poolSize: 1,
    securityEvents: SECURITY_EVENTS,
    gauges: {},
    read: () => Promise.resolve([]),
    cacheMs: 0,
  });
  return { site: site.under({}, undefined, metrics), metrics };
};

/** Every route, with `canary` wherever an address, a form or a header has room for it. */
const askAll = async ({ app, origin }: Visits, canary: string): Promise<number> => {
  const parameters: Record<string, string> = new Proxy(
    {},
    {
      get: (_target, name) =>
        ({ file: `${canary}.png`, sound: `${canary}.wav` })[String(name)] ?? canary,
    },
  );
  const { cookie } = await site.addApplicant();
  const admin = await site.addMember('admin');
  const asked = [
    ...routesOf(app),
    { method: 'GET', path: '/nowhere/:id', name: '' },
    { method: 'BREW', path: '/letters/:id', name: '' },
  ];
  for (const { method, path } of asked) {
    const response = await app.request(
      `${origin}${addressOf(path, parameters)}?mobile=${canary}&lang=en`,
      {
        method,
        headers: {
          origin,
          cookie: `${cookie}; ${admin.cookie}; other=${canary}`,
          'user-agent': canary,
          referer: `${origin}/${canary}`,
          'x-forwarded-for': canary,
          ...(method === 'POST' && { 'content-type': 'application/x-www-form-urlencoded' }),
        },
        ...(method === 'POST' && { body: new URLSearchParams({ mobile: canary, name: canary }) }),
      },
    );
    await response.body?.cancel();
  }
  return asked.length;
};

test('labels are the patterns of the router, and nothing that anybody sent', async () => {
  const { site, metrics } = createSite();
  const canaries = ['09121234567', `canary-${randomUUID()}`];
  let asked = 0;
  for (const canary of canaries) asked = await askAll(site, canary);
  expect(asked).toBeGreaterThan(100);
  const text = await metrics.text();
  for (const canary of [...canaries, '9121234567', 'desk.test'])
    expect([canary, text.includes(canary)]).toEqual([canary, false]);
  const samples = parsePrometheus(text).get(REQUESTS)?.samples ?? [];
  const found = (label: string): string[] => [
    ...new Set(samples.map(({ labels }) => labels[label] ?? '')),
  ];
  const patterns = new Set(['unknown', ...routesOf(site.app).map(({ path }) => path)]);
  expect(found('route').filter((route) => !patterns.has(route))).toEqual([]);
  expect(found('route').length).toBeGreaterThan(80);
  expect(
    found('method').filter((method) => !['HEAD', 'other', ...METHODS].includes(method as 'GET')),
  ).toEqual([]);
  expect(found('method')).toContain('other');
  expect(found('status').filter((status) => !/^[1-5]xx$/.test(status))).toEqual([]);
});

test('more addresses make no more series', async () => {
  const { site, metrics } = createSite();
  const seriesAfter = async (): Promise<number> => {
    await askAll(site, randomUUID());
    return parsePrometheus(await metrics.text()).get(REQUESTS)?.samples.length ?? 0;
  };
  await seriesAfter();
  const before = await seriesAfter();
  expect(await seriesAfter()).toBe(before);
});

test('an attempt to get past a guard is counted by its name', async () => {
  const { site, metrics } = createSite();
  await site.app.request('http://evil.test/letters');
  const events = parsePrometheus(await metrics.text()).get('desk_security_events_total');
  const counts = (events?.samples ?? []).map(({ labels, value }): [string, number] => [
    labels.event ?? '',
    value,
  ]);
  expect(counts.map(([event]) => event).toSorted()).toEqual([...SECURITY_EVENTS].toSorted());
  expect(counts.filter(([, count]) => count > 0)).toEqual([['host_refused', 1]]);
});
