import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db, Tx } from '../../platform/base/database.ts';
import { hashRegisterEntry } from '../register/register.sql.ts';
import type { ChainedEntry } from '../register/register.sql.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { addTestApplicant, addTestUnit, submitTestLetter } from '../../testing/letters.ts';
import { testSeals } from '../../testing/seals.ts';
import { readPresentCheckpoints } from './publish-checkpoints.ts';
import { verifyAudit } from './verify-audit.ts';
import { verifyRegister } from './verify-register.ts';
import type { KnownCheckpoint } from './verify-register.ts';
import { recordDecision } from '../letters/record-decision.ts';
import { testDeps } from '../../testing/test-deps.ts';
import type { Deps } from '../../platform/deps.ts';

let database: TestDatabase;
let db: Db;
let deps: Deps;

// Two years, each of three entries: 1404/1 to 1404/3 and 1405/1 to 1405/3.
const INSTANTS = [
  '2026-03-18T08:00:00Z',
  '2026-03-19T08:00:00Z',
  '2026-03-20T20:29:59Z',
  '2026-03-20T20:30:00Z',
  '2026-03-22T08:00:00Z',
  '2026-03-23T08:00:00Z',
];

const approveNext = async (at: string): Promise<string> => {
  const [unit] = await db<{ id: string }[]>`select id from units`;
  const [applicant] = await db<{ id: string }[]>`select id from applicants`;
  const letterId = await submitTestLetter(db, {
    unitId: unit?.id ?? '',
    applicantId: applicant?.id ?? '',
  });
  await recordDecision(deps, {
    now: new Date(at),
    letterId,
    decision: { kind: 'approve', decisionId: randomUUID(), by: 'ali' },
  });
  return letterId;
};

const TABLES = ['letters', 'register_counters', 'register_entries', 'audit_entries'];
const GUARDED = ['register_entries', 'audit_entries'];

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createLogger({ name: 'test', level: 'silent' });
  db = createDb({ url: database.url, max: 4, log, name: 'test', seals: testSeals });
  deps = testDeps(db);
  await addTestUnit(db);
  await addTestApplicant(db);
  for (const at of INSTANTS) await approveNext(at);
  for (const table of TABLES) await db.unsafe(`create table kept_${table} as table ${table}`);
  await db.unsafe(`
    do $$
    declare found record;
    begin
      for found in select conrelid::regclass as of, conname from pg_constraint where contype = 'f'
      loop
        execute format('alter table %s drop constraint %I', found.of, found.conname);
      end loop;
    end $$`);
});

/** What the owner of the tables can do: no trigger fires, and no foreign key is left. */
const unguarded = async (change: (tx: Tx) => Promise<void>): Promise<void> => {
  for (const table of GUARDED) await db.unsafe(`alter table ${table} disable trigger user`);
  await db.begin(change);
  for (const table of GUARDED) await db.unsafe(`alter table ${table} enable trigger user`);
};

const tamper = (statements: string): Promise<void> =>
  unguarded(async (tx) => {
    await tx.unsafe(statements);
  });

beforeEach(() =>
  tamper(
    TABLES.map(
      (table) =>
        `delete from ${table}; insert into ${table} overriding system value table kept_${table};`,
    ).join('\n'),
  ),
);

afterAll(async () => {
  await db.end();
  await database.drop();
});

const verify = (checkpoints: KnownCheckpoint[] = []) =>
  verifyRegister(db, { timeZone: 'Asia/Tehran', checkpoints });

const knownCheckpoints = async (): Promise<KnownCheckpoint[]> =>
  (await readPresentCheckpoints(db)).map((checkpoint) => ({
    ...checkpoint,
    source: 'kept elsewhere',
  }));

/** All entries get the hashes that fit what they now say. */
const rehash = (): Promise<void> =>
  unguarded(async (tx) => {
    const rows = await tx<ChainedEntry[]>`
      select register, year, serial, number, letter_id, registered_at from register_entries
      order by year, serial`;
    let prevHash = '0'.repeat(64);
    for (const row of rows) {
      const hash = hashRegisterEntry(prevHash, row);
      await tx`
        update register_entries set prev_hash = ${prevHash}, hash = ${hash}
        where register = ${row.register} and year = ${row.year} and serial = ${row.serial}`;
      prevHash = hash;
    }
  });

test('a register as the desk writes it is whole, also against checkpoints published on the way', async () => {
  const checkpoints = await knownCheckpoints();
  await approveNext('2026-03-24T08:00:00Z');
  const report = await verify(checkpoints);
  expect(report).toMatchObject({ ok: true, problems: [], checkpoints: 1 });
  expect(report.registers).toEqual([expect.objectContaining({ register: 'main', entries: 7 })]);
  expect(report.registers[0]?.last).toMatchObject({ year: 1405, serial: 4, number: '1405/4' });
});

const at = (year: number, serial: number): string => `year = ${year} and serial = ${serial}`;

