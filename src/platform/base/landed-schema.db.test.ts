/**
 * While a version is being replaced, the one before it goes on with the new schema. Each migration
 * after the landed ones is held to that: what there was is there, and what the landed version writes
 * can still be written.
 */
import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import postgres from 'postgres';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';

const DIRECTORY = new URL('./migrations/', import.meta.url);
/** What the landed version was written for; goes up with each release. */
const LANDED_UP_TO = '0004';

interface Column {
  name: string;
  type: string;
  nullable: boolean;
  filled: boolean;
}

let database: TestDatabase;
let sql: postgres.Sql;

beforeAll(async () => {
  database = await createTestDatabase();
  sql = postgres(database.url, { max: 1, onnotice: () => {} });
});
afterAll(async () => {
  await sql.end();
  await database.drop();
});

const emptySchema = async (): Promise<void> => {
  await sql`drop schema public cascade`;
  await sql`create schema public`;
};

const apply = async (name: string): Promise<void> => {
  await sql.unsafe(await readFile(new URL(name, DIRECTORY), 'utf8')).simple();
};

const migrations = async (): Promise<{ landed: string[]; later: string[] }> => {
  const all = (await readdir(DIRECTORY)).filter((name) => name.endsWith('.sql')).sort();
  const isLanded = (name: string): boolean => name.slice(0, 4) <= LANDED_UP_TO;
  return { landed: all.filter(isLanded), later: all.filter((name) => !isLanded(name)) };
};

const columnsOf = async (): Promise<Map<string, Column>> => {
  const rows = await sql<Column[]>`
    select table_name || '.' || column_name as name, udt_name as type,
      is_nullable = 'YES' as nullable,
      column_default is not null or is_identity = 'YES' or is_generated = 'ALWAYS' as filled
    from information_schema.columns where table_schema = 'public'`;
  return new Map(rows.map((row) => [row.name, row]));
};

/** What the version before could not live with. */
const findBreaks = (before: Map<string, Column>, after: Map<string, Column>): string[] => {
  const tables = new Set([...before.keys()].map((name) => name.split('.')[0]));
  const breaks: string[] = [];
  for (const { name, type, nullable } of before.values()) {
    const now = after.get(name);
    if (!now) breaks.push(`${name} is gone`);
    else if (now.type !== type) breaks.push(`${name} was ${type} and is ${now.type}`);
    else if (nullable && !now.nullable) breaks.push(`${name} may not be null any more`);
  }
  for (const { name, nullable, filled } of after.values())
    if (!before.has(name) && tables.has(name.split('.')[0]) && !nullable && !filled)
      breaks.push(`${name} is new and has to be filled`);
  return breaks;
};

