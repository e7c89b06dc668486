/**
 * What is typed is never lost with a session: every form of the router's own list comes back after
 * signing in again, or has nothing to keep.
 */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { addTestApplicant, addTestStaff, addTestUnit } from '../src/testing/letters.ts';
import { cookieOf, freshMobile, makeRealHome, startRealSite } from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';
import { addressOf, routesOf } from '../src/testing/routes.ts';
import { sampleFile } from '../src/testing/sample-files.ts';
import type { StaffMember } from '../src/desk/staff/staff-member.ts';
import { publicText } from '../src/platform/base/audience.ts';
import { actOnLetter } from '../src/desk/letters/act-on-letter.ts';
import type { ActOnLetter } from '../src/desk/letters/act-on-letter.ts';
import { recordUnitAction } from '../src/desk/letters/record-unit-action.ts';
import { recordDecision } from '../src/desk/letters/record-decision.ts';
import { LANGUAGES } from './text/languages.ts';
import { returnToParkedForm } from '../src/desk/staff/parked-forms.ts';

const ORIGIN = 'http://desk.test';
const TYPED = 'نوشته‌ی بلند من';

type Letter = 'pending' | 'returned' | 'rejected' | 'approved' | 'asked' | 'closed';
/** What a person types there; `letter`: the state in which its page has the form. */
interface Form {
  fields: Record<string, string>;
  file?: string;
  letter?: Letter;
}

const FORMS: Record<string, Form> = {
  'POST /letters/new': {
    fields: { submissionKey: randomUUID(), senderName: 'نام', subject: TYPED },
    file: 'file',
  },
  'POST /letters/:id/correction': {
    fields: { formKey: randomUUID(), round: '1', subject: TYPED },
    file: 'file',
    letter: 'returned',
  },
  'POST /letters/:id/objection': { fields: { objection: TYPED }, letter: 'rejected' },
  'POST /letters/:id/answer': {
    fields: { formKey: randomUUID(), answerText: TYPED },
    file: 'file',
    letter: 'asked',
  },
  'POST /letters/:id/follow-up': {
    fields: { formKey: randomUUID(), followUp: TYPED },
    letter: 'closed',
  },
  'POST /staff/letters/:id/rejection': { fields: { reason: TYPED }, letter: 'pending' },
  'POST /staff/letters/:id/return': { fields: { returnReason: TYPED }, letter: 'pending' },
  'POST /staff/letters/:id/updates': { fields: { update: TYPED }, letter: 'approved' },
  'POST /staff/letters/:id/notes': { fields: { note: TYPED }, letter: 'approved' },
  'POST /staff/letters/:id/referrals': { fields: { referText: TYPED }, letter: 'approved' },
  'POST /staff/letters/:id/replies': {
    fields: { actionKey: randomUUID(), replyText: TYPED },
    file: 'replyFile',
    letter: 'approved',
  },
  'POST /staff/letters/:id/questions': { fields: { questionText: TYPED }, letter: 'approved' },
  'POST /staff/letters/:id/consultations': {
    fields: { consultText: TYPED, consultDays1: '4' },
    letter: 'approved',
  },
  'POST /staff/letters/:id/related': { fields: { reference: TYPED }, letter: 'approved' },
  'POST /staff/letters/:id/closing': { fields: { closeReason: TYPED }, letter: 'approved' },
  'POST /staff/letters/:id/annulment': {
    fields: { annulReason: 'دوباره ثبت شد', annulInternal: TYPED },
    letter: 'approved',
  },
  'POST /staff/people/:person/moves': { fields: { moveReason: TYPED } },
  'POST /staff/people/:person/name': { fields: { name: TYPED } },
  'POST /staff/account/absences': { fields: { since: TYPED } },
  'POST /staff/admin/members/:member/absences': { fields: { until: TYPED } },
  'POST /staff/account/mail': { fields: { email: TYPED } },
  'POST /staff/admin/units/new': { fields: { name: TYPED } },
  'POST /staff/admin/units/:unit': { fields: { name: TYPED, version: '1' } },
  'POST /staff/admin/members/new': { fields: { username: 'sara', name: TYPED, role: 'reviewer' } },
  'POST /staff/admin/members/:member': { fields: { name: TYPED, role: 'reviewer' } },
  'POST /staff/admin/reasons/new': { fields: { kind: 'reject', text: TYPED } },
  'POST /staff/admin/branding': { fields: { name: TYPED } },
  'POST /staff/admin/texts/:text': { fields: { wording: TYPED } },
  'POST /staff/admin/registers/new': { fields: { template: TYPED } },
  'POST /staff/admin/keys/new': { fields: { name: TYPED, scope: 'read' } },
  'POST /staff/admin/webhooks/new': { fields: { formKey: randomUUID(), url: TYPED } },
  'POST /staff/admin/calendar/days': { fields: { day: '1405/01/02', name: TYPED } },
};

