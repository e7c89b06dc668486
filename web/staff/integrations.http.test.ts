/** Keys and webhooks of other systems, as an administrator makes and mends them in the browser. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addTestStaff } from '../../src/testing/letters.ts';
import { cookieOf, makeRealHome, startRealSite } from '../../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../../src/testing/real-site.ts';
import { startWebhookReceiver } from '../../src/testing/webhook-receiver.ts';
import type { WebhookReceiver } from '../../src/testing/webhook-receiver.ts';

const ORIGIN = 'http://desk.test';
let home: RealHome;
let site: RealSite;
let receiver: WebhookReceiver;
let cookie: string;
let auditor: string;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, { env: { RATE_LIMITS: 'off', WEBHOOK_PRIVATE: 'on' } });
  receiver = await startWebhookReceiver();
  const admin = await addTestStaff(site.db, { role: 'admin' });
  cookie = await cookieOf(site.db, { staffId: admin.id });
  await site.db`update sessions set proven_at = now() where staff_id = ${admin.id}`;
  const reader = await addTestStaff(site.db, { role: 'auditor' });
  auditor = await cookieOf(site.db, { staffId: reader.id });
});
afterAll(async () => {
  await receiver.stop();
  await site.stop();
  await home.remove();
});

const ask = (path: string, fields?: Record<string, string>, as = cookie): Promise<Response> =>
  Promise.resolve(
    site.app.request(`${ORIGIN}/staff/admin${path}`, {
      headers: { cookie: `${as}; lang=en`, origin: ORIGIN },
      ...(fields && { method: 'POST', body: new URLSearchParams({ unused: '1', ...fields }) }),
    }),
  );
const to = ({ status, headers }: Response): string =>
  `${status} ${headers.get('location') ?? ''}`.trim();
const secretOf = (html: string): string => /class="code secret">([^<]+)</.exec(html)?.[1] ?? '';
const statusWith = async (key: string): Promise<number> => {
  const headers = { authorization: `Bearer ${key}` };
  return (await site.app.request(`${ORIGIN}/api/v1/status`, { headers })).status;
};
const audited = async (action: string): Promise<number> => {
  const [row] = await site.db<{ count: number }[]>`
    select count(*)::int as count from audit_entries where action = ${action}`;
  return row?.count ?? 0;
};

test('a key is shown once, opens the API, and is refused once it is revoked', async () => {
  const name = `key ${randomUUID().slice(0, 8)}`;
  const made = await ask('/keys/new', { name, scope: 'read', unit: '', days: '۳۰' });
  const key = secretOf(await made.text());
  expect([made.status, made.headers.get('cache-control')]).toEqual([200, 'no-store']);
  expect(await statusWith(key)).toBe(200);
  const again = await ask('/keys/new', { name, scope: 'read', unit: '', days: '' });
  expect([again.status, (await again.text()).includes('There is a key with this name')]).toEqual([
    422,
    true,
  ]);
  const list = await (await ask('/keys', undefined, auditor)).text();
  expect([list.includes(name), list.includes(key)]).toEqual([true, false]);
  const [row] = await site.db<{ id: string; life: number }[]>`
    select id, extract(day from expires_at - created_at)::int as life from api_keys
    where name = ${name}`;
  expect(row?.life).toBe(30);
  const path = `/keys/${row?.id}/retirement`;
  expect((await ask(path, {})).status).toBe(200);
  expect(await statusWith(key)).toBe(200);
  expect(to(await ask(path, { confirmed: '1' }))).toBe('303 /staff/admin/keys?notice=key_revoked');
  expect(await statusWith(key)).toBe(401);
});

test('what was typed wrongly comes back with its problem beside it', async () => {
  const key = await ask('/keys/new', { name: '', scope: 'read', unit: '', days: '' });
  expect([key.status, await key.text()]).toEqual([422, expect.stringContaining('href="#name"')]);
  const days = await ask('/keys/new', { name: 'نام', scope: 'read', unit: '', days: '0' });
  const html = await days.text();
  expect([html.includes('href="#days"'), html.includes('value="نام"')]).toEqual([true, true]);
  const hook = await ask('/webhooks/new', { url: 'office', 'event-approved': 'on' });
  const typed = await hook.text();
  expect([hook.status, typed.includes('value="office"')]).toEqual([422, true]);
  expect(typed).toMatch(/name="event-approved"[^>]*checked/);
  expect(typed).not.toMatch(/name="event-rejected"[^>]*checked/);
});

test('a webhook is tried, and the page says how the address answered', async () => {
  const formKey = randomUUID();
  const fields = { formKey, url: receiver.url, 'event-approved': 'on' };
  const added = await ask('/webhooks/new', fields);
  expect(secretOf(await added.text())).toMatch(/^whsec_/);
  const path = `/webhooks/${formKey}`;
  expect(to(await ask('/webhooks/new', fields))).toBe(`303 /staff/admin${path}`);
  for (const other of [{ url: `${receiver.url}/other` }, { 'event-rejected': 'on' }])
    expect((await ask('/webhooks/new', { ...fields, ...other })).status).toBe(409);
  expect(to(await ask(`${path}/test`, {}))).toBe(`303 /staff/admin${path}#test`);
  expect(JSON.parse(receiver.told.at(-1)?.body ?? '')).toMatchObject({ type: 'test' });
  expect(receiver.told.at(-1)?.headers['webhook-signature']).toMatch(/^v1,/);
  expect(await (await ask(path)).text()).toContain('The test was accepted (answer 204)');
  receiver.setMode({ status: 500 });
  await ask(`${path}/test`, {});
  const failed = await (await ask(path)).text();
  expect(failed).toContain('The address answered 500');
  expect(await audited('webhook_tested')).toBe(2);
  expect((await ask(`${path}/test`, {}, auditor)).status).toBe(403);

  expect(to(await ask(`${path}/retirement`, { confirmed: '1' }))).toBe(
    '303 /staff/admin/webhooks?notice=webhook_disabled',
  );
  expect((await ask(`${path}/test`, {})).status).toBe(404);
  expect(await (await ask(path)).text()).not.toContain('Send a test');
});
