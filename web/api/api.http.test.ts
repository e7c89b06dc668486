/** The desk for other systems, asked of the real desk on a real database. The engine is away. */
import { randomUUID } from 'node:crypto';
import { validate, dereference } from '@readme/openapi-parser';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { FILE_TYPES } from '../../src/platform/files/stored-file.ts';
import { createApiSite, letterForm, replyForm } from '../../src/testing/api-site.ts';
import type { ApiAsk, ApiSite } from '../../src/testing/api-site.ts';
import { addTestApplicant, addTestStaff, addTestUnit } from '../../src/testing/letters.ts';
import { cookieOf, freshMobile, makeRealHome, startRealSite } from '../../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../../src/testing/real-site.ts';
import { routesOf } from '../../src/testing/routes.ts';
import { forgetAnswers } from '../../src/operations/integrations/api.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { WEBHOOK_EVENTS } from '../../src/platform/audit/audit-action.ts';
import { InternalText, publicText } from '../../src/platform/base/audience.ts';
import { annulLetter } from '../../src/desk/letters/annul-letter.ts';
import { actOnLetter } from '../../src/desk/letters/act-on-letter.ts';
import type { ActOnLetter } from '../../src/desk/letters/act-on-letter.ts';
import { resubmitLetter } from '../../src/desk/letters/resubmit-letter.ts';
import { objectToRejection } from '../../src/desk/letters/object-to-rejection.ts';
import { decideLetter } from '../../src/desk/letters/decide-letter.ts';

let home: RealHome;
let site: RealSite;
let api: ApiSite;
let units: { own: string; foreign: string; third: string };
let reviewer: StaffMember;
let keys: Record<'read' | 'decide' | 'admin' | 'unit' | 'foreignUnit', string>;
let answered: string;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, { env: { RATE_LIMITS: 'off', LIMITS: 'apiPage=3' } });
  const { db } = site;
  api = createApiSite(site);
  units = {
    own: await addTestUnit(db),
    foreign: await addTestUnit(db),
    third: await addTestUnit(db),
  };
  reviewer = await addTestStaff(db, { role: 'reviewer' });
  keys = {
    read: (await api.addKey('read')).key,
    decide: (await api.addKey('decide', { name: 'office' })).key,
    admin: (await api.addKey('admin')).key,
    unit: (await api.addKey('decide', { unitId: units.own })).key,
    foreignUnit: (await api.addKey('decide', { unitId: units.foreign })).key,
  };
  answered = await makeAnswered();
});
afterAll(async () => {
  await site.stop();
  await home.remove();
});

const makeApproved = async (): Promise<string> => {
  const letterId = await api.addLetter(units.own);
  await api.takeDecision(letterId);
  return letterId;
};

/** Corrected once, approved, and answered with a file. */
const makeAnswered = async (): Promise<string> => {
  const letterId = await api.addLetter(units.own);
  await api.takeDecision(letterId, 'return');
  const [row] = await site.db<{ applicantId: string }[]>`
    select applicant_id from letters where id = ${letterId}`;
  await resubmitLetter(site.deps, {
    applicantId: row?.applicantId ?? '',
    letterId,
    round: 1,
    unitId: units.own,
    subject: 'درخواست',
    files: [],
  });
  await api.takeDecision(letterId);
  const sent = await api.ask(`/api/v1/letters/${letterId}/replies`, {
    method: 'POST',
    key: keys.decide,
    body: await replyForm(),
  });
  expect(sent.status).toBe(200);
  await api.takeActions(letterId);
  return letterId;
};

type Json = Record<string, unknown>;
const jsonOf = async (response: Response): Promise<Json> => (await response.json()) as Json;

const post = (path: string, body: unknown, more: ApiAsk = {}): Promise<Response> =>
  api.ask(path, { method: 'POST', key: keys.decide, body, ...more });

interface Operation {
  method: string;
  path: string;
  id: string;
  responses: Record<string, { content?: Record<string, { schema?: object }> }>;
}

const operationsOf = (document: object): Operation[] =>
  Object.entries((document as { paths: Record<string, Record<string, never>> }).paths).flatMap(
    ([path, methods]) =>
      Object.entries(methods).map(([method, { operationId, responses }]) => ({
        method: method.toUpperCase(),
        path,
        id: operationId as string,
        responses: responses as Operation['responses'],
      })),
  );

const readDocument = async (): Promise<object> => jsonOf(await api.ask('/api/openapi.json'));

/** A request of each operation that is well, on a letter where it can be done. */
const REQUESTS: Record<string, () => Promise<ApiAsk & { path: string }>> = {
  getStatus: async () => ({ path: '/api/v1/status' }),
  listLetters: async () => ({ path: '/api/v1/letters?limit=2' }),
  getLetter: async () => ({ path: `/api/v1/letters/${answered}` }),
  getLetterFile: async () => ({ path: `/api/v1/letters/${answered}/file` }),
  getOneOfLetterFiles: async () => ({ path: `/api/v1/letters/${answered}/files/1` }),
  getOneOfVersionFiles: async () => ({
    path: `/api/v1/letters/${answered}/versions/1/files/1`,
  }),
  getLetterVersionFile: async () => ({ path: `/api/v1/letters/${answered}/versions/1/file` }),
  getReplyFile: async () => ({ path: `/api/v1/letters/${answered}/replies/1/file` }),
  listRegisterEntries: async () => ({ path: '/api/v1/register-entries?register=main' }),
  listUnits: async () => ({ path: '/api/v1/units' }),
  submitLetter: async () => ({
    path: '/api/v1/letters',
    method: 'POST',
    body: await letterForm(units.own),
  }),
  approveLetter: async () => ({
    path: `/api/v1/letters/${await api.addLetter(units.own)}/approval`,
    method: 'POST',
    body: { unit: units.third, round: 1 },
  }),
  rejectLetter: async () => ({
    path: `/api/v1/letters/${await api.addLetter(units.own)}/rejection`,
    method: 'POST',
    body: { reason: 'دلیل' },
  }),
  returnLetter: async () => ({
    path: `/api/v1/letters/${await api.addLetter(units.own)}/return`,
    method: 'POST',
    body: { reason: 'امضا ندارد' },
  }),
  updateLetter: async () => ({
    path: `/api/v1/letters/${await makeApproved()}/updates`,
    method: 'POST',
    body: { text: 'در دست بررسی' },
  }),
  noteLetter: async () => ({
    path: `/api/v1/letters/${await makeApproved()}/notes`,
    method: 'POST',
    body: { text: 'در دست بررسی' },
  }),
  referLetter: async () => ({
    path: `/api/v1/letters/${await makeApproved()}/referrals`,
    method: 'POST',
    body: { unit: units.third, text: 'برای اقدام' },
  }),
  replyToLetter: async () => ({
    path: `/api/v1/letters/${await makeApproved()}/replies`,
    method: 'POST',
    body: await replyForm(),
  }),
  closeLetter: async () => ({
    path: `/api/v1/letters/${await makeApproved()}/closing`,
    method: 'POST',
    body: { reason: 'رسیدگی شد' },
  }),
  addUnit: async () => ({
    path: '/api/v1/units',
    method: 'POST',
    body: { name: `واحد ${randomUUID()}` },
  }),
  changeUnit: async () => ({
    path: `/api/v1/units/${await addTestUnit(site.db)}`,
    method: 'PATCH',
    body: { name: `واحد ${randomUUID()}` },
  }),
  listStaff: async () => ({ path: '/api/v1/staff' }),
};