/** Forms of buttons and choices, of secrets, of a search, and what is no form of a signed-in page. */
const NOTHING_TO_KEEP = [
  'POST /verify/:receipt',
  'POST /sms/receipts',
  'POST /staff/codec/decode',
  'POST /staff/codec/encode',
  'POST /csp-reports',
  'POST /sign-in',
  'POST /sign-in/picture',
  'POST /sign-in/code',
  'POST /sign-in/code/resend',
  'POST /sign-out',
  'POST /letters',
  'POST /letters/:id/withdrawal',
  'POST /account/sessions/end-others',
  'POST /account/sessions/:session/end',
  'POST /account/confirm',
  'POST /account/confirm/resend',
  'POST /staff/sign-in',
  'POST /staff/second-factor',
  'POST /staff/second-factor/passkey',
  'POST /staff/second-factor/recovery',
  'POST /staff/sign-out',
  'POST /staff/account/confirm',
  'POST /staff/account/confirm/passkey',
  'POST /staff/account/password',
  'POST /staff/account/totp',
  'POST /staff/account/totp/removal',
  'POST /staff/account/passkeys',
  'POST /staff/account/passkeys/:passkey/removal',
  'POST /staff/account/recovery-codes',
  'POST /staff/account/absences/cancellation',
  'POST /staff/admin/members/:member/absences/cancellation',
  'POST /staff/account/sessions/end-others',
  'POST /staff/account/sessions/:session/end',
  'POST /staff/letters/:id/readers',
  'POST /staff/letters/:id/approval',
  'POST /staff/letters/:id/undo',
  'POST /staff/letters/:id/question-withdrawal',
  'POST /staff/letters/:id/referral-withdrawal',
  'POST /staff/letters/:id/consultation-withdrawal',
  'POST /staff/letters/:id/release',
  'POST /staff/letters/:id/turns',
  'POST /staff/people/:person/move-decision',
  'POST /staff/bulk/:bulk/cancellation',
  'POST /staff/bulk/new',
  'POST /staff/setup',
  'POST /staff/keys',
  'POST /staff/admin/units/:unit/retirement',
  'POST /staff/admin/members/:member/acts',
  'POST /staff/admin/reasons/:reason/retirement',
  'POST /staff/admin/branding/logo',
  'POST /staff/admin/branding/receipt',
  'POST /staff/admin/registers/:register/units',
  'POST /staff/admin/keys/:key/retirement',
  'POST /staff/admin/webhooks/:webhook/test',
  'POST /staff/admin/webhooks/:webhook/redelivery',
  'POST /staff/admin/webhooks/:webhook/retirement',
  'POST /staff/admin/calendar/solar',
  'POST /staff/admin/calendar/removal',
  'POST /staff/admin/stuck/retry',
];

/** Kept like the others; their pages ask the record for more than a test of them all has at hand. */
const OTHER_FORMS = [
  'POST /staff/letters/:id/opinions',
  'POST /staff/account/passkeys/:passkey/name',
  'POST /staff/admin/reasons/:reason',
  'POST /staff/letters/:id/rework',
  'POST /staff/admin/registers/:register',
  'POST /staff/admin/calendar/hours',
];

let home: RealHome;
let site: RealSite;
let unitId: string;
let applicantId: string;
let admin: StaffMember;
const letters = {} as Record<Letter, string>;

const post = async (
  to: string,
  cookie: string,
  fields: Record<string, string | File>,
): Promise<Response> => {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const headers = { origin: ORIGIN, cookie };
  return site.app.request(`${ORIGIN}${to}`, { method: 'POST', body, headers });
};

const get = async (path: string, cookie: string): Promise<Response> => {
  const answer = await site.app.request(`${ORIGIN}${path}`, { headers: { cookie } });
  const to = answer.headers.get('location');
  return answer.status === 303 && to ? get(to, cookie) : answer;
};

const fileOf = async (): Promise<File> => {
  const { bytes } = await sampleFile('pdf');
  return new File([new Uint8Array(bytes)], 'پیوست.pdf');
};

