/** News of a letter over a real line: who gets it, how soon, and what ends it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addTestApplicant, addTestUnit, submitTestLetter } from '../src/testing/letters.ts';
import { cookieOf, freshMobile, makeRealHome, startRealSite } from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';
import { createEventLines } from '../src/testing/event-line.ts';
import { freePorts } from '../src/testing/ports.ts';
import { until } from '../src/testing/until.ts';
import { getLetter } from '../src/desk/letters/applicant-letters.ts';
import { recordDecision } from '../src/desk/letters/record-decision.ts';
import { signOut } from '../src/desk/applicants/applicant-sessions.ts';

const SETTINGS = {
  LIMITS: 'eventsPollMs=100 eventsAliveSeconds=1 eventsPerSession=3 eventsPerProcess=5',
};

let home: RealHome;
let site: RealSite;
let unitId: string;
let applicantId: string;
const lines = createEventLines();

beforeAll(async () => {
  home = await makeRealHome();
  const env = { ...SETTINGS, PORT: String(await freePorts()) };
  site = await startRealSite(home, { env, listen: true });
  unitId = await addTestUnit(site.db);
  applicantId = await addTestApplicant(site.db, freshMobile());
});
afterAll(async () => {
  lines.stopAll();
  await site.stop();
  await home.remove();
});

const submit = (): Promise<string> => submitTestLetter(site.db, { unitId, applicantId });
const session = (): Promise<string> => cookieOf(site.db, { applicantId });

const approve = async (letterId: string): Promise<void> => {
  await recordDecision(site.deps, {
    letterId,
    decision: { kind: 'approve', decisionId: randomUUID(), by: 'ali' },
  });
};

const listen = (
  letterId: string,
  {
    cookie,
    since = 1,
    headers = {},
  }: {
    cookie: string;
    since?: number;
    headers?: Record<string, string>;
  },
) => {
  const { origin } = new URL(site.config.PUBLIC_ORIGIN);
  const url = `${origin}/letters/${letterId}/events?since=${since}`;
  return lines.listen(url, { cookie, ...headers });
};

const hears = (heard: { text: string }, what: RegExp): Promise<unknown> =>
  until(() => Promise.resolve(what.test(heard.text)));

/** Of the letter as its page has it. */
const stampOf = async (letterId: string): Promise<number> =>
  (await getLetter(site.deps, { applicantId, letterId })).stamp;

const closed = async (...heard: { stop: () => void }[]): Promise<void> => {
  for (const one of heard) one.stop();
  await until(async () => {
    const probe = await listen(await submit(), { cookie: await session() });
    probe.stop();
    return probe.response.status === 200;
  });
};

test('two open pages of a letter are told of what happens to it, and not of others', async () => {
  const [letterId, other] = [await submit(), await submit()];
  const since = await stampOf(letterId);
  const [first, second] = [
    await listen(letterId, { cookie: await session(), since }),
    await listen(letterId, { cookie: await session(), since }),
  ];
  const quiet = await listen(other, { cookie: await session(), since: await stampOf(other) });
  expect(first.response.status).toBe(200);
  expect(Object.fromEntries(first.response.headers)).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  await approve(letterId);
  const stamp = await stampOf(letterId);
  for (const heard of [first, second]) {
    await hears(heard, new RegExp(`id: ${stamp}\nevent: news\ndata: ${stamp}\n\n`));
    expect(heard.text.match(/event: news/g)).toHaveLength(1);
  }
  await hears(quiet, /\n:\n\n/);
  expect(quiet.text).not.toContain('news');
  await closed(first, second, quiet);
});

test('what happened before the line was open, or while it was broken, is told at once', async () => {
  const letterId = await submit();
  const before = await stampOf(letterId);
  await approve(letterId);
  const stamp = await stampOf(letterId);
  const late = await listen(letterId, { cookie: await session(), since: before });
  await hears(late, new RegExp(`id: ${stamp}\n`));
  const headers = { 'last-event-id': String(stamp) };
  const again = await listen(letterId, { cookie: await session(), since: before, headers });
  await hears(again, /:\n\n/);
  expect(again.text).not.toContain('news');
  await closed(late, again);
});

test('that somebody has read a letter is no news', async () => {
  const letterId = await submit();
  const stamp = await stampOf(letterId);
  await site.db`
    insert into audit_entries (letter_id, actor_kind, actor, action)
    values (${letterId}, 'staff', 'x', 'read'), (${letterId}, 'staff', 'x', 'downloaded')`;
  expect(await stampOf(letterId)).toBe(stamp);
});

test('a line ends with its session, and says so, so that the browser does not come back', async () => {
  const letterId = await submit();
  const cookie = await session();
  const heard = await listen(letterId, { cookie, since: await stampOf(letterId) });
  await signOut(site.deps, cookie.replace('sid=', ''));
  await until(() => Promise.resolve(heard.isOver));
  expect(heard.text).toMatch(/event: end\ndata:\n\n$/);
  const after = await listen(letterId, { cookie });
  expect(after.response.status).toBe(303);
});

test('the letter of somebody else has no line', async () => {
  const other = await addTestApplicant(site.db, freshMobile());
  const letterId = await submit();
  const cookie = await cookieOf(site.db, { applicantId: other });
  expect((await listen(letterId, { cookie })).response.status).toBe(404);
});

test('a session and a process have only so many lines, and one that is closed makes room', async () => {
  const letterId = await submit();
  const [mine, theirs] = [await session(), await session()];
  const own = await Promise.all([1, 2, 3].map(() => listen(letterId, { cookie: mine })));
  const tooMany = await listen(letterId, { cookie: mine });
  expect(tooMany.response.status).toBe(429);
  expect(tooMany.response.headers.get('retry-after')).toBe('60');
  const others = await Promise.all([1, 2].map(() => listen(letterId, { cookie: theirs })));
  expect((await listen(letterId, { cookie: theirs })).response.status).toBe(503);
  own[0]?.stop();
  await until(async () => (await listen(letterId, { cookie: mine })).response.status === 200);
  await closed(...own, ...others);
});

test('asking for the head of a line opens none', async () => {
  const letterId = await submit();
  const cookie = await session();
  for (let ask = 0; ask < 10; ask += 1) {
    const { origin } = new URL(site.config.PUBLIC_ORIGIN);
    const address = `${origin}/letters/${letterId}/events`;
    const response = await fetch(address, { method: 'HEAD', headers: { cookie } });
    expect(response.status).toBe(200);
  }
});

test('open lines do not hold up the end of the process', async () => {
  const port = await freePorts();
  const second = await startRealSite(home, {
    env: { ...SETTINGS, PORT: String(port) },
    listen: true,
  });
  const letterId = await submit();
  const cookie = await session();
  const address = `http://localhost:${port}/letters/${letterId}/events`;
  const response = await fetch(address, { headers: { cookie } });
  expect(response.status).toBe(200);
  const body = response.text();
  await second.stop();
  // Ended in order: a line that is cut in the end, after a wait, has no whole text.
  expect(await body).not.toContain('event: end');
});
