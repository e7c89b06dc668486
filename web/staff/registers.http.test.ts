import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { recordDecision } from '../../src/desk/letters/record-decision.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  submitTestLetter,
} from '../../src/testing/letters.ts';
import { cookieOf, makeRealHome, startRealSite } from '../../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../../src/testing/real-site.ts';
import { toJalali } from '../../src/platform/base/jalali.ts';

const ORIGIN = 'http://desk.test';
let home: RealHome;
let site: RealSite;
let cookie: string;
const { year } = toJalali(new Date(), 'Asia/Tehran');

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, { env: { RATE_LIMITS: 'off' } });
  const admin = await addTestStaff(site.db, { role: 'admin' });
  cookie = await cookieOf(site.db, { staffId: admin.id });
});
afterAll(async () => {
  await site.stop();
  await home.remove();
});

const ask = (path: string, fields?: Record<string, string>): Promise<Response> =>
  Promise.resolve(
    site.app.request(`${ORIGIN}/staff/admin/registers${path}`, {
      headers: { cookie: `${cookie}; lang=en`, origin: ORIGIN },
      ...(fields && { method: 'POST', body: new URLSearchParams({ unused: '1', ...fields }) }),
    }),
  );
const to = ({ status, headers }: Response): string =>
  `${status} ${headers.get('location') ?? ''}`.trim();
const linksOf = (html: string): string[] =>
  [...html.matchAll(/href="#(\w+)"/g)].map(([, id = '']) => id).filter((id) => id !== 'main');

test('a register is previewed, added, given to a unit, and numbers its letters', async () => {
  const typed = { name: 'legal', template: '{year}-L-{serial}', firstSerial: '۲۱۸' };
  const previewed = await ask('/new', { ...typed, act: 'preview' });
  expect([previewed.status, (await previewed.text()).includes(`${year}-L-218`)]).toEqual([
    200,
    true,
  ]);
  expect((await ask('/legal')).status).toBe(404);
  expect(to(await ask('/new', typed))).toBe('303 /staff/admin/registers?notice=register_added');
  const unit = await addTestUnit(site.db);
  expect(to(await ask('/legal/units', { unit }))).toBe(
    '303 /staff/admin/registers?notice=register_assigned',
  );
  expect(await (await ask('')).text()).toContain(`${year}-L-218`);

  const applicantId = await addTestApplicant(site.db);
  const letterId = await submitTestLetter(site.db, { unitId: unit, applicantId });
  const decision = { kind: 'approve' as const, decisionId: randomUUID(), by: 'آزمون' };
  await recordDecision(site.deps, { letterId, decision });
  const [letter] = await site.db<{ number: string }[]>`
    select letter_number as number from letters where id = ${letterId}`;
  expect(letter?.number).toBe(`${year}-L-218`);
  const page = await (await ask('/legal')).text();
  expect([page.includes(`${year}-L-219`), page.includes('name="template"')]).toEqual([true, false]);
  const late = await ask('/legal', { template: '{year}:{serial}', firstSerial: '' });
  expect([late.status, linksOf(await late.text())]).toEqual([422, ['template']]);
});

test('what two letters could share, or what nobody reads as a number, is refused at its field', async () => {
  const wrong = await ask('/new', { name: 'Ä b', template: '{year}', firstSerial: '0' });
  const html = await wrong.text();
  expect([wrong.status, linksOf(html)]).toEqual([422, ['name', 'template', 'firstSerial']]);
  expect(html).toContain('value="Ä b"');
  const same = await ask('/new', { name: 'second', template: '{year}/{serial}', firstSerial: '' });
  expect([same.status, linksOf(await same.text())]).toEqual([422, ['template']]);
});
