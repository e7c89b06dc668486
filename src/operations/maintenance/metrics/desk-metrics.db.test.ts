import { randomUUID } from 'node:crypto';
import os from 'node:os';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readDisk } from './disk.ts';
import { createMetrics } from './metrics.ts';
import type { GaugeDefinition } from './metrics.ts';
import type { LetterEngine } from '../../../platform/engine/letter-engine.ts';
import type { FileStore } from '../../../platform/files/file-store.ts';
import { addAuditEntry } from '../../../platform/audit/audit.sql.ts';
import { createDb } from '../../../platform/base/database.ts';
import type { Db } from '../../../platform/base/database.ts';
import { beat } from '../../../platform/base/heartbeats.sql.ts';
import { addLetterMessage } from '../../../platform/messages/messages.sql.ts';
import { holdOutgoing } from '../../../platform/messages/held-messages.sql.ts';
import { addWebhook } from '../../integrations/webhooks.sql.ts';
import { createTestDatabase } from '../../../testing/database.ts';
import type { TestDatabase } from '../../../testing/database.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  submitTestLetter,
} from '../../../testing/letters.ts';
import { createTestLog } from '../../../testing/log-alarm.ts';
import { parsePrometheus, valueOf } from '../../../testing/prometheus.ts';
import type { Family } from '../../../testing/prometheus.ts';
import { testSeals } from '../../../testing/seals.ts';
import { shareHealth } from '../health.ts';
import { createMetricsReader, GAUGES } from './desk-metrics.ts';
import { recordDecision } from '../../../desk/letters/record-decision.ts';
import { testDeps } from '../../../testing/test-deps.ts';

const log = createTestLog('metrics');
const files = { check: async () => {} } as FileStore;
const engine = { check: () => Promise.reject(new Error('away')) } as unknown as LetterEngine;
const MOBILE = '+989350001122';

let database: TestDatabase;
let db: Db;
let others: Db[];

const open = (url: string, max = 4): Db => {
  const one = createDb({ url, max, log, name: 'pishkhan web', seals: testSeals });
  others.push(one);
  return one;
};

beforeEach(async () => {
  others = [];
  database = await createTestDatabase();
  db = open(database.url);
});
afterEach(async () => {
  for (const one of others) await one.end({ timeout: 5 });
  await database.drop();
});

const depsOn = (on: Db) => testDeps(on, { files, engine });

const metricsOf = (on: Db, { disk = os.tmpdir(), timeoutMs = 10_000 } = {}) =>
  createMetrics({
    role: 'worker',
    poolSize: 4,
    securityEvents: [],
    gauges: GAUGES,
    read: createMetricsReader({
      db: on,
      health: shareHealth(depsOn(on)),
      disk: () => readDisk(disk),
      timeoutMs,
      log,
    }),
    cacheMs: 0,
  });

const scrape = async (on: Db, options = {}): Promise<Map<string, Family>> =>
  parsePrometheus(await metricsOf(on, options).text());

const submit = async (unitId: string): Promise<string> =>
  submitTestLetter(db, { unitId, applicantId: await addTestApplicant(db, MOBILE) });

const approve = (letterId: string): Promise<unknown> =>
  recordDecision(testDeps(db), {
    letterId,
    decision: { decisionId: randomUUID(), kind: 'approve', by: 'سارا بینا' },
  });

test('an empty desk tells that it is well and has nothing to do', async () => {
  await expect.poll(async () => valueOf(await scrape(db), 'desk_up', { part: 'database' })).toBe(1);
  const families = await scrape(db);
  expect(valueOf(families, 'desk_up', { part: 'files' })).toBe(1);
  expect(valueOf(families, 'desk_up', { part: 'temporal' })).toBe(0);
  expect(valueOf(families, 'desk_record_read')).toBe(1);
  expect(valueOf(families, 'desk_outbox_rows')).toBe(0);
  expect(valueOf(families, 'desk_register_even', { register: 'main' })).toBe(1);
  expect(valueOf(families, 'desk_register_entries', { register: 'main' })).toBe(0);
  expect(valueOf(families, 'desk_messages_held')).toBe(0);
  expect(valueOf(families, 'desk_workers_alive')).toBe(0);
  expect(valueOf(families, 'desk_disk_free_bytes')).toBeGreaterThan(0);
  for (const absent of ['oldest_pending_seconds', 'last_decision_seconds', 'backup_age_seconds'])
    expect([absent, families.get(`desk_${absent}`)?.samples]).toEqual([absent, []]);
});

