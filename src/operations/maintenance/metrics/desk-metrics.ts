import type { GaugeDefinition, Sample } from './metrics.ts';
import type { Db } from '../../../platform/base/database.ts';
import { shareWork } from '../../../platform/base/shared-work.ts';
import { readRecordMetrics } from './record-metrics.sql.ts';
import type { RecordMetrics } from './record-metrics.sql.ts';
import { ALIVE_SECONDS } from '../health.ts';
import type { Health } from '../health.ts';

// Names and labels are an interface: alarms and dashboards are built on them.
export const GAUGES = {
  up: { help: '1: this part is well, as /health/ready says', labels: ['part'] },
  record_read: { help: '1: what stands in the record was read; 0: all that follows is missing' },
  letters: { help: 'Letters by state', labels: ['status', 'step'] },
  oldest_pending_seconds: { help: 'Since the oldest pending letter was first sent; absent: none' },
  last_decision_seconds: { help: 'Since a letter was last approved, rejected or returned' },
  outbox_rows: { help: 'Outbox rows that the engine has not received' },
  outbox_oldest_seconds: { help: 'Since the oldest of that was recorded' },
  messages_day: {
    help: 'SMS of the last 24 hours, by what they are about, state and delivery',
    labels: ['about', 'state', 'delivery'],
  },
  messages_unsent: { help: 'SMS that the gateway has not taken', labels: ['about'] },
  messages_unsent_oldest_seconds: {
    help: 'Since the oldest of those was written',
    labels: ['about'],
  },
  messages_held: { help: '1: messages to senders are held, as after a restore' },
  messages_held_seconds: { help: 'Since they are held; absent: they go' },
  register_entries: { help: 'Entries of each register, of all years', labels: ['register'] },
  register_even: {
    help: '1: counter and entries of the register agree in every year',
    labels: ['register'],
  },
  register_checkpoint_age_seconds: {
    help: 'Since the newest published checkpoint of a register; audit is the audit trail',
    labels: ['register'],
  },
  register_checkpoints_unposted: {
    help: 'Checkpoints of the last 30 days that REGISTER_CHECKPOINT_URL has not accepted',
    labels: ['register'],
  },
  stuck: {
    help: 'Work that waits longer than it should, by kind, as doctor says',
    labels: ['kind'],
  },
  sign_in_codes_hour: {
    help: 'People who had a sign-in code sent within an hour and could have typed it; and who did',
    labels: ['outcome'],
  },
  refusals_hour: {
    help: 'Sign-ins and proofs of identity that were refused within an hour, by action of the audit trail',
    labels: ['action'],
  },
  files_waiting: { help: 'Files that are closed until the virus scanner has seen them' },
  files_waiting_oldest_seconds: { help: 'Since the oldest of those came; absent: none' },
  previews_waiting: { help: 'Files whose pages are still to be drawn' },
  webhook_deliveries: {
    help: 'Pending and failed webhook deliveries',
    labels: ['state'],
  },
  backup_age_seconds: { help: 'Since the newest backup; absent: none was made' },
  workers_alive: { help: 'Workers that were heard of within 15 seconds' },
  worker_heartbeat_age_seconds: { help: 'Since the newest sign of life of any worker' },
  database_connections: {
    help: 'Connections to this database, by program and state',
    labels: ['program', 'state'],
  },
  disk_free_bytes: { help: 'Free space where files of letters are kept; absent: not on a disk' },
  disk_size_bytes: { help: 'Size of that file system' },
} as const satisfies Record<string, GaugeDefinition>;

type Name = keyof typeof GAUGES;

const sample = (name: Name, value: number, labels?: Record<string, string>): Sample => ({
  name,
  value,
  ...(labels && { labels }),
});

const optional = (name: Name, value: number | null): Sample[] =>
  value === null ? [] : [sample(name, value)];

const ageOf = (at: Date | null): number | null =>
  at === null ? null : Math.max(0, (Date.now() - at.getTime()) / 1_000);

interface MetricsSources {
  db: Db;
  health: () => Promise<Health>;
  disk: (() => Promise<{ free: number; size: number }>) | undefined;
  timeoutMs: number;
  log: { warn(fields: object, message: string): void };
}

