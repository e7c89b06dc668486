/** Every count beside rows that were counted by hand. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { addLetterMessage } from '../../platform/messages/messages.sql.ts';
import { addStockReason } from '../administration/stock-reasons.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  submitTestLetter,
} from '../../testing/letters.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { testSeals } from '../../testing/seals.ts';
import { testDeps } from '../../testing/test-deps.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { readStatistics } from './statistics.ts';
import type { Statistics } from './statistics.ts';
import { recordDecision } from './record-decision.ts';

/** 5 Ordibehesht 1405, 11:30 in Tehran. */
const NOW = new Date('2026-04-25T08:00:00Z');
const HOUR = 3600;
const REASON = 'تصویر نامه خوانا نیست.';
const SECRET_REASON = 'پرونده‌ی خانوادگی شما این‌جا نیست';

let database: TestDatabase;
let db: Db;
let admin: StaffMember;
let statistics: Statistics;

const deps = (statisticsRejections = 100) => testDeps(db, { limits: { statisticsRejections } });
const read = async (rejections?: number): Promise<Statistics> => {
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  try {
    return await readStatistics(deps(rejections), { staff: admin });
  } finally {
    vi.useRealTimers();
  }
};

type Decision = { kind: 'approve' } | { kind: 'reject' | 'return'; reason: string };

/** A letter sent and decided as the desk does it, and then put back to these instants. */
const letter = async (
  unitId: string,
  sentAt: string,
  decided?: Decision & { at: string },
): Promise<string> => {
  const letterId = await submitTestLetter(db, {
    unitId,
    applicantId: await addTestApplicant(db),
  });
  if (decided) {
    const { at: _at, ...decision } = decided;
    await recordDecision(deps(), {
      letterId,
      decision: { decisionId: randomUUID(), by: 'سارا', ...decision },
    });
  }
  const at = decided?.at ?? null;
  await db`
    update letters set submitted_at = ${sentAt},
      decided_at = case when decided_at is not null then ${at}::timestamptz end,
      registered_at = case when registered_at is not null then ${at}::timestamptz end,
      returned_at = case when returned_at is not null then ${at}::timestamptz end,
      withdrawn_at = case when withdrawn_at is not null then ${at}::timestamptz end
    where id = ${letterId}`;
  if (at !== null) {
    await db`update audit_entries set at = ${at} where letter_id = ${letterId}`;
    await db`update register_entries set registered_at = ${at} where letter_id = ${letterId}`;
    await db`update messages set created_at = ${at} where letter_id = ${letterId}`;
  }
  return letterId;
};