test('what stands in the record is told as it is', async () => {
  const unitId = await addTestUnit(db);
  await addWebhook(db, {
    id: randomUUID(),
    url: 'https://office.example.org/',
    events: ['submitted'],
    secret: 'whsec_',
  });
  const [first, second] = [await submit(unitId), await submit(unitId), await submit(unitId)];
  await db`update webhook_deliveries set given_up_at = now() where letter_id = ${first}`;
  await approve(first);
  await db`update letters set submitted_at = now() - interval '2 hours' where id = ${second}`;
  await db`update outbox set created_at = now() - interval '5 minutes' where letter_id = ${second}`;
  const message = await addLetterMessage(db, {
    id: randomUUID(),
    letterId: second,
    kind: 'returned',
    outcomeKey: randomUUID(),
    recipient: MOBILE,
    text: 'متن خصوصی',
    params: {},
  });
  await db`
    update messages set state = 'failed', created_at = now() - interval '20 minutes'
    where id = ${message}`;
  await holdOutgoing(db, 'restored');
  await beat(db, { role: 'worker', instance: 'host-a:1' });
  await addAuditEntry(db, { actor: { kind: 'operator', id: 'root' }, action: 'backed_up' });
  await addAuditEntry(db, {
    actor: { kind: 'staff', id: randomUUID() },
    action: 'staff_sign_in_refused',
  });
  const families = await scrape(db);
  const value = (name: string, labels: Record<string, string> = {}): number =>
    valueOf(families, `desk_${name}`, labels) ?? Number.NaN;
  expect(value('letters', { status: 'pending', step: '' })).toBe(2);
  expect(value('letters', { status: 'approved', step: 'with_unit' })).toBe(1);
  expect(value('oldest_pending_seconds')).toBeGreaterThanOrEqual(7200);
  expect(value('oldest_pending_seconds')).toBeLessThan(8000);
  expect(value('last_decision_seconds')).toBeLessThan(600);
  expect(value('outbox_rows')).toBe(3);
  expect(value('outbox_oldest_seconds')).toBeGreaterThanOrEqual(300);
  expect(value('messages_unsent', { about: 'letter' })).toBe(2);
  expect(value('messages_unsent_oldest_seconds', { about: 'letter' })).toBeGreaterThanOrEqual(1200);
  expect(value('messages_unsent', { about: 'code' })).toBe(0);
  expect(value('messages_day', { about: 'letter', state: 'failed', delivery: 'unknown' })).toBe(1);
  expect(value('webhook_deliveries', { state: 'waiting' })).toBe(2);
  expect(value('webhook_deliveries', { state: 'given_up' })).toBe(1);
  expect(value('messages_held')).toBe(1);
  expect(value('messages_held_seconds')).toBeGreaterThanOrEqual(0);
  expect(value('register_entries', { register: 'main' })).toBe(1);
  expect(value('register_even', { register: 'main' })).toBe(1);
  expect(value('stuck', { kind: 'engine' })).toBe(1);
  expect(value('stuck', { kind: 'message' })).toBe(1);
  expect(value('refusals_hour', { action: 'staff_sign_in_refused' })).toBe(1);
  expect(value('refusals_hour', { action: 'sign_in_refused' })).toBe(0);
  expect(value('workers_alive')).toBe(1);
  expect(value('backup_age_seconds')).toBeLessThan(600);
  expect(value('database_connections', { program: 'web' })).toBeGreaterThan(0);

  await db`update register_counters set last_serial = 7`;
  expect(valueOf(await scrape(db), 'desk_register_even', { register: 'main' })).toBe(0);
});

test('every sample has a defined gauge, and none is personal', async () => {
  const unitId = await addTestUnit(db, 'واحد رازها');
  const letterId = await submit(unitId);
  await approve(letterId);
  const member = await addTestStaff(db, { role: 'reviewer', mobile: '+989360003344' });
  const samples = await createMetricsReader({
    db,
    health: shareHealth(depsOn(db)),
    disk: () => readDisk(os.tmpdir()),
    timeoutMs: 10_000,
    log,
  })();
  const gauges: Record<string, GaugeDefinition> = GAUGES;
  for (const { name, labels = {} } of samples) {
    const gauge = gauges[name];
    expect([name, Object.keys(labels)]).toEqual([name, [...(gauge?.labels ?? [])]]);
  }
  const [issued] = await db<{ tracking: string; number: string }[]>`
    select tracking_code as tracking, letter_number as number from letters`;
  const { tracking, number } = issued ?? { tracking: 'none', number: 'none' };
  expect(tracking).toHaveLength(12);
  const text = await metricsOf(db).text();
  const personal = [MOBILE, MOBILE.slice(3), '9360003344', 'واحد رازها', 'شرکت نمونه', 'درخواست'];
  for (const canary of [...personal, 'سارا بینا', letterId, tracking, number, member.username])
    expect([canary, text.includes(canary)]).toEqual([canary, false]);
});

test('while the database is away the metrics are answered, and say so', async () => {
  const families = await scrape(open('postgres://127.0.0.1:1/away'));
  expect(valueOf(families, 'desk_up', { part: 'database' })).toBe(0);
  expect(valueOf(families, 'desk_up', { part: 'files' })).toBe(1);
  expect(valueOf(families, 'desk_record_read')).toBe(0);
  expect(families.get('desk_letters')?.samples).toEqual([]);
  expect(valueOf(families, 'process_resident_memory_bytes')).toBeGreaterThan(0);
});

test('a database that stands still is waited for so long and asked once', async () => {
  const asking = open(database.url, 2);
  let release = (): void => {};
  const locked = new Promise<void>((resolve) => {
    void db
      .begin(async (tx) => {
        await tx`lock table letters in access exclusive mode`;
        resolve();
        await new Promise<void>((done) => (release = done));
      })
      .catch(() => {});
  });
  await locked;
  const metrics = metricsOf(asking, { timeoutMs: 1_000 });
  for (let turn = 0; turn < 3; turn += 1) {
    const families = parsePrometheus(await metrics.text());
    expect(valueOf(families, 'desk_record_read')).toBe(0);
  }
  release();
  await expect
    .poll(async () => valueOf(parsePrometheus(await metrics.text()), 'desk_record_read'))
    .toBe(1);
});

test('a folder that is not there has no free space to tell of', async () => {
  const families = await scrape(db, { disk: '/nowhere/at/all' });
  expect(families.get('desk_disk_free_bytes')?.samples).toEqual([]);
  expect(valueOf(families, 'desk_record_read')).toBe(1);
});