const VIEWERS = ['none', 'read', 'decide', 'admin', 'unit', 'foreignUnit'] as const;
type Row = Record<(typeof VIEWERS)[number], number>;

const row = (read: number, decide: number, admin: number, unit: number, foreign: number): Row => ({
  none: 401,
  read,
  decide,
  admin,
  unit,
  foreignUnit: foreign,
});
const OF_ALL = row(200, 200, 200, 200, 200);
const OF_LETTER = row(200, 200, 200, 200, 404);
/** A letter that waits for its decision is with no unit. */
const DECIDING = row(403, 200, 200, 404, 404);
const WORKING = row(403, 200, 200, 200, 404);
const ADMINISTERING = row(403, 403, 200, 403, 403);

/** Every operation by every scope; what is refused changes nothing. */
const TABLE: Record<string, Row> = {
  getStatus: OF_ALL,
  listLetters: OF_ALL,
  getLetter: OF_LETTER,
  getLetterFile: OF_LETTER,
  getOneOfLetterFiles: OF_LETTER,
  getOneOfVersionFiles: OF_LETTER,
  getLetterVersionFile: OF_LETTER,
  getReplyFile: OF_LETTER,
  listRegisterEntries: row(200, 200, 200, 403, 403),
  listUnits: OF_ALL,
  submitLetter: row(403, 201, 201, 403, 403),
  approveLetter: DECIDING,
  rejectLetter: DECIDING,
  returnLetter: DECIDING,
  updateLetter: WORKING,
  noteLetter: WORKING,
  referLetter: WORKING,
  replyToLetter: WORKING,
  closeLetter: WORKING,
  addUnit: row(403, 403, 201, 403, 403),
  changeUnit: ADMINISTERING,
  listStaff: ADMINISTERING,
};

test('the description is valid OpenAPI, and tells of every route and of no other', async () => {
  const document = await readDocument();
  const checked = await validate(structuredClone(document) as never);
  expect(checked).toMatchObject({ valid: true });
  const told = operationsOf(document).map(
    ({ method, path }) => `${method} ${path.replace(/\{(\w+)\}/g, ':$1')}`,
  );
  const routes = routesOf(site.app).map(({ name }) => name);
  expect(told.sort()).toEqual(routes.filter((name) => name.includes(' /api/v1/')).sort());
});

const stateOfDesk = async (): Promise<string> => {
  const [counts] = await site.db`
    select (select count(*) from decisions) as decisions, (select count(*) from outbox) as outbox,
      (select count(*) from unit_actions) as actions, (select count(*) from units) as units,
      (select count(*) from files) as files, (select count(*) from audit_entries where action <> 'read') as audited`;
  return JSON.stringify(counts);
};

test('every operation answers every scope as the table says, and a refusal changes nothing', async () => {
  const found: Record<string, Partial<Row>> = {};
  const changed: string[] = [];
  for (const { id } of operationsOf(await readDocument())) {
    found[id] = {};
    for (const viewer of VIEWERS) {
      const { path, ...request } = (await REQUESTS[id]?.()) ?? { path: '/' };
      const before = await stateOfDesk();
      const key = viewer === 'none' ? undefined : keys[viewer];
      const { status } = await api.ask(path, { ...request, key });
      found[id] = { ...found[id], [viewer]: status };
      if (status >= 400 && (await stateOfDesk()) !== before) changed.push(`${id} ${viewer}`);
    }
  }
  expect(found).toEqual(TABLE);
  expect(changed).toEqual([]);
});

test('what every operation answers, and how it refuses, is as the description says', async () => {
  const document = await dereference(structuredClone(await readDocument()) as never);
  for (const { id, responses } of operationsOf(document)) {
    const { path, ...request } = (await REQUESTS[id]?.()) ?? { path: '/' };
    for (const key of [keys.admin, 'pk_0000000000_unknown']) {
      const response = await api.ask(path, { ...request, key });
      const content = responses[response.status]?.content ?? {};
      const type = response.headers.get('content-type')?.split(';')[0] ?? '';
      if (type === 'application/pdf') {
        expect([id, Object.keys(content)]).toEqual([id, Object.values(FILE_TYPES)]);
        continue;
      }
      expect([id, Object.keys(content)]).toEqual([id, [type]]);
      const schema = z.fromJSONSchema(content[type]?.schema as never);
      expect([id, schema.safeParse(await response.json()).error]).toEqual([id, undefined]);
    }
  }
});

