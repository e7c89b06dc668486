import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { addTestApplicant, addTestUnit, submitTestLetter } from '../../testing/letters.ts';
import { recordDecision } from '../letters/record-decision.ts';
import { testSeals } from '../../testing/seals.ts';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import {
  FIRST_PREV_HASH,
  addRegister,
  assignRegister,
  hashRegisterEntry,
  listRegisters,
} from './register.sql.ts';
import type { RegisterEntry } from './register.sql.ts';
import { testDeps } from '../../testing/test-deps.ts';
import type { Deps } from '../../platform/deps.ts';

let database: TestDatabase;
let db: Db;
let deps: Deps;
let submit: (toUnit?: string) => Promise<string>;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createLogger({ name: 'test', level: 'silent' });
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  deps = testDeps(db);
  const unitId = await addTestUnit(db);
  const applicantId = await addTestApplicant(db);
  submit = (toUnit = unitId) => submitTestLetter(db, { unitId: toUnit, applicantId });
});

afterAll(async () => {
  await db.end();
  await database.drop();
});

const approveAt = async (instant: string, letterId?: string) => {
  const id = letterId ?? (await submit());
  const recorded = await recordDecision(deps, {
    now: new Date(instant),
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

/** A unit with a register of its own, so that one test's years are not another's. */
const unitWithRegister = async (book: {
  template: string;
  firstSerial?: number;
  firstSerialYear?: number;
}): Promise<string> => {
  const unit = await addTestUnit(db);
  const id = `r-${randomUUID().slice(0, 8)}`;
  await db.begin(async (tx) => {
    await addRegister(tx, { id, firstSerial: 1, firstSerialYear: null, ...book });
    await assignRegister(tx, { unitId: unit, register: id });
  });
  return unit;
};

// Checked with ICU's Persian calendar; 1403 and 1408 are leap years, 1404 and 1407 are not, and
// until 2022 Tehran had summer time.
test.each([
  ['2022-03-20T20:29:59Z', '1400/12/29', '2022-03-20T20:30:00Z', '1401/01/01'],
  ['2022-07-22T19:29:59Z', '1401/04/31', '2022-07-22T19:30:00Z', '1401/05/01'],
  ['2025-03-20T20:29:59Z', '1403/12/30', '2025-03-20T20:30:00Z', '1404/01/01'],
  ['2026-03-20T20:29:59Z', '1404/12/29', '2026-03-20T20:30:00Z', '1405/01/01'],
  ['2029-03-19T20:29:59Z', '1407/12/29', '2029-03-19T20:30:00Z', '1408/01/01'],
  ['2030-03-20T20:29:59Z', '1408/12/30', '2030-03-20T20:30:00Z', '1409/01/01'],
])('one second apart in Tehran: %s is %s, %s is %s', async (before, last, after, first) => {
  const unit = await unitWithRegister({ template: '{year}-{serial}' });
  for (const [instant, date, serial] of [
    [before, last, 1],
    [after, first, last.slice(0, 4) === first.slice(0, 4) ? 2 : 1],
  ] as const) {
    const { id, state } = await approveAt(instant, await submit(unit));
    expect(state.letterNumber).toBe(`${date.slice(0, 4)}-${serial}`);
    expect(await db`select registered_on from letters where id = ${id}`).toEqual([
      { registeredOn: date },
    ]);
  }
});

test('a register starts where the paper book ended, and at 1 in the years after', async () => {
  const unit = await unitWithRegister({
    template: '{yy}/د/{serial:4}',
    firstSerial: 218,
    firstSerialYear: 1404,
  });
  const numbers: (string | null)[] = [];
  for (const instant of ['2026-03-01T08:00:00Z', '2026-03-02T08:00:00Z', '2026-03-22T08:00:00Z'])
    numbers.push((await approveAt(instant, await submit(unit))).state.letterNumber);
  expect(numbers).toEqual(['04/د/0218', '04/د/0219', '05/د/0001']);
});

test('units with registers of their own are numbered apart, each without a gap', async () => {
  const units = await Promise.all(
    ['الف', 'ب'].map((letter) => unitWithRegister({ template: `{year}-${letter}-{serial}` })),
  );
  const ids = await Promise.all([...units, ...units, ...units].map((unit) => submit(unit)));
  const given = await Promise.all(ids.map((id) => approveAt('2026-05-01T08:00:00Z', id)));
  const numbers = given.map(({ state }) => state.letterNumber ?? '');
  expect(numbers.toSorted((a, b) => a.localeCompare(b))).toEqual([
    '1405-الف-1',
    '1405-الف-2',
    '1405-الف-3',
    '1405-ب-1',
    '1405-ب-2',
    '1405-ب-3',
  ]);
});

test('a letter is entered in the register of the unit that it is approved for', async () => {
  const unit = await unitWithRegister({ template: '{year}-م-{serial}' });
  const { state } = await recordDecision(deps, {
    letterId: await submit(),
    decision: { kind: 'approve', decisionId: randomUUID(), by: 'ali', unit },
  });
  expect(state).toMatchObject({ unitId: unit, letterNumber: expect.stringMatching(/^\d+-م-1$/) });
  const registers = await listRegisters(db);
  expect(registers.find(({ template }) => template === '{year}-م-{serial}')).toMatchObject({
    entries: 1,
    last: { number: state.letterNumber },
  });
});

test.each([
  ['an entry is changed', "update register_entries set number = 'x'"],
  ['an entry is deleted', 'delete from register_entries'],
  ['the register is emptied', 'truncate register_entries cascade'],
  ['the letters are emptied with it', 'truncate letters cascade'],
  ['an audit entry is changed', "update audit_entries set actor = 'x' where id = -1"],
  ['an audit entry is deleted', 'delete from audit_entries'],
  ['an annulment is deleted', 'delete from register_annulments'],
  ['a published checkpoint is changed', "update register_heads set hash = 'x'"],
  ['a published checkpoint is deleted', 'delete from register_heads'],
])('the database refuses that %s', async (_what, statement) => {
  await approveAt('2026-06-02T10:00:00Z');
  await expect(db.unsafe(statement)).rejects.toThrow(/is append-only, (update|delete|truncate) is/);
});

test('a clock that goes back does not date an entry before the one above it', async () => {
  const later = await approveAt('2026-06-01T10:00:00Z');
  const { state } = await approveAt('2026-05-01T10:00:00Z');
  expect(state.registeredAt).toBe(later.state.registeredAt);
});

test('the same decision recorded twice at once gives one number and one message', async () => {
  const letterId = await submit();
  const decision = { kind: 'approve' as const, decisionId: randomUUID(), by: 'ali' };
  const results = await Promise.all(
    [1, 2, 3].map(() => recordDecision(deps, { letterId, decision })),
  );
  expect(new Set(results.map(({ state }) => state.letterNumber)).size).toBe(1);
  expect(results.map(({ refused }) => refused)).toEqual([null, null, null]);
  expect(await db`select 1 from messages where letter_id = ${letterId}`).toHaveLength(1);
});

test('a failed registration leaves no gap', async () => {
  const [{ last } = { last: 0 }] = await db<{ last: number }[]>`
    select last_serial as last from register_counters where register = 'main'
    order by year desc limit 1`;
  const letterId = await submit();
  await db`alter table messages add constraint no_messages check (false) not valid`;
  const decision = { kind: 'approve' as const, decisionId: randomUUID(), by: 'ali' };
  await expect(recordDecision(deps, { letterId, decision })).rejects.toThrow(/no_messages/);
  await db`alter table messages drop constraint no_messages`;
  const { state } = await recordDecision(deps, { letterId, decision });
  expect(state.letterNumber?.split('/')[1]).toBe(String(last + 1));
});

test('every entry can be hashed again from its row', async () => {
  const rows = await db<(RegisterEntry & { prevHash: string; hash: string })[]>`
    select register, year, serial, number, letter_id, registered_at, prev_hash, hash
    from register_entries where register = 'main' order by year, serial`;
  expect(rows.length).toBeGreaterThan(4);
  let previous = FIRST_PREV_HASH;
  for (const { prevHash, hash, ...entry } of rows) {
    expect(prevHash).toBe(previous);
    expect(hashRegisterEntry(prevHash, entry)).toBe(hash);
    previous = hash;
  }
});
