/** A letter that a unit has referred to another one: its clerk keeps reading it, and does no more. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApiSite } from '../src/testing/api-site.ts';
import type { ApiSite } from '../src/testing/api-site.ts';
import { addTestStaff, addTestUnit } from '../src/testing/letters.ts';
import { cookieOf, makeRealHome, startRealSite } from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';
import { until } from '../src/testing/until.ts';

let home: RealHome;
let site: RealSite;
let api: ApiSite;
let units: { own: string; other: string };
let cookie: string;

beforeAll(async () => {
  home = await makeRealHome();
  // Long enough for the test to do what the workflow does.
  site = await startRealSite(home, { env: { RATE_LIMITS: 'off', LIMITS: 'decisionWaitMs=15000' } });
  api = createApiSite(site);
  const { db } = site;
  units = { own: await addTestUnit(db, 'امور حقوقی'), other: await addTestUnit(db, 'امور مالی') };
  const clerk = await addTestStaff(db, { role: 'unit', unitIds: [units.own] });
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

test('after a referral the queue names letter and unit, and the letter stays readable without forms', async () => {
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
  expect(letter).not.toMatch(/action="\/staff\/letters\/[^"]*"/);
  const late = { notes: { note: 'یادداشت' }, closing: { closeReason: 'دلیل' } };
  for (const [form, fields] of Object.entries(late))
    expect([form, (await post(`${path}/${form}`, fields)).status]).toEqual([form, 409]);
});