test('a list pages through all letters in a stable order, and says nothing of what was written', async () => {
  const subject = `canary ${randomUUID()}`;
  const added: string[] = [];
  for (let count = 0; count < 7; count += 1) added.push(await api.addLetter(units.third, subject));
  const seen: string[] = [];
  let after = '';
  do {
    const path = `/api/v1/letters?unit=${units.third}&status=pending${after}`;
    const response = await api.ask(path, { key: keys.read });
    const text = await response.text();
    expect(text).not.toMatch(/canary|شرکت نمونه|\+98/);
    const { letters, next } = JSON.parse(text) as {
      letters: { id: string }[];
      next: string | null;
    };
    expect(letters.length).toBeLessThanOrEqual(3);
    seen.push(...letters.map(({ id }) => id));
    after = next === null ? '' : `&after=${next}`;
  } while (after !== '');
  expect(seen).toEqual(added);
});

test('a letter is found by its number, its tracking code and the mobile number of its sender', async () => {
  const letterId = await makeApproved();
  const [row] = await site.db<
    { letterNumber: string; trackingCode: string; applicantId: string }[]
  >`
    select letter_number, tracking_code, applicant_id from letters where id = ${letterId}`;
  const { letterNumber = '', trackingCode = '', applicantId = '' } = row ?? {};
  const idsOf = async (query: Record<string, string>, key = keys.read): Promise<string[]> => {
    const search = new URLSearchParams({ ...query, limit: '3' }).toString();
    const response = await api.ask(`/api/v1/letters?${search}`, { key });
    const { letters = [] } = (await response.json()) as { letters?: { id: string }[] };
    return letters.map(({ id }) => id);
  };
  expect(await idsOf({ number: letterNumber })).toEqual([letterId]);
  const persian = letterNumber.replace(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? '');
  expect(await idsOf({ number: persian })).toEqual([letterId]);
  expect(await idsOf({ number: letterNumber }, keys.foreignUnit)).toEqual([]);
  expect(await idsOf({ trackingCode: trackingCode.toLowerCase() })).toEqual([letterId]);
  const mobile = freshMobile();
  const sender = await addTestApplicant(site.db, mobile);
  await site.db`update letters set applicant_id = ${sender} where id = ${letterId}`;
  for (const typed of [mobile, `0${mobile.slice(3)}`, mobile.slice(3)])
    expect(await idsOf({ mobile: typed })).toEqual([letterId]);
  await site.db`update letters set applicant_id = ${applicantId} where id = ${letterId}`;
  expect(await idsOf({ mobile: freshMobile() })).toEqual([]);
  for (const query of ['mobile=12', 'trackingCode=12']) {
    const refused = await api.ask(`/api/v1/letters?${query}`, { key: keys.read });
    expect(refused.status).toBe(422);
  }
});

test('a list is filtered by status, step, unit, register and instants', async () => {
  const idsOf = async (query: string): Promise<string[]> => {
    const response = await api.ask(`/api/v1/letters?${query}`, { key: keys.read });
    expect(response.status).toBe(200);
    return ((await jsonOf(response)).letters as { id: string }[]).map(({ id }) => id);
  };
  const unit = await addTestUnit(site.db);
  const approved = await api.addLetter(unit);
  await api.takeDecision(approved);
  const pending = await api.addLetter(unit);
  const letter = await jsonOf(await api.ask(`/api/v1/letters/${approved}`, { key: keys.read }));
  const registered = encodeURIComponent(String(letter.registeredAt));
  const submitted = encodeURIComponent(String(letter.submittedAt));
  expect(await idsOf(`unit=${unit}`)).toEqual([approved, pending]);
  expect(await idsOf(`unit=${unit}&status=approved`)).toEqual([approved]);
  expect(await idsOf(`unit=${unit}&step=with_unit`)).toEqual([approved]);
  expect(await idsOf(`unit=${unit}&step=closed`)).toEqual([]);
  expect(await idsOf(`unit=${unit}&register=main`)).toEqual([approved]);
  expect(await idsOf(`unit=${unit}&register=other`)).toEqual([]);
  expect(await idsOf(`unit=${unit}&registeredSince=${registered}`)).toEqual([approved]);
  expect(await idsOf(`unit=${unit}&registeredUntil=${registered}`)).toEqual([]);
  expect(await idsOf(`unit=${unit}&submittedUntil=${submitted}`)).toEqual([]);
  expect(await idsOf(`unit=${unit}&submittedSince=2999-01-01T00:00:00Z`)).toEqual([]);
});

test('a key of one unit lists and meets only what is registered and with that unit', async () => {
  const pending = await api.addLetter(units.own);
  const approved = await makeApproved();
  const response = await api.ask(`/api/v1/letters/${pending}`, { key: keys.unit });
  const unknown = await api.ask(`/api/v1/letters/${randomUUID()}`, { key: keys.unit });
  expect([response.status, unknown.status]).toEqual([404, 404]);
  const strip = async (answer: Response) => ({ ...(await jsonOf(answer)), instance: '' });
  expect(await strip(response)).toEqual(await strip(unknown));
  expect((await api.ask(`/api/v1/letters/${approved}`, { key: keys.unit })).status).toBe(200);
  const listed = await jsonOf(await api.ask('/api/v1/letters', { key: keys.foreignUnit }));
  expect(listed).toEqual({ letters: [], next: null });
});

test('a letter tells what staff see, its number masked, and the reading stands in the audit trail', async () => {
  const { id: keyId, key } = await api.addKey('read');
  const letter = await jsonOf(await api.ask(`/api/v1/letters/${answered}`, { key }));
  expect(letter).toMatchObject({
    status: 'approved',
    step: 'answered',
    round: 2,
    senderName: 'شرکت نمونه',
    subject: 'درخواست',
    mobile: expect.stringMatching(/^\+98912•••\d{4}$/) as string,
    erased: false,
    deadline: null,
    timeline: [
      { action: 'submitted' },
      { action: 'returned', text: 'امضا ندارد' },
      { action: 'resubmitted' },
      { action: 'approved' },
      { action: 'replied' },
    ],
    replyList: [{ number: 1, text: 'پاسخ', file: { mediaType: 'application/pdf' } }],
  });
  const waiting = await api.addLetter(units.own);
  const running = await api.ask(`/api/v1/letters/${waiting}`, { key: keys.read });
  expect(await jsonOf(running)).toMatchObject({
    deadline: { state: 'running', dueOn: expect.stringMatching(/^20\d\d-\d\d-\d\d$/) as string },
  });
  const file = await api.ask(`/api/v1/letters/${answered}/file`, { key });
  expect(
    Buffer.from(await file.arrayBuffer())
      .subarray(0, 5)
      .toString(),
  ).toBe('%PDF-');
  const told = await site.db<{ action: string; actorKind: string }[]>`
    select action, actor_kind from audit_entries where actor = ${keyId} order by id`;
  expect(told).toEqual([
    { action: 'read', actorKind: 'key' },
    { action: 'downloaded', actorKind: 'key' },
  ]);
});

