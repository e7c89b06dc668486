/** «تصمیم گروهی» from the queue to its result, without a browser. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decideLetterOfBulk, endBulk } from '../../src/desk/letters/decide-in-bulk.ts';
import { listBulkLetters } from '../../src/desk/letters/bulk-decisions.sql.ts';
import type { SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { fa } from '../text/fa.ts';

let site: TestSite;
let reviewer: SiteMember;

beforeAll(async () => {
  site = await openTestSite();
  reviewer = await site.addMember('reviewer', { name: 'مریم رضایی' });
}, 300_000);
afterAll(() => site.stop());

const as = ({ cookie }: SiteMember) => ({ cookie });
const read = async (path: string, who = reviewer) => (await site.get(path, as(who))).text();

const lettersOf = async (count: number): Promise<string[]> => {
  const ids: string[] = [];
  for (let made = 0; made < count; made += 1) ids.push((await site.letterIn('pending')).id);
  return ids;
};

const send = (fields: Record<string, string>, who = reviewer) =>
  site.post('/staff/bulk/new', new URLSearchParams(fields), as(who));

const bulkOf = async (letters: string[], fields: Record<string, string> = {}): Promise<string> => {
  const form = { formKey: randomUUID(), letters: letters.join(' '), kind: 'approve', ...fields };
  const { status, headers } = await send(form);
  expect(status).toBe(303);
  return headers.get('location')?.split('/').at(-1) ?? '';
};

/** As the workflow does. */
const run = async (bulkId: string): Promise<void> => {
  for (const { letterId } of await listBulkLetters(site.db, bulkId))
    await decideLetterOfBulk(site.deps, { bulkId, letterId });
  await endBulk(site.deps, { bulkId });
};

test('the queue offers the choice to reviewers, and the form names what was chosen', async () => {
  const [first = '', second = ''] = await lettersOf(2);
  const queue = await read('/staff');
  expect(queue).toContain(`name="letter" value="${first}" form="bulk"`);
  expect(queue).toContain('تصمیم گروهی');
  const auditor = await site.addMember('auditor');
  expect(await read('/staff?filter=pending', auditor)).not.toContain('تصمیم گروهی');
  expect((await site.get(`/staff/bulk/new?letter=${first}`, as(auditor))).status).toBe(403);
  const form = await read(`/staff/bulk/new?letter=${first}&letter=${second}&letter=nothing`);
  expect(form).toContain('یک تصمیم برای ۲ نامه');
  expect(await read('/staff/bulk/new')).toContain('نامه‌ای برگزیده نشده است');
});

test('what is missing is asked for, and what was typed is kept', async () => {
  const letters = (await lettersOf(1)).join(' ');
  const none = await send({ formKey: randomUUID(), letters, kind: '' });
  expect([none.status, (await none.text()).includes('تصمیم را برگزینید')]).toEqual([422, true]);
  const reject = await send({ formKey: randomUUID(), letters, kind: 'reject', bulkReason: ' ' });
  const html = await reject.text();
  expect(reject.status).toBe(422);
  expect(html).toContain('دلیل رد را بنویسید');
  expect(html).toContain('<option value="reject" selected="">');
});

test('each letter has a result of its own, and the same form again is the same decision', async () => {
  const letters = await lettersOf(3);
  const formKey = randomUUID();
  const bulkId = await bulkOf(letters, { formKey, kind: 'reject', bulkReason: 'امضا ندارد' });
  expect(await bulkOf(letters, { formKey, kind: 'reject', bulkReason: 'امضا ندارد' })).toBe(bulkId);
  const sealed = await site.db<{ reason: string }[]>`
    select reason from bulk_decision_letters where bulk_id = ${bulkId}`;
  expect(sealed).toHaveLength(3);
  expect(JSON.stringify(sealed)).not.toContain('امضا');
  const colleague = await site.addMember('reviewer');
  const body = new URLSearchParams({ unit: '', round: '1' });
  await site.post(`/staff/letters/${letters[1]}/approval`, body, as(colleague));
  await run(bulkId);
  await run(bulkId);
  const html = await read(`/staff/bulk/${bulkId}`);
  expect(html.match(/data-outcome="decided"/g)).toHaveLength(2);
  expect(html).toContain('پیش از این درباره‌ی آن تصمیم گرفته شده بود');
  expect(html).toContain('۳ از ۳ نامه انجام شد؛ ۲ تصمیم ثبت شد.');
  const rows = await site.db`
    select letter_id from decisions where letter_id = any(${letters}::uuid[])`;
  expect(rows).toHaveLength(3);
  expect(
    await site.db`
    select 1 from bulk_decision_letters where bulk_id = ${bulkId} and reason is not null`,
  ).toHaveLength(0);
});

test('a form used again with another decision or reason is told, before and after the letters are done', async () => {
  const letters = await lettersOf(2);
  const formKey = randomUUID();
  const reject = { kind: 'reject', bulkReason: 'امضا ندارد' };
  const bulkId = await bulkOf(letters, { formKey, ...reject });
  const others = [
    { kind: 'approve' },
    { ...reject, bulkReason: 'ناخوانا است' },
    { ...reject, letters: (await lettersOf(1)).join(' ') },
  ];
  for (const isDone of [false, true]) {
    if (isDone) await run(bulkId);
    for (const other of others) {
      const told = await send({ formKey, letters: letters.join(' '), ...other });
      expect([told.status, (await told.text()).includes(fa.errors.keyReused.title)]).toEqual([
        409,
        true,
      ]);
    }
    expect(await bulkOf(letters, { formKey, ...reject })).toBe(bulkId);
  }
});

test('nobody decides their own letter in a bulk either', async () => {
  const sender = await site.addApplicant();
  const own = await site.addMember('reviewer', { mobile: sender.mobile });
  const { id } = await site.letterIn('pending', { sender });
  const form = { formKey: randomUUID(), letters: id, kind: 'approve' };
  const { headers } = await send(form, own);
  const path = headers.get('location') ?? '';
  await run(path.split('/').at(-1) ?? '');
  expect(await read(path, own)).toContain('نامه از شماره‌ی خود شماست');
  expect(await site.db`select 1 from decisions where letter_id = ${id}`).toHaveLength(0);
});

test('the rest is cancelled, a colleague sees nothing of it, and what was begun goes on', async () => {
  const letters = await lettersOf(3);
  const bulkId = await bulkOf(letters);
  await decideLetterOfBulk(site.deps, { bulkId, letterId: letters[0] ?? '' });
  const colleague = await site.addMember('reviewer');
  expect((await site.get(`/staff/bulk/${bulkId}`, as(colleague))).status).toBe(404);
  const cancel = (who: SiteMember) =>
    site.post(`/staff/bulk/${bulkId}/cancellation`, new URLSearchParams(), as(who));
  expect((await cancel(colleague)).status).toBe(404);
  const answer = await cancel(reviewer);
  expect(answer.headers.get('location')).toBe(`/staff/bulk/${bulkId}?notice=bulk_cancelled`);
  await run(bulkId);
  const html = await read(`/staff/bulk/${bulkId}`);
  expect(html.match(/data-outcome="cancelled"/g)).toHaveLength(2);
  expect(html.match(/data-outcome="decided"/g)).toHaveLength(1);
});