const submit = async (cookie: string): Promise<string> => {
  const typed = { submissionKey: randomUUID(), senderName: 'نام', unit: unitId, subject: 'پیش' };
  const sent = await post('/letters/new', cookie, { ...typed, file: await fileOf() });
  return /[0-9a-f-]{36}/.exec(sent.headers.get('location') ?? '')?.[0] ?? '';
};

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, {
    env: { RATE_LIMITS: 'off', SMS_RECEIPTS_SECRET: 's'.repeat(32) },
  });
  unitId = await addTestUnit(site.db);
  applicantId = await addTestApplicant(site.db, freshMobile());
  admin = await addTestStaff(site.db, { role: 'admin' });
  const cookie = await cookieOf(site.db, { applicantId });
  for (const state of ['pending', 'returned', 'rejected', 'approved', 'asked', 'closed'] as const)
    letters[state] = await submit(cookie);
  const by = { decisionId: randomUUID(), by: 'آزمون' };
  const returned = { ...by, kind: 'return' as const, reason: 'امضا ندارد' };
  await recordDecision(site.deps, { letterId: letters.returned, decision: returned });
  const rejection = { ...returned, decisionId: randomUUID(), kind: 'reject' as const };
  await recordDecision(site.deps, { letterId: letters.rejected, decision: rejection });
  for (const letterId of [letters.approved, letters.asked, letters.closed]) {
    const approval = { kind: 'approve' as const, decisionId: randomUUID(), by: 'آزمون' };
    await recordDecision(site.deps, { letterId, decision: approval });
  }
  const act = async (letterId: string, action: ActOnLetter['action']): Promise<void> => {
    const actionKey = randomUUID();
    await actOnLetter(site.deps, { letterId, staff: admin, actionKey, action });
    await recordUnitAction(site.deps, { letterId, actionId: actionKey });
  };
  await act(letters.asked, { kind: 'ask', text: publicText('کدام پلاک؟') });
  await act(letters.closed, { kind: 'close', reason: publicText('رسیدگی شد') });
});
afterAll(async () => {
  await site?.stop();
  await home?.remove();
});
beforeEach(() => site.db`delete from parked_forms`);

const whoOf = (name: string) =>
  name.startsWith('POST /staff') ? { staffId: admin.id } : { applicantId };

const ENDINGS = {
  'sign-out on another device': () => site.db`delete from sessions`,
  'standing idle': () => site.db`update sessions set last_seen_at = now() - interval '1 day'`,
  'its last moment': () => site.db`update sessions set expires_at = now() - interval '1 minute'`,
} as const;

const ROWS = Object.keys(FORMS).flatMap((name) =>
  (Object.keys(ENDINGS) as (keyof typeof ENDINGS)[]).map((ending) => ({ name, ending })),
);

const pathOf = (name: string, letter: Letter | undefined): string =>
  addressOf(name.slice('POST '.length), {
    id: letter ? letters[letter] : '',
    unit: unitId,
    text: 'approved-fa',
    member: admin.id,
    person: applicantId,
  });

const send = async (name: string, cookie: string): Promise<Response> => {
  const { fields, file, letter } = FORMS[name] ?? { fields: {} };
  const sent = { ...fields, ...(file && { [file]: await fileOf() }) };
  return post(pathOf(name, letter), cookie, sent);
};

/** The cookies that an answer set, as the next request brings them. */
const cookiesOf = (answer: Response): string =>
  answer.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');

test('every form is kept or has nothing to keep', () => {
  const posts = routesOf(site.app)
    .map(({ name }) => name)
    .filter((name) => name.startsWith('POST ') && !name.startsWith('POST /api/'));
  const known = [...Object.keys(FORMS), ...NOTHING_TO_KEEP, ...OTHER_FORMS];
  expect(posts.toSorted()).toEqual(known.toSorted());
});

test.each(ROWS)('$name comes back after $ending', async ({ name, ending }) => {
  const who = whoOf(name);
  const { file, letter } = FORMS[name] ?? {};
  const session = await cookieOf(site.db, who);
  await ENDINGS[ending]();
  const late = await send(name, session);
  const area = 'staffId' in who ? '/staff' : '/';
  expect([late.status, late.headers.get('location')]).toEqual([303, `${area}?notice=draft_kept`]);

  const again = await cookieOf(site.db, who);
  await site.db`update sessions set proven_at = now()`;
  const parked = cookiesOf(late);
  const page = await get(pathOf(name, letter), `${again}; ${parked}`);
  const html = await page.text();
  expect([page.status, html.includes(TYPED)]).toEqual([200, true]);
  expect(html).toContain(LANGUAGES.fa.kept.back);
  if (file) expect(html).toContain('<bdi>پیوست.pdf</bdi>');
});