test('a letter tells its consultations, rungs and held reply to whom they concern, and no internal text', async () => {
  const { db, deps } = site;
  const [asked, other] = [await addTestUnit(db), await addTestUnit(db)];
  const letterId = await makeApproved();
  const clerk = await addTestStaff(db, { role: 'unit', unitIds: [units.own] });
  const act = async (action: ActOnLetter['action']): Promise<void> => {
    await actOnLetter(deps, { letterId, staff: clerk, action });
    await api.takeActions(letterId);
  };
  const note = new InternalText('نظر شما؟');
  const consulted = [asked, other].map((unitId) => ({ unitId, workingDays: 3 }));
  await act({ kind: 'consult', units: consulted, note });
  await db`update units set second_look = true where id = ${units.own}`;
  await act({ kind: 'reply', text: publicText('پروانه صادر شد'), file: null });
  await db`update units set second_look = false where id = ${units.own}`;
  await db`
    insert into deadline_rungs (letter_id, round, rung, unit_id, due_at)
    values (${letterId}, 1, 'reminded', ${units.own}, now())`;
  await db`update consultations set overdue_at = now() where letter_id = ${letterId}`;
  const read = async (key: string): Promise<string> =>
    (await api.ask(`/api/v1/letters/${letterId}`, { key })).text();
  const whole = await read(keys.unit);
  expect(JSON.parse(whole)).toMatchObject({
    questionOpen: false,
    reopened: 0,
    closesAt: null,
    heldReply: { by: clerk.name },
  });
  const unitsIn = (text: string): string[] =>
    (JSON.parse(text) as { consultations: { unit: { id: string } }[] }).consultations
      .map(({ unit }) => unit.id)
      .toSorted();
  const rungsIn = (text: string): string[] =>
    (JSON.parse(text) as { rungs: { rung: string }[] }).rungs.map(({ rung }) => rung).toSorted();
  const overdue = 'consultation_overdue';
  expect(rungsIn(whole)).toEqual([overdue, overdue, 'reminded']);
  expect(unitsIn(whole)).toEqual([asked, other].toSorted());
  expect(unitsIn(await read(keys.read))).toEqual([asked, other].toSorted());
  const { key } = await api.addKey('read', { unitId: asked });
  const own = await read(key);
  expect(unitsIn(own)).toEqual([asked]);
  expect(rungsIn(own)).toEqual([overdue, 'reminded']);
  expect(`${whole}${own}`).not.toMatch(/نظر شما|پروانه/);
  expect((await api.ask(`/api/v1/letters/${letterId}`, { key: keys.foreignUnit })).status).toBe(
    404,
  );
});

test('the description has the event of a webhook with every type', async () => {
  const { webhooks, components } = (await readDocument()) as {
    webhooks: Record<string, unknown>;
    components: { schemas: Record<string, { properties: { type: { enum: string[] } } }> };
  };
  expect(Object.keys(webhooks)).toEqual(['letterEvent']);
  expect(components.schemas.WebhookEvent?.properties.type.enum).toEqual([...WEBHOOK_EVENTS]);
});

test('a file that is infected or not scanned yet stays closed, and an erased letter has none', async () => {
  const letterId = await makeApproved();
  const path = `/api/v1/letters/${letterId}/file`;
  const answerOf = async () => {
    const response = await api.ask(path, { key: keys.admin });
    return [response.status, (await jsonOf(response)).type];
  };
  await site.db`update files set scan = 'waiting' where letter_id = ${letterId}`;
  expect(await answerOf()).toEqual([409, 'urn:pishkhan:problem:file-waiting']);
  await site.db`update files set scan = 'infected' where letter_id = ${letterId}`;
  expect(await answerOf()).toEqual([409, 'urn:pishkhan:problem:file-infected']);
  await site.db`
    update letter_keys set sealed_key = null, erased_at = now() where letter_id = ${letterId}`;
  expect(await answerOf()).toEqual([410, 'urn:pishkhan:problem:erased']);
  const letter = await jsonOf(await api.ask(`/api/v1/letters/${letterId}`, { key: keys.admin }));
  expect(letter).toMatchObject({ erased: true, senderName: '', subject: '' });
});

test('a decision is of the key in record, audit trail and signal, and the workflow applies it', async () => {
  const { id: keyId, key, name } = await api.addKey('decide');
  const letterId = await api.addLetter(units.own);
  const answer = await post(`/api/v1/letters/${letterId}/approval`, {}, { key });
  expect([answer.status, await answer.json()]).toEqual([
    200,
    { outcome: 'recorded', letter: null },
  ]);
  const [signal] = await site.db<{ payload: Json }[]>`
    select payload from outbox where letter_id = ${letterId} and kind = 'approve'`;
  expect(signal?.payload.by).toBe(`key:${name}`);
  await api.takeDecision(letterId);
  const letter = await jsonOf(await api.ask(`/api/v1/letters/${letterId}`, { key }));
  expect(letter).toMatchObject({ status: 'approved', decidedBy: `key:${name}` });
  for (const [path, body] of [
    ['updates', { text: 'در دست بررسی' }],
    ['notes', { text: 'یادداشت' }],
    ['referrals', { unit: units.third }],
    ['closing', { reason: 'رسیدگی شد' }],
  ] as const) {
    expect((await post(`/api/v1/letters/${letterId}/${path}`, body, { key })).status).toBe(200);
    await api.takeActions(letterId);
  }
  const told = await site.db<{ action: string }[]>`
    select action from audit_entries
    where letter_id = ${letterId} and actor_kind = 'key' and actor = ${keyId} and action <> 'read'
    order by id`;
  expect(told.map(({ action }) => action)).toEqual([
    'decided',
    'approved',
    'acted',
    'updated',
    'acted',
    'noted',
    'acted',
    'referred',
    'acted',
    'closed',
  ]);
});

