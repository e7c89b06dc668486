/** «اعتراض»: what the sender sees and sends, and what staff see of it. On the real desk. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  submitTestLetter,
} from '../../src/testing/letters.ts';
import { cookieOf, freshMobile, makeRealHome, startRealSite } from '../../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../../src/testing/real-site.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { recordDecision } from '../../src/desk/letters/record-decision.ts';
import { en } from '../text/en.ts';
import { fa } from '../text/fa.ts';

const ORIGIN = 'http://desk.test';
const OBJECTION = 'پیوست من خوانا بود <b>';
const SHOWN = 'پیوست من خوانا بود &lt;b&gt;';

let home: RealHome;
let site: RealSite;
let unitId: string;
let applicantId: string;
let sender: string;
let first: StaffMember;
let second: StaffMember;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, { env: { RATE_LIMITS: 'off' } });
  unitId = await addTestUnit(site.db);
  applicantId = await addTestApplicant(site.db, freshMobile());
  sender = await cookieOf(site.db, { applicantId });
  first = await addTestStaff(site.db, { role: 'reviewer' });
  second = await addTestStaff(site.db, { role: 'reviewer' });
});
afterAll(async () => {
  await site?.stop();
  await home?.remove();
});

const read = async (path: string, cookie = sender): Promise<string> =>
  (await site.app.request(`${ORIGIN}${path}`, { headers: { cookie } })).text();

const send = (path: string, fields: Record<string, string>, cookie = sender) =>
  site.app.request(`${ORIGIN}${path}`, {
    method: 'POST',
    headers: { origin: ORIGIN, cookie },
    body: new URLSearchParams({ left: '1', ...fields }),
  });

const record = (letterId: string, by: string, kind: 'approve' | 'reject') =>
  recordDecision(site.deps, {
    letterId,
    decision: { kind, decisionId: randomUUID(), by, reason: 'پیوست خوانا نیست.' },
  });

const rejected = async (): Promise<string> => {
  const letterId = await submitTestLetter(site.db, { unitId, applicantId });
  await record(letterId, first.username, 'reject');
  return letterId;
};

test('the page of a rejected letter says until when, and leads to the form', async () => {
  const letterId = await rejected();
  const page = await read(`/letters/${letterId}`);
  expect(page).toContain(fa.objection.until);
  expect(page).toContain(`href="/letters/${letterId}/objection"`);
  const form = await read(`/letters/${letterId}/objection`);
  expect(form).toContain('متن اعتراض');
  expect(form).toContain('ثبت اعتراض');
  expect(form).toContain('پیوست خوانا نیست.');
  expect(await read(`/letters/${letterId}/objection`, `${sender}; lang=en`)).toContain(
    en.objection.submit,
  );
});

test('an empty or endless text comes back with what was typed, and nothing is recorded', async () => {
  const letterId = await rejected();
  const empty = await send(`/letters/${letterId}/objection`, { objection: ' \u200c ' });
  expect(empty.status).toBe(422);
  expect(await empty.text()).toContain(fa.objection.missing);
  const endless = await send(`/letters/${letterId}/objection`, { objection: 'الف'.repeat(1_500) });
  expect(endless.status).toBe(422);
  expect(await endless.text()).toContain('الفالفالف');
  expect(await read(`/letters/${letterId}`)).toContain('data-state="rejected"');
});

test('it is sent once: the letter is under review again, and says so', async () => {
  const letterId = await rejected();
  const path = `/letters/${letterId}/objection`;
  const sent = await send(path, { objection: OBJECTION });
  expect(sent.status).toBe(303);
  const to = sent.headers.get('location') ?? '';
  expect(to).toBe(`/letters/${letterId}?notice=objected`);
  const page = await read(to);
  expect(page).toContain(fa.notices.objected);
  expect(page).toContain('data-state="pending"');
  expect(page).toContain(fa.objection.underReview);
  expect(page).toContain(SHOWN);
  expect(page).toContain(fa.timeline.objected);
  expect(page).not.toContain(OBJECTION);
  expect((await send(path, { objection: OBJECTION })).status).toBe(303);
  const again = await send(path, { objection: 'باز هم' });
  expect(again.status).toBe(409);
  expect(await again.text()).toContain(fa.objection.notOpen.title);

  await record(letterId, second.username, 'reject');
  const final = await read(`/letters/${letterId}`);
  expect(final).toContain(fa.objection.final);
  expect(final).not.toContain(`href="/letters/${letterId}/objection"`);
});

test('staff see the mark and the text; whoever rejected it gets no form and cannot send one', async () => {
  const letterId = await rejected();
  await send(`/letters/${letterId}/objection`, { objection: OBJECTION });
  const [own, other] = [
    await cookieOf(site.db, { staffId: first.id }),
    await cookieOf(site.db, { staffId: second.id }),
  ];
  const path = `/staff/letters/${letterId}`;
  expect(await read('/staff?order=newest', other)).toContain(fa.objection.mark);
  const theirs = await read(path, other);
  expect(theirs).toContain(SHOWN);
  expect(theirs).toContain(fa.objection.staffLead);
  expect(theirs).toContain(`action="${path}/approval"`);

  expect(await read('/staff?order=newest', own)).toContain(fa.objection.ownMark);
  const mine = await read(path, own);
  expect(mine).toContain(fa.objection.own);
  expect(mine).not.toContain(fa.objection.nobody);
  expect(mine).not.toContain(`action="${path}/approval"`);
  const refused = await send(`${path}/approval`, { unit: '', round: '2' }, own);
  expect(refused.status).toBe(403);
  expect(await refused.text()).toContain(fa.errors.ownRejection.title);

  await site.db`update staff set disabled_at = now() where id = ${second.id}`;
  expect(await read(path, own)).toContain(fa.objection.nobody);
  await site.db`update staff set disabled_at = null where id = ${second.id}`;
  expect((await send(`${path}/approval`, { unit: '', round: '2' }, other)).status).toBe(303);
});

test('the time is over: no form, and one that was open is refused', async () => {
  const letterId = await rejected();
  await site.db`update letters set objection_until = now() where id = ${letterId}`;
  expect(await read(`/letters/${letterId}`)).not.toContain('/objection"');
  const late = await send(`/letters/${letterId}/objection`, { objection: OBJECTION });
  expect(late.status).toBe(409);
});
