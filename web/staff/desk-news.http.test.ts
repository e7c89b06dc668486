/** What a member hears of the desk while a queue is open: theirs only, and while they are let in. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { noteReader } from '../../src/desk/letters/presence.ts';
import type { SiteMember } from '../../src/testing/site-letters.ts';
import { createEventLines } from '../../src/testing/event-line.ts';
import { freePorts } from '../../src/testing/ports.ts';
import { cookieOf } from '../../src/testing/real-site.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { until } from '../../src/testing/until.ts';

interface News {
  counts: Record<string, string>;
  arrived: string[];
  readers: Record<string, string[]>;
}

let site: TestSite;
const lines = createEventLines();

beforeAll(async () => {
  const LIMITS = 'eventsPollMs=100 eventsAliveSeconds=1 eventsPerSession=2';
  site = await openTestSite({ env: { LIMITS, PORT: String(await freePorts()) }, listen: true });
}, 300_000);
afterAll(async () => {
  lines.stopAll();
  await site.stop();
});

const listen = ({ cookie }: { cookie: string }, query = 'filter=pending') => {
  const { origin } = new URL(site.config.PUBLIC_ORIGIN);
  return lines.listen(`${origin}/staff/events?${query}&at=${Date.now()}`, { cookie });
};

const newest = ({ text }: { text: string }): News | undefined => {
  const data = [...text.matchAll(/^data: (\{.*)$/gm)].at(-1)?.[1];
  return data === undefined ? undefined : (JSON.parse(data) as News);
};

const hears = (heard: { text: string }, what: (news: News) => boolean): Promise<unknown> =>
  until(() => {
    const news = newest(heard);
    return Promise.resolve(news !== undefined && what(news));
  });

const namesIn = (news: News | undefined, letterId: string): string[] =>
  news?.readers[letterId] ?? [];

test('a reviewer hears the counts, a letter that comes in and who has it open', async () => {
  const reviewer = await site.addMember('reviewer');
  const colleague = await site.addMember('reviewer', { name: 'ندا کریمی' });
  const heard = await listen(reviewer);
  expect(Object.fromEntries(heard.response.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
  });
  await hears(heard, ({ counts }) => counts.pending === '۰');
  const letter = await site.letterIn('pending');
  await hears(
    heard,
    ({ counts, arrived }) => counts.pending === '۱' && arrived.join() === letter.id,
  );
  await noteReader(site.deps, { staff: colleague, letterId: letter.id });
  await hears(heard, (news) => namesIn(news, letter.id).join() === 'ندا کریمی,');
  await noteReader(site.deps, { staff: colleague, letterId: letter.id, hasLeft: true });
  await hears(heard, (news) => namesIn(news, letter.id).length === 0);
  await site.applyDecision(letter.id);
  await hears(
    heard,
    ({ counts, arrived }) =>
      counts.pending === '۰' && counts.with_unit === '۱' && arrived.length === 0,
  );
  heard.stop();
});

test('a unit hears of its own letters and of no other', async () => {
  const unitId = await site.addUnit();
  const clerk = await site.addMember('unit', { unitIds: [unitId] });
  const admin = await site.addMember('admin');
  const [own, hidden] = await Promise.all([
    listen(clerk, 'filter=with_unit'),
    listen(clerk, 'filter=pending'),
  ]);
  const theirs = await site.letterIn('pending', { unitId });
  const foreign = await site.letterIn('approved');
  await noteReader(site.deps, { staff: admin, letterId: theirs.id });
  await noteReader(site.deps, { staff: admin, letterId: foreign.id });
  await site.letterIn('approved', { unitId });
  await hears(own, ({ counts }) => counts.with_unit === '۱');
  expect(newest(own)).toMatchObject({
    counts: { pending: '۰', with_unit: '۱', rejected: '۰' },
    readers: {},
  });
  expect(newest(own)?.arrived).toHaveLength(1);
  expect(`${own.text}${hidden.text}`).not.toMatch(new RegExp(`${foreign.id}|${theirs.id}`));
  own.stop();
  hidden.stop();
});

const endsFor = async (
  change: (member: SiteMember) => Promise<unknown>,
): Promise<{ text: string }> => {
  const member = await site.addMember('reviewer');
  const heard = await listen(member);
  await hears(heard, () => true);
  await change(member);
  await until(() => Promise.resolve(heard.isOver));
  return heard;
};

test('a line ends with its session and with the access of its member', async () => {
  const signedOut = await endsFor(({ id }) => site.db`delete from sessions where staff_id = ${id}`);
  expect(signedOut.text).toMatch(/event: end\ndata:\n\n$/);
  const disabled = await endsFor(
    ({ id }) => site.db`update staff set disabled_at = now() where id = ${id}`,
  );
  expect(disabled.text).toMatch(/event: end\ndata:\n\n$/);
}, 60_000);

test('nobody without a session has a line, and a session has only so many', async () => {
  expect((await listen({ cookie: 'staff_sid=none' })).response.status).toBe(303);
  const member = await site.addMember('reviewer');
  const open = [await listen(member), await listen(member)];
  const { status, headers } = (await listen(member)).response;
  expect([status, headers.get('retry-after')]).toEqual([429, '60']);
  for (const line of open) line.stop();
});

test('a member has only so many lines, however many sessions they have', async () => {
  const member = await site.addMember('reviewer');
  const open = [];
  for (let session = 0; session < 3; session += 1) {
    const cookie = await cookieOf(site.db, { staffId: member.id });
    open.push(await listen({ cookie }), await listen({ cookie }));
  }
  expect(open.map(({ response }) => response.status)).toEqual([200, 200, 200, 200, 200, 200]);
  expect((await listen(member)).response.status).toBe(429);
  for (const line of open) line.stop();
});
