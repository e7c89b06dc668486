import { randomUUID } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import type { Config } from '../config.ts';
import { createDb } from '../platform/base/database.ts';
import type { Db } from '../platform/base/database.ts';
import { findAnnulment, findEntriesByNumber } from '../desk/register/register.sql.ts';
import { toJalali } from '../platform/base/jalali.ts';
import { createLogger } from '../platform/base/logger.ts';
import { createTestDatabase } from '../testing/database.ts';
import type { TestDatabase } from '../testing/database.ts';
import { addTestApplicant, addTestUnit, submitTestLetter } from '../testing/letters.ts';
import { testSeals } from '../testing/seals.ts';
import { recordDecision } from '../desk/letters/record-decision.ts';
import type { CommandInput, CommandResult } from './command.ts';
import {
  addRegisterCommand,
  annulNumberCommand,
  assignRegisterCommand,
  listRegistersCommand,
  setRegisterCommand,
} from './register.ts';
import {
  registerCheckpointsCommand,
  verifyAuditCommand,
  verifyRegisterCommand,
} from './verify-record.ts';
import { testDeps } from '../testing/test-deps.ts';
import type { Deps } from '../platform/deps.ts';

let database: TestDatabase;
let db: Db;
let deps: Deps;
let dir: string;
let config: Config;
let unitId: string;
let applicantId: string;
const year = toJalali(new Date(), 'Asia/Tehran').year;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createLogger({ name: 'test', level: 'silent' });
  db = createDb({ url: database.url, max: 4, log, name: 'test', seals: testSeals });
  deps = testDeps(db);
  dir = await mkdtemp(path.join(os.tmpdir(), 'pishkhan-register-'));
  config = readConfig({ DATA_DIR: dir });
  unitId = await addTestUnit(db);
  applicantId = await addTestApplicant(db);
});

afterAll(async () => {
  await db.end();
  await database.drop();
  await rm(dir, { recursive: true, force: true });
});

const run = (
  command: (input: CommandInput) => Promise<CommandResult>,
  args: string[] = [],
  options: CommandInput['options'] = {},
): Promise<CommandResult> => command({ config, db, args, options });

const approve = async (): Promise<string | null> => {
  const letterId = await submitTestLetter(db, { unitId, applicantId });
  const { state } = await recordDecision(deps, {
    letterId,
    decision: { kind: 'approve', decisionId: randomUUID(), by: 'ali' },
  });
  return state.letterNumber;
};

test('a register is added with a preview, assigned, and starts where it was told', async () => {
  const added = await run(addRegisterCommand, ['legal'], {
    template: '{year}-ح-{serial}',
    'first-serial': '218',
  });
  expect(added.json).toMatchObject({ id: 'legal', nextNumber: `${year}-ح-218`, units: [] });
  expect(added.text).toContain(`next: ${year}-ح-218`);
  await run(assignRegisterCommand, [unitId, 'legal']);
  expect(await approve()).toBe(`${year}-ح-218`);
  expect(await approve()).toBe(`${year}-ح-219`);
  expect((await run(listRegistersCommand)).json).toEqual([
    expect.objectContaining({ id: 'legal', entries: 2, nextNumber: `${year}-ح-220` }),
    expect.objectContaining({ id: 'main', entries: 0, nextNumber: `${year}/1` }),
  ]);
});

test('a register keeps its form once it has entries of the year', async () => {
  await expect(run(setRegisterCommand, ['legal'], { 'first-serial': '500' })).rejects.toThrow(
    /has entries of this year/,
  );
  const changed = await run(setRegisterCommand, ['main'], { 'first-serial': '41' });
  expect(changed.json).toMatchObject({ nextNumber: `${year}/41` });
});

test.each([
  ['a template without a serial', ['x'], { template: '{year}' }, /needs \{serial\} once/],
  ['no template', ['x'], {}, /--template is needed/],
  ['an id with a space', ['x y'], { template: '{year}.{serial}' }, /register id/],
  ['the id of the audit trail', ['audit'], { template: '{year}.{serial}' }, /register id/],
  ['an id that is taken', ['main'], { template: '{year}.{serial}' }, /already/],
  ['another one’s template', ['x'], { template: '{year}/{serial}' }, /one number/],
  ['a first serial of 0', ['x'], { template: '{yy}/{serial}', 'first-serial': '0' }, /from 1 to/],
])('a register with %s is refused', async (_what, args, options, why) => {
  await expect(run(addRegisterCommand, args, options)).rejects.toThrow(why);
});

test('a register or unit that is not there cannot be assigned', async () => {
  await expect(run(assignRegisterCommand, [unitId, 'x'])).rejects.toThrow(/no register x/);
  await expect(run(assignRegisterCommand, [randomUUID(), 'main'])).rejects.toThrow(/no unit/);
});

test('an annulled number stays in the register, with its reason', async () => {
  const number = `${year}-ح-219`;
  await expect(run(annulNumberCommand, [number])).rejects.toThrow(/--reason is needed/);
  await expect(run(annulNumberCommand, ['1/1'], { reason: 'x' })).rejects.toThrow(/no number 1\/1/);
  const result = await run(annulNumberCommand, [number], { reason: 'دو بار ثبت شد', by: 'ali' });
  expect(result.json).toMatchObject({ register: 'legal', year, serial: 219, by: 'ali' });
  await expect(run(annulNumberCommand, [number], { reason: 'again' })).rejects.toThrow(/already/);
  const [entry] = await findEntriesByNumber(db, number);
  const annulment = entry && (await findAnnulment(db, entry));
  expect(annulment).toMatchObject({ reason: 'دو بار ثبت شد', by: 'ali' });
  expect(await db`select reason from register_annulments`).not.toEqual([
    { reason: 'دو بار ثبت شد' },
  ]);
  expect(await db`select kind from messages where kind = 'annulled'`).toHaveLength(1);
  expect(await run(verifyRegisterCommand)).toMatchObject({ ok: true });
});

test('checkpoints are printed, published on demand, and looked for in the register and the audit trail', async () => {
  expect((await run(verifyRegisterCommand)).text).toContain(
    'entries cut off at the end would go unnoticed',
  );
  const { text } = await run(registerCheckpointsCommand, [], { publish: true });
  expect(text.split('\n')).toHaveLength(2);
  const kept = await readFile(config.REGISTER_CHECKPOINT_FILE, 'utf8');
  expect(kept).toBe(`${text}\n`);
  await approve();
  for (const command of [verifyRegisterCommand, verifyAuditCommand])
    expect(await run(command)).toMatchObject({ ok: true, json: { checkpoints: 1, first: null } });
});

test('a checkpoint that was never in the register, and a line that is none, fail the check', async () => {
  const file = path.join(dir, 'other-checkpoints.log');
  await writeFile(file, `2026-01-01T00:00:00.000Z main ${year} 9 ${'a'.repeat(64)}\n`);
  const missing = await run(verifyRegisterCommand, [], { checkpoints: file });
  expect(missing).toMatchObject({ ok: false, json: { first: { register: 'main', serial: 9 } } });
  expect(missing.text).toMatch(/✗ main \d+, serial 9: .*other-checkpoints\.log line 1.*cut off/);
  await appendFile(config.REGISTER_CHECKPOINT_FILE, 'something else\n');
  const wrong = await run(verifyRegisterCommand);
  expect(wrong.ok).toBe(false);
  expect(wrong.text).toMatch(/line 3 is not a checkpoint/);
  await expect(run(verifyAuditCommand, [], { checkpoints: `${file}.not` })).rejects.toThrow(
    /no file/,
  );
});
