import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../logger.ts';
import { createTestDatabase } from '../testing/database.ts';
import type { TestDatabase } from '../testing/database.ts';
import { addTestApplicant, addTestUnit, submitTestLetter } from '../testing/letters.ts';
import { createRecordDecision } from '../usecases/record-decision.ts';
import { TEST_SETTINGS } from '../testing/letter-worker.ts';
import { createDb } from './client.ts';
import type { Db } from './client.ts';
import { FIRST_PREV_HASH, hashRegisterEntry } from './register.ts';
import type { RegisterEntry } from './register.ts';

let database: TestDatabase;
let db: Db;
let submit: () => Promise<string>;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createLogger({ name: 'test', level: 'silent' });
  db = createDb({ url: database.url, max: 10, log, name: 'test' });
  const unitId = await addTestUnit(db);
  const applicantId = await addTestApplicant(db);
  submit = () => submitTestLetter(db, { unitId, applicantId });
});

afterAll(async () => {
  await db.end();
  await database.drop();
});

const approveAt = async (instant: string, letterId?: string) => {
  const id = letterId ?? (await submit());
  const record = createRecordDecision({
    db,
    settings: { ...TEST_SETTINGS, now: () => new Date(instant) },
  });
  const recorded = await record({
    letterId: id,
    decision: { kind: 'approve', decisionId: randomUUID(), by: 'ali' },
  });
  return { id, ...recorded };
};

test('the year turns with Nowruz in the organisation’s time zone, and the serial starts at 1', async () => {
  const before = await approveAt('2026-03-20T20:29:59Z');
  const after = await approveAt('2026-03-20T20:30:00Z');
  expect(before.state.letterNumber).toBe('1404/1');
  expect(after.state.letterNumber).toBe('1405/1');
  const again = await approveAt('2026-03-20T20:30:01Z', before.id);
  expect(again).toMatchObject({ refused: 'already decided', state: { letterNumber: '1404/1' } });
});

test('a clock that goes back does not date an entry before the one above it', async () => {
  const later = await approveAt('2026-06-01T10:00:00Z');
  const { state } = await approveAt('2026-05-01T10:00:00Z');
  expect(state.registeredAt).toBe(later.state.registeredAt);
});

test('the same decision recorded twice at once gives one number and one message', async () => {
  const letterId = await submit();
  const record = createRecordDecision({ db, settings: TEST_SETTINGS });
  const decision = { kind: 'approve' as const, decisionId: randomUUID(), by: 'ali' };
  const results = await Promise.all([1, 2, 3].map(() => record({ letterId, decision })));
  expect(new Set(results.map(({ state }) => state.letterNumber)).size).toBe(1);
  expect(results.map(({ refused }) => refused)).toEqual([null, null, null]);
  expect(await db`select 1 from messages where letter_id = ${letterId}`).toHaveLength(1);
});

test('a failed registration leaves no gap', async () => {
  const [{ last } = { last: 0 }] = await db<{ last: number }[]>`
    select last_serial as last from register_counters order by year desc limit 1`;
  const letterId = await submit();
  await db`alter table messages add constraint no_messages check (false) not valid`;
  const record = createRecordDecision({ db, settings: TEST_SETTINGS });
  const decision = { kind: 'approve' as const, decisionId: randomUUID(), by: 'ali' };
  await expect(record({ letterId, decision })).rejects.toThrow(/no_messages/);
  await db`alter table messages drop constraint no_messages`;
  const { state } = await record({ letterId, decision });
  expect(state.letterNumber?.split('/')[1]).toBe(String(last + 1));
});

test('every entry can be hashed again from its row', async () => {
  const rows = await db<(RegisterEntry & { prevHash: string; hash: string })[]>`
    select register, year, serial, number, letter_id, registered_at, prev_hash, hash
    from register_entries order by year, serial`;
  expect(rows.length).toBeGreaterThan(4);
  let previous = FIRST_PREV_HASH;
  for (const { prevHash, hash, ...entry } of rows) {
    expect(prevHash).toBe(previous);
    expect(hashRegisterEntry(prevHash, entry)).toBe(hash);
    previous = hash;
  }
});
