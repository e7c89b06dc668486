/** Reasons that are picked: what a letter is told, and what administrators do about them. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addStockReason } from '../../src/desk/administration/stock-reasons.sql.ts';
import type { SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { en } from '../text/en.ts';
import { fa } from '../text/fa.ts';

let site: TestSite;
let people: Record<'reviewer' | 'admin' | 'auditor', SiteMember>;
beforeAll(async () => {
  site = await openTestSite();
  people = {
    reviewer: await site.addMember('reviewer'),
    admin: await site.addMember('admin'),
    auditor: await site.addMember('auditor'),
  };
});
afterAll(() => site?.stop());

type Who = keyof typeof people;
const as = (who: Who) => ({
  cookie: `${people[who].cookie}; lang=${who === 'reviewer' ? 'fa' : 'en'}`,
});
const read = async (path: string, who: Who): Promise<string> =>
  (await site.get(path, as(who))).text();
const send = (path: string, fields: Record<string, string>, who: Who) =>
  site.post(path, new URLSearchParams(fields), as(who));

const addReason = async (kind: 'reject' | 'return') => {
  const reason = { id: randomUUID(), kind, text: `دلیل ${randomUUID().slice(0, 8)}` };
  await addStockReason(site.db, reason);
  return reason;
};

/** What its sender is told, once the workflow has taken the decision. */
const reasonOf = async ({ id }: { id: string }, cookie: string): Promise<string> => {
  await site.applyDecision(id);
  return (await site.get(`/letters/${id}`, { cookie })).text();
};

const decisionsOn = async ({ id }: { id: string }): Promise<number> =>
  (await site.db`select 1 from decisions where letter_id = ${id}`).length;

test('a reason that is picked is what the sender is told, when nothing is typed', async () => {
  const letter = await site.letterIn('pending');
  const reject = await addReason('reject');
  const path = `/staff/letters/${letter.id}`;
  const page = await read(path, 'reviewer');
  expect(page).toContain(`value="${reject.id}"`);
  expect(page).toContain(`<bdi>${reject.text}</bdi>`);
  const fields = { stockReason: reject.id, reason: ' ', round: '1' };
  expect((await send(`${path}/rejection`, fields, 'reviewer')).status).toBe(303);
  expect(await reasonOf(letter, letter.sender.cookie)).toContain(reject.text);
});

test('what is typed is meant, whatever is picked, and a return has reasons of its own', async () => {
  const letter = await site.letterIn('pending');
  const [sendBack, reject] = [await addReason('return'), await addReason('reject')];
  const typed = { stockReturn: sendBack.id, returnReason: 'صفحه‌ی دوم نیست', round: '1' };
  expect((await send(`/staff/letters/${letter.id}/return`, typed, 'reviewer')).status).toBe(303);
  const told = await reasonOf(letter, letter.sender.cookie);
  expect(told).toContain('صفحه‌ی دوم نیست');
  expect(told).not.toContain(sendBack.text);

  const other = await site.letterIn('pending');
  const wrongKind = { stockReturn: reject.id, returnReason: '', round: '1' };
  const answer = await send(`/staff/letters/${other.id}/return`, wrongKind, 'reviewer');
  expect(answer.status).toBe(422);
  expect(await answer.text()).toContain(fa.staffLetter.problems.stock_gone);
  expect(await decisionsOn(other)).toBe(0);
});

test('a reason that was retired meanwhile is told, and nothing is decided', async () => {
  const letter = await site.letterIn('pending');
  const path = `/staff/letters/${letter.id}`;
  const reject = await addReason('reject');
  await site.db`update stock_reasons set retired_at = now() where retired_at is null`;
  const fields = { stockReason: reject.id, reason: '', round: '1' };
  const answer = await send(`${path}/rejection`, fields, 'reviewer');
  const html = await answer.text();
  expect(answer.status).toBe(422);
  expect(html).toContain('href="#stockReason"');
  expect(html).toContain(fa.staffLetter.problems.stock_gone);
  expect(await decisionsOn(letter)).toBe(0);
  // Without any there is no such field.
  expect(await read(path, 'reviewer')).not.toContain('id="stockReason"');
});

test('an administrator adds, changes and retires a reason; what is wrong comes back with why', async () => {
  const reject = await addReason('reject');
  const empty = await send('/staff/admin/reasons/new', { kind: '', text: '' }, 'admin');
  const html = await empty.text();
  expect(empty.status).toBe(422);
  for (const words of [
    en.admin.reasons.problems.kind_missing,
    en.admin.reasons.problems.text_missing,
  ])
    expect(html).toContain(words);
  const to = ({ status, headers }: Response): string => `${status} ${headers.get('location')}`;
  const fields = { kind: 'reject', text: 'a reason' };
  expect(to(await send('/staff/admin/reasons/new', fields, 'admin'))).toBe(
    '303 /staff/admin/reasons?notice=reason_added',
  );
  const address = `/staff/admin/reasons/${reject.id}`;
  expect(await read(address, 'admin')).toContain(reject.text);
  expect(to(await send(address, { text: 'another', version: '1' }, 'admin'))).toBe(
    '303 /staff/admin/reasons?notice=reason_changed',
  );
  const stale = await send(address, { text: 'another', version: '9' }, 'admin');
  expect([stale.status, (await stale.text()).includes(en.admin.stale)]).toEqual([409, true]);
  const retirement = `${address}/retirement`;
  const asked = await send(retirement, { version: '2' }, 'admin');
  expect([asked.status, (await asked.text()).includes('name="confirmed"')]).toEqual([200, true]);
  expect(await read('/staff/admin/reasons', 'admin')).toContain(address);
  expect(to(await send(retirement, { version: '2', confirmed: '1' }, 'admin'))).toBe(
    '303 /staff/admin/reasons?notice=reason_retired',
  );
  expect((await site.get('/staff/admin/reasons/none', as('admin'))).status).toBe(404);
});

test('an auditor reads the reasons and changes none, and a reviewer does not get there', async () => {
  const reject = await addReason('reject');
  const list = await read('/staff/admin/reasons', 'auditor');
  expect(list).toContain(reject.text);
  expect(list).not.toContain('/staff/admin/reasons/');
  const fields = { kind: 'reject', text: 'x' };
  for (const who of ['auditor', 'reviewer'] as const)
    expect((await send('/staff/admin/reasons/new', fields, who)).status).toBe(403);
});