const reply = async (letterId: string, place: number, at: string): Promise<void> => {
  await db`
    insert into unit_actions
      (id, letter_id, kind, staff_id, acted_by, acting_unit, acting_unit_id, acted_at, outcome,
       reply_number, body)
    values (${randomUUID()}, ${letterId}, 'reply', ${admin.id}, 'رضا', 'مالی',
      (select unit_id from letters where id = ${letterId}), ${at}, 'applied', ${place}, 'پاسخ')`;
};

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createTestLog('statistics');
  db = createDb({ url: database.url, max: 4, log, name: 'test', seals: testSeals });
  admin = await addTestStaff(db, { role: 'admin' });
  // What is written now is put back to another time below.
  await db`alter table audit_entries disable trigger audit_entries_append_only`;
  await db`alter table register_entries disable trigger register_entries_append_only`;
  const finance = await addTestUnit(db, 'امور مالی');
  const works = await addTestUnit(db, 'عمران');
  await addTestUnit(db, 'بی‌نامه');
  await addStockReason(db, { id: randomUUID(), kind: 'reject', text: REASON });
  await addStockReason(db, { id: randomUUID(), kind: 'reject', text: 'هرگز' });

  // The last second of 1404, decided two hours later in 1405, answered after ten more.
  const first = await letter(finance, '2026-03-20T20:29:59Z', {
    kind: 'approve',
    at: '2026-03-20T22:29:59Z',
  });
  await reply(first, 1, '2026-03-21T08:29:59Z');
  await reply(first, 2, '2026-04-21T08:29:59Z');
  await db`update letters set step = 'answered' where id = ${first}`;
  // The first second of 1405, rejected after four hours with a ready reason.
  await letter(finance, '2026-03-20T20:30:00Z', {
    kind: 'reject',
    reason: REASON,
    at: '2026-03-21T00:30:00Z',
  });
  // Rejected after 14 hours with a reason of its own.
  await letter(finance, '2026-04-01T00:00:00Z', {
    kind: 'reject',
    reason: SECRET_REASON,
    at: '2026-04-01T14:00:00Z',
  });
  // Sent more than a year ago and again six hours before it was approved.
  const again = await letter(works, '2025-03-01T00:00:00Z', {
    kind: 'approve',
    at: '2026-04-02T06:00:00Z',
  });
  await db`
    insert into letter_versions
      (letter_id, round, sender_name, subject, addressed_unit_id, replaced_at)
    values (${again}, 1, '', '', ${works}, '2026-04-02T00:00:00Z')`;
  const withdrawn = await letter(finance, '2026-04-03T00:00:00Z');
  await db`
    update letters set status = 'withdrawn', withdrawn_at = '2026-04-04T00:00:00Z'
    where id = ${withdrawn}`;
  await letter(works, '2026-04-05T00:00:00Z', {
    kind: 'return',
    reason: 'امضا ندارد',
    at: '2026-04-22T08:00:00Z',
  });
  // Exactly one day old, and a moment younger.
  await letter(works, '2026-04-24T08:00:00Z');
  await letter(works, '2026-04-24T08:00:01Z');
  // Before the first of the twelve months, and in its first second.
  await letter(works, '2025-05-21T20:29:59Z');
  await letter(works, '2025-05-21T20:30:00Z');

  await db`update messages set state = 'sent', delivery = 'delivered' where letter_id = ${first}`;
  for (const [state, delivery] of [
    ['sent', 'undelivered'],
    ['sent', 'sent'],
    ['sent', null],
    ['failed', null],
  ] as const) {
    const id = await addLetterMessage(db, {
      id: randomUUID(),
      letterId: first,
      kind: 'replied',
      outcomeKey: randomUUID(),
      recipient: '+989123456789',
      text: 'متن',
      params: {},
    });
    await db`
      update messages set state = ${state}, delivery = ${delivery},
        created_at = '2026-04-25T00:00:00Z' where id = ${id}`;
  }
  // Of no letter: another's session.
  await addAuditEntry(db, { actor: { kind: 'operator', id: 'x' }, action: 'restored' });
  statistics = await read();
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

const counts = (of: {
  received: number;
  approved: number;
  rejected: number;
  returned: number;
  withdrawn: number;
  replied: number;
}): number[] => [of.received, of.approved, of.rejected, of.returned, of.withdrawn, of.replied];

const monthOf = (name: string): Statistics['months'][number] => {
  const month = statistics.months.find(({ year, month: number }) => `${year}/${number}` === name);
  if (!month) throw new Error(`no ${name}`);
  return month;
};

test('undecided letters are counted at the end of each month, and now', () => {
  expect(monthOf('1404/12').waiting).toBe(4);
  expect(monthOf('1405/2').waiting).toBe(5);
  expect(statistics.late).toEqual([{ name: 'عمران', count: 3 }]);
});

test('the months are the last twelve, by the calendar of the organisation', () => {
  expect(statistics.months.map(({ year, month }) => `${year}/${month}`)).toEqual([
    ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((month) => `1404/${month}`),
    '1405/1',
    '1405/2',
  ]);
  expect(monthOf('1405/1').from.toISOString()).toBe('2026-03-20T20:30:00.000Z');
  expect(monthOf('1404/12').until.toISOString()).toBe('2026-03-20T20:30:00.000Z');
});

