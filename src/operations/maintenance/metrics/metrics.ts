/**
 * What one process tells a Prometheus: what it counts itself, and readings of the record and of the
 * desk's parts, taken when it is asked. No label holds anything personal, or anything of which there
 * may be ever more.
 */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { shareWork } from '../../../platform/base/shared-work.ts';
import type { FilePool } from '../../../platform/files/pool/file-pool.ts';

/** One figure of the record or of the desk's parts, as of now. */
export interface Reading {
  /** Snake case without the prefix `desk_`. */
  name: string;
  labels?: Readonly<Record<string, string>>;
  value: number;
}

/** What a figure means. Of every reading there is one. */
export interface GaugeMeaning {
  help: string;
  labels?: readonly string[];
}

export interface Meter {
  /** `route` is the pattern of the address; `seconds` from the first header in to the answer's. */
  request(request: { method: string; route: string; status: number; seconds: number }): void;
  securityEvent(event: string): void;
}

/** Of the processes that read files from outside. */
export type FileWork = Pick<FilePool, 'load' | 'watch'>;

export interface Metrics extends Meter {
  contentType: string;
  /** Prometheus text, with readings as old as `cacheMs` at most. */
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

export const createMetrics = ({
  role,
  poolSize,
  securityEvents,
  fileWork,
  meanings,
  read,
  cacheMs,
}: {
  role: 'web' | 'worker';
  /** Database connections that this process may have. */
  poolSize: number;
  /** Every name that there is: those that were not seen yet are told as 0. */
  securityEvents: readonly string[];
  /** Left out: this process reads none. */
  fileWork?: FileWork;
  meanings: Readonly<Record<string, GaugeMeaning>>;
  /** What cannot be read is left out. */
  read: () => Promise<Reading[]>;
  cacheMs: number;
}): Metrics => {
  const register = new Registry();
  register.setDefaultLabels({ role });
  collectDefaultMetrics({ register });

  const pool = new Gauge({
    name: `${PREFIX}database_pool_size`,
    help: 'Database connections that this process may have',
    registers: [register],
  });
  pool.set(poolSize);

  const requests = new Histogram({
    name: `${PREFIX}http_request_duration_seconds`,
    help: 'Requests by method, pattern of the address and class of the status',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: role === 'web' ? [register] : [],
  });
  const events = new Counter({
    name: `${PREFIX}security_events_total`,
    help: 'Attempts to get past a guard, by the names of docs/operations.md',
    labelNames: ['event'],
    registers: role === 'web' ? [register] : [],
  });
  for (const event of securityEvents) events.inc({ event }, 0);

  if (fileWork) watchFileWork(fileWork, register);

  const gauges = new Map(
    Object.entries(meanings).map(([name, { help, labels = [] }]) => [
      name,
      new Gauge({ name: PREFIX + name, help, labelNames: [...labels], registers: [register] }),
    ]),
  );

  const readings = shareWork(cacheMs, read);

  return {
    contentType: register.contentType,

    request({ method, route, status, seconds }) {
      requests.observe(
        {
          method: METHODS.has(method) ? method : 'other',
          route,
          status: `${Math.floor(status / 100)}xx`,
        },
        seconds,
      );
    },

    securityEvent(event) {
      events.inc({ event });
    },

    async text() {
      const found = await readings();
      for (const gauge of gauges.values()) gauge.reset();
      // Without labels a gauge stands at 0 after that, which would be a figure that nobody read.
      const names = new Set(found.map(({ name }) => name));
      for (const [name, gauge] of gauges) if (!names.has(name)) gauge.remove({});
      for (const { name, labels, value } of found) gauges.get(name)?.set(labels ?? {}, value);
      return register.metrics();
    },
  };
};
