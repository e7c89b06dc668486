/** Reasons that are picked: what a letter is told, and what administrators do about them. */
import { expect, test } from 'vitest';
import { createTestSite, REVIEWER } from '../../src/testing/web.ts';
import type { TestSite } from '../../src/testing/web.ts';
import { en } from '../text/en.ts';
import { fa } from '../text/fa.ts';

const ADMIN = { cookie: 'staff_sid=staff-admin; lang=en' };
const AUDITOR = { cookie: 'staff_sid=staff-nasrin; lang=en' };

/** A letter that waits, and the reasons that stand on its page. */
const siteWithLetter = () => {
  const site = createTestSite();
  const { id } = site.fake.addLetter();
  const [reject, , sendBack] = site.fake.stockReasons;
  if (!reject || !sendBack) throw new Error('there are no reasons');
  const send = (path: string, fields: Record<string, string>, who: Record<string, string>) =>
    site.post(path, new URLSearchParams(fields), who);
  return { ...site, id, reject, sendBack, send };
};

const reasonOf = (site: TestSite, id: string) => {
  const letter = site.fake.letters.find((one) => one.id === id);
  return letter?.rejectionReason ?? letter?.returnReason;
};

test('a reason that is picked is what the sender is told, when nothing is typed', async () => {
  const site = siteWithLetter();
  const { id, reject } = site;
  const page = await (await site.get(`/staff/letters/${id}`, REVIEWER)).text();
  expect(page).toContain(`<option value="${reject.id}">${reject.text}</option>`);
  const fields = { stockReason: reject.id, reason: ' ', round: '1' };
  const answer = await site.send(`/staff/letters/${id}/rejection`, fields, REVIEWER);
  expect(answer.status).toBe(303);
  expect(reasonOf(site, id)).toBe(reject.text);
});

test('what is typed is meant, whatever is picked, and a return has reasons of its own', async () => {
  const site = siteWithLetter();
  const { id, sendBack, reject } = site;
  const typed = { stockReturn: sendBack.id, returnReason: 'صفحه‌ی دوم نیست', round: '1' };
  expect((await site.send(`/staff/letters/${id}/return`, typed, REVIEWER)).status).toBe(303);
  expect(reasonOf(site, id)).toBe('صفحه‌ی دوم نیست');

  const other = site.fake.addLetter();
  const wrongKind = { stockReturn: reject.id, returnReason: '', round: '1' };
  const answer = await site.send(`/staff/letters/${other.id}/return`, wrongKind, REVIEWER);
  expect(answer.status).toBe(422);
  expect(await answer.text()).toContain(fa.staffLetter.problems.stock_gone);
  expect(other.status).toBe('pending');
});

test('a reason that was retired meanwhile is told, and nothing is decided', async () => {
  const site = siteWithLetter();
  const { id, reject } = site;
  site.fake.stockReasons.length = 0;
  const fields = { stockReason: reject.id, reason: '', round: '1' };
  const answer = await site.send(`/staff/letters/${id}/rejection`, fields, REVIEWER);
  const html = await answer.text();
  expect(answer.status).toBe(422);
  expect(html).toContain('href="#stockReason"');
  expect(html).toContain(fa.staffLetter.problems.stock_gone);
  // Without any there is no such field.
  const page = await (await site.get(`/staff/letters/${id}`, REVIEWER)).text();
  expect(page).not.toContain('id="stockReason"');
});

test('an administrator adds, changes and retires a reason; what is wrong comes back with why', async () => {
  const site = siteWithLetter();
  const { get, send, reject } = site;
  const empty = await send('/staff/admin/reasons/new', { kind: '', text: '' }, ADMIN);
  const html = await empty.text();
  expect(empty.status).toBe(422);
  for (const words of [
    en.admin.reasons.problems.kind_missing,
    en.admin.reasons.problems.text_missing,
  ])
    expect(html).toContain(words);
  const to = ({ status, headers }: Response): string => `${status} ${headers.get('location')}`;
  const fields = { kind: 'reject', text: 'a reason' };
  expect(to(await send('/staff/admin/reasons/new', fields, ADMIN))).toBe(
    '303 /staff/admin?notice=reason_added',
  );
  const address = `/staff/admin/reasons/${reject.id}`;
  expect(await (await get(address, ADMIN)).text()).toContain(reject.text);
  expect(to(await send(address, { text: 'another', version: '1' }, ADMIN))).toBe(
    '303 /staff/admin?notice=reason_changed',
  );
  const stale = await send(address, { text: 'another', version: '9' }, ADMIN);
  expect([stale.status, (await stale.text()).includes(en.admin.stale)]).toEqual([409, true]);
  expect(to(await send(`${address}/retirement`, { version: '1' }, ADMIN))).toBe(
    '303 /staff/admin?notice=reason_retired',
  );
  expect((await get('/staff/admin/reasons/none', ADMIN)).status).toBe(404);
});

test('an auditor reads the reasons and changes none, and a reviewer does not get there', async () => {
  const { get, send, reject } = siteWithLetter();
  const list = await (await get('/staff/admin', AUDITOR)).text();
  expect(list).toContain(reject.text);
  expect(list).not.toContain('/staff/admin/reasons/');
  const fields = { kind: 'reject', text: 'x' };
  for (const who of [AUDITOR, REVIEWER])
    expect((await send('/staff/admin/reasons/new', fields, who)).status).toBe(403);
});
