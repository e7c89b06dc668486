import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { createLogger } from '../../platform/base/logger.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  submitTestLetter,
} from '../../testing/letters.ts';
import { testSeals } from '../../testing/seals.ts';
import { getStaffLetter } from '../letters/staff-letter.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { recordDecision } from '../letters/record-decision.ts';
import { verifyAudit } from './verify-audit.ts';
import type { Deps } from '../../platform/deps.ts';

const log = createLogger({ name: 'test', level: 'silent' });
let database: TestDatabase;
let db: Db;
let deps: Deps;
let submit: () => Promise<string>;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url, max: 10, log, name: 'test', seals: testSeals });
  deps = testDeps(db);
  const unitId = await addTestUnit(db);
  const applicantId = await addTestApplicant(db);
  submit = () => submitTestLetter(db, { unitId, applicantId });
});

afterAll(async () => {
  await db.end();
  await database.drop();
});

test('a decision and readers of the same letter at once wait for each other and never for good', async () => {
  for (let round = 0; round < 10; round += 1) {
    const letterId = await submit();
    const read = () =>
      addAuditEntry(db, { letterId, actor: { kind: 'staff', id: 'x' }, action: 'downloaded' });
    const decision = { kind: 'approve' as const, decisionId: randomUUID(), by: 'ali' };
    const [, , decided] = await Promise.all([
      read(),
      read(),
      recordDecision(deps, { letterId, decision }),
      read(),
      read(),
    ]);
    expect(decided.refused).toBeNull();
  }
  expect(await verifyAudit(db, { checkpoints: [] })).toMatchObject({ ok: true, entries: 60 });
});

test('reading a letter is recorded once for a member, however often the page is loaded', async () => {
  const letterId = await submit();
  const deps = testDeps(db);
  const staff = await addTestStaff(db, { role: 'reviewer' });
  const other = await addTestStaff(db, { role: 'auditor' });
  for (const reader of [staff, staff, other, staff])
    await getStaffLetter(deps, { staff: reader, letterId });
  const read = await db<{ actor: string }[]>`
    select actor from audit_entries where letter_id = ${letterId} and action = 'read' order by id`;
  // A quarter of an hour may turn between two of them.
  expect(new Set(read.map(({ actor }) => actor))).toEqual(new Set([staff.id, other.id]));
  expect(read.length).toBeLessThanOrEqual(3);
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