/** A letter's life, and all around it, in the columns and the words of the landed version. */
const liveLandedLife = async (serial: number): Promise<void> => {
  const [unit, other, staff, applicant, letter, rejected, reply, decision, challenge] = Array.from(
    { length: 9 },
    () => randomUUID(),
  ) as [string, string, string, string, string, string, string, string, string];
  const token = (): Buffer => Buffer.from(randomUUID());
  const mobile = `+98912${String(serial).padStart(7, '0')}`;
  await sql`insert into units (id, name) values (${unit}, ${unit}), (${other}, ${other})`;
  await sql`
    insert into staff (id, username, name, role, password_hash, totp_secret)
    values (${staff}, ${staff}, 'name', 'unit', 'hash', 'JBSWY3DPEHPK3PXP')`;
  await sql`insert into staff_units (staff_id, unit_id) values (${staff}, ${unit})`;
  await sql`update staff set totp_last_step = totp_last_step + 1 where id = ${staff}`;
  await sql`
    insert into used_captchas (id, expires_at) values (${randomUUID()}, now())
    on conflict (id) do nothing`;
  await sql`
    insert into sign_in_challenges (id, token_hash, mobile, expires_at)
    values (${challenge}, ${token()}, ${mobile}, now())`;
  await sql`
    insert into sign_in_codes (id, challenge_id, code_hash, expires_at)
    values (${randomUUID()}, ${challenge}, ${token()}, now())`;
  await sql`
    update sign_in_challenges set attempts = attempts + 1, used_at = now() where id = ${challenge}`;
  await sql`
    insert into applicants (id, mobile) values (${applicant}, ${mobile})
    on conflict (mobile) do update set mobile = excluded.mobile`;
  await sql`
    insert into sessions (token_hash, applicant_id, staff_id, expires_at)
    values (${token()}, ${applicant}, null, now()), (${token()}, null, ${staff}, now())`;
  for (const id of [letter, rejected]) {
    await sql`
      insert into letters
        (id, applicant_id, submission_key, sender_name, subject, addressed_unit_id, unit_id)
      values (${id}, ${applicant}, ${randomUUID()}, 'name', 'subject', ${unit}, ${unit})
      on conflict (applicant_id, submission_key) do nothing`;
    await sql`
      insert into files (id, letter_id, unit_action_id, name, type, bytes, sha256, storage_key)
      values (${randomUUID()}, ${id}, null, 'a.pdf', 'pdf', 1, ${'a'.repeat(64)}, ${randomUUID()})`;
    await sql`insert into outbox (letter_id, kind, payload) values (${id}, 'start', '{}')`;
  }
  await sql`
    insert into decisions (id, letter_id, kind, unit_id, reason, staff_id, decided_by, outcome)
    values (${decision}, ${letter}, 'approve', null, null, ${staff}, 'name', null)`;
  await sql`update decisions set outcome = 'applied' where id = ${decision}`;
  await sql`
    insert into register_counters (register, year, last_serial) values ('main', 1405, ${serial})
    on conflict (register, year) do update set last_serial = excluded.last_serial`;
  await sql`
    insert into register_entries
      (register, year, serial, number, letter_id, registered_at, prev_hash, hash)
    values ('main', 1405, ${serial}, ${`1405/${serial}`}, ${letter}, now(), 'a', 'b')`;
  await sql`
    update letters set status = 'approved', step = 'with_unit', decided_at = now(),
      decided_by = 'name', letter_number = ${`1405/${serial}`},
      tracking_code = ${randomUUID()}, registered_at = now(), registered_on = '1405/09/01'
    where id = ${letter} and status = 'pending'`;
  await sql`
    insert into decisions (id, letter_id, kind, unit_id, reason, staff_id, decided_by, outcome)
    values (${randomUUID()}, ${rejected}, 'reject', null, 'reason', null, 'ali', 'applied')`;
  await sql`
    update letters set status = 'rejected', rejection_reason = 'reason', decided_at = now(),
      decided_by = 'ali' where id = ${rejected} and status = 'pending'`;
  await sql`
    insert into unit_actions
      (id, letter_id, kind, unit_id, body, staff_id, acted_by, acting_unit)
    values (${randomUUID()}, ${letter}, 'refer', ${other}, null, ${staff}, 'name', 'unit'),
      (${reply}, ${letter}, 'reply', null, 'text', ${staff}, 'name', 'unit')
    on conflict do nothing`;
  await sql`update unit_actions set outcome = 'applied', reply_number = 1 where id = ${reply}`;
  await sql`update unit_actions set outcome = 'refused', refusal = 'late' where letter_id = ${letter} and outcome is null`;
  await sql`update letters set unit_id = ${other}, step = 'closed' where id = ${letter}`;
  await sql`
    update letters set needs_attention = 'cause', attention_since = now() where id = ${rejected}`;
  await sql`
    update letters set needs_attention = null, attention_since = null where id = ${rejected}`;
  const messages = [randomUUID(), randomUUID()] as const;
  await sql`
    insert into messages (id, letter_id, kind, outcome_key, recipient, text, params)
    values (${messages[0]}, ${letter}, 'approved', 'approved', ${mobile}, 'text', '{}')
    on conflict (letter_id, outcome_key) do nothing`;
  await sql`
    insert into messages (id, kind, outcome_key, recipient, text, params)
    values (${messages[1]}, 'code', ${messages[1]}, ${mobile}, 'text', '{}')`;
  for (const state of ['sending', 'failed', 'sent'])
    await sql`
      update messages set state = ${state}, attempts = attempts + 1, sent_at = now(),
        last_error = null, gateway_message_id = null, text = '', params = '{}'
      where id in ${sql(messages)}`;
  for (const kind of ['approve', 'reject', 'unitAction', 'retry'])
    await sql`insert into outbox (letter_id, kind, payload) values (${letter}, ${kind}, '{}')`;
  await sql`update outbox set done_at = now(), attempts = attempts + 1 where letter_id = ${letter}`;
  for (const letterId of [letter, null])
    await sql`
      insert into audit_entries
        (letter_id, actor_kind, actor, action, details, dedup_key, from_hash)
      values (${letterId}, 'staff', ${staff}, 'decided', '{}', ${randomUUID()}, null)
      on conflict (dedup_key) do nothing`;
  await sql`
    insert into process_heartbeats (role, instance) values ('worker', ${randomUUID()})
    on conflict (role, instance) do update set at = now()`;
  await sql`
    insert into rate_limits (name, subject, hits, ends_at)
    values ('codes_of_address', ${token()}, 1, now())
    on conflict (name, subject) do update set hits = rate_limits.hits + 1`;
  await sql`
    insert into register_heads (register, day, year, serial, hash, published_at)
    values ('main', ${`2026-01-${String(serial).padStart(2, '0')}`}, 1405, ${serial}, 'b', now())
    on conflict (register, day) do nothing`;
  await sql`delete from sessions where applicant_id = ${applicant}`;
};

test('each migration leaves the version that runs before it able to work', async () => {
  await emptySchema();
  const { landed, later } = await migrations();
  for (const name of landed) await apply(name);
  await liveLandedLife(1);
  let before = await columnsOf();
  for (const [index, name] of later.entries()) {
    await apply(name);
    const after = await columnsOf();
    expect([name, findBreaks(before, after)]).toEqual([name, []]);
    await liveLandedLife(index + 2).catch((error: unknown) => {
      throw new Error(`after ${name} the landed version cannot write: ${String(error)}`, {
        cause: error,
      });
    });
    before = after;
  }
  expect(before.size).toBeGreaterThan(100);
}, 120_000);

test.each([
  ['alter table messages drop column last_error', 'messages.last_error is gone'],
  ['alter table messages rename column kind to sort', 'messages.kind is gone'],
  ['alter table messages alter column last_error set not null', 'may not be null any more'],
  [
    'alter table messages add column tone text not null',
    'messages.tone is new and has to be filled',
  ],
  [
    'alter table messages alter column attempts type text',
    'messages.attempts was int4 and is text',
  ],
])('%s is noticed', async (statement, notice) => {
  await emptySchema();
  for (const name of (await migrations()).landed) await apply(name);
  const before = await columnsOf();
  await sql.unsafe(statement);
  expect(findBreaks(before, await columnsOf()).join()).toContain(notice);
});

test('a check that the landed version does not know is noticed', async () => {
  await emptySchema();
  for (const name of (await migrations()).landed) await apply(name);
  await sql`alter table messages add check (gateway_message_id is not null or state <> 'sent')`;
  await expect(liveLandedLife(1)).rejects.toThrow(/check constraint/);
});
