/** What a member does ends on a page that this member can see, whatever the role and the outcome. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApiSite } from '../../src/testing/api-site.ts';
import type { ApiSite } from '../../src/testing/api-site.ts';
import { addTestStaff, addTestUnit } from '../../src/testing/letters.ts';
import { cookieOf, makeRealHome, startRealSite } from '../../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../../src/testing/real-site.ts';

const ROLES = ['reviewer', 'unit', 'admin', 'auditor'] as const;
type Role = (typeof ROLES)[number];
/** Whether the workflow takes it up while the answer waits. */
type Outcome = 'applied' | 'recorded';

let home: RealHome;
/** By how long an answer waits for the workflow. */
let sites: Record<Outcome, RealSite>;
let api: ApiSite;
let units: { own: string; other: string };
let cookies: Record<Role, string>;

beforeAll(async () => {
  home = await makeRealHome();
  const start = (wait: string) =>
    startRealSite(home, { env: { RATE_LIMITS: 'off', DECISION_WAIT_MS: wait } });
  sites = { applied: await start('15000'), recorded: await start('0') };
  const { db } = sites.recorded;
  api = createApiSite(sites.recorded);
  units = { own: await addTestUnit(db), other: await addTestUnit(db) };
  const cookieFor = async (role: Role): Promise<string> => {
    const { id } = await addTestStaff(db, { role, unitIds: role === 'unit' ? [units.own] : [] });
    return cookieOf(db, { staffId: id });
  };
  const all = await Promise.all(ROLES.map(async (role) => [role, await cookieFor(role)] as const));
  cookies = Object.fromEntries(all) as Record<Role, string>;
});
afterAll(async () => {
  await sites.applied.stop();
  await sites.recorded.stop();
  await home.remove();
});

const ask = (
  role: Role,
  path: string,
  { fields, outcome = 'recorded' }: { fields?: Record<string, string>; outcome?: Outcome } = {},
): Promise<Response> =>
  Promise.resolve(
    sites[outcome].app.request(new URL(path, 'http://desk.test').href, {
      ...(fields && { method: 'POST', body: new URLSearchParams(fields) }),
      headers: { cookie: cookies[role], origin: 'http://desk.test' },
    }),
  );

/** The status of the page at the end of all redirects. */
const endOf = async (role: Role, answer: Response): Promise<string> => {
  let [at, path] = [answer, answer.headers.get('location') ?? ''];
  for (let hops = 0; at.status === 303 && hops < 5; hops += 1) {
    path = at.headers.get('location') ?? '';
    at = await ask(role, path);
  }
  return `${at.status} ${path}`;
};

const work = async (letterId: string): Promise<void> => {
  const [open] = await sites.recorded.db`
    select 1 from decisions where letter_id = ${letterId} and outcome is null`;
  if (open) await api.takeDecision(letterId);
  await api.takeActions(letterId);
};

/** As the workflow would, until the answer is there. */
const whileWorking = async (letterId: string, answer: Promise<Response>): Promise<Response> => {
  let isThere = false;
  void answer.finally(() => {
    isThere = true;
  });
  while (!isThere) {
    await work(letterId);
    await new Promise((resolve) => {
      setTimeout(resolve, 20);
    });
  }
  return answer;
};

const DONE = ['reviewer', 'admin'] as const;
const WORK = ['unit', 'admin'] as const;
const ON_LETTERS: Record<
  string,
  { roles: readonly Role[]; registered: boolean; fields: () => Record<string, string> }
