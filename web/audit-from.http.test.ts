/** Where a request came from stands in the audit trail: the same for the same client, and no address. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFromOf } from '../src/main/site-settings.ts';
import { deriveKeys } from '../src/platform/sealing/secrets.ts';
import { addTestApplicant, addTestStaff, addTestUnit } from '../src/testing/letters.ts';
import { freePorts } from '../src/testing/ports.ts';
import { readMessages } from '../src/testing/messages.ts';
import {
  cookieOf,
  freshMobile,
  makeRealHome,
  REAL_CAPTCHA,
  startRealSite,
} from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';
import { sampleFile } from '../src/testing/sample-files.ts';
import { submitLetter } from '../src/desk/letters/submit-letter.ts';
import { receiveFile } from '../src/platform/files/receive-file.ts';
import { startSignIn } from '../src/desk/applicants/applicant-sign-in.ts';
import { newCaptcha } from '../src/desk/applicants/captcha/captcha.ts';

// Of this file alone; no test runs beside another one here.
const PORT = String(await freePorts());
const ORIGIN = `http://localhost:${PORT}`;
const APPLICANT_AT = '203.0.113.7';
const STAFF_AT = '2001:db8:1:2::7';
const STAFF_NEARBY = '2001:db8:1:2::8';

let home: RealHome;
let site: RealSite;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, { env: { PORT, TRUSTED_PROXY: '127.0.0.1' }, listen: true });
});
afterAll(async () => {
  await site.stop();
  await home.remove();
});

const ask = (
  path: string,
  { from, cookie, body }: { from: string; cookie: string; body?: FormData | URLSearchParams },
): Promise<Response> =>
  fetch(`${ORIGIN}${path}`, {
    method: body ? 'POST' : 'GET',
    redirect: 'manual',
    headers: { origin: ORIGIN, cookie, 'x-forwarded-for': from },
    ...(body && { body }),
  });

const fromOf = async (action: string): Promise<string[]> => {
  const rows = await site.db<{ fromHash: string }[]>`
    select distinct from_hash from audit_entries where action = ${action}`;
  return rows.map(({ fromHash }) => fromHash);
};

test('submitting, deciding, reading and downloading say where they came from', async () => {
  const { db } = site;
  const unitId = await addTestUnit(db);
  const applicantId = await addTestApplicant(db, freshMobile());
  const reviewer = await addTestStaff(db, { role: 'reviewer' });
  const applicant = { from: APPLICANT_AT, cookie: await cookieOf(db, { applicantId }) };
  const staff = { from: STAFF_AT, cookie: await cookieOf(db, { staffId: reviewer.id }) };

  const form = new FormData();
  const { name, bytes } = await sampleFile('pdf');
  const fields = {
    submissionKey: randomUUID(),
    senderName: 'فرستنده',
    unit: unitId,
    subject: 'موضوع',
  };
  for (const [field, value] of Object.entries(fields)) form.set(field, value);
  form.set('file', new File([new Uint8Array(bytes)], name));
  const sent = await ask('/letters/new', { ...applicant, body: form });
  expect(sent.status).toBe(303);
  const letter = new URL(sent.headers.get('location') ?? '', ORIGIN).pathname;
  expect((await ask(`${letter}/file`, applicant)).status).toBe(200);
  expect((await ask(`/staff${letter}`, { ...staff, from: STAFF_NEARBY })).status).toBe(200);
  const approval = { ...staff, body: new URLSearchParams({ unit: '' }) };
  expect((await ask(`/staff${letter}/approval`, approval)).status).toBe(303);

  const [home1 = '', ...others] = await fromOf('submitted');
  expect(others).toEqual([]);
  expect(home1).toMatch(/^[0-9a-f]{32}$/);
  expect(await fromOf('downloaded')).toEqual([home1]);
  // An IPv6 client is known by its /64.
  const [office = ''] = await fromOf('read');
  expect(office).toMatch(/^[0-9a-f]{32}$/);
  expect(await fromOf('decided')).toEqual([office]);
  expect(office).not.toBe(home1);
  const [stored] = await db<{ text: string }[]>`
    select string_agg(a::text, ' ') as text from audit_entries a`;
  expect(stored?.text).toContain(home1);
  for (const address of [APPLICANT_AT, STAFF_AT, '2001:db8'])
    expect(stored?.text).not.toContain(address);
});

test('a sign-in of an applicant is told with where it came from', async () => {
  const { id } = newCaptcha(site.deps);
  const mobile = freshMobile();
  const start = { mobile, captchaId: id, captchaAnswer: REAL_CAPTCHA };
  const started = await startSignIn(site.deps, start);
  if (started.outcome !== 'sent') throw new Error('no code was sent');
  const [message] = await readMessages(site.db, { mobile });
  const code = message?.params.code ?? '';
  const answer = await ask('/sign-in/code', {
    from: APPLICANT_AT,
    cookie: `challenge=${started.challengeToken}`,
    body: new URLSearchParams({ code }),
  });
  expect(answer.headers.get('location')).toBe('/letters');
  const [entry] = await site.db<{ actorKind: string; fromHash: string; letterId: null }[]>`
    select actor_kind, from_hash, letter_id from audit_entries where action = 'signed_in'`;
  expect(entry).toEqual({
    actorKind: 'applicant',
    fromHash: createFromOf(site.deps.keys)(APPLICANT_AT),
    letterId: null,
  });
});

test('two desks with another secret each cannot be compared by it', () => {
  const here = createFromOf(site.deps.keys);
  const there = createFromOf(deriveKeys('another master secret, long enough'));
  expect(there(APPLICANT_AT)).not.toBe(here(APPLICANT_AT));
  expect(there('')).toBe(undefined);
});

test('what is uploaded by the desk itself comes from nowhere', async () => {
  const { name, bytes } = await sampleFile('pdf');
  const received = await receiveFile(site.deps, { stream: Readable.from([bytes]), fileName: name });
  if (!received.ok) throw new Error(received.problem);
  const applicantId = await addTestApplicant(site.db, freshMobile());
  const { letterId } = await submitLetter(site.deps, {
    applicantId,
    submissionKey: randomUUID(),
    senderName: 'فرستنده',
    unitId: await addTestUnit(site.db),
    subject: 'موضوع',
    files: [received.file],
  });
  const [entry] = await site.db<{ fromHash: string | null }[]>`
    select from_hash from audit_entries where letter_id = ${letterId}`;
  expect(entry?.fromHash).toBe(null);
});