test('nothing that was typed can be read in the database, and nobody else gets it', async () => {
  const session = await cookieOf(site.db, { applicantId });
  await ENDINGS['sign-out on another device']();
  const late = await send('POST /letters/new', session);
  const rows = await site.db`select p::text as line from parked_forms p`;
  expect(rows).toHaveLength(1);
  expect(JSON.stringify(rows)).not.toContain(TYPED);

  const stranger = await addTestApplicant(site.db, freshMobile());
  const foreign = await cookieOf(site.db, { applicantId: stranger });
  const parked = cookiesOf(late);
  expect(await (await get('/letters/new', `${foreign}; ${parked}`)).text()).not.toContain(TYPED);
  // Without the cookie of the browser in which it was typed.
  const own = await cookieOf(site.db, { applicantId });
  expect(await (await get('/letters/new', own)).text()).not.toContain(TYPED);
  // Who signs in there as somebody else destroys it.
  const token = parked.replace('parked=', '');
  await returnToParkedForm(site.deps, { token, holder: { applicantId: stranger } });
  expect(await site.db`select 1 from parked_forms`).toEqual([]);
});

test('a form that was sent after all is kept no longer', async () => {
  const session = await cookieOf(site.db, { applicantId });
  await ENDINGS['standing idle']();
  const late = await send('POST /letters/new', session);
  const again = `${await cookieOf(site.db, { applicantId })}; ${cookiesOf(late)}`;
  const sent = await post('/letters/new', again, {
    ...FORMS['POST /letters/new']?.fields,
    unit: unitId,
    heldFile: '1',
  });
  expect(sent.headers.get('location')).toContain('notice=submitted');
  expect(await site.db`select 1 from parked_forms`).toEqual([]);
});

test('passwords and codes are never kept', async () => {
  const session = await cookieOf(site.db, { staffId: admin.id });
  await ENDINGS['standing idle']();
  const fields = { current: 'old secret', password: 'new secret', name: TYPED };
  const answer = await post('/staff/account/password', session, fields);
  expect(answer.headers.get('location')).toBe('/staff?notice=sign_in_first');
  expect(await site.db`select 1 from parked_forms`).toEqual([]);
});

test('a press of a button is not taken for something that was typed', async () => {
  const session = await cookieOf(site.db, { staffId: admin.id });
  await ENDINGS['standing idle']();
  const fields = { decision: randomUUID(), queue: 'filter=open' };
  const answer = await post(`/staff/letters/${letters.approved}/undo`, session, fields);
  expect(answer.headers.get('location')).toBe('/staff?notice=sign_in_first');
  expect(await site.db`select 1 from parked_forms`).toEqual([]);
});

test('without a session that is known, what was typed is handed back in the page', async () => {
  for (const name of ['POST /letters/new', 'POST /staff/letters/:id/replies']) {
    const answer = await send(name, 'sid=unknown; staff_sid=unknown');
    expect(answer.status).toBe(401);
    const html = await answer.text();
    expect(html).toContain(TYPED);
    expect(html).toContain(LANGUAGES.fa.kept.sendAgain);
  }
  expect(await site.db`select 1 from parked_forms`).toEqual([]);
});

test('of a member whose account was switched off what was typed is not lost', async () => {
  const member = await addTestStaff(site.db, { role: 'reviewer' });
  const session = await cookieOf(site.db, { staffId: member.id });
  await site.db`update staff set disabled_at = now() where id = ${member.id}`;
  const answer = await send('POST /staff/letters/:id/rejection', session);
  expect(answer.status).toBe(401);
  expect(await answer.text()).toContain(TYPED);
});

test('a form waits while an administrator proves who they are', async () => {
  const session = await cookieOf(site.db, { staffId: admin.id });
  const late = await send('POST /staff/admin/members/new', session);
  expect(late.headers.get('location')).toBe('/staff/account/confirm?next=members');
  await site.db`update sessions set proven_at = now()`;
  const page = await get('/staff/admin/members/new', `${session}; ${cookiesOf(late)}`);
  expect(await page.text()).toContain(TYPED);
});

test('a form that is refused is handed back in the page that says so', async () => {
  const session = await cookieOf(site.db, { staffId: admin.id });
  const closed = await post(`/staff/letters/${letters.pending}/notes`, session, { note: TYPED });
  expect(closed.status).toBe(409);
  expect(await closed.text()).toContain(TYPED);

  // Of another origin it is shown, and cannot be sent on by one press.
  const body = new URLSearchParams({ note: TYPED });
  const headers = { origin: 'http://evil.test', cookie: session };
  const path = `${ORIGIN}/staff/letters/${letters.approved}/notes`;
  const foreign = await site.app.request(path, { method: 'POST', body, headers });
  const html = await foreign.text();
  expect([foreign.status, html.includes(TYPED)]).toEqual([403, true]);
  expect(html).not.toContain(LANGUAGES.fa.kept.sendAgain);
});
