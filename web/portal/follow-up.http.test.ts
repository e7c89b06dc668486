/** «پیگیری دوباره»: what the sender sees and sends, and what staff see of it. On the real desk. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeAnswered } from '../../src/desk/letters/close-answered.ts';
import type { SiteApplicant, SiteLetter, SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { en } from '../text/en.ts';
import { fa } from '../text/fa.ts';

const TEXT = 'هنوز کارت نرسیده است <b>';
const SHOWN = 'هنوز کارت نرسیده است &lt;b&gt;';

let site: TestSite;
let unitId: string;
let sender: SiteApplicant;
let clerk: SiteMember;

beforeAll(async () => {
  site = await openTestSite();
  unitId = await site.addUnit('امور مالی');
  sender = await site.addApplicant();
  clerk = await site.addMember('unit', { unitIds: [unitId] });
});
afterAll(() => site?.stop());

const read = async (path: string, { cookie }: { cookie: string } = sender): Promise<string> =>
  (await site.get(path, { cookie })).text();
const send = (letterId: string, followUp: string, formKey: string = randomUUID()) =>
  site.post(`/letters/${letterId}/follow-up`, new URLSearchParams({ followUp, formKey }), {
    cookie: sender.cookie,
  });
const letterIn = (is: 'approved' | 'answered' | 'closed'): Promise<SiteLetter> =>
  site.letterIn(is, { unitId, sender });

test.each(['answered', 'closed'] as const)(
  'the sender of a letter that is %s reopens it: same number, fresh deadline, on both sides',
  async (is) => {
    const { id } = await letterIn(is);
    const before = await read(`/letters/${id}`);
    expect(before).toContain(fa.followUp.until);
    expect(before).toContain(`href="/letters/${id}/follow-up"`);
    const number = /class="[^"]*number[^"]*"[^>]*>[^<]+/.exec(before)?.[0] ?? id;
    const form = await read(`/letters/${id}/follow-up`);
    for (const word of ['متن پیگیری', 'ثبت پیگیری']) expect(form).toContain(word);

    const formKey = randomUUID();
    for (const time of ['once', 'twice']) {
      const sent = await send(id, TEXT, formKey);
      expect([time, sent.headers.get('location')]).toEqual([
        time,
        `/letters/${id}?notice=reopened_recorded`,
      ]);
    }
    const recorded = await read(`/letters/${id}`);
    expect(recorded).toContain(fa.letter.sentOpen);
    expect(recorded).not.toContain(`href="/letters/${id}/follow-up"`);
    await site.applyActions(id);

    const page = await read(`/letters/${id}?notice=reopened_applied`);
    expect(page).toContain(fa.notices.reopened_applied);
    expect(page).toContain('data-step="with_unit"');
    expect(page).toContain('data-deadline="running"');
    expect(page).toContain(fa.timeline.reopened);
    expect(page).toContain(number);
    const staffPage = await read(`/staff/letters/${id}`, clerk);
    for (const html of [page, staffPage]) expect(html).toContain(SHOWN);
    expect(staffPage).toContain(`action="/staff/letters/${id}/replies"`);
    expect(await read(`/letters/${id}/deadline`)).toContain(fa.followUp.at);
    const told = await site.db`
      select 1 from messages where letter_id = ${id} and kind = 'reopened'`;
    expect(told).toHaveLength(1);
  },
);

test('an empty or endless text comes back with what was typed, and nothing is recorded', async () => {
  const { id } = await letterIn('closed');
  const empty = await send(id, ' \u200c ');
  expect(empty.status).toBe(422);
  expect(await empty.text()).toContain(fa.followUp.missing);
  const endless = await send(id, 'الف'.repeat(1_500));
  expect(endless.status).toBe(422);
  expect(await endless.text()).toContain('الفالفالف');
  expect(await read(`/letters/${id}`)).toContain('data-step="closed"');
  expect(await read(`/letters/${id}/follow-up`, { cookie: `${sender.cookie}; lang=en` })).toContain(
    en.followUp.submit,
  );
});

test('one that is with its unit, whose time is over, or of somebody else is not reopened', async () => {
  const [open, late] = [await letterIn('approved'), await letterIn('closed')];
  await site.db`update letters set reopen_until = now() where id = ${late.id}`;
  for (const { id } of [open, late]) {
    expect(await read(`/letters/${id}`)).not.toContain('/follow-up"');
    const refused = await send(id, TEXT);
    expect(refused.status).toBe(409);
    const html = await refused.text();
    expect(html).toContain(fa.followUp.notOpen.title);
    expect(html).toContain(SHOWN);
  }
  const foreign = await site.letterIn('closed', { unitId });
  expect((await send(foreign.id, TEXT)).status).toBe(404);
});

test('a letter that was reopened is answered and reopened again, each time once', async () => {
  const letter = await letterIn('closed');
  for (const text of ['یک', 'دو']) {
    expect((await send(letter.id, text)).status).toBe(303);
    expect((await send(letter.id, 'و باز')).status).toBe(409);
    await site.applyActions(letter.id);
    const replied = await site.post(
      `/staff/letters/${letter.id}/replies`,
      new URLSearchParams({ replyText: `پاسخ ${text}` }),
      { cookie: clerk.cookie },
    );
    expect(replied.status).toBe(303);
    await site.applyActions(letter.id);
  }
  const entries = await site.db`
    select 1 from audit_entries where letter_id = ${letter.id} and action = 'reopened'`;
  expect(entries).toHaveLength(2);
});

test('an answered letter that closed by itself says so, and can be reopened', async () => {
  const { id } = await letterIn('answered');
  await closeAnswered(site.deps, { letterId: id });
  expect(await read(`/letters/${id}`)).toContain('data-step="answered"');
  await site.db`
    update letters set answered_at = answered_at - interval '200 days' where id = ${id}`;
  for (const time of ['once', 'twice']) {
    const { state } = await closeAnswered(site.deps, { letterId: id });
    expect([time, state.step]).toEqual([time, 'closed']);
  }
  const page = await read(`/letters/${id}`);
  expect(page).toContain(fa.timeline.closed);
  expect(page).toContain(`href="/letters/${id}/follow-up"`);
  const told = await site.db`select 1 from messages where letter_id = ${id} and kind = 'closed'`;
  expect(told).toHaveLength(0);
});
