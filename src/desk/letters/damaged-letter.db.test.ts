/** One row that cannot be opened any more, as after a disk that lied or a hand in the tables. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { fa } from '../../../web/text/fa.ts';
import { createFileStore } from '../../platform/files/file-store.ts';
import type { Db } from '../../platform/base/database.ts';
import { opensRecord } from '../../operations/maintenance/reseal.sql.ts';
import { checkLetters } from '../../cli/doctor-checks.ts';
import { addTestApplicant, addTestStaff, addTestUnit } from '../../testing/letters.ts';
import { cookieOf, makeRealHome, startRealSite } from '../../testing/real-site.ts';
import type { RealHome, RealSite } from '../../testing/real-site.ts';
import { sampleFile } from '../../testing/sample-files.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { endedEngine, testDeps } from '../../testing/test-deps.ts';
import { eraseLetter } from '../../operations/maintenance/retention.ts';
import { recordDecision } from './record-decision.ts';
import { DAMAGED } from './refusals.ts';
import { recordUnitAction } from './record-unit-action.ts';
import { InternalText, publicText } from '../../platform/base/audience.ts';
import { submitLetter } from './submit-letter.ts';
import { getLetter } from './applicant-letters.ts';
import { getStaffQueue } from './staff-queue.ts';
import { getStaffLetter } from './staff-letter.ts';
import { receiveFile } from '../../platform/files/receive-file.ts';
import { decideLetter } from './decide-letter.ts';
import { actOnLetter } from './act-on-letter.ts';

let home: RealHome;
let site: RealSite;
let db: Db;
let unitId: string;
let applicantId: string;
let admin: StaffMember;
let clerk: StaffMember;
let damaged: string;
let whole: string;

beforeEach(async () => {
  home = await makeRealHome();
  site = await startRealSite(home);
  ({ db } = site);
  unitId = await addTestUnit(db);
  applicantId = await addTestApplicant(db);
  admin = await addTestStaff(db, { role: 'admin' });
  clerk = await addTestStaff(db, { role: 'unit', unitIds: [unitId] });
  whole = await submit('نامه‌ی سالم');
  damaged = await submit('نامه‌ی آسیب‌دیده');
});
afterEach(async () => {
  await site.stop();
  await home.remove();
});

const submit = async (subject: string): Promise<string> => {
  const { bytes } = await sampleFile('pdf');
  const received = await receiveFile(site.deps, {
    stream: Readable.from([bytes]),
    fileName: 'نامه.pdf',
  });
  if (!received.ok) throw new Error(received.problem);
  const { letterId } = await submitLetter(site.deps, {
    applicantId,
    submissionKey: randomUUID(),
    senderName: 'شرکت نمونه',
    unitId,
    subject,
    files: [received.file],
  });
  return letterId;
};

/** One bit of the key that everything of the letter is sealed with. */
const damageKey = async (letterId: string): Promise<void> => {
  await db`
    update letter_keys set sealed_key = set_byte(sealed_key, 20, get_byte(sealed_key, 20) # 1)
    where letter_id = ${letterId}`;
};

/** One sign of a sealed text. */
const spoiled = (column: string) => db`
  left(${db(column)}, 20) || case substr(${db(column)}, 21, 1) when 'A' then 'B' else 'A' end
    || substr(${db(column)}, 22)`;

const record = (letterId: string, kind: 'approve' | 'withdraw', decisionId: string) =>
  recordDecision(site.deps, {
    letterId,
    decision: { kind, decisionId, by: 'admin' },
  });

const approve = async (letterId: string): Promise<void> => {
  await decideLetter(site.deps, { letterId, staff: admin, decision: { kind: 'approve' } });
  const [row] = await db<{ id: string }[]>`
    select id from decisions where letter_id = ${letterId} and outcome is null`;
  await record(letterId, 'approve', row?.id ?? '');
};

const pageOf = async (
  path: string,
  who: Parameters<typeof cookieOf>[1],
): Promise<{ status: number; html: string }> => {
  const headers = { cookie: await cookieOf(db, who), host: 'desk.test' };
  const page = await site.app.request(`http://desk.test${path}`, { headers });
  return { status: page.status, html: await page.text() };
};

test('a letter whose key is damaged is shown as one that cannot be read, and every other page works', async () => {
  await damageKey(damaged);
  const asStaff = { staffId: admin.id };

  const queue = await pageOf('/staff', asStaff);
  expect(queue.status).toBe(200);
  expect(queue.html).toContain('نامه‌ی سالم');
  expect(queue.html).toContain(fa.damaged.subject);
  expect((await pageOf('/staff?q=سالم', asStaff)).html).toContain('نامه‌ی سالم');
  expect((await pageOf('/staff/admin/audit', asStaff)).status).toBe(200);
  expect((await pageOf('/staff/admin/stuck', asStaff)).status).toBe(200);

  const own = await pageOf('/letters', { applicantId });
  expect(own.status).toBe(200);
  expect(own.html).toContain('نامه‌ی سالم');
  expect(own.html).toContain(fa.damaged.subject);

  for (const [path, who, notice] of [
    [`/staff/letters/${damaged}`, asStaff, fa.damaged.staffNotice],
    [`/letters/${damaged}`, { applicantId }, fa.damaged.notice],
  ] as const) {
    const { status, html } = await pageOf(path, who);
    expect(status).toBe(200);
    expect(html).toContain(notice);
    expect(html).toContain(fa.damaged.value);
    expect(html).not.toContain(`${path}/file`);
    expect(html).not.toContain(`${path}/approval`);
    const file = await pageOf(`${path}/file`, who);
    expect(file.status).toBe(503);
    expect(file.html).toContain(fa.errors.damaged.title);
  }
  const other = await pageOf(`/staff/letters/${whole}`, asStaff);
  expect(other.html).toContain(`/staff/letters/${whole}/approval`);
});

