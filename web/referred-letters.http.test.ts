/** A letter that a unit has referred to another one: its clerk keeps reading it, and can take it back. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { actOnLetter } from '../src/desk/letters/act-on-letter.ts';
import type { ActOnLetter } from '../src/desk/letters/act-on-letter.ts';
import type { StaffMember } from '../src/desk/staff/staff-member.ts';
import { InternalText } from '../src/platform/base/audience.ts';
import { createApiSite } from '../src/testing/api-site.ts';
import type { ApiSite } from '../src/testing/api-site.ts';
import { addTestStaff, addTestUnit } from '../src/testing/letters.ts';
import { cookieOf, makeRealHome, startRealSite } from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';
import { until } from '../src/testing/until.ts';
import { fa } from './text/fa.ts';

let home: RealHome;
let site: RealSite;
let api: ApiSite;
let units: { own: string; other: string };
let cookie: string;
let clerk: StaffMember;
let otherClerk: StaffMember;

beforeAll(async () => {
  home = await makeRealHome();
  // Long enough for the test to do what the workflow does.
  site = await startRealSite(home, { env: { RATE_LIMITS: 'off', LIMITS: 'decisionWaitMs=15000' } });
  api = createApiSite(site);
  const { db } = site;
  units = { own: await addTestUnit(db, 'امور حقوقی'), other: await addTestUnit(db, 'امور مالی') };
  clerk = await addTestStaff(db, { role: 'unit', unitIds: [units.own] });
  otherClerk = await addTestStaff(db, { role: 'unit', unitIds: [units.other] });
  cookie = await cookieOf(db, { staffId: clerk.id });
});
afterAll(async () => {
  await site.stop();
  await home.remove();
});

const get = (path: string): Promise<Response> =>
  Promise.resolve(site.app.request(`http://desk.test${path}`, { headers: { cookie } }));

const post = (path: string, fields: Record<string, string>): Promise<Response> =>
  Promise.resolve(
    site.app.request(`http://desk.test${path}`, {
      method: 'POST',
      body: new URLSearchParams({ actionKey: randomUUID(), ...fields }),
      headers: { cookie, origin: 'http://desk.test' },
    }),
  );

test('after a referral the queue names letter and unit, and the letter stays readable with one form', async () => {
  const letterId = await api.addLetter(units.own, 'درخواست پروانه');
  await api.takeDecision(letterId);
  const path = `/staff/letters/${letterId}`;
  const referral = post(`${path}/referrals`, {
    referUnit: units.other,
    referText: 'مربوط به شماست',
  });
  await until(async () => {
    await api.takeActions(letterId);
    const [row] = await site.db<{ unitId: string }[]>`
      select unit_id from letters where id = ${letterId}`;
    return row?.unitId === units.other;
  });
  const { status, headers } = await referral;
  expect([status, headers.get('location')]).toEqual([303, `/staff?referred=${letterId}`]);

  const queue = await get(`/staff?referred=${letterId}`);
  const html = await queue.text();
  expect(queue.status).toBe(200);
  const [notice = ''] = /<p class="notice notice--done"[\s\S]*?<\/p>/.exec(html) ?? [];
  for (const words of ['درخواست پروانه', 'امور مالی', path]) expect(notice).toContain(words);

  expect(await (await get('/staff?filter=referred')).text()).toContain(path);
  expect(await (await get(`/staff?q=${encodeURIComponent('پروانه')}`)).text()).toContain(path);
  for (const filter of ['with_unit', 'answered', 'closed'])
    expect(await (await get(`/staff?filter=${filter}`)).text()).not.toContain(path);

  const page = await get(path);
  const letter = await page.text();
  expect(page.status).toBe(200);
  expect(letter).toContain('مربوط به شماست');
  expect(letter.match(/action="\/staff\/letters\/[^"]*"/g)).toEqual([
    `action="${path}/referral-withdrawal"`,
  ]);
  const late = { notes: { note: 'یادداشت' }, closing: { closeReason: 'دلیل' } };
  for (const [form, fields] of Object.entries(late))
    expect([form, (await post(`${path}/${form}`, fields)).status]).toEqual([form, 409]);
});

const referred = async (): Promise<{ letterId: string; path: string; referral: string }> => {
  const letterId = await api.addLetter(units.own, 'درخواست پروانه');
  await api.takeDecision(letterId);
  const action = { kind: 'refer' as const, unitId: units.other, note: null };
  await act(letterId, clerk, action);
  const path = `/staff/letters/${letterId}`;
  const page = await (await get(path)).text();
  const referral = /name="referral" value="([^"]+)"/.exec(page)?.[1] ?? '';
  return { letterId, path, referral };
};

const act = async (
  letterId: string,
  staff: StaffMember,
  action: ActOnLetter['action'],
): Promise<void> => {
  await applied(letterId, actOnLetter(site.deps, { letterId, staff, action }));
};

/** As the letter's workflow does. */
const applied = async <Answer>(letterId: string, answer: Promise<Answer>): Promise<Answer> => {
  let isAnswered = false;
  const settled = answer.finally(() => (isAnswered = true));
  await until(async () => {
    await api.takeActions(letterId);
    return isAnswered;
  });
  return settled;
};