test('a second decision of the same key that differs in anything is refused', async () => {
  const approved = await api.addLetter(units.own);
  const approve = (body: object) => post(`/api/v1/letters/${approved}/approval`, body);
  expect((await approve({ unit: units.own })).status).toBe(200);
  expect((await approve({ unit: units.own })).status).toBe(200);
  expect((await approve({ unit: units.third })).status).toBe(409);
  expect((await approve({})).status).toBe(409);
  await api.takeDecision(approved);
  expect((await approve({ unit: units.third })).status).toBe(409);
  const rejected = await api.addLetter(units.own);
  const reject = (reason: string) => post(`/api/v1/letters/${rejected}/rejection`, { reason });
  expect((await reject('امضا ندارد')).status).toBe(200);
  expect((await reject('امضا ندارد')).status).toBe(200);
  expect((await reject('ناخوانا است')).status).toBe(409);
  const [written] = await site.db<{ count: number }[]>`
    select count(*)::int as count from decisions where letter_id in (${approved}, ${rejected})`;
  expect(written?.count).toBe(2);
});

test('a letter and a list tell that the number was annulled', async () => {
  const letterId = await api.addLetter(units.own);
  await api.takeDecision(letterId);
  const admin = await addTestStaff(site.db, { role: 'admin' });
  const reason = publicText('دو بار ثبت شد');
  await annulLetter(site.deps, { staff: admin, letterId, reason, internalReason: null });
  const { key } = await api.addKey('read');
  const ask = async (path: string) => jsonOf(await api.ask(`/api/v1/letters${path}`, { key }));
  const letter = await ask(`/${letterId}`);
  expect(letter).toMatchObject({ status: 'approved', annulled: true });
  const { letterNumber } = letter as { letterNumber: string };
  const { letters } = (await ask(`?number=${encodeURIComponent(letterNumber)}`)) as {
    letters: { id: string; annulled: boolean }[];
  };
  expect(letters.map(({ id, annulled }) => [id, annulled])).toEqual([[letterId, true]]);
});

test('a key is told that the objection is to its own rejection', async () => {
  const letterId = await api.addLetter(units.own);
  const { db } = site;
  expect((await post(`/api/v1/letters/${letterId}/rejection`, { reason: 'دلیل' })).status).toBe(
    200,
  );
  await api.takeDecision(letterId);
  const [letter] = await db<{ applicantId: string }[]>`
    update letters set objection_until = now() + interval '1 day'
    where id = ${letterId} returning applicant_id`;
  const applicantId = letter?.applicantId ?? '';
  await objectToRejection(site.deps, { applicantId, letterId, text: 'خوانا بود' });
  const own = await post(`/api/v1/letters/${letterId}/approval`, { unit: units.own });
  expect([own.status, (await jsonOf(own)).type]).toEqual([
    403,
    'urn:pishkhan:problem:own-rejection',
  ]);
});

test('the first decision stands, and whoever comes second is told who and when', async () => {
  const letterId = await api.addLetter(units.own);
  await decideLetter(site.deps, {
    letterId,
    staff: reviewer,
    decision: { kind: 'reject', reason: 'دلیل' },
  });
  const answer = await post(`/api/v1/letters/${letterId}/approval`, {});
  expect(answer.status).toBe(409);
  expect(await answer.json()).toMatchObject({
    type: 'urn:pishkhan:problem:already-decided',
    kind: 'reject',
    by: reviewer.name,
    at: expect.stringMatching(/^20\d\d-.*Z$/) as string,
  });
  const seen = await api.addLetter(units.own);
  const later = await post(`/api/v1/letters/${seen}/approval`, { round: 2 });
  expect([later.status, (await jsonOf(later)).type]).toEqual([
    409,
    'urn:pishkhan:problem:not-open',
  ]);
});

test('the same Idempotency-Key is done once and answered the same, also when it comes twice at once', async () => {
  const letterId = await makeApproved();
  const idempotencyKey = randomUUID();
  const path = `/api/v1/letters/${letterId}/notes`;
  const send = () => post(path, { text: 'یک بار' }, { idempotencyKey });
  const both = await Promise.all([send(), send()]);
  expect(both.map(({ status }) => status)).toEqual([200, 200]);
  await api.takeActions(letterId);
  const again = await send();
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
  const answers = await Promise.all([...both, again].map((answer) => answer.text()));
  expect(new Set(answers).size).toBe(1);
  const [notes] = await site.db<{ count: number }[]>`
    select count(*)::int as count from unit_actions where letter_id = ${letterId}`;
  expect(notes?.count).toBe(1);

  const other = await post(path, { text: 'دیگر' }, { idempotencyKey });
  expect([other.status, (await jsonOf(other)).type]).toEqual([
    422,
    'urn:pishkhan:problem:other-request',
  ]);
  const foreign = await post(path, { text: 'دیگر' }, { idempotencyKey, key: keys.admin });
  expect(foreign.status).toBe(200);
});

/** The database is gone between the effect of a request and its answer, for all that `send` sends. */
const loseAnswer = async (send: () => Promise<Response>): Promise<Response> => {
  await site.db.unsafe(`
    create or replace function lose_answer() returns trigger language plpgsql as $$
    begin perform pg_terminate_backend(pg_backend_pid()); perform pg_sleep(1); return new; end $$;
    create trigger lose_answer before update on api_requests
      for each row execute function lose_answer()`);
  try {
    return await send();
  } finally {
    await site.db.unsafe('drop trigger lose_answer on api_requests');
  }
};

