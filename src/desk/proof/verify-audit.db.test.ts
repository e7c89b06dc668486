import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FileStore } from '../../platform/files/file-store.ts';
import type { LetterEngine } from '../../platform/engine/letter-engine.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { migrate } from '../../platform/base/migrate.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { TEST_SETTINGS } from '../../testing/letter-worker.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  submitTestLetter,
} from '../../testing/letters.ts';
import { testSeals } from '../../testing/seals.ts';
import { createReadLetters } from '../letters/read-letters.ts';
import { createRecordDecision } from '../letters/record-decision.ts';
import { verifyAudit } from './verify-audit.ts';

const log = createLogger({ name: 'test', level: 'silent' });
let database: TestDatabase;
let db: Db;
let submit: () => Promise<string>;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  const unitId = await addTestUnit(db);
  const applicantId = await addTestApplicant(db);
  submit = () => submitTestLetter(db, { unitId, applicantId });
});

afterAll(async () => {
  await db.end();
  await database.drop();
});

test('a decision and readers of the same letter at once wait for each other and never for good', async () => {
  const record = createRecordDecision({ db, settings: TEST_SETTINGS });
  for (let round = 0; round < 10; round += 1) {
    const letterId = await submit();
    const read = () =>
      addAuditEntry(db, { letterId, actor: { kind: 'staff', id: 'x' }, action: 'downloaded' });
    const decision = { kind: 'approve' as const, decisionId: randomUUID(), by: 'ali' };
    const [, , decided] = await Promise.all([
      read(),
      read(),
      record({ letterId, decision }),
      read(),
      read(),
    ]);
    expect(decided.refused).toBeNull();
  }
  expect(await verifyAudit(db, { heads: [] })).toMatchObject({ ok: true, entries: 60 });
});

test('reading a letter is recorded once for a member, however often the page is loaded', async () => {
  const letterId = await submit();
  const { getStaffLetter } = createReadLetters({
    db,
    files: {} as FileStore,
    engine: {} as LetterEngine,
    statusQueryMs: 100,
    workflowUrl: () => null,
  });
  const staff = await addTestStaff(db, { role: 'reviewer' });
  const other = await addTestStaff(db, { role: 'auditor' });
  for (const reader of [staff, staff, other, staff])
    await getStaffLetter({ staff: reader, letterId });
  const read = await db<{ actor: string }[]>`
    select actor from audit_entries where letter_id = ${letterId} and action = 'read' order by id`;
  // A quarter of an hour may turn between two of them.
  expect(new Set(read.map(({ actor }) => actor))).toEqual(new Set([staff.id, other.id]));
  expect(read.length).toBeLessThanOrEqual(3);
});

test('an audit trail from before the chains is chained as the database is upgraded', async () => {
  const file = new URL('../../platform/base/migrations/0001_first_letter.sql', import.meta.url);
  const first = await readFile(file, 'utf8');
  const sha256 = createHash('sha256').update(first).digest('hex');
  const old = await createTestDatabase();
  const before = createDb({ url: old.url, max: 1, log, name: 'test', seals: testSeals });
  await before.unsafe('drop schema public cascade; create schema public').simple();
  await before.unsafe(first).simple();
  await before
    .unsafe(`
    create table schema_migrations
      (name text primary key, sha256 text not null, applied_at timestamptz not null default now());
    insert into schema_migrations (name, sha256) values ('0001_first_letter.sql', '${sha256}');
    insert into units (id, name) select gen_random_uuid(), 'واحد';
    insert into applicants (id, mobile) select gen_random_uuid(), '+989123456789';
    insert into letters
      (id, applicant_id, submission_key, sender_name, subject, addressed_unit_id, unit_id)
      select gen_random_uuid(), a.id, gen_random_uuid(), 'س', 'م', u.id, u.id
      from applicants a, units u, generate_series(1, 3)`)
    .simple();
  const odd = 'a"b\\c\n\t\u0001\u007f é 😀';
  for (const action of ['submitted', 'noted', 'downloaded'])
    await before`
      insert into audit_entries (letter_id, actor_kind, actor, action, details)
      select id, 'applicant', ${odd}, ${action}, ${before.json({ text: odd, n: 1.5 })}
      from letters`;
  await before`
    insert into audit_entries (actor_kind, actor, action) values ('operator', 'x', 'unit_added')`;
  await before.end();
  expect(await migrate(old.url)).toContain('0002_register_and_audit_proof.sql');
  const after = createDb({ url: old.url, max: 2, log, name: 'test', seals: testSeals });
  await addAuditEntry(after, { actor: { kind: 'operator', id: odd }, action: 'unit_retired' });
  expect(await verifyAudit(after, { heads: [] })).toMatchObject({
    ok: true,
    problems: [],
    entries: 11,
    chains: 4,
  });
  await after.end();
  await old.drop();
});

test('a sign-in finds the end of the chain without reading the sign-ins before it', async () => {
  await db`
    insert into audit_entries (actor_kind, actor, action, details)
    select 'applicant', 'x', 'signed_in', '{}' from generate_series(1, 2000)`;
  await db`analyze audit_entries`;
  const plan = await db<Record<string, string>[]>`
    explain select letter_seq, hash from audit_entries
    where letter_id is null order by letter_seq desc limit 1`;
  const lines = plan.flatMap((line) => Object.values(line)).join('\n');
  expect(lines).toContain('audit_entries_letterless_key');
  expect(lines).not.toContain('Seq Scan');
});