const standing = async (letterId: string) => {
  const [row] = await site.db`
    select unit_id, step, (select count(*)::int from audit_entries a
      where a.letter_id = l.id and a.action = 'referral_withdrawn') as audited
    from letters l where id = ${letterId}`;
  return row;
};

test('the unit takes its referral back once, and both sides see where the letter is', async () => {
  const { letterId, path, referral } = await referred();
  expect(await (await get(path)).text()).toContain('پس گرفتن');
  const actionKey = randomUUID();
  for (const time of ['once', 'twice']) {
    const answer = post(`${path}/referral-withdrawal`, { actionKey, referral });
    const { status } = await applied(letterId, answer);
    expect([time, status]).toEqual([time, 303]);
  }
  expect(await standing(letterId)).toEqual({ unitId: units.own, step: 'with_unit', audited: 1 });
  const page = await (await get(path)).text();
  expect(page).toContain(fa.timeline.referral_withdrawn);
  expect(page).toContain(`action="${path}/replies"`);
  expect(page).not.toContain('referral-withdrawal');
  const other = await site.app.request(`http://desk.test${path}`, {
    headers: { cookie: await cookieOf(site.db, { staffId: otherClerk.id }) },
  });
  expect(other.status).toBe(404);
  const again = await post(`${path}/referral-withdrawal`, { referral });
  expect(again.status).toBe(409);
});

test('once the other unit has acted, taking it back is refused and says why', async () => {
  const { letterId, path, referral } = await referred();
  await act(letterId, otherClerk, { kind: 'note', note: new InternalText('در دست بررسی') });
  expect(await (await get(path)).text()).not.toContain('referral-withdrawal');
  const late = await post(`${path}/referral-withdrawal`, { referral });
  expect(late.status).toBe(409);
  expect(await late.text()).toContain(fa.errors.takenUp.title);
  expect(await standing(letterId)).toEqual({ unitId: units.other, step: 'with_unit', audited: 0 });
});

test('only the unit that referred a letter takes it back, and nobody acts on it meanwhile', async () => {
  const { letterId, path, referral } = await referred();
  const [stranger, action] = [otherClerk, { kind: 'recall' as const, referralId: referral }];
  await expect(actOnLetter(site.deps, { letterId, staff: stranger, action })).rejects.toMatchObject(
    { code: 'not_open' },
  );
  for (const wrong of ['', 'x', randomUUID()])
    expect((await post(`${path}/referral-withdrawal`, { referral: wrong })).status).toBe(409);

  const waiting = post(`${path}/referral-withdrawal`, { referral });
  await until(async () => {
    const rows = await site.db`
      select from unit_actions where letter_id = ${letterId} and kind = 'recall'`;
    return rows.length === 1;
  });
  const note = { kind: 'note' as const, note: new InternalText('دیر') };
  await expect(
    actOnLetter(site.deps, { letterId, staff: otherClerk, action: note }),
  ).rejects.toMatchObject({ code: 'not_open' });
  expect((await applied(letterId, waiting)).status).toBe(303);
  expect(await standing(letterId)).toEqual({ unitId: units.own, step: 'with_unit', audited: 1 });
});
