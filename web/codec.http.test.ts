/** Who can have payloads of the engine opened, asked of the real desk on a real database. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { composeCodec } from '../src/main/compose.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  submitTestLetter,
} from '../src/testing/letters.ts';
import { cookieOf, freshMobile, makeRealHome, startRealSite } from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';
import { makeCodecToken } from '../src/operations/maintenance/open-payloads.ts';
import { deriveKeys } from '../src/platform/sealing/secrets.ts';
import type { EnginePayload } from '../src/operations/maintenance/open-payloads.ts';
import { letterWorkflowId } from '../workflows/letter.contract.ts';

const UI = 'http://ui.desk.test:8080';
const DESK = 'http://desk.test';
const SAID = { by: 'ali', reason: 'not legible' };

let home: RealHome;
let site: RealSite;
let letterId: string;
let admin: string;
let sealed: EnginePayload;

const base64 = (value: Uint8Array | null | undefined): string =>
  Buffer.from(value ?? []).toString('base64');
const clear: EnginePayload = {
  metadata: { encoding: Buffer.from('json/plain').toString('base64') },
  data: Buffer.from(JSON.stringify(SAID)).toString('base64'),
};

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, { env: { TEMPORAL_UI_URL: `${UI}/some/path` } });
  const { db } = site;
  const applicantId = await addTestApplicant(db, freshMobile());
  letterId = await submitTestLetter(db, { unitId: await addTestUnit(db), applicantId });
  admin = (await addTestStaff(db, { role: 'admin' })).id;
  const codec = composeCodec(site.config, db);
  const [payload] = await codec.encode(
    [
      {
        metadata: { encoding: Buffer.from('json/plain') },
        data: Buffer.from(JSON.stringify(SAID)),
      },
    ],
    { type: 'workflow', namespace: 'default', workflowId: letterWorkflowId(letterId) },
  );
  sealed = {
    metadata: Object.fromEntries(
      Object.entries(payload?.metadata ?? {}).map(([name, value]) => [name, base64(value)]),
    ),
    data: base64(payload?.data),
  };
});

afterAll(async () => {
  await site.stop();
  await home.remove();
});

const ask = (
  headers: Record<string, string>,
  { act = 'decode', body = { payloads: [sealed] } }: { act?: string; body?: unknown } = {},
): Promise<Response> =>
  Promise.resolve(
    site.app.request(`${DESK}/staff/codec/${act}?preserveStorageRefs=true`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-namespace': 'default', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  );

const asAdmin = async (): Promise<Record<string, string>> => ({
  origin: UI,
  cookie: await cookieOf(site.db, { staffId: admin }),
});

const token = (minutes = 5): string =>
  makeCodecToken(deriveKeys(site.config.SECRET_KEY).codecToken, minutes).token;

const valueOf = async (response: Response): Promise<unknown> => {
  const { payloads } = (await response.json()) as { payloads: [EnginePayload] };
  return JSON.parse(Buffer.from(payloads[0].data ?? '', 'base64').toString());
};

const openings = async (): Promise<{ actorKind: string; actor: string; letterId: string }[]> =>
  site.db`
    select actor_kind, actor, letter_id from audit_entries
    where action = 'payloads_opened' order by id`;

test('an administrator’s browser on the page of Temporal UI, and nobody else’s, is shown a payload', async () => {
  const { db } = site;
  const applicantId = await addTestApplicant(db, freshMobile());
  const unitId = await addTestUnit(db);
  const cookies: [number, string][] = [
    [401, ''],
    [401, await cookieOf(db, { applicantId })],
  ];
  for (const role of ['reviewer', 'unit', 'auditor'] as const) {
    const member = await addTestStaff(db, { role, ...(role === 'unit' && { unitIds: [unitId] }) });
    cookies.push([403, await cookieOf(db, { staffId: member.id })]);
  }
  for (const [status, cookie] of cookies) {
    const refused = await ask({ origin: UI, cookie });
    expect(refused.status).toBe(status);
    expect(await refused.text()).not.toContain('payloads');
  }
  expect(await openings()).toEqual([]);
  const shown = await ask(await asAdmin());
  expect(shown.status).toBe(200);
  expect(shown.headers.get('access-control-allow-origin')).toBe(UI);
  expect(shown.headers.get('access-control-allow-credentials')).toBe('true');
  expect(shown.headers.get('vary')).toContain('Origin');
  expect(shown.headers.get('cache-control')).toBe('no-store');
  expect(await valueOf(shown)).toEqual(SAID);
});

test('a page that asks for each payload by itself is one entry in the letter’s trail', async () => {
  const headers = await asAdmin();
  for (let asked = 0; asked < 5; asked += 1) await ask(headers);
  expect((await openings()).filter(({ actor }) => actor === admin)).toEqual([
    { actorKind: 'staff', actor: admin, letterId },
  ]);
});

test('a cookie from any other page opens nothing, and that page can read no answer', async () => {
  const { cookie = '' } = await asAdmin();
  const origins = [
    DESK,
    'http://ui.desk.test',
    'https://ui.desk.test:8080',
    `${UI}.evil.test`,
    'null',
  ];
  for (const origin of origins) {
    const refused = await ask({ cookie, origin });
    expect([origin, refused.status]).toEqual([origin, 403]);
    expect(refused.headers.has('access-control-allow-origin')).toBe(false);
    const asked = await site.app.request(`${DESK}/staff/codec/decode`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST' },
    });
    expect([origin, asked.status]).toEqual([origin, 403]);
    expect(asked.headers.has('access-control-allow-origin')).toBe(false);
  }
  // Not from a page at all: then a cookie is none of a browser's.
  expect((await ask({ cookie })).status).toBe(403);
});

test('only JSON is read, so that no form of another page gets here without being asked first', async () => {
  const headers = await asAdmin();
  for (const type of [
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    '',
  ])
    expect((await ask({ ...headers, 'content-type': type })).status).toBe(415);
  const asked = await site.app.request(`${DESK}/staff/codec/decode`, {
    method: 'OPTIONS',
    headers: { origin: UI, 'access-control-request-method': 'POST' },
  });
  expect(asked.status).toBe(204);
  expect(asked.headers.get('access-control-allow-methods')).toBe('POST');
  expect(asked.headers.get('access-control-allow-headers')).toBe('content-type, x-namespace');
});

test('what is not the protocol, or too much, is refused', async () => {
  const headers = await asAdmin();
  for (const body of [
    '',
    '{',
    '[]',
    '{"payloads":{}}',
    '{"payloads":[1]}',
    '{"payloads":[{"data":1}]}',
    '{"payloads":[{"data":"not base 64"}]}',
    '{"payloads":[{"metadata":{"encoding":"%%%"}}]}',
  ])
    expect([body, (await ask(headers, { body })).status]).toEqual([body, 400]);
  const most = site.config.limits.codecMaxKb * 1024;
  expect((await ask(headers, { body: ' '.repeat(most + 1) })).status).toBe(413);
});

const bytes = (text: string): string => Buffer.from(text).toString('base64');
const encrypted = (key: string, workflow: string): EnginePayload => ({
  metadata: { encoding: bytes('binary/encrypted'), key: bytes(key), workflow: bytes(workflow) },
  data: bytes('x'),
});

test('an encrypted payload that no desk wrote is refused as malformed, and nothing is audited', async () => {
  const headers = await asAdmin();
  const before = await openings();
  const ofLetter = letterWorkflowId(letterId);
  for (const payload of [
    encrypted('', ofLetter),
    encrypted('another', ofLetter),
    encrypted('letter', ''),
    encrypted('letter', 'letter-x'),
    encrypted('desk 00000000', '\0'),
    encrypted('desk 00000000', 'w'.repeat(1_001)),
    { metadata: { encoding: bytes('binary/encrypted') } },
  ]) {
    const refused = await ask(headers, { body: { payloads: [sealed, payload] } });
    expect([refused.status, await refused.json()]).toEqual([400, { error: 'malformed' }]);
  }
  expect(await openings()).toEqual(before);
});

test('a payload under a key that this desk does not have comes back as it is, beside those that open', async () => {
  const foreign = encrypted('desk 00000000', letterWorkflowId(letterId));
  const shown = await ask(await asAdmin(), { body: { payloads: [foreign, sealed] } });
  expect(shown.status).toBe(200);
  const { payloads } = (await shown.json()) as { payloads: EnginePayload[] };
  expect(payloads).toEqual([foreign, clear]);
});

test('a token of the command line reads until it has expired, and no other word does', async () => {
  const good = token();
  const shown = await ask({ authorization: `Bearer ${good}` });
  expect(await valueOf(shown)).toEqual(SAID);
  expect(shown.headers.has('access-control-allow-origin')).toBe(false);
  expect((await openings()).at(-1)).toMatchObject({ actorKind: 'operator', letterId });
  for (const bad of [token(-1), `${good}x`, good.slice(1), 'x.y', '.', 'x'])
    expect([bad, (await ask({ authorization: `Bearer ${bad}` })).status]).toEqual([bad, 403]);
  for (const bad of [good, `Basic ${good}`, 'Bearer', 'Bearer  '])
    expect((await ask({ authorization: bad })).status).toBe(401);
  // A token does not lend a foreign page its rights.
  expect((await ask({ authorization: `Bearer ${good}`, origin: DESK })).status).toBe(403);
});

test('what is typed into Temporal UI is encrypted before it is sent, by those who may read it', async () => {
  const body = { payloads: [clear] };
  const cookie = await cookieOf(site.db, {
    staffId: (await addTestStaff(site.db, { role: 'reviewer' })).id,
  });
  expect((await ask({ origin: UI, cookie }, { act: 'encode', body })).status).toBe(403);
  const encoded = await ask(await asAdmin(), { act: 'encode', body });
  const { payloads } = (await encoded.json()) as { payloads: EnginePayload[] };
  expect(Buffer.from(payloads[0]?.metadata?.encoding ?? '', 'base64').toString()).toBe(
    'binary/encrypted',
  );
  expect(await valueOf(await ask(await asAdmin(), { body: { payloads } }))).toEqual(SAID);
});

test('a payload in the clear comes back as it is, and one of no letter is told of by its name', async () => {
  const headers = await asAdmin();
  expect(await valueOf(await ask(headers, { body: { payloads: [clear] } }))).toEqual(SAID);
  const codec = composeCodec(site.config, site.db);
  const workflowId = letterWorkflowId(randomUUID());
  const [payload] = await codec.encode(
    [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{}') }],
    { type: 'workflow', namespace: 'default', workflowId },
  );
  const unknown = {
    metadata: Object.fromEntries(
      Object.entries(payload?.metadata ?? {}).map(([name, value]) => [name, base64(value)]),
    ),
    data: base64(payload?.data),
  };
  expect((await ask(headers, { body: { payloads: [unknown] } })).status).toBe(200);
  const [entry] = await site.db<{ letterId: string | null; workflow: string }[]>`
    select letter_id, details ->> 'workflow' as workflow from audit_entries
    where action = 'payloads_opened' order by id desc limit 1`;
  expect(entry).toEqual({ letterId: null, workflow: workflowId });
});