> = {
  approval: { roles: DONE, registered: false, fields: () => ({ unit: units.other }) },
  rejection: { roles: DONE, registered: false, fields: () => ({ reason: 'دلیل' }) },
  return: { roles: DONE, registered: false, fields: () => ({ returnReason: 'امضا ندارد' }) },
  updates: { roles: WORK, registered: true, fields: () => ({ update: 'در دست بررسی' }) },
  notes: { roles: WORK, registered: true, fields: () => ({ note: 'یادداشت' }) },
  replies: { roles: WORK, registered: true, fields: () => ({ replyText: 'پاسخ' }) },
  referrals: {
    roles: WORK,
    registered: true,
    fields: () => ({ referUnit: units.other, referText: 'برای شما' }),
  },
  closing: { roles: WORK, registered: true, fields: () => ({ closeReason: 'رسیدگی شد' }) },
  annulment: {
    roles: ['admin'],
    registered: true,
    fields: () => ({ annulReason: 'اشتباه', confirmed: '1' }),
  },
};

for (const [act, { roles, registered, fields }] of Object.entries(ON_LETTERS))
  test.each(['applied', 'recorded'] as const)(
    `%s: ${act} ends on a page of its actor`,
    async (outcome) => {
      for (const role of ROLES)
        for (const queue of ['', 'filter=pending']) {
          const letterId = await api.addLetter(units.own);
          if (registered) await api.takeDecision(letterId);
          const sent = ask(role, `/staff/letters/${letterId}/${act}`, {
            fields: { actionKey: randomUUID(), queue, ...fields() },
            outcome,
          });
          const answer = await (outcome === 'applied' ? whileWorking(letterId, sent) : sent);
          if (!roles.includes(role)) {
            expect([role, [403, 404].includes(answer.status)]).toEqual([role, true]);
            continue;
          }
          expect([role, answer.status]).toEqual([role, 303]);
          expect([role, await endOf(role, answer)]).toEqual([
            role,
            expect.stringMatching(/^200 /) as string,
          ]);
        }
    },
  );

test('the other forms of the staff end on a page of their actor too', async () => {
  const letterId = await api.addLetter(units.own);
  const retired = await addTestUnit(sites.recorded.db);
  const unit = `/staff/admin/units/${retired}`;
  const forms: [Role, string, Record<string, string>][] = [
    ...ROLES.map((role): [Role, string, Record<string, string>] => [
      role,
      '/staff/keys',
      { keys: 'off' },
    ]),
    ...ROLES.map((role): [Role, string, Record<string, string>] => [
      role,
      '/staff/account/sessions/end-others',
      {},
    ]),
    ['admin', '/staff/admin/stuck/retry', { letter: letterId }],
    ['admin', '/staff/admin/units/new', { name: `واحد ${randomUUID()}` }],
    ['admin', unit, { name: `واحد ${randomUUID()}`, version: '1' }],
    ['admin', `${unit}/retirement`, { version: '2', confirmed: '1' }],
    ['admin', '/staff/admin/reasons/new', { kind: 'reject', text: 'دلیل' }],
    ['admin', '/staff/admin/members/new', { username: 'x' }],
  ];
  for (const [role, path, fields] of forms) {
    const answer = await ask(role, path, { fields });
    const where = `${role} ${path}`;
    expect([where, answer.status]).toEqual([where, 303]);
    expect([where, await endOf(role, answer)]).toEqual([
      where,
      expect.stringMatching(/^200 /) as string,
    ]);
  }
});

test('an annulment sent twice, as by a second click, annuls once and ends as the first', async () => {
  const letterId = await api.addLetter(units.own);
  await api.takeDecision(letterId);
  const annul = (annulReason: string): Promise<Response> =>
    ask('admin', `/staff/letters/${letterId}/annulment`, {
      fields: { annulReason, confirmed: '1' },
    });
  const answers = await Promise.all([annul('دو بار ثبت شد'), annul('دو بار ثبت شد')]);
  expect(answers.map(({ status }) => status)).toEqual([303, 303]);
  expect((await annul('دلیل دیگر')).status).toBe(409);
  const { db } = sites.recorded;
  expect(
    await db`select kind from messages where letter_id = ${letterId} and kind = 'annulled'`,
  ).toHaveLength(1);
});