test.each([
  {
    what: 'an edited number',
    by: `update register_entries set number = '1404/22' where ${at(1404, 2)};
         update letters set letter_number = '1404/22' where letter_number = '1404/2'`,
    first: '1404/22',
    why: /changed after it was written/,
  },
  {
    what: 'an edited time',
    by: `update register_entries set registered_at = registered_at - interval '1 hour'
         where ${at(1404, 2)}`,
    first: '1404/2',
    why: /changed after it was written/,
  },
  {
    what: 'a time edited by a microsecond',
    by: `update register_entries set registered_at = registered_at + interval '1 microsecond'
         where ${at(1405, 2)}`,
    first: '1405/2',
    why: /changed after it was written/,
  },
  {
    what: 'another letter under the number',
    by: `update register_entries set letter_id = gen_random_uuid() where ${at(1405, 1)}`,
    first: '1405/1',
    why: /changed after it was written/,
  },
  {
    what: 'a deletion',
    by: `delete from register_entries where ${at(1404, 2)}`,
    first: '1404/3',
    why: /serial 2 is missing/,
  },
  {
    what: 'a deletion at the beginning',
    by: `delete from register_entries where ${at(1404, 1)}`,
    first: '1404/2',
    why: /serial 1 is missing/,
  },
  {
    what: 'a deletion at the turn of the year',
    by: `delete from register_entries where ${at(1404, 3)}`,
    first: '1405/1',
    why: /does not carry the hash of 1404\/2/,
  },
  {
    what: 'a deletion that was renumbered',
    by: `delete from register_entries where ${at(1405, 2)};
         update register_entries set serial = 2, number = '1405/2' where ${at(1405, 3)}`,
    first: '1405/2',
    why: /does not carry the hash of 1405\/1/,
  },
  {
    what: 'an insertion at the end of a closed year',
    by: `insert into register_entries
         select register, year, 4, '1404/4', gen_random_uuid(), registered_at, hash,
           repeat('a', 64) from register_entries where ${at(1404, 3)}`,
    first: '1404/4',
    why: /changed after it was written/,
  },
  {
    what: 'a swap of two entries',
    by: `create temporary table swapped on commit drop as
           select * from register_entries where ${at(1404, 1)} or ${at(1404, 2)};
         delete from register_entries where ${at(1404, 1)} or ${at(1404, 2)};
         insert into register_entries
           select register, year, 3 - serial, number, letter_id, registered_at, prev_hash, hash
           from swapped`,
    first: '1404/2',
    why: /first and names an entry before it/,
  },
  {
    what: 'a letter whose number was changed',
    by: `update letters set letter_number = '1404/9' where letter_number = '1404/3'`,
    first: '1404/3',
    why: /has the number 1404\/9/,
  },
  {
    what: 'a letter whose date was changed',
    by: `update letters set registered_on = '1404/12/28' where letter_number = '1404/3'`,
    first: '1404/3',
    why: /bears the date 1404\/12\/28, and the entry is of 1404\/12\/29/,
  },
  {
    what: 'a letter that was taken away',
    by: `delete from letters where letter_number = '1405/3'`,
    first: '1405/3',
    why: /is not in the record/,
  },
  {
    what: 'a counter that was turned back',
    by: `update register_counters set last_serial = 2 where year = 1405`,
    first: null,
    why: /counter of 1405 says 2 and the last entry is 3/,
  },
  {
    what: 'an end that was cut off',
    by: `delete from register_entries where ${at(1405, 3)}`,
    first: null,
    why: /counter of 1405 says 3 and the last entry is 2/,
  },
])('$what is found, and the first entry that does not fit is named', async ({ by, first, why }) => {
  await tamper(by);
  const { ok, problems } = await verify();
  expect(ok).toBe(false);
  expect(problems[0]).toMatchObject({ register: 'main', number: first });
  expect(problems[0]?.why).toMatch(why);
});

test('an end cut off with its letters and counter is seen only against a published checkpoint', async () => {
  const checkpoints = await knownCheckpoints();
  await tamper(
    `delete from register_entries where ${at(1405, 3)};
     delete from letters where letter_number = '1405/3';
     update register_counters set last_serial = 2 where year = 1405`,
  );
  expect((await verify()).ok).toBe(true);
  const { ok, problems } = await verify(checkpoints);
  expect(ok).toBe(false);
  expect(problems[0]).toMatchObject({ register: 'main', year: 1405, serial: 3 });
  expect(problems[0]?.why).toMatch(/cut off after 1405\/2/);
});

test('a register written anew with fitting hashes is seen only against a published checkpoint', async () => {
  const early = await knownCheckpoints();
  await approveNext('2026-03-24T08:00:00Z');
  await approveNext('2026-03-25T08:00:00Z');
  const late = await knownCheckpoints();
  await tamper(
    `update register_entries set registered_at = '2026-03-24T06:00:00Z' where ${at(1405, 4)};
     update letters set registered_at = '2026-03-24T06:00:00Z' where letter_number = '1405/4'`,
  );
  await rehash();
  expect((await verify()).ok).toBe(true);
  expect((await verify(early)).ok).toBe(true);
  const { ok, problems } = await verify([...early, ...late]);
  expect(ok).toBe(false);
  expect(problems[0]).toMatchObject({ number: '1405/5' });
  expect(problems[0]?.why).toMatch(/written anew somewhere after 1405\/3/);
});