const ONCE = [
  'submitLetter',
  'approveLetter',
  'rejectLetter',
  'returnLetter',
  'updateLetter',
  'noteLetter',
  'referLetter',
  'replyToLetter',
  'closeLetter',
  'addUnit',
];

test('every operation that takes an Idempotency-Key is in the list of those that are tried', async () => {
  const posts = operationsOf(await readDocument()).filter(({ method }) => method === 'POST');
  expect(posts.map(({ id }) => id).sort()).toEqual(ONCE.toSorted());
});

test.each(ONCE)(
  '%s whose answer is lost after its effect is answered and not done again',
  async (id) => {
    const { path, ...request } = (await REQUESTS[id]?.()) ?? { path: '/' };
    const idempotencyKey = randomUUID();
    const send = () => api.ask(path, { ...request, key: keys.admin, idempotencyKey });
    const before = await stateOfDesk();
    const lost = await loseAnswer(send);
    expect([lost.status, (await jsonOf(lost)).type]).toEqual([
      503,
      'urn:pishkhan:problem:unavailable',
    ]);
    const done = await stateOfDesk();
    expect(done).not.toBe(before);

    // At once, and also when the workflow has taken it up meanwhile.
    const letterId = /letters\/([0-9a-f-]+)\//.exec(path)?.[1];
    const lostAgain = await loseAnswer(send);
    expect(lostAgain.status).toBe(503);
    if (letterId)
      await (id.startsWith('a') || /^re(ject|turn)/.test(id)
        ? api.takeDecision(letterId)
        : api.takeActions(letterId));
    const taken = await stateOfDesk();
    const again = await send();
    expect(again.status).toBe(['addUnit', 'submitLetter'].includes(id) ? 201 : 200);
    const third = await send();
    expect(third.headers.get('idempotency-replayed')).toBe('true');
    expect(await third.text()).toBe(await again.text());
    expect(await stateOfDesk()).toBe(taken);
  },
);

test('a key that comes back after its answer was forgotten is refused with another content', async () => {
  const letterId = await makeApproved();
  const idempotencyKey = randomUUID();
  const note = (text: string) =>
    post(`/api/v1/letters/${letterId}/notes`, { text }, { idempotencyKey });
  const other = await api.addLetter(units.own);
  const reject = (reason: string) =>
    post(`/api/v1/letters/${other}/rejection`, { reason }, { idempotencyKey });
  const forget = () => site.db`delete from api_requests where idempotency_key = ${idempotencyKey}`;
  for (const send of [note, reject]) {
    await forget();
    expect((await send('نخست')).status).toBe(200);
    await forget();
    expect((await send('نخست')).status).toBe(200);
    await forget();
    const refused = await send('دیگر');
    expect([refused.status, (await jsonOf(refused)).type]).toEqual([
      422,
      'urn:pishkhan:problem:other-request',
    ]);
  }
});

test('an answer is forgotten when its time is over', async () => {
  const idempotencyKey = randomUUID();
  const name = `واحد ${randomUUID()}`;
  const send = () => post('/api/v1/units', { name }, { key: keys.admin, idempotencyKey });
  expect((await send()).status).toBe(201);
  await forgetAnswers(site.deps);
  expect((await send()).headers.get('idempotency-replayed')).toBe('true');
  await site.db`
    update api_requests set asked_at = now() - interval '25 hours'
    where idempotency_key = ${idempotencyKey}`;
  await forgetAnswers(site.deps);
  // Asked anew: it is that unit.
  const anew = await send();
  expect([anew.status, anew.headers.get('idempotency-replayed')]).toEqual([201, null]);
});

test('a reply whose request comes again keeps one file, and one that is refused keeps none', async () => {
  const letterId = await makeApproved();
  const path = `/api/v1/letters/${letterId}/replies`;
  const idempotencyKey = randomUUID();
  expect((await post(path, await replyForm(), { idempotencyKey })).status).toBe(200);
  const removed: string[] = [];
  const { files } = site.deps;
  const remove = files.remove.bind(files);
  files.remove = (storageKey) => {
    removed.push(storageKey);
    return remove(storageKey);
  };
  expect((await post(path, await replyForm(), { idempotencyKey })).status).toBe(200);
  expect((await post(path, await replyForm('دیگر'), { idempotencyKey })).status).toBe(422);
  expect((await post(path, await replyForm(' '))).status).toBe(422);
  await site.db`update letters set step = 'closed' where id = ${letterId}`;
  expect((await post(path, await replyForm())).status).toBe(409);
  files.remove = remove;
  expect(new Set(removed).size).toBe(4);
  const [stored] = await site.db<{ count: number }[]>`
    select count(*)::int as count from files
    where letter_id = ${letterId} and unit_action_id is not null`;
  expect(stored?.count).toBe(1);
});

test('a file of a reply passes the same checks as on the pages', async () => {
  const letterId = await makeApproved();
  const form = new FormData();
  form.set('text', 'پاسخ');
  form.set('file', new File(['MZ not a pdf'], 'letter.pdf'));
  const answer = await post(`/api/v1/letters/${letterId}/replies`, form);
  expect(answer.status).toBe(422);
  expect((await jsonOf(answer)).errors).toMatchObject([{ pointer: '#/file' }]);
  const large = new FormData();
  large.set('text', 'پاسخ');
  large.set('file', new File([new Uint8Array(1024 * 1024 + 1)], 'letter.pdf'));
  expect((await post(`/api/v1/letters/${letterId}/replies`, large)).status).toBe(413);
});

test('a letter is submitted for its sender, who finds it, and the audit trail says by which key', async () => {
  const { id: keyId, key } = await api.addKey('decide');
  const mobile = freshMobile();
  const idempotencyKey = randomUUID();
  const form = await letterForm(units.own, { mobile });
  const send = () => post('/api/v1/letters', form, { key, idempotencyKey });
  const sent = await send();
  expect(sent.status).toBe(201);
  const { id, href } = (await jsonOf(sent)) as { id: string; href: string };
  expect(href).toBe(`/api/v1/letters/${id}`);
  expect(await jsonOf(await api.ask(href, { key }))).toMatchObject({
    status: 'pending',
    senderName: 'شرکت نمونه',
    subject: 'درخواست',
    file: { name: expect.stringMatching(/\.pdf$/), mediaType: 'application/pdf' },
  });
  const [submitted] = await site.db`
    select actor_kind, actor from audit_entries
    where letter_id = ${id} and action = 'submitted'`;
  expect(submitted).toEqual({ actorKind: 'key', actor: keyId });
  const again = await send();
  expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([201, 'true']);
  const found = await api.ask(`/api/v1/letters?mobile=${encodeURIComponent(mobile)}`, { key });
  expect(await jsonOf(found)).toMatchObject({ letters: [{ id }] });
});