test('a letter that cannot be read is not decided, not even by what was recorded before', async () => {
  await decideLetter(site.deps, { letterId: damaged, staff: admin, decision: { kind: 'approve' } });
  const [decision] = await db<{ id: string }[]>`select id from decisions`;
  await approve(whole);
  const actionKey = randomUUID();
  await actOnLetter(site.deps, {
    letterId: whole,
    staff: clerk,
    actionKey,
    action: { kind: 'note', note: new InternalText('یادداشت') },
  });
  await damageKey(damaged);
  await damageKey(whole);

  const refused = await record(damaged, 'approve', decision?.id ?? '');
  expect(refused).toMatchObject({ refused: DAMAGED, state: { status: 'pending' } });
  expect(await recordUnitAction(site.deps, { letterId: whole, actionId: actionKey })).toMatchObject(
    {
      refused: DAMAGED,
      state: { step: 'with_unit' },
    },
  );
  await expect(
    decideLetter(site.deps, { letterId: damaged, staff: admin, decision: { kind: 'approve' } }),
  ).rejects.toMatchObject({ code: 'damaged' });
  await expect(
    actOnLetter(site.deps, {
      letterId: whole,
      staff: clerk,
      action: { kind: 'close', reason: publicText('رسیدگی شد') },
    }),
  ).rejects.toMatchObject({ code: 'damaged' });
});

test('of a letter with one damaged text the rest is read', async () => {
  await approve(whole);
  await db`update letters set subject = ${spoiled('subject')} where id = ${damaged}`;
  const letter = await getStaffLetter(site.deps, { staff: admin, letterId: damaged });
  expect(letter).toMatchObject({ damaged: true, subject: '', senderName: 'شرکت نمونه' });
  expect(letter.files[0].name).toBe('نامه.pdf');
  await actOnLetter(site.deps, {
    letterId: whole,
    staff: clerk,
    action: { kind: 'note', note: new InternalText('یادداشت') },
  });
  expect(await getStaffLetter(site.deps, { staff: admin, letterId: whole })).not.toHaveProperty(
    'damaged',
  );
  await db`update files set name = ${spoiled('name')} where letter_id = ${whole}`;
  const other = await getLetter(site.deps, { applicantId, letterId: whole });
  expect(other).toMatchObject({ damaged: true, subject: 'نامه‌ی سالم' });
  expect(other.files[0]).toMatchObject({ name: '', damaged: true });
});

test('a letter whose key is not there any more is one that cannot be read', async () => {
  await db`alter table letter_keys disable trigger user`;
  await db`delete from letter_keys where letter_id = ${damaged}`;
  await db`alter table letter_keys enable trigger user`;
  expect(await getStaffLetter(site.deps, { staff: admin, letterId: damaged })).toMatchObject({
    damaged: true,
    subject: '',
  });
  expect((await checkLetters(db)).detail).toContain(damaged);
});

test('letters of a person whose number is damaged are listed with all others', async () => {
  await db`
    update applicants set mobile_sealed = ${spoiled('mobile_sealed')} where id = ${applicantId}`;
  for (const path of ['/letters', '/account'])
    expect((await pageOf(path, { applicantId })).status).toBe(200);
  applicantId = await addTestApplicant(db, '+989120000001');
  const third = await submit('نامه‌ی سوم');
  const { letters } = await getStaffQueue(site.deps, { staff: admin, filter: 'pending' });
  expect(letters.map(({ id, damaged: isDamaged = false }) => [id, isDamaged])).toEqual([
    [whole, true],
    [damaged, true],
    [third, false],
  ]);
});

test('doctor counts the letters that cannot be read and names them, and does not blame the secret', async () => {
  expect(await checkLetters(db)).toEqual({
    ok: true,
    detail: 'of 2 letters every one can be read',
  });
  await damageKey(damaged);
  const found = await checkLetters(db);
  expect(found.ok).toBe(false);
  expect(found.detail).toContain('of 2 letters 1 cannot be read');
  expect(found.detail).toContain(damaged);
  expect(await opensRecord(db)).toBe(true);
  await damageKey(whole);
  expect(await opensRecord(db)).toBe(false);
});

test('a letter whose key is damaged can be withdrawn and erased', async () => {
  await damageKey(damaged);
  const files = createFileStore(site.config.FILES_URL);
  const id = randomUUID();
  await db`
    insert into decisions (id, letter_id, kind, decided_by)
    values (${id}, ${damaged}, 'withdraw', 'sender')`;
  expect(await record(damaged, 'withdraw', id)).toMatchObject({ refused: null });
  await db`update outbox set done_at = now()`;
  const deps = testDeps(db, {
    files,
    engine: endedEngine(),
  });
  const actor = { kind: 'operator', id: 'test' } as const;
  expect(await eraseLetter(deps, { letterId: damaged, actor, why: 'cannot be read' })).toEqual({
    outcome: 'erased',
    files: 1,
  });
  expect(await checkLetters(db)).toMatchObject({ ok: true });
});