test('what came and was done stands in its month, and the year turns at midnight in Tehran', () => {
  expect(counts(monthOf('1404/3'))).toEqual([1, 0, 0, 0, 0, 0]);
  expect(counts(monthOf('1404/12'))).toEqual([1, 0, 0, 0, 0, 0]);
  expect(counts(monthOf('1405/1'))).toEqual([4, 2, 2, 0, 1, 1]);
  expect(counts(monthOf('1405/2'))).toEqual([2, 0, 0, 1, 0, 0]);
  expect(counts(statistics.total)).toEqual([8, 2, 2, 1, 1, 1]);
});

test('medians and ninetieth percentiles are those of the letters, from when they were last sent', () => {
  // 2, 4, 6 and 14 hours.
  const { decision, reply: answered } = monthOf('1405/1');
  expect(decision?.median).toBeCloseTo(5 * HOUR, 0);
  expect(decision?.p90).toBeCloseTo((6 + 0.7 * 8) * HOUR, 0);
  expect(answered).toEqual({ median: 10 * HOUR, p90: 10 * HOUR });
  expect(monthOf('1405/2').decision).toBeNull();
  expect(statistics.total.decision?.median).toBeCloseTo(5 * HOUR, 0);
});

test('units are counted by themselves, and one without a letter is left out', () => {
  expect(statistics.units.map(({ name, ...rest }) => [name, counts(rest)])).toEqual([
    ['امور مالی', [4, 1, 2, 0, 1, 1]],
    ['عمران', [4, 1, 0, 1, 0, 0]],
  ]);
  const [finance] = statistics.units;
  expect(finance?.decision?.median).toBeCloseTo(4 * HOUR, 0);
  expect(finance?.months.map(({ received }) => received)).toEqual([
    0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3, 0,
  ]);
});

test('open letters stand in the band of their age', () => {
  expect(statistics.open).toEqual([
    // Of the two that are older than a month one came before the twelve months.
    { state: 'pending', ages: [1, 1, 0, 0, 2] },
    { state: 'returned', ages: [0, 0, 1, 0, 0] },
    { state: 'with_unit', ages: [0, 0, 0, 1, 0] },
    { state: 'answered', ages: [0, 0, 0, 0, 1] },
  ]);
});

test('messages are told by how they fared', () => {
  expect(monthOf('1405/2').messages).toMatchObject({ delivered: 0, undelivered: 1, unheard: 2 });
  expect(monthOf('1405/1').messages.delivered).toBe(1);
  expect(monthOf('1405/2').messages.unsent).toBeGreaterThanOrEqual(1);
});

test('registers are counted, with the numbers that were annulled', async () => {
  expect(statistics.registers).toEqual([{ register: 'main', entries: 2, annulled: 0 }]);
  await db`
    insert into register_annulments (register, year, serial, reason, annulled_by, annulled_at)
    select register, year, serial, 'نادرست', 'سارا', '2026-04-25T00:00:00Z'
    from register_entries limit 1`;
  const { registers, months, total, units } = await read();
  expect(registers).toEqual([{ register: 'main', entries: 2, annulled: 1 }]);
  // In the month in which it was annulled; it stays counted as approved in its own.
  const annulled = months.filter((month) => month.annulled > 0);
  expect(annulled.map(({ year, month }) => `${year}/${month}`)).toEqual(['1405/2']);
  expect([total.annulled, total.approved]).toEqual([1, 2]);
  expect(units.reduce((sum, unit) => sum + unit.annulled, 0)).toBe(1);
});

test('ready reasons are counted by name, a text of somebody only as one', async () => {
  expect(statistics.rejections).toEqual({
    picked: [{ text: REASON, count: 1 }],
    own: 1,
    gone: 0,
    whole: true,
  });
  expect(JSON.stringify(statistics)).not.toContain('خانوادگی');
  expect(await read(1).then(({ rejections }) => rejections)).toEqual({
    picked: [],
    own: 1,
    gone: 0,
    whole: false,
  });
});

test('statistics are for administrators and auditors', async () => {
  for (const role of ['reviewer', 'unit'] as const)
    await expect(readStatistics(deps(10), { staff: { ...admin, role } })).rejects.toThrow(
      DomainError,
    );
  const seen = await readStatistics(deps(10), { staff: { ...admin, role: 'auditor' } });
  expect(seen.months).toHaveLength(12);
});
