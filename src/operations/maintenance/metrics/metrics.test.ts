import { expect, test } from 'vitest';
import { OperatorError } from '../../../platform/base/errors.ts';
import { freePorts } from '../../../testing/ports.ts';
import { createTestLog } from '../../../testing/log-alarm.ts';
import { parsePrometheus, valueOf } from '../../../testing/prometheus.ts';
import { createMetrics } from './metrics.ts';
import type { FileWork, Sample } from './metrics.ts';
import { startMetricsServer } from './metrics-server.ts';

const GAUGES = {
  letters: { help: 'Letters', labels: ['status'] },
  oldest_seconds: { help: 'Age' },
};

const NO_FILES: FileWork = { load: () => ({ waiting: 0, running: 0 }), watch: () => {} };

const metricsOf = (read: () => Promise<Sample[]>, cacheMs = 0, fileWork = NO_FILES) =>
  createMetrics({
    role: 'web',
    poolSize: 7,
    securityEvents: ['captcha_wrong', 'code_wrong'],
    fileWork,
    gauges: GAUGES,
    read,
    cacheMs,
  });

const nothing = (): Promise<Sample[]> => Promise.resolve([]);

test('the text is well-formed and tells of requests by pattern and class of status', async () => {
  const metrics = metricsOf(nothing);
  metrics.request({ method: 'GET', route: '/letters/:id', status: 200, seconds: 0.02 });
  metrics.request({ method: 'GET', route: '/letters/:id', status: 204, seconds: 0.3 });
  metrics.request({ method: 'PROPFIND', route: 'unknown', status: 404, seconds: 0.001 });
  metrics.securityEvent('code_wrong');
  const families = parsePrometheus(await metrics.text());
  const requests = 'desk_http_request_duration_seconds';
  expect(families.get(requests)?.type).toBe('histogram');
  const samples = families.get(requests)?.samples ?? [];
  const countOf = (labels: Record<string, string>): number | undefined =>
    samples.find(
      ({ name, labels: found }) =>
        name === `${requests}_count` &&
        Object.entries(labels).every(([label, value]) => found[label] === value),
    )?.value;
  expect(countOf({ route: '/letters/:id', method: 'GET', status: '2xx', role: 'web' })).toBe(2);
  expect(countOf({ route: 'unknown', method: 'other', status: '4xx' })).toBe(1);
  expect(valueOf(families, 'desk_security_events_total', { event: 'code_wrong' })).toBe(1);
  expect(valueOf(families, 'desk_security_events_total', { event: 'captcha_wrong' })).toBe(0);
  expect(valueOf(families, 'desk_database_pool_size')).toBe(7);
  for (const name of ['process_cpu_seconds_total', 'nodejs_eventloop_lag_p99_seconds'])
    expect(valueOf(families, name)).toBeGreaterThanOrEqual(0);
});

test('files that are read are counted by what was done and how it ended', async () => {
  let tell: Parameters<FileWork['watch']>[0] = () => {};
  const metrics = metricsOf(nothing, 0, {
    load: () => ({ waiting: 3, running: 2 }),
    watch: (watcher) => (tell = watcher),
  });
  for (const [outcome, cpuSeconds] of [
    ['done', 0.2],
    ['done', 0.3],
    ['costly', 10],
  ] as const)
    tell({ name: 'decideFileType', outcome, waitSeconds: 0.7, cpuSeconds });
  tell({ name: 'drawPages', outcome: 'turned_away', waitSeconds: 60, cpuSeconds: 0 });
  const families = parsePrometheus(await metrics.text());
  const of = (name: string, labels?: Record<string, string>) =>
    valueOf(families, `desk_file_${name}`, labels);
  expect([of('jobs_waiting'), of('jobs_running')]).toEqual([3, 2]);
  expect(of('jobs_total', { job: 'decideFileType', outcome: 'done' })).toBe(2);
  expect(of('job_cpu_seconds_total', { outcome: 'done' })).toBeCloseTo(0.5);
  expect(of('jobs_total', { job: 'decideFileType', outcome: 'costly' })).toBe(1);
  expect(of('jobs_total', { job: 'drawPages', outcome: 'turned_away' })).toBe(1);
  const waits = families.get('desk_file_job_wait_seconds')?.samples ?? [];
  const bucket = (le: string) =>
    waits.find(({ name, labels }) => name.endsWith('_bucket') && labels.le === le)?.value;
  expect([bucket('0.5'), bucket('1'), bucket('60')]).toEqual([0, 3, 4]);
});

test('a sample that is gone is no longer reported, and a gauge without labels is not reported as 0', async () => {
  let found: Sample[] = [
    { name: 'letters', labels: { status: 'pending' }, value: 3 },
    { name: 'oldest_seconds', value: 12.5 },
  ];
  const metrics = metricsOf(() => Promise.resolve(found));
  let families = parsePrometheus(await metrics.text());
  expect(valueOf(families, 'desk_letters', { status: 'pending' })).toBe(3);
  expect(valueOf(families, 'desk_oldest_seconds')).toBe(12.5);
  found = [];
  families = parsePrometheus(await metrics.text());
  expect(families.get('desk_letters')?.samples).toEqual([]);
  expect(families.get('desk_oldest_seconds')?.samples).toEqual([]);
});

test('samples are read once for all requests within the cache time, and one at a time', async () => {
  let taken = 0;
  let answer = (): void => {};
  const read = (): Promise<Sample[]> => {
    taken += 1;
    return new Promise((resolve) => {
      answer = () => resolve([{ name: 'oldest_seconds', value: taken }]);
    });
  };
  const kept = metricsOf(read, 60_000);
  const both = [kept.text(), kept.text()];
  answer();
  await Promise.all(both);
  expect(valueOf(parsePrometheus(await kept.text()), 'desk_oldest_seconds')).toBe(1);
  expect(taken).toBe(1);
  const fresh = metricsOf(read, 0);
  for (const expected of [2, 3]) {
    const text = fresh.text();
    answer();
    expect(valueOf(parsePrometheus(await text), 'desk_oldest_seconds')).toBe(expected);
  }
});

test('the server answers /metrics and nothing else', async () => {
  const port = await freePorts();
  const log = createTestLog('metrics');
  const metrics = metricsOf(nothing);
  const server = await startMetricsServer(metrics, { host: '127.0.0.1', port, log });
  try {
    const url = `http://127.0.0.1:${port}`;
    const good = await fetch(`${url}/metrics`);
    expect(good.status).toBe(200);
    expect(good.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(good.headers.get('cache-control')).toBe('no-store');
    expect(parsePrometheus(await good.text()).size).toBeGreaterThan(10);
    expect((await fetch(`${url}/metrics?name[]=desk_up`)).status).toBe(200);
    for (const path of ['/', '/metrics/', '/health/live', '/letters'])
      expect([path, (await fetch(url + path)).status]).toEqual([path, 404]);
    const post = await fetch(`${url}/metrics`, { method: 'POST', body: 'x' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const second = startMetricsServer(metrics, { host: '127.0.0.1', port, log });
    await expect(second).rejects.toThrow(OperatorError);
    await expect(second).rejects.toThrow(
      `Port ${port} on 127.0.0.1 is taken by another program; set METRICS_PORT to a free one`,
    );
  } finally {
    await server.stop();
  }
});

test('a host that is none of this machine is one clear line', async () => {
  const log = createTestLog('metrics');
  const started = startMetricsServer(metricsOf(nothing), { host: '192.0.2.1', port: 1999, log });
  await expect(started).rejects.toThrow('METRICS_HOST 192.0.2.1 is not an address of this machine');
});
