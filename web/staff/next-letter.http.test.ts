/** «نامه‌ی بعدی», and what comes after a decision that a colleague has made first. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SiteLetter, SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';

let site: TestSite;
let maryam: SiteMember;
let ali: SiteMember;

beforeAll(async () => {
  site = await openTestSite();
  maryam = await site.addMember('reviewer');
  ali = await site.addMember('reviewer');
}, 300_000);
afterAll(() => site.stop());

const listOf = async (count: number): Promise<{ ids: string[]; queue: string }> => {
  const unitId = await site.addUnit();
  const letters: SiteLetter[] = [];
  for (let made = 0; made < count; made += 1)
    letters.push(await site.letterIn('pending', { unitId }));
  return { ids: letters.map(({ id }) => id), queue: `filter=pending&unit=${unitId}` };
};

const goTo = async (path: string, { cookie }: SiteMember): Promise<string> => {
  const { status, headers } = await site.get(path, { cookie });
  expect(status).toBe(303);
  return headers.get('location') ?? '';
};

test('two reviewers at one list are led to different letters', async () => {
  const { ids, queue } = await listOf(2);
  const led = [await goTo(`/staff/next?${queue}`, maryam), await goTo(`/staff/next?${queue}`, ali)];
  expect(led).toEqual(ids.map((id) => `/staff/letters/${id}?${queue}`));
  expect(await goTo(`/staff/next?${queue}&after=${ids[1]}`, ali)).toBe(
    `/staff?${queue}&notice=none_free`,
  );
  const list = await (
    await site.get(`/staff?${queue}&notice=none_free`, { cookie: ali.cookie })
  ).text();
  expect(list).toContain('نزد همکاران باز است');
});

test('a decision leads past the letter that a colleague has open', async () => {
  const { ids, queue } = await listOf(3);
  const [first = '', second = '', third = ''] = ids;
  await site.get(`/staff/letters/${second}?${queue}`, { cookie: ali.cookie });
  const body = new URLSearchParams({ unit: '', queue, round: '1' });
  const answer = await site.post(`/staff/letters/${first}/approval`, body, {
    cookie: maryam.cookie,
  });
  expect(answer.headers.get('location')).toBe(`/staff/letters/${third}?${queue}&decided=${first}`);
});

test('who comes second is led to the next letter all the same', async () => {
  const { ids, queue } = await listOf(2);
  const [first = '', second = ''] = ids;
  const body = () => new URLSearchParams({ unit: '', queue, round: '1' });
  await site.post(`/staff/letters/${first}/approval`, body(), { cookie: maryam.cookie });
  const late = await site.post(`/staff/letters/${first}/rejection`, reject(queue), {
    cookie: ali.cookie,
  });
  expect(late.status).toBe(409);
  const href = `/staff/next?${queue}&after=${first}`;
  expect(await late.text()).toContain(`href="${href.replaceAll('&', '&amp;')}"`);
  expect(await goTo(href, maryam)).toBe(`/staff/letters/${second}?${queue}`);
});

const reject = (queue: string): URLSearchParams =>
  new URLSearchParams({ reason: 'امضا ندارد', queue, round: '1' });
