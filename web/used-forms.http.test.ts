/** A form that was sent before and comes again: the same answer, or, with other content, a word about it. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createApiSite } from '../src/testing/api-site.ts';
import type { ApiSite } from '../src/testing/api-site.ts';
import { addTestApplicant, addTestStaff, addTestUnit } from '../src/testing/letters.ts';
import { cookieOf, freshMobile, makeRealHome, startRealSite } from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';
import { sampleFile } from '../src/testing/sample-files.ts';
import { en } from './text/en.ts';
import { fa } from './text/fa.ts';

let home: RealHome;
let site: RealSite;
let api: ApiSite;
let units: [string, string, string];
let sender: { applicantId: string; cookie: string };
let clerk: string;
let pdf: Buffer;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, { env: { RATE_LIMITS: 'off' } });
  api = createApiSite(site);
  const { db } = site;
  units = [await addTestUnit(db), await addTestUnit(db), await addTestUnit(db)];
  const applicantId = await addTestApplicant(db, freshMobile());
  sender = { applicantId, cookie: await cookieOf(db, { applicantId }) };
  const { id } = await addTestStaff(db, { role: 'unit', unitIds: [units[0]] });
  clerk = await cookieOf(db, { staffId: id });
  pdf = (await sampleFile('pdf')).bytes;
});
afterAll(async () => {
  await site.stop();
  await home.remove();
});

type Fields = Record<string, string | File>;
const post = async (cookie: string, path: string, fields: Fields): Promise<Response> => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const isUpload = Object.values(fields).some((value) => value instanceof File);
  return site.app.request(`http://desk.test${path}`, {
    method: 'POST',
    body: isUpload ? form : new URLSearchParams(fields as Record<string, string>),
    headers: { cookie, origin: 'http://desk.test' },
  });
};

const file = (name = 'نامه.pdf', more = ''): File =>
  new File([new Uint8Array(pdf), more], name, { type: 'application/pdf' });
const NO_FILE = new File([], '');

const valueOf = (html: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';
const locationOf = (answer: Response): string => answer.headers.get('location') ?? '';
const lettersOf = (): Promise<{ id: string }[]> =>
  site.db<{ id: string }[]>`select id from letters where applicant_id = ${sender.applicantId}`;

test('a second letter by the form of the first is not dropped: it is told, kept, and sent by one press', async () => {
  const first = {
    submissionKey: randomUUID(),
    senderName: 'شرکت نمونه',
    unit: units[0],
    subject: 'نامه‌ی نخست',
    file: file(),
  };
  const sent = await post(sender.cookie, '/letters/new', first);
  expect(sent.status).toBe(303);
  const again = await post(sender.cookie, '/letters/new', first);
  expect(locationOf(again)).toBe(locationOf(sent));

  const second = { ...first, subject: 'نامه‌ی دوم', file: file('دوم.pdf', '\n') };
  const told = await post(sender.cookie, '/letters/new', second);
  const html = await told.text();
  expect(told.status).toBe(409);
  expect(html).toContain(fa.newLetter.sentBefore);
  expect(html).toContain(`href="${locationOf(sent).split('?')[0]}"`);
  for (const typed of ['نامه‌ی دوم', 'شرکت نمونه', 'دوم.pdf']) expect(html).toContain(typed);
  const submissionKey = valueOf(html, 'submissionKey');
  expect(submissionKey).not.toBe(first.submissionKey);
  expect(await lettersOf()).toHaveLength(1);

  const kept = { ...second, submissionKey, file: NO_FILE, heldFile: '1' };
  const done = await post(sender.cookie, '/letters/new', kept);
  expect(done.status).toBe(303);
  expect(locationOf(done)).not.toBe(locationOf(sent));
  expect(await lettersOf()).toHaveLength(2);
});

test('a file that is kept for a used form goes on to the new one', async () => {
  const submissionKey = randomUUID();
  const typed = { submissionKey, senderName: 'نام', unit: units[0], subject: 'یک' };
  const before = (await lettersOf()).length;
  await post(sender.cookie, '/letters/new', { ...typed, file: file() });
  const wrong = { ...typed, subject: '', file: file('دیگر.pdf', '\n\n') };
  expect((await post(sender.cookie, '/letters/new', wrong)).status).toBe(422);
  const held = { ...typed, subject: 'دو', file: NO_FILE, heldFile: '1' };
  const told = await post(sender.cookie, '/letters/new?lang=en', held);
  const html = await told.text();
  expect(told.status).toBe(409);
  expect(html).toContain(en.newLetter.sentBefore);
  expect(html).toContain('دیگر.pdf');
  const fresh = { ...held, submissionKey: valueOf(html, 'submissionKey') };
  expect((await post(sender.cookie, '/letters/new', fresh)).status).toBe(303);
  expect(await lettersOf()).toHaveLength(before + 2);
});

test('a correction by a used form is told, with what was written', async () => {
  const submissionKey = randomUUID();
  const typed = { submissionKey, senderName: 'نام', unit: units[0], subject: 'یک', file: file() };
  const sent = await post(sender.cookie, '/letters/new', typed);
  const [letterId = ''] = /[0-9a-f-]{36}/.exec(locationOf(sent)) ?? [];
  await api.takeDecision(letterId, 'return');
  const path = `/letters/${letterId}/correction`;
  const correction = { formKey: randomUUID(), round: '1', unit: units[0], subject: 'اصلاح' };
  const withFile = { ...correction, file: NO_FILE };
  expect((await post(sender.cookie, path, withFile)).status).toBe(303);
  expect((await post(sender.cookie, path, withFile)).status).toBe(303);
  const told = await post(sender.cookie, path, { ...withFile, subject: 'اصلاحی دیگر' });
  const html = await told.text();
  expect(told.status).toBe(409);
  expect(html).toContain(fa.correction.sentBefore.text);
  expect(html).toContain('اصلاحی دیگر');
});

const registered = async (): Promise<string> => {
  const letterId = await api.addLetter(units[0]);
  await api.takeDecision(letterId);
  return letterId;
};

const TEXTS: Record<string, { field: string }> = {
  updates: { field: 'update' },
  notes: { field: 'note' },
  referrals: { field: 'referText' },
  replies: { field: 'replyText' },
  consultations: { field: 'consultText' },
  closing: { field: 'closeReason' },
};

test.each(Object.entries(TEXTS))(
  'the form for %s used twice: the same text is one action, another is told and kept',
  async (form, { field }) => {
    const letterId = await registered();
    const path = `/staff/letters/${letterId}/${form}`;
    const actionKey: string = randomUUID();
    const send = (text: string, key = actionKey) =>
      post(clerk, path, {
        actionKey: key,
        [field]: text,
        ...(form === 'referrals' && { referUnit: units[1] }),
        ...(form === 'consultations' && {
          consultUnit1: key === actionKey ? units[1] : units[2],
          consultDays1: '3',
        }),
        ...(form === 'replies' && { replyFile: file() }),
      });
    const actions = () => site.db`select 1 from unit_actions where letter_id = ${letterId}`;
    for (const text of ['نخست', 'نخست']) expect((await send(text)).status).toBe(303);
    const told = await send('متنی دیگر');
    const html = await told.text();
    expect(told.status).toBe(409);
    expect(html).toContain(fa.staffLetter.problems.sent_before);
    expect(html).toContain('متنی دیگر');
    expect(await actions()).toHaveLength(1);
    const part = html.slice(html.indexOf(`action="${path}"`));
    const fresh = valueOf(part, 'actionKey');
    expect(fresh).not.toBe(actionKey);
    expect((await send('متنی دیگر', fresh)).status).toBe(303);
    expect(await actions()).toHaveLength(2);
  },
);

test('the form for a question used twice: the same text is one question, another is told and kept', async () => {
  const path = `/staff/letters/${await registered()}/questions`;
  const actionKey = randomUUID();
  const send = (questionText: string) => post(clerk, path, { actionKey, questionText });
  for (const text of ['کدام پلاک؟', 'کدام پلاک؟']) expect((await send(text)).status).toBe(303);
  const told = await send('کدام طبقه؟');
  expect([told.status, (await told.text()).includes('کدام طبقه؟')]).toEqual([409, true]);
});

test('a used form of a letter that is closed by now hands back what was written', async () => {
  const letterId = await registered();
  const path = `/staff/letters/${letterId}/closing`;
  const fields = { actionKey: randomUUID(), closeReason: 'رسیدگی شد' };
  expect((await post(clerk, path, fields)).status).toBe(303);
  await api.takeActions(letterId);
  expect((await post(clerk, path, fields)).status).toBe(303);
  const told = await post(clerk, path, { ...fields, closeReason: 'دلیلی دیگر' });
  const html = await told.text();
  expect(told.status).toBe(409);
  expect(html).toContain(fa.errors.keyReused.title);
  expect(html).toContain('دلیلی دیگر');
  expect(html).not.toContain(fields.actionKey);
});