test('what is wrong in a letter is told by its place, and its file is not kept', async () => {
  const wrong = async (change: (form: FormData) => void): Promise<unknown[]> => {
    const form = await letterForm(units.own, { mobile: freshMobile() });
    change(form);
    const answer = await post('/api/v1/letters', form);
    const { errors, type } = await jsonOf(answer);
    return [answer.status, errors ?? type];
  };
  const before = await stateOfDesk();
  expect(await wrong((form) => form.set('mobile', '02112345678'))).toMatchObject([
    422,
    [{ pointer: '#/mobile' }],
  ]);
  expect(await wrong((form) => form.set('senderName', '\u200b'))).toMatchObject([
    422,
    [{ pointer: '#/senderName' }],
  ]);
  expect(await wrong((form) => form.delete('file'))).toMatchObject([422, [{ pointer: '#/file' }]]);
  expect(await wrong((form) => form.set('file', new File(['MZ'], 'letter.pdf')))).toMatchObject([
    422,
    [{ pointer: '#/file' }],
  ]);
  expect(await wrong((form) => form.set('unit', randomUUID()))).toEqual([
    422,
    'urn:pishkhan:problem:unit-not-available',
  ]);
  expect(await stateOfDesk()).toBe(before);
});

test('what is wrong in a request is told by its place, in the language that was asked for', async () => {
  const letterId = await api.addLetter(units.own);
  const path = `/api/v1/letters/${letterId}/rejection`;
  const ask = async (body: unknown, headers: Record<string, string> = {}) =>
    post(path, body, { headers });
  const wrong = await ask({ because: 'x' }, { 'accept-language': 'en-GB, fa;q=0.5' });
  expect(wrong.headers.get('content-type')).toBe('application/problem+json');
  expect(await wrong.json()).toMatchObject({
    type: 'urn:pishkhan:problem:invalid',
    title: 'The request is not valid',
    status: 422,
    errors: [
      { pointer: '#/reason', detail: 'is needed' },
      { pointer: '#/because', detail: 'is not known here' },
    ],
  });
  const persian = await jsonOf(await ask({ reason: '\u200b ' }));
  expect(persian).toMatchObject({ title: 'درخواست نادرست است', errors: [{ pointer: '#/reason' }] });
  const long = await jsonOf(await ask({ reason: 'د'.repeat(4001) }, { 'accept-language': 'en' }));
  expect(long.errors).toEqual([{ pointer: '#/reason', detail: 'is too long or too big' }]);
  const query = await api.ask('/api/v1/letters?limit=9999&statuz=x&after=zz', { key: keys.read });
  expect(query.status).toBe(422);
  const parameters = ((await jsonOf(query)).errors as Json[]).map(({ parameter }) => parameter);
  expect(new Set(parameters)).toEqual(new Set(['after', 'limit', 'statuz']));
  expect((await api.ask('/api/v1/letters?after=zz', { key: keys.read })).status).toBe(422);
});

test('what cannot be read is refused by its kind', async () => {
  const path = `/api/v1/letters/${await api.addLetter(units.own)}/rejection`;
  const headers = { 'content-type': 'text/plain' };
  expect((await post(path, '{"reason":"x"}', { headers })).status).toBe(415);
  expect((await post(path, await replyForm())).status).toBe(415);
  expect((await post(path, '{"reason":')).status).toBe(400);
  expect((await post(path, JSON.stringify({ reason: 'x'.repeat(70_000) }))).status).toBe(413);
  expect((await post(path, { reason: 'x' }, { idempotencyKey: '' })).status).toBe(400);
  expect((await post(path, { reason: 'x' }, { idempotencyKey: 'k'.repeat(201) })).status).toBe(400);
  expect((await api.ask('/api/v1/nowhere', { key: keys.admin })).status).toBe(404);
  expect((await api.ask('/api/v1/letters/1', { key: keys.admin })).status).toBe(404);
});

const JUNK = [
  '%00',
  'a%00b',
  '%ff%fe',
  '..%2f..%2fetc',
  "'%20or%20''='",
  '99999999999999999999',
  '-1',
  'NaN',
  '%ED%A0%80',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  'x'.repeat(3_000),
];

/** Cursors that were not made here. */
const CURSORS = [
  '%00.1405.1',
  'main.9999.999999999',
  'main.0000.0',
  'main.1405.-1',
  'main.1405.9999999999',
  'main',
  '00000000-0000-0000-0000-000000000000',
];

test('nothing that stands in an address or a query is a fault', async () => {
  const names = 'status step unit register year limit submittedSince registeredUntil after'.split(
    ' ',
  );
  const faults: string[] = [];
  const look = async (path: string): Promise<void> => {
    const { status } = await api.ask(path, { key: keys.admin });
    if (status >= 500) faults.push(path.slice(0, 80));
  };
  for (const value of JUNK) {
    for (const path of ['', '/file', '/replies/1/file', '/versions/1/file'])
      await look(`/api/v1/letters/${value}${path}`);
    await look(`/api/v1/letters/${answered}/replies/${value}/file`);
    await look(`/api/v1/letters/${answered}/versions/${value}/file`);
  }
  for (const list of ['letters', 'register-entries']) {
    for (const name of names)
      for (const value of JUNK) await look(`/api/v1/${list}?${name}=${value}`);
    for (const cursor of CURSORS) await look(`/api/v1/${list}?after=${cursor}`);
    await look(`/api/v1/${list}?limit=1&limit=2&__proto__=1&constructor=1`);
  }
  expect(faults).toEqual([]);
});

