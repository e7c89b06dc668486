/** The e-mail settings of a member's own account, and what a deadline has set off on a letter's page. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addFiredRung } from '../../src/desk/letters/deadline-ladder.sql.ts';
import { findMailSettings } from '../../src/desk/staff/staff-mail.sql.ts';
import type { SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';

let site: TestSite;
let member: SiteMember;

beforeAll(async () => {
  site = await openTestSite();
  member = await site.addMember('reviewer');
});
afterAll(() => site?.stop());

const as = (): { cookie: string } => ({ cookie: member.cookie });
const accountPage = async (): Promise<string> => (await site.get('/staff/account', as())).text();
const send = (fields: Record<string, string>): Promise<Response> =>
  site.post('/staff/account/mail', new URLSearchParams(fields), as());

test('a member gives an address, chooses what is sent to it, and takes it away', async () => {
  expect(await accountPage()).toContain('>ایمیل</label>');
  const saved = await send({
    email: ' sara@example.org ',
    'mail-digest': 'on',
    'mail-other': 'on',
  });
  expect([saved.status, saved.headers.get('location')]).toEqual([
    303,
    '/staff/account?notice=mail_changed',
  ]);
  expect(await findMailSettings(site.db, member.id)).toEqual({
    email: 'sara@example.org',
    kinds: ['digest'],
  });
  const html = await accountPage();
  expect(html).toContain('value="sara@example.org"');
  expect(html.match(/<input type="checkbox"[^>]* checked/g)).toHaveLength(1);
  await send({ email: '' });
  expect(await findMailSettings(site.db, member.id)).toEqual({ email: null, kinds: [] });
});

test('what is no address comes back as it was typed', async () => {
  const answer = await send({ email: 'sara@', 'mail-assigned': 'on' });
  expect(answer.status).toBe(422);
  const html = await answer.text();
  expect(html).toContain('value="sara@"');
  expect(html).toContain('href="#email"');
  expect(html.match(/<input type="checkbox"[^>]* checked/g)).toHaveLength(1);
});

test('what a deadline has set off is an internal entry on the page of staff, and nothing to its sender', async () => {
  const letter = await site.letterIn('approved');
  const [row] = await site.db<{ unitId: string; round: number }[]>`
    select unit_id, round from letters where id = ${letter.id}`;
  if (!row) throw new Error('the letter is gone');
  await site.db.begin((tx) =>
    addFiredRung(tx, { letterId: letter.id, rung: 'overdue', dueAt: new Date(), ...row }),
  );
  const html = await (await site.get(`/staff/letters/${letter.id}`, as())).text();
  expect(html).toMatch(/data-internal=""[^>]* data-rung="overdue"/);
  expect(html).toContain('مهلت پاسخ به پایان رسید');
  const { cookie } = letter.sender;
  const own = await (await site.get(`/letters/${letter.id}`, { cookie })).text();
  expect(own).not.toContain('data-rung');
  expect(own).not.toContain('مهلت پاسخ به پایان رسید');
});