/**
 * Never throws, and takes no longer than `health` or `timeoutMs`: samples of an unresponsive part
 * are missing. Runs at most one query of the record at a time.
 */
export const createMetricsReader = (sources: MetricsSources): (() => Promise<Sample[]>) => {
  const { db, health, disk, timeoutMs } = sources;
  const readRecord = shareWork(0, () =>
    readRecordMetrics(db, { timeoutMs, aliveSeconds: ALIVE_SECONDS }),
  );
  return async () => {
    const [{ parts }, record, space] = await Promise.all([
      health(),
      readWithin(readRecord, sources),
      readSpace(disk),
    ]);
    return [
      ...Object.entries(parts).map(([part, { ok }]) => sample('up', ok ? 1 : 0, { part })),
      ...record,
      ...space,
    ];
  };
};

const readWithin = async (
  readRecord: () => Promise<RecordMetrics>,
  { timeoutMs, log }: Pick<MetricsSources, 'timeoutMs' | 'log'>,
): Promise<Sample[]> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('no answer in time')), timeoutMs);
  });
  try {
    const found = await Promise.race([readRecord(), late]);
    return [sample('record_read', 1), ...recordSamples(found)];
  } catch (error) {
    log.warn(
      { why: error instanceof Error ? error.message : error },
      'the record was not read for the metrics',
    );
    return [sample('record_read', 0)];
  } finally {
    clearTimeout(timer);
  }
};

const readSpace = async (disk: MetricsSources['disk']): Promise<Sample[]> => {
  try {
    const found = await disk?.();
    if (!found) return [];
    return [sample('disk_free_bytes', found.free), sample('disk_size_bytes', found.size)];
  } catch {
    return [];
  }
};

const recordSamples = (found: RecordMetrics): Sample[] => [
  ...found.letters.map(({ status, step, count }) =>
    sample('letters', count, { status, step: step ?? '' }),
  ),
  ...optional('oldest_pending_seconds', found.oldestPendingSeconds),
  ...optional('last_decision_seconds', found.lastDecisionSeconds),
  sample('outbox_rows', found.outbox.rows),
  sample('outbox_oldest_seconds', found.outbox.oldest),
  ...found.messages.map(({ count, ...labels }) => sample('messages_day', count, labels)),
  ...found.unsent.flatMap(({ about, count, oldest }) => [
    sample('messages_unsent', count, { about }),
    sample('messages_unsent_oldest_seconds', oldest, { about }),
  ]),
  sample('messages_held', found.heldSeconds === null ? 0 : 1),
  ...optional('messages_held_seconds', found.heldSeconds),
  ...found.registers.flatMap(({ register, entries, even }) => [
    sample('register_entries', entries, { register }),
    sample('register_even', even ? 1 : 0, { register }),
  ]),
  ...found.checkpoints.flatMap(({ register, ageSeconds, unposted }) => [
    sample('register_checkpoint_age_seconds', ageSeconds, { register }),
    sample('register_checkpoints_unposted', unposted, { register }),
  ]),
  ...Object.entries(found.stuck).map(([kind, count]) => sample('stuck', count, { kind })),
  sample('sign_in_codes_hour', found.codes.sent, { outcome: 'sent' }),
  sample('sign_in_codes_hour', found.codes.typed, { outcome: 'typed' }),
  ...found.refusals.map(({ action, count }) => sample('refusals_hour', count, { action })),
  sample('files_waiting', found.waitingFiles.files),
  ...optional('files_waiting_oldest_seconds', ageOf(found.waitingFiles.oldest)),
  sample('previews_waiting', found.waitingPreviews),
  sample('webhook_deliveries', found.webhooks.waiting, { state: 'waiting' }),
  sample('webhook_deliveries', found.webhooks.givenUp, { state: 'given_up' }),
  ...optional('backup_age_seconds', ageOf(found.lastBackup)),
  sample('workers_alive', found.workers.alive),
  ...optional('worker_heartbeat_age_seconds', found.workers.newestBeatSeconds),
  ...found.connections.map(({ count, ...labels }) => sample('database_connections', count, labels)),
];
