/** What administrators word, and what senders and staff are sent. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MESSAGE_TEXTS, textKey } from '../../src/desk/administration/message-texts.ts';
import { SMS_LOCALES } from '../../src/platform/messages/sms-texts.ts';
import { writeSms } from '../../src/platform/messages/write-sms.ts';
import { readMessages } from '../../src/testing/messages.ts';
import type { SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';

const HOME = '/staff/admin/texts';
let site: TestSite;
let people: Record<'admin' | 'auditor' | 'reviewer', SiteMember>;
beforeAll(async () => {
  site = await openTestSite();
  people = {
    admin: await site.addMember('admin'),
    auditor: await site.addMember('auditor'),
    reviewer: await site.addMember('reviewer'),
  };
  await site.db`update sessions set proven_at = now()`;
});
afterAll(() => site?.stop());

type Who = keyof typeof people;
const as = (who: Who) => ({ cookie: `${people[who].cookie}; lang=en` });
const read = async (path: string, who: Who = 'admin'): Promise<string> =>
  (await site.get(`${HOME}${path}`, as(who))).text();
const send = (text: string, fields: Record<string, string>, who: Who = 'admin') =>
  site.post(`${HOME}/${text}`, new URLSearchParams(fields), as(who));
const to = ({ status, headers }: Response): string =>
  `${status} ${headers.get('location') ?? ''}`.trim();
const versionIn = (html: string): string =>
  /name="version" value="(\d+)"/.exec(html)?.[1] ?? 'none';
const problemsIn = (html: string): string[] =>
  [...html.matchAll(/id="(\w+)-problem"/g)].map(([, id = '']) => id);
const save = async (text: string, fields: Record<string, string>) =>
  send(text, { version: versionIn(await read(`/${text}`)), ...fields });

const APPROVED = 'نامه ثبت شد\n{شماره نامه}\n{تاریخ}\n{کد پیگیری}';

test('every text is listed in both languages, and its page shows what is sent, with samples', async () => {
  const list = await read('');
  for (const text of MESSAGE_TEXTS)
    for (const locale of SMS_LOCALES) {
      const key = textKey({ text, locale });
      expect(list).toContain(`href="${HOME}/${key}"`);
      expect([key, problemsIn(await read(`/${key}`))]).toEqual([key, []]);
    }
  const code = await read('/code-fa');
  expect(code).toContain('@desk.test #123456');
  expect(await read('/approved-fa')).toContain('parts: 2, characters: ');
  const auditor = await read('', 'auditor');
  expect(auditor).not.toContain(`href="${HOME}/code-fa"`);
  expect((await site.get(HOME, as('reviewer'))).status).toBe(403);
  expect((await site.get(`${HOME}/secret-fa`, as('admin'))).status).toBe(404);
});

test('a text is previewed, saved, used for later messages alone, and put back', async () => {
  const early = await site.letterIn('approved');
  const [before] = await readMessages(site.db, { letterId: early.id });
  const version = versionIn(await read('/approved-fa'));
  const shown = await send('approved-fa', { wording: APPROVED, version, act: 'preview' });
  const preview = await shown.text();
  expect([shown.status, preview.includes('1405/1284\n1405/09/01\n7K3M-9QRT-2XAB')]).toEqual([
    200,
    true,
  ]);
  expect(preview).toContain('parts: 1, characters: ');
  expect(to(await send('approved-fa', { wording: APPROVED, version }))).toBe(
    `303 ${HOME}?notice=message_text_changed`,
  );
  const late = await site.letterIn('approved');
  const [sent] = await readMessages(site.db, { letterId: late.id });
  expect(sent?.text.split('\n')[0]).toBe('نامه ثبت شد');
  const [kept] = await readMessages(site.db, { letterId: early.id });
  expect(kept?.text).toBe(before?.text);

  // Somebody else saved in between.
  expect((await send('approved-fa', { wording: APPROVED, version })).status).toBe(409);
  const restored = await save('approved-fa', { act: 'restore' });
  expect(to(restored)).toBe(`303 ${HOME}?notice=message_text_restored`);
  expect((await send('approved-fa', { wording: APPROVED, version })).status).toBe(409);
  const values = { letterNumber: '1', registeredOn: '2', trackingCode: '3' };
  expect(await writeSms(site.deps, site.db, 'approved', values)).toContain('تایید و ثبت شد');
});

test('a change of a text is recorded with what it said before', async () => {
  const wording = 'Reopened. {address}'.replace(' ', '\n');
  await save('reopened-en', { wording });
  const [entry] = await site.db<{ details: Record<string, string> }[]>`
    select details from audit_entries where action = 'message_text_changed' order by id desc limit 1`;
  expect(entry?.details).toEqual({
    id: 'reopened-en',
    wordingBefore: expect.stringContaining('Your objection was received.') as string,
    wording,
  });
});

test.each([
  ['without a variable that must stay', 'approved-fa', '{شماره نامه}\n{تاریخ}'],
  ['with one that no text has', 'approved-fa', `${APPROVED}\n{یادداشت داخلی}`],
  ['with one of another message', 'replied-fa', '{شماره نامه}\n{دلیل}'],
  ['with a brace left open', 'reopened-fa', 'ثبت شد {'],
  ['with a number inside a line', 'replied-fa', 'پاسخ نامه {شماره نامه} آماده است'],
  ['with two variables on one line', 'rejected-fa', '{تاریخ} {دلیل}'],
  ['of too many parts', 'reopened-fa', 'ثبت شد '.repeat(60)],
  ['too long for a reason to have room', 'returned-fa', `${'اصلاح '.repeat(33)}\n{دلیل}`],
  ['that nobody could see', 'reopened-fa', ' \u200b\u200c\u2060\n\u200f '],
])('a text %s is refused and stays in the form', async (_why, text, wording) => {
  const before = versionIn(await read(`/${text}`));
  for (const act of ['', 'preview']) {
    const answer = await save(text, { wording, act });
    const html = await answer.text();
    expect([answer.status, problemsIn(html)]).toEqual([422, ['wording']]);
    if (wording.trim().startsWith('{')) expect(html).toContain(wording.split('\n')[0]);
  }
  const live = await save(text, { wording, act: 'live' });
  expect([live.status, problemsIn(await live.text())]).toEqual([200, ['wording']]);
  expect(versionIn(await read(`/${text}`))).toBe(before);
});

test('an e-mail has a subject and an opening line without variables', async () => {
  for (const [fields, wrong] of [
    [{ subject: '', wording: 'خط' }, ['subject']],
    [{ subject: 'موضوع {شماره نامه}', wording: ' ' }, ['subject', 'wording']],
    [{ subject: 'م'.repeat(101), wording: 'خط' }, ['subject']],
  ] as const) {
    const answer = await save('mail_reminded-fa', fields);
    expect([answer.status, problemsIn(await answer.text())]).toEqual([422, wrong]);
  }
  const typed = { subject: 'یادآوری از دبیرخانه', wording: 'این نامه تا فرداست.' };
  expect((await save('mail_reminded-fa', typed)).status).toBe(303);
  const page = await read('/mail_reminded-fa');
  expect(page).toContain('یادآوری از دبیرخانه 1405/1284');
  expect(page).toContain('این نامه تا فرداست.\n');
});

test('nobody changes a text without a recent proof of identity', async () => {
  await site.db`update sessions set proven_at = null`;
  const confirm = '303 /staff/account/confirm?next=texts';
  expect(to(await site.get(`${HOME}/code-fa`, as('admin')))).toBe(confirm);
  expect(to(await send('code-fa', { wording: '{کد}', version: '1' }))).toBe(confirm);
  expect((await send('code-fa', { wording: '{کد}', version: '1' }, 'auditor')).status).toBe(403);
});