test('an approved letter without an entry and a guard that is off are named', async () => {
  await tamper(`delete from register_entries where ${at(1405, 3)};
    update register_counters set last_serial = 2 where year = 1405`);
  await db`alter table register_entries disable trigger register_entries_append_only`;
  const whys = (await verify()).problems.map(({ why }) => why);
  expect(whys).toEqual([
    expect.stringMatching(/is registered and has no entry/),
    expect.stringMatching(/register_entries_append_only is switched off/),
  ]);
});

const chainOf = (action: string): string =>
  `letter_id = (select id from letters where letter_number = '1405/1') and action = '${action}'`;

test.each([
  {
    what: 'changed details',
    by: `update audit_entries set details = details || '{"by": "reza"}' where ${chainOf('approved')}`,
    why: /changed after it was written/,
  },
  {
    what: 'a changed actor',
    by: `update audit_entries set actor = 'reza' where ${chainOf('approved')}`,
    why: /changed after it was written/,
  },
  {
    what: 'a time changed by a microsecond',
    by: `update audit_entries set at = at + interval '1 microsecond' where ${chainOf('submitted')}`,
    why: /changed after it was written/,
  },
  {
    what: 'a deleted beginning',
    by: `delete from audit_entries where ${chainOf('submitted')}`,
    why: /entry 1 of its chain is missing/,
  },
  {
    what: 'a deleted end',
    by: `delete from audit_entries where ${chainOf('approved')}`,
    why: /no entry says that it was approved/,
  },
  {
    what: 'an insertion',
    by: `insert into audit_entries
           (letter_id, actor_kind, actor, action, letter_seq, prev_hash, hash)
         select letter_id, 'staff', 'x', 'noted', 3, hash, repeat('a', 64)
         from audit_entries where ${chainOf('approved')}`,
    why: /changed after it was written/,
  },
])('of the audit trail, $what is found', async ({ by, why }) => {
  expect(await verifyAudit(db, { checkpoints: [] })).toMatchObject({
    ok: true,
    entries: 12,
    chains: 6,
  });
  await tamper(by);
  const { ok, problems } = await verifyAudit(db, { checkpoints: [] });
  expect(ok).toBe(false);
  expect(problems[0]?.why).toMatch(why);
});

test('an audit trail written anew with fitting hashes is seen only against a published checkpoint', async () => {
  const checkpoints = await knownCheckpoints();
  await tamper(`delete from audit_entries where ${chainOf('approved')};
    insert into audit_entries
      (letter_id, at, actor_kind, actor, action, details, letter_seq, prev_hash, hash)
    select letter_id, at, 'operator', 'reza', 'approved', '{}', 2, hash, ''
    from audit_entries where ${chainOf('submitted')};
    update audit_entries a
    set hash = encode(sha256(convert_to(audit_canonical(a), 'UTF8')), 'hex') where hash = ''`);
  expect(await verifyAudit(db, { checkpoints: [] })).toMatchObject({ ok: true });
  const { ok, problems } = await verifyAudit(db, { checkpoints });
  expect(ok).toBe(false);
  expect(problems[0]?.why).toMatch(/are not those of the checkpoint published/);
});

test('ten entries of one letter written at once are one chain', async () => {
  const letterId = await approveNext('2026-03-26T08:00:00Z');
  await Promise.all(
    Array.from(
      { length: 10 },
      (_, number) => db`
        insert into audit_entries (letter_id, actor_kind, actor, action, details, letter_seq, hash)
        values (${letterId}, 'staff', 'x', 'noted', ${db.json({ number })}, 7, 'chosen')`,
    ),
  );
  const rows = await db<{ letterSeq: number; prevHash: string; hash: string }[]>`
    select letter_seq, prev_hash, hash from audit_entries where letter_id = ${letterId} order by id`;
  expect(rows.map(({ letterSeq }) => letterSeq)).toEqual(rows.map((_, index) => index + 1));
  expect(rows.slice(1).map(({ prevHash }) => prevHash)).toEqual(
    rows.slice(0, -1).map(({ hash }) => hash),
  );
  expect(rows[0]?.prevHash).toBe('0'.repeat(64));
  expect(await verifyAudit(db, { checkpoints: [] })).toMatchObject({ ok: true });
});

test('the audit checkpoint is the hash over all hashes in their order', async () => {
  const [checkpoint] = (await readPresentCheckpoints(db)).filter(
    ({ register }) => register === 'audit',
  );
  const rows = await db<{ id: number; hash: string }[]>`
    select id::int as id, hash from audit_entries order by id`;
  const digest = createHash('sha256').update(rows.map(({ hash }) => hash).join(''));
  expect(checkpoint).toMatchObject({
    year: 0,
    serial: rows.at(-1)?.id,
    hash: digest.digest('hex'),
  });
});
