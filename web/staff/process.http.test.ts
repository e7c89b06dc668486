/** «نقشه‌ی فرایند»: each box and the queue that it leads to hold the same letters. On the real desk. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { annulLetter } from '../../src/desk/letters/annul-letter.ts';
import { getStaffQueue } from '../../src/desk/letters/staff-queue.ts';
import { publicText } from '../../src/platform/base/audience.ts';
import type { SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { toPersianDigits } from '../../src/platform/base/digits.ts';
import { fa } from '../text/fa.ts';
import { filtersOf, readPlace } from './queue-place.ts';

let site: TestSite;
let admin: SiteMember;
let path: string;

beforeAll(async () => {
  site = await openTestSite();
  const { db } = site;
  admin = await site.addMember('admin');
  const unitId = await site.addUnit('امور مالی');
  const sender = await site.addApplicant();
  const clerk = await site.addMember('unit', { unitIds: [unitId] });
  const add = (is: Parameters<TestSite['letterIn']>[0]) => site.letterIn(is, { unitId, sender });
  for (const is of ['pending', 'returned', 'rejected', 'withdrawn', 'answered', 'closed'] as const)
    await add(is);
  const { id } = await add('asked');
  path = `/staff/letters/${id}`;
  const [late, annulled] = [await add('pending'), await add('approved')];
  await db`update letters set submitted_at = now() - interval '90 days' where id = ${late.id}`;
  const reason = publicText('دوباره ثبت شد');
  const annulment = { staff: admin, letterId: annulled.id, reason, internalReason: null };
  await annulLetter(site.deps, annulment);
  const held = await add('approved');
  await db`update units set second_look = true where id = ${unitId}`;
  const body = new URLSearchParams({ actionKey: randomUUID(), replyText: 'پاسخ' });
  await site.post(`/staff/letters/${held.id}/replies`, body, { cookie: clerk.cookie });
  await site.applyActions(held.id);
});
afterAll(() => site?.stop());

const read = async (address: string): Promise<string> =>
  (await site.get(address, { cookie: admin.cookie })).text();

test('each box leads into the queue with the same count', async () => {
  const html = await read('/staff/admin/process');
  const boxes = [...html.matchAll(/<a class="map__box" href="([^"]+)"[^>]*>([\s\S]*?)<\/a>/g)];
  const found: Record<string, number> = {};
  for (const [, href = '', drawn = ''] of boxes) {
    const asked = new URL(href.replaceAll('&amp;', '&'), 'http://desk.test').searchParams;
    const place = readPlace(asked, filtersOf(admin));
    const queue = await getStaffQueue(site.deps, { staff: admin, ...place });
    const [name = '', count = ''] = [...drawn.matchAll(/<text[^>]*>([^<]*)/g)].map(
      ([, text = '']) => text,
    );
    expect(count.startsWith(`${toPersianDigits(String(queue.found))} نامه`)).toBe(true);
    found[name] = queue.found;
  }
  const { boxes: names } = fa.admin.process;
  expect(found).toEqual({
    [names.pending]: 2,
    [names.returned]: 1,
    [names.withdrawn]: 1,
    [names.rejected]: 1,
    [names.with_unit]: 2,
    [names.asked]: 1,
    [names.held]: 1,
    [names.answered]: 1,
    [names.closed]: 2,
    [names.annulled]: 1,
  });
});

test('the table has the same data, and what is late leads to its letters', async () => {
  const html = await read('/staff/admin/process');
  expect(html).toContain('href="/staff?filter=pending&amp;overdue=1"');
  expect(html).not.toContain('href="/staff?filter=with_unit&amp;overdue=1"');
  const table = /<table[\s\S]*<\/table>/.exec(html)?.[0] ?? '';
  for (const name of Object.values(fa.admin.process.boxes)) expect(table).toContain(name);
  expect(await read('/staff/admin/process?lang=en')).toContain('The life of a letter');
});

test('the page of a letter draws the path that it took', async () => {
  const { path: label, boxes } = fa.admin.process;
  const steps = [boxes.pending, boxes.with_unit, boxes.asked].join('، ');
  expect(await read(path)).toContain(`aria-label="${label}: ${steps}"`);
});
