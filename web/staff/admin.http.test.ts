/** Administration, the audit trail and one's own letter over HTTP, on the real desk. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { administratorOf } from '../../src/desk/administration/administrator.ts';
import { actOnMember } from '../../src/desk/administration/members.ts';
import { addTestApplicant, addTestStaff, addTestUnit } from '../../src/testing/letters.ts';
import { cookieOf, freshMobile, makeRealHome, startRealSite } from '../../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../../src/testing/real-site.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { recordDecision } from '../../src/desk/letters/record-decision.ts';
import { submitLetter } from '../../src/desk/letters/submit-letter.ts';
import { receiveFile } from '../../src/platform/files/receive-file.ts';

const ORIGIN = 'http://desk.test';
let home: RealHome;
let site: RealSite;
let admin: StaffMember;
let cookie: string;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, { env: { RATE_LIMITS: 'off' } });
  admin = await addTestStaff(site.db, { role: 'admin' });
  cookie = await cookieOf(site.db, { staffId: admin.id });
  await site.db`update sessions set proven_at = now() where staff_id = ${admin.id}`;
});
afterAll(async () => {
  await site.stop();
  await home.remove();
});

const ask = (path: string, fields?: Record<string, string>, as = cookie): Promise<Response> =>
  Promise.resolve(
    site.app.request(`${ORIGIN}${path}`, {
      headers: { cookie: `${as}; lang=en`, origin: ORIGIN },
      ...(fields && { method: 'POST', body: new URLSearchParams({ unused: '1', ...fields }) }),
    }),
  );
const to = ({ status, headers }: Response): string =>
  `${status} ${headers.get('location') ?? ''}`.trim();
const versionOf = (html: string): string => /name="version" value="(\d+)"/.exec(html)?.[1] ?? '';
const passwordOf = (html: string): string => /class="code secret">([^<]+)</.exec(html)?.[1] ?? '';

test('an administrator adds a unit and a member of it, who then signs in with the password shown once', async () => {
  const name = `بایگانی ${randomUUID().slice(0, 8)}`;
  expect(to(await ask('/staff/admin/units/new', { name }))).toBe(
    '303 /staff/admin/units?notice=unit_added',
  );
  const [unit] = await site.db<{ id: string }[]>`select id from units where name = ${name}`;
  const unitId = unit?.id ?? '';
  expect(await (await ask('/staff/admin/units')).text()).toContain(name);
  const username = `u-${randomUUID().slice(0, 8)}`;
  const fields = { username, name: 'بایگان', role: 'unit', unit1: unitId, mobile: '' };
  const added = await ask('/staff/admin/members/new', fields);
  const html = await added.text();
  expect([added.status, added.headers.get('cache-control')]).toEqual([200, 'no-store']);
  const password = passwordOf(html);
  expect(password).not.toBe('');
  const answer = await ask('/staff/sign-in', { username, password }, 'a=b');
  expect(to(answer)).toMatch(/^303 \/staff/);
  expect(answer.headers.getSetCookie().join()).toMatch(/staff_(sid|pending)=/);
  const again = await ask('/staff/admin/members/new', fields);
  expect(again.status).toBe(422);
  expect(await again.text()).toContain('This user name is taken');
});

test('what was typed wrongly comes back with its problem beside it', async () => {
  const answer = await ask('/staff/admin/members/new', {
    username: 'Ä',
    name: 'نامی',
    role: 'unit',
    mobile: '021',
  });
  const html = await answer.text();
  expect(answer.status).toBe(422);
  for (const words of ['A user name has 2 to 64', 'Enter a mobile number, like', 'value="نامی"'])
    expect(html).toContain(words);
});

test('of two administrators the second is told, and sees what stands now', async () => {
  const member = await addTestStaff(site.db, { role: 'reviewer' });
  const path = `/staff/admin/members/${member.id}`;
  const version = versionOf(await (await ask(path)).text());
  const fields = { version, role: 'reviewer', mobile: '' };
  expect(to(await ask(path, { ...fields, name: 'نخست' }))).toBe(
    '303 /staff/admin/members?notice=member_changed',
  );
  const second = await ask(path, { ...fields, name: 'دوم' });
  const html = await second.text();
  expect(second.status).toBe(409);
  expect(html).toContain('Somebody else has just changed this');
  expect(html).toContain('value="نخست"');
  expect(to(await ask(path, { ...fields, version: versionOf(html), name: 'دوم' }))).toBe(
    '303 /staff/admin/members?notice=member_changed',
  );
});

test('a disabled member is out at once, and nobody disables themselves', async () => {
  const member = await addTestStaff(site.db, { role: 'reviewer' });
  const theirs = await cookieOf(site.db, { staffId: member.id });
  expect((await ask('/staff/account', undefined, theirs)).status).toBe(200);
  const act = { act: 'disable', version: '1' };
  expect(to(await ask(`/staff/admin/members/${member.id}/acts`, act))).toBe(
    '303 /staff/admin/members?notice=member_disable',
  );
  expect(to(await ask('/staff/account', undefined, theirs))).toBe(
    '303 /staff?notice=sign_in_first',
  );
  const own = await ask(`/staff/admin/members/${admin.id}/acts`, act);
  expect(own.status).toBe(422);
});

test('without a proof of identity a short time ago nothing about staff is changed', async () => {
  const old = await cookieOf(site.db, { staffId: admin.id });
  const member = await addTestStaff(site.db, { role: 'reviewer' });
  const path = `/staff/admin/members/${member.id}/acts`;
  expect(to(await ask(path, { act: 'disable', version: '1' }, old))).toBe(
    '303 /staff/account/confirm?next=members',
  );
  const by = await administratorOf(site.deps, { sessionToken: old.replace('staff_sid=', '') });
  await expect(
    actOnMember(site.deps, by, { memberId: member.id, version: 1, act: 'disable' }),
  ).rejects.toMatchObject({ code: 'not_allowed' });
});

test('the audit trail is read page by page and by filter, and reading it is told', async () => {
  const auditor = await addTestStaff(site.db, { role: 'auditor' });
  const theirs = await cookieOf(site.db, { staffId: auditor.id });
  const html = await (await ask('/staff/admin/audit', undefined, theirs)).text();
  expect(html).toContain('the hash of each entry on this page was computed again');
  expect(html).toContain('data-action="unit_added"');
  const filtered = await ask(`/staff/admin/audit?actor=${auditor.username}`, undefined, theirs);
  const own = await filtered.text();
  expect([...own.matchAll(/data-action="(\w+)"/g)].map(([, action]) => action)).toEqual([
    'audit_read',
    'audit_read',
  ]);
  const none = await ask('/staff/admin/audit?day=1399/1/1', undefined, theirs);
  expect(await none.text()).toContain('There is no such entry');
  const odd = await ask(
    "/staff/admin/audit?day='&action=%27;--&letter=1&before=x",
    undefined,
    theirs,
  );
  expect(odd.status).toBe(200);
});

test('what an entry says beside its action has its words in both languages', async () => {
  const member = await addTestStaff(site.db, { role: 'reviewer' });
  await ask(`/staff/admin/members/${member.id}`, {
    version: '1',
    name: member.name,
    role: 'auditor',
    mobile: '09121112233',
  });
  const path = '/staff/admin/audit?action=staff_changed';
  const english = await (await ask(path)).text();
  expect(english).toContain('role before: <bdi>Secretariat</bdi>');
  expect(english).toContain('mobile number changed: <bdi>yes</bdi>');
  const headers = { cookie: `${cookie}; lang=fa` };
  const persian = await (await site.app.request(`${ORIGIN}${path}`, { headers })).text();
  expect(persian).toContain('نقش پیشین: <bdi>دبیرخانه</bdi>');
  expect(persian).toContain('شماره‌ی همراه عوض شد: <bdi>بله</bdi>');
  expect(persian).not.toContain('roleBefore');
});

test('an administrator gives a unit deadlines of its own, and takes them away again', async () => {
  const unitId = await addTestUnit(site.db);
  const path = `/staff/admin/units/${unitId}`;
  const page = await (await ask(path)).text();
  expect(page).toContain('All units: 10; 0 means none');
  const change = (fields: Record<string, string>) =>
    ask(path, { version: '1', name: `واحد ${unitId}`, ...fields });
  const wrong = await change({ answerDays: '366', remindDays: 'x', escalateDays: '۲' });
  expect(wrong.status).toBe(422);
  const shown = await wrong.text();
  for (const kept of ['value="366"', 'value="x"', 'value="۲"']) expect(shown).toContain(kept);
  expect(shown.match(/Enter a number from 0 to 365/g)).toHaveLength(4);
  expect(to(await change({ answerDays: '۵', remindDays: '', escalateDays: '0' }))).toBe(
    '303 /staff/admin/units?notice=unit_changed',
  );
  const stored = () => site.db`
    select answer_days, remind_days, escalate_days from units where id = ${unitId}`;
  expect(await stored()).toEqual([{ answerDays: 5, remindDays: null, escalateDays: 0 }]);
  expect((await change({ answerDays: '7' })).status).toBe(409);
  expect(await (await ask(path)).text()).toContain('value="5"');
  expect((await change({ version: '2' })).status).toBe(303);
  expect(await stored()).toEqual([{ answerDays: null, remindDays: null, escalateDays: null }]);
});

test('an entry that was changed behind the desk is named', async () => {
  const unitId = await addTestUnit(site.db);
  await ask(`/staff/admin/units/${unitId}`, { version: '1', name: `واحد ${randomUUID()}` });
  const [entry] = await site.db.begin(async (tx) => {
    await tx`alter table audit_entries disable trigger user`;
    const rows = await tx<{ id: string }[]>`
      update audit_entries set details = '{"name":"x"}' where id = (
        select max(id) from audit_entries where action = 'unit_renamed') returning id::text`;
    await tx`alter table audit_entries enable trigger user`;
    return rows;
  });
  const html = await (await ask('/staff/admin/audit?action=unit_renamed')).text();
  expect(html).toContain('The hashes of these entries do not fit'.slice(4));
  expect(html).toContain(entry?.id ?? 'no entry');
});

test('the table for spreadsheets has no cell that would be taken for a formula', async () => {
  await ask('/staff/admin/units/new', { name: `=HYPERLINK("http://x") ${randomUUID()}` });
  const member = await addTestStaff(site.db, { role: 'auditor' });
  await site.db`update staff set name = '@SUM(1+1)' where id = ${member.id}`;
  await ask('/staff/admin/audit', undefined, await cookieOf(site.db, { staffId: member.id }));
  const answer = await ask('/staff/admin/audit/entries.csv');
  const table = Buffer.from(await answer.arrayBuffer()).toString();
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename="audit.csv"');
  expect(table).toContain(`"'@SUM(1+1)"`);
  for (const cell of table.matchAll(/"((?:[^"]|"")*)"/g)) expect(cell[1]).not.toMatch(/^[=+\-@]/);
});

test('a letter from the own number is read without forms, and deciding it is refused in plain words', async () => {
  const mobile = freshMobile();
  const applicantId = await addTestApplicant(site.db, mobile);
  const reviewer = await addTestStaff(site.db, { role: 'reviewer', mobile });
  const theirs = await cookieOf(site.db, { staffId: reviewer.id });
  const { name, bytes } = await sampleFile('pdf');
  const received = await receiveFile(site.deps, {
    stream: Readable.from([bytes]),
    fileName: name,
  });
  if (!received.ok) throw new Error(received.problem);
  const { letterId } = await submitLetter(site.deps, {
    applicantId,
    submissionKey: randomUUID(),
    senderName: 'فرستنده',
    unitId: await addTestUnit(site.db),
    subject: 'موضوع',
    files: [received.file],
  });
  const path = `/staff/letters/${letterId}`;
  const html = await (await ask(path, undefined, theirs)).text();
  expect(html).toContain('This letter was sent from your own mobile number');
  expect(html).not.toMatch(/action="[^"]*\/(approval|rejection|return)"/);
  for (const [form, fields] of Object.entries({
    approval: { unit: '' },
    rejection: { reason: 'دلیل' },
    return: { returnReason: 'دلیل' },
  })) {
    const answer = await ask(`${path}/${form}`, fields, theirs);
    expect([form, answer.status]).toEqual([form, 403]);
    expect(await answer.text()).toContain('This letter is from your own number');
  }
  expect(await (await ask(path)).text()).toMatch(/action="[^"]*\/approval"/);
  await recordDecision(site.deps, {
    letterId,
    decision: { kind: 'approve', decisionId: randomUUID(), by: 'somebody' },
  });
  await site.db`update staff set role = 'admin' where id = ${reviewer.id}`;
  expect(await (await ask(path, undefined, theirs)).text()).not.toMatch(/action="[^"]*\/closing"/);
  for (const [form, fields] of Object.entries({
    notes: { note: 'یادداشت' },
    closing: {},
    referrals: { referUnit: await addTestUnit(site.db), referText: 'ارجاع' },
  })) {
    const answer = await ask(`${path}/${form}`, fields, theirs);
    expect([form, answer.status]).toEqual([form, 403]);
  }
});
