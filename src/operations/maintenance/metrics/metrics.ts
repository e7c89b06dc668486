import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { shareWork } from '../../../platform/base/shared-work.ts';
import type { FilePool } from '../../../platform/files/pool/file-pool.ts';

export interface Sample {
  // Snake case, without the prefix `desk_`.
  name: string;
  labels?: Readonly<Record<string, string>>;
  value: number;
}

export interface GaugeDefinition {
  help: string;
  labels?: readonly string[];
}

export interface Meter {
  /** `route` is the route pattern, so that no label holds an id. */
  request(request: { method: string; route: string; status: number; seconds: number }): void;
  securityEvent(event: string): void;
}

export type FileWork = Pick<FilePool, 'load' | 'watch'>;

export interface Metrics extends Meter {
  contentType: string;
  text(): Promise<string>;
}

const PREFIX = 'desk_';
const METHODS: ReadonlySet<string> = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
]);
const SECONDS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15];
const WAIT_SECONDS = [0.1, 0.5, 1, 2.5, 5, 15, 60];

const watchFileWork = (work: FileWork, register: Registry): void => {
  const registers = [register];
  const gauge = (name: 'waiting' | 'running', help: string): Gauge =>
    new Gauge({
      name: `${PREFIX}file_jobs_${name}`,
      help,
      registers,
      collect() {
        this.set(work.load()[name]);
      },
    });
  gauge('waiting', 'Files that wait to be read');
  gauge('running', 'Files that are being read');
  const waits = new Histogram({
    name: `${PREFIX}file_job_wait_seconds`,
    help: 'How long a file waited until it was read, or was turned away',
    buckets: WAIT_SECONDS,
    registers,
  });
  const labelNames = ['job', 'outcome'];
  const jobs = new Counter({
    name: `${PREFIX}file_jobs_total`,
    help: 'Files read, by what was done and how it ended',
    labelNames,
    registers,
  });
  const cpu = new Counter({
    name: `${PREFIX}file_job_cpu_seconds_total`,
    help: 'CPU time of that',
    labelNames,
    registers,
  });
  work.watch(({ name: job, outcome, waitSeconds, cpuSeconds }) => {
    waits.observe(waitSeconds);
    jobs.inc({ job, outcome });
    cpu.inc({ job, outcome }, Math.max(0, cpuSeconds));
  });
};

interface MetricsOptions {
  role: 'web' | 'worker';
  poolSize: number;
  securityEvents: readonly string[];
  fileWork?: FileWork;
  gauges: Readonly<Record<string, GaugeDefinition>>;
  read: () => Promise<Sample[]>;
  cacheMs: number;
}

export const createMetrics = (options: MetricsOptions): Metrics => {
  const register = new Registry();
  register.setDefaultLabels({ role: options.role });
  collectDefaultMetrics({ register });
  const pool = new Gauge({
    name: `${PREFIX}database_pool_size`,
    help: 'Database connections that this process may have',
    registers: [register],
  });
  pool.set(options.poolSize);
  const { requests, events } = createWebMetrics(options, register);
  if (options.fileWork) watchFileWork(options.fileWork, register);
  const gauges = createGauges(options.gauges, register);
  const read = shareWork(options.cacheMs, options.read);
  return {
    contentType: register.contentType,
    request({ method, route, status, seconds }) {
      const known = METHODS.has(method) ? method : 'other';
      requests.observe({ method: known, route, status: `${Math.floor(status / 100)}xx` }, seconds);
    },
    securityEvent(event) {
      events.inc({ event });
    },
    async text() {
      setGauges(gauges, await read());
      return register.metrics();
    },
  };
};

const createWebMetrics = (
  { role, securityEvents }: Pick<MetricsOptions, 'role' | 'securityEvents'>,
  register: Registry,
) => {
  const registers = role === 'web' ? [register] : [];
  const requests = new Histogram({
    name: `${PREFIX}http_request_duration_seconds`,
    help: 'Requests by method, pattern of the address and class of the status',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers,
  });
  const events = new Counter({
    name: `${PREFIX}security_events_total`,
    help: 'Attempts to get past a guard, by the names of docs/operations.md',
    labelNames: ['event'],
    registers,
  });
  for (const event of securityEvents) events.inc({ event }, 0);
  return { requests, events };
};

const createGauges = (
  definitions: MetricsOptions['gauges'],
  register: Registry,
): Map<string, Gauge> =>
  new Map(
    Object.entries(definitions).map(([name, { help, labels = [] }]) => [
      name,
      new Gauge({ name: PREFIX + name, help, labelNames: [...labels], registers: [register] }),
    ]),
  );

const setGauges = (gauges: Map<string, Gauge>, samples: Sample[]): void => {
  for (const gauge of gauges.values()) gauge.reset();
  // `reset` leaves a gauge without labels at 0, which nobody measured.
  const names = new Set(samples.map(({ name }) => name));
  for (const [name, gauge] of gauges) if (!names.has(name)) gauge.remove({});
  for (const { name, labels, value } of samples) gauges.get(name)?.set(labels ?? {}, value);
};