test('nothing that stands in a body is a fault', async () => {
  const texts = [
    '\0',
    '\ud800',
    '\u202e',
    'x\0y',
    '%s',
    "'; drop table letters; --",
    '🙂'.repeat(50),
  ];
  const letterId = await makeApproved();
  const others: unknown[] = [null, 7, [], 'text', { __proto__: null, text: {} }, { text: [] }];
  for (const body of [...texts.map((text) => ({ text })), ...others]) {
    const { status } = await post(`/api/v1/letters/${letterId}/notes`, JSON.stringify(body));
    expect([JSON.stringify(body), status < 500]).toEqual([JSON.stringify(body), true]);
  }
  for (const name of texts) {
    const { status } = await post('/api/v1/units', { name }, { key: keys.admin });
    expect([name, status < 500]).toEqual([name, true]);
  }
});

test('a key that is unknown, revoked, expired or altered opens nothing, nor does a session', async () => {
  const revoked = await api.addKey('admin');
  const expired = await api.addKey('admin', { days: 1 });
  expect((await api.ask('/api/v1/units', { key: expired.key })).status).toBe(200);
  await api.revokeKey(revoked.id);
  await site.db`update api_keys set expires_at = now() where id = ${expired.id}`;
  const altered = keys.admin.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
  const tries = [
    revoked.key,
    expired.key,
    altered,
    'pk_',
    `${keys.admin}x`,
    keys.admin.slice(0, 13),
  ];
  for (const key of tries) {
    const response = await api.ask('/api/v1/units', { key });
    expect(response.status).toBe(401);
    expect(response.headers.get('www-authenticate')).toMatch(/^Bearer .*invalid_token/);
  }
  const admin = await addTestStaff(site.db, { role: 'admin' });
  const cookie = await cookieOf(site.db, { staffId: admin.id });
  const bySession = await api.ask('/api/v1/units?lang=en', { headers: { cookie } });
  expect(bySession.status).toBe(401);
  expect(bySession.headers.get('www-authenticate')).toBe('Bearer realm="desk"');
  expect(bySession.headers.getSetCookie()).toEqual([]);
  const narrow = await api.ask('/api/v1/staff', { key: keys.read });
  expect(narrow.headers.get('www-authenticate')).toContain('scope="admin"');
});

test('the record has no key, only its hash; its last day of use is kept', async () => {
  const { id, key } = await api.addKey('read');
  await api.ask('/api/v1/units', { key });
  const [row] = await site.db<Json[]>`
    select api_keys::text as whole, last_used_on = (now() at time zone 'UTC')::date as today
    from api_keys where id = ${id}`;
  expect(row?.today).toBe(true);
  expect(row?.whole).not.toContain(key.slice(14));
  const told = await site.db<{ action: string; details: Json }[]>`
    select action, details from audit_entries where details->>'id' = ${id}`;
  expect(told).toMatchObject([{ action: 'key_added', details: { scope: 'read' } }]);
});

test('no answer is kept by anybody, opens another origin, or says what failed within', async () => {
  const { db } = site;
  await db`
    create function fail() returns boolean language plpgsql
    as $$ begin raise exception 'password of 10.0.0.5'; end $$`;
  await db`alter table units rename to units_of_desk`;
  await db`create view units as select * from units_of_desk where fail()`;
  const response = await api.ask('/api/v1/units', {
    key: keys.read,
    headers: { origin: 'https://evil.test' },
  });
  await db`drop view units`;
  await db`alter table units_of_desk rename to units`;
  expect(response.status).toBe(500);
  expect(await response.text()).not.toContain('10.0.0.5');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.has('access-control-allow-origin')).toBe(false);
  const elsewhere = await site.app.request('http://evil.test/api/v1/units', {
    headers: { authorization: `Bearer ${keys.read}` },
  });
  expect(elsewhere.status).toBe(421);
});

test('a unit is added, renamed and retired, and the audit trail says by which key', async () => {
  const { id: keyId, key } = await api.addKey('admin');
  const name = `واحد ${randomUUID()}`;
  const unit = await jsonOf(await post('/api/v1/units', { name }, { key }));
  expect(unit).toMatchObject({ name, retired: false });
  const taken = await post('/api/v1/units', { name }, { key });
  expect([taken.status, (await jsonOf(taken)).errors]).toMatchObject([
    422,
    [{ pointer: '#/name' }],
  ]);
  const change = (body: object) =>
    api.ask(`/api/v1/units/${String(unit.id)}`, { method: 'PATCH', key, body });
  expect(await jsonOf(await change({ name: `${name} ۲` }))).toMatchObject({ name: `${name} ۲` });
  expect(await jsonOf(await change({ retired: true }))).toMatchObject({ retired: true });
  expect((await change({ retired: false })).status).toBe(422);
  const told = await site.db<{ action: string }[]>`
    select action from audit_entries where actor_kind = 'key' and actor = ${keyId} order by id`;
  expect(told.map(({ action }) => action)).toEqual(['unit_added', 'unit_renamed', 'unit_retired']);
});

test('a key that asks too often is told when to come again, and others are not', async () => {
  const env = { LIMITS: 'apiReadsPerMinute=2 apiWritesPerMinute=1' };
  const busy = await startRealSite(home, { env });
  try {
    const other = createApiSite(busy);
    const { key } = await other.addKey('decide');
    const statuses: number[] = [];
    for (let count = 0; count < 3; count += 1)
      statuses.push((await other.ask('/api/v1/units', { key })).status);
    expect(statuses).toEqual([200, 200, 429]);
    const refused = await other.ask('/api/v1/units', { key });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    const missing = `/api/v1/letters/${randomUUID()}/closing`;
    const writes = [1, 2].map(() => other.ask(missing, { method: 'POST', key, body: {} }));
    const answers = (await Promise.all(writes)).map(({ status }) => status);
    expect(new Set(answers)).toEqual(new Set([404, 429]));
    expect((await other.ask('/api/v1/units', { key: keys.read })).status).toBe(200);
  } finally {
    await busy.stop();
  }
});
