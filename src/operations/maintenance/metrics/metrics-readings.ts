/**
 * What those who watch over the desk are told of it, as of now: its parts, and what stands in the
 * record. The names and their meanings are an interface: alarms are made of them.
 */
import type { GaugeMeaning, Reading } from './metrics.ts';
import type { Db } from '../../../platform/base/database.ts';
import { readRecord } from './readings.sql.ts';
import type { RecordReadings } from './readings.sql.ts';
import { ALIVE_SECONDS } from '../health.ts';
import type { Health } from '../health.ts';

export const MEANINGS = {
  up: { help: '1: this part is well, as /health/ready says', labels: ['part'] },
  record_read: { help: '1: what stands in the record was read; 0: all that follows is missing' },
  letters: { help: 'Letters by state', labels: ['status', 'step'] },
  oldest_pending_seconds: { help: 'Since the oldest pending letter was first sent; absent: none' },
  last_decision_seconds: { help: 'Since a letter was last approved, rejected or returned' },
  outbox_rows: { help: 'What the engine has still to be told' },
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
    help: 'Since the newest published checkpoint of a register; audit stands for the audit trail',
    labels: ['register'],
  },
  register_checkpoints_unposted: {
    help: 'Checkpoints of the last 30 days that REGISTER_CHECKPOINT_URL has not taken',
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
    help: 'What other systems are still to be told, and what was given up',
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
} as const satisfies Record<string, GaugeMeaning>;

type Name = keyof typeof MEANINGS;

const reading = (name: Name, value: number, labels?: Record<string, string>): Reading => ({
  name,
  value,
  ...(labels && { labels }),
});

/** Nothing for what there is not: an absent age is no age. */
const some = (name: Name, value: number | null): Reading[] =>
  value === null ? [] : [reading(name, value)];

const ageOf = (at: Date | null): number | null =>
  at === null ? null : Math.max(0, (Date.now() - at.getTime()) / 1_000);

/**
 * Never throws, and takes as long as `health` or `timeoutMs` at most: of a part that does not answer
 * there is `up` 0, and what it would have told is missing. One at a time asks the record, however
 * slow it is.
 */
export const createReadings = ({
  db,
  health,
  disk,
  timeoutMs,
  log,
}: {
  db: Db;
  health: () => Promise<Health>;
  /** Undefined: files are not on a disk of this machine. */
  disk: (() => Promise<{ free: number; size: number }>) | undefined;
  timeoutMs: number;
  log: { warn(fields: object, message: string): void };
}): (() => Promise<Reading[]>) => {
  let underWay: Promise<RecordReadings> | undefined;

  const record = async (): Promise<Reading[]> => {
    underWay ??= readRecord(db, { timeoutMs, aliveSeconds: ALIVE_SECONDS }).finally(() => {
      underWay = undefined;
    });
    // Who comes later may still wait for it, and its failure is told to them.
    underWay.catch(() => {});
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error('no answer in time')), timeoutMs);
    });
    try {
      return [reading('record_read', 1), ...ofRecord(await Promise.race([underWay, late]))];
    } catch (error) {
      log.warn(
        { why: error instanceof Error ? error.message : error },
        'the record was not read for the metrics',
      );
      return [reading('record_read', 0)];
    } finally {
      clearTimeout(timer);
    }
  };

  const space = async (): Promise<Reading[]> => {
    try {
      const found = await disk?.();
      if (!found) return [];
      return [reading('disk_free_bytes', found.free), reading('disk_size_bytes', found.size)];
    } catch {
      return [];
    }
  };

  return async () => {
    const [{ parts }, ...rest] = await Promise.all([health(), record(), space()]);
    return [
      ...Object.entries(parts).map(([part, { ok }]) => reading('up', ok ? 1 : 0, { part })),
      ...rest.flat(),
    ];
  };
};

const ofRecord = (found: RecordReadings): Reading[] => [
  ...found.letters.map(({ status, step, count }) =>
    reading('letters', count, { status, step: step ?? '' }),
  ),
  ...some('oldest_pending_seconds', found.oldestPending),
  ...some('last_decision_seconds', found.lastDecision),
  reading('outbox_rows', found.outbox.rows),
  reading('outbox_oldest_seconds', found.outbox.oldest),
  ...found.messages.map(({ count, ...labels }) => reading('messages_day', count, labels)),
  ...found.unsent.flatMap(({ about, count, oldest }) => [
    reading('messages_unsent', count, { about }),
    reading('messages_unsent_oldest_seconds', oldest, { about }),
  ]),
  reading('messages_held', found.held === null ? 0 : 1),
  ...some('messages_held_seconds', found.held),
  ...found.registers.flatMap(({ register, entries, even }) => [
    reading('register_entries', entries, { register }),
    reading('register_even', even ? 1 : 0, { register }),
  ]),
  ...found.checkpoints.flatMap(({ register, age, unposted }) => [
    reading('register_checkpoint_age_seconds', age, { register }),
    reading('register_checkpoints_unposted', unposted, { register }),
  ]),
  ...Object.entries(found.stuck).map(([kind, count]) => reading('stuck', count, { kind })),
  reading('sign_in_codes_hour', found.codes.sent, { outcome: 'sent' }),
  reading('sign_in_codes_hour', found.codes.typed, { outcome: 'typed' }),
  ...found.refusals.map(({ action, count }) => reading('refusals_hour', count, { action })),
  reading('files_waiting', found.waitingFiles.files),
  ...some('files_waiting_oldest_seconds', ageOf(found.waitingFiles.oldest)),
  reading('previews_waiting', found.waitingPreviews),
  reading('webhook_deliveries', found.webhooks.waiting, { state: 'waiting' }),
  reading('webhook_deliveries', found.webhooks.givenUp, { state: 'given_up' }),
  ...some('backup_age_seconds', ageOf(found.lastBackup)),
  reading('workers_alive', found.workers.alive),
  ...some('worker_heartbeat_age_seconds', found.workers.newestBeat),
  ...found.connections.map(({ count, ...labels }) =>
    reading('database_connections', count, labels),
  ),
];
