/** «پرسش از فرستنده» and «پاسخ به پرسش»: what each side sees and sends. On the real desk. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleFile } from '../../src/testing/sample-files.ts';
import type { SiteApplicant, SiteLetter, SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { en } from '../text/en.ts';
import { fa } from '../text/fa.ts';

const QUESTION = 'کدام پلاک؟ <b>';
const SHOWN_QUESTION = 'کدام پلاک؟ &lt;b&gt;';
const ANSWER = 'پلاک دوازده <i>';
const SHOWN_ANSWER = 'پلاک دوازده &lt;i&gt;';

let site: TestSite;
let unitId: string;
let sender: SiteApplicant;
let stranger: SiteApplicant;
let clerk: SiteMember;
let pdf: File;

beforeAll(async () => {
  site = await openTestSite();
  unitId = await site.addUnit('امور مالی');
  sender = await site.addApplicant();
  stranger = await site.addApplicant();
  clerk = await site.addMember('unit', { unitIds: [unitId] });
  const { bytes } = await sampleFile('pdf');
  pdf = new File([new Uint8Array(bytes)], 'پیوست پاسخ.pdf');
});
afterAll(() => site?.stop());

const read = async (path: string, { cookie }: { cookie: string } = sender): Promise<string> =>
  (await site.get(path, { cookie })).text();
const send = (path: string, fields: Record<string, string>, { cookie }: { cookie: string }) =>
  site.post(path, new URLSearchParams({ left: '1', ...fields }), { cookie });
const as = ({ cookie }: { cookie: string }) => ({ cookie });
const letterIn = (is: 'approved' | 'asked'): Promise<SiteLetter> =>
  site.letterIn(is, { unitId, sender, question: QUESTION });
const valueOf = (html: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';

const messagesOf = async (letterId: string, kind: string): Promise<number> => {
  const rows =
    await site.db`select 1 from messages where letter_id = ${letterId} and kind = ${kind}`;
  return rows.length;
};

/** As the form of the page sends it. */
const answer = async (
  letterId: string,
  changes: Record<string, string | File> = {},
): Promise<Response> => {
  const form = await read(`/letters/${letterId}/answer`);
  const body = new FormData();
  const fields = {
    formKey: valueOf(form, 'formKey'),
    question: valueOf(form, 'question'),
    answerText: ANSWER,
    ...changes,
  };
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  return site.post(`/letters/${letterId}/answer`, body, as(sender));
};

test('the unit asks: the clock stands still, the sender is told, and sees the question on both pages', async () => {
  const { id } = await letterIn('approved');
  const path = `/staff/letters/${id}`;
  expect(await read(path, clerk)).toContain('پرسش از فرستنده');
  const empty = await send(`${path}/questions`, { questionText: ' ' }, clerk);
  expect(empty.status).toBe(422);
  expect(await empty.text()).toContain(fa.question.askMissing);
  const actionKey = randomUUID();
  for (const time of ['once', 'twice']) {
    const asked = await send(`${path}/questions`, { actionKey, questionText: QUESTION }, clerk);
    expect([time, asked.status]).toEqual([time, 303]);
  }
  await site.applyActions(id);
  expect(await messagesOf(id, 'question')).toBe(1);
  const staffPage = await read(path, clerk);
  expect(staffPage).toContain(SHOWN_QUESTION);
  expect(staffPage).toContain(fa.question.open);
  expect(staffPage).toContain('data-deadline="paused"');
  expect(staffPage).not.toContain(`action="${path}/questions"`);

  const page = await read(`/letters/${id}`);
  expect(page).toContain(SHOWN_QUESTION);
  expect(page).toContain(`href="/letters/${id}/answer"`);
  expect(page).toContain('data-deadline="paused"');
  expect(page).toContain(fa.timeline.question_asked);
  expect(await read('/letters')).toContain(`href="/letters/${id}/answer"`);
  const form = await read(`/letters/${id}/answer`);
  for (const word of ['متن پاسخ', 'فایل', SHOWN_QUESTION]) expect(form).toContain(word);
  expect(await read(`/letters/${id}/answer`, { cookie: `${sender.cookie}; lang=en` })).toContain(
    en.question.title,
  );
  expect((await site.get(`/letters/${id}/answer`, as(stranger))).status).toBe(404);
});

test('one question at a time: a second one is refused, though the first waits', async () => {
  const { id } = await letterIn('approved');
  const path = `/staff/letters/${id}/questions`;
  expect((await send(path, { questionText: QUESTION }, clerk)).status).toBe(303);
  expect((await send(path, { questionText: 'و دیگر؟' }, clerk)).status).toBe(409);
  await site.applyActions(id);
  expect((await send(path, { questionText: 'و دیگر؟' }, clerk)).status).toBe(409);
});

test('the sender answers with a file: both sides see it, and the clock goes on', async () => {
  const { id } = await letterIn('asked');
  const missing = await answer(id, { answerText: ' ', file: pdf });
  expect(missing.status).toBe(422);
  const again = await missing.text();
  expect(again).toContain(fa.question.missing);
  expect(again).toContain('پیوست پاسخ.pdf');

  const sent = await answer(id, { file: pdf });
  expect(sent.headers.get('location')).toBe(`/letters/${id}?notice=answer_recorded`);
  const recorded = await read(`/letters/${id}`);
  expect(recorded).toContain(fa.letter.sentOpen);
  expect(recorded).not.toContain(`href="/letters/${id}/answer"`);
  await site.applyActions(id);

  const page = await read(`/letters/${id}`);
  const staffPage = await read(`/staff/letters/${id}`, clerk);
  for (const html of [page, staffPage]) {
    expect(html).toContain(SHOWN_ANSWER);
    expect(html).toContain('data-question="answered"');
    expect(html).toContain('data-deadline="running"');
    expect(html).toContain('پیوست پاسخ.pdf');
  }
  expect(await read('/letters')).not.toContain(`href="/letters/${id}/answer"`);
  const file = /\/letters\/[^"]*\/answers\/[^"]*\/file/.exec(staffPage)?.[0] ?? '';
  const own = await site.get(file.replace('/staff', ''), as(sender));
  expect([own.status, own.headers.get('content-disposition')]).toEqual([
    200,
    expect.stringContaining('attachment'),
  ]);
  expect((await site.get(`/staff${file.replace('/staff', '')}`, as(clerk))).status).toBe(200);
  expect((await site.get(file.replace('/staff', ''), as(stranger))).status).toBe(404);
});

test('the same form again is the same answer, with another text it is refused', async () => {
  const { id } = await letterIn('asked');
  const form = await read(`/letters/${id}/answer`);
  const fields = { formKey: valueOf(form, 'formKey'), question: valueOf(form, 'question') };
  for (const time of ['once', 'twice'])
    expect([time, (await answer(id, fields)).status]).toEqual([time, 303]);
  await site.applyActions(id);
  expect((await answer(id, fields)).status).toBe(303);
  const other = await answer(id, { ...fields, answerText: 'پلاک سیزده' });
  expect(other.status).toBe(409);
  expect(await other.text()).toContain('پلاک سیزده');
  const late = await answer(id, { ...fields, formKey: randomUUID() });
  expect(late.status).toBe(409);
  expect(await late.text()).toContain(fa.question.notOpen.title);
});

test('the unit takes its question back, and may ask another; what was typed to the first is refused', async () => {
  const { id } = await letterIn('asked');
  const path = `/staff/letters/${id}`;
  const form = await read(`/letters/${id}/answer`);
  const question = valueOf(await read(path, clerk), 'question');
  const taken = await send(`${path}/question-withdrawal`, { question }, clerk);
  expect(taken.status).toBe(303);
  await site.applyActions(id);
  expect((await send(`${path}/question-withdrawal`, { question }, clerk)).status).toBe(409);
  const page = await read(`/letters/${id}`);
  expect(page).toContain('data-question="ended"');
  expect(page).toContain('data-deadline="running"');
  expect(page).toContain(fa.timeline.question_withdrawn);
  expect((await send(`${path}/questions`, { questionText: 'و دیگر؟' }, clerk)).status).toBe(303);
  await site.applyActions(id);
  const stale = await answer(id, { question: valueOf(form, 'question') });
  expect(stale.status).toBe(409);
  expect(await stale.text()).toContain(SHOWN_ANSWER);
});

test('a reply ends the question that was open', async () => {
  const letter = await letterIn('asked');
  const answered = await send(`/staff/letters/${letter.id}/replies`, { replyText: 'پاسخ' }, clerk);
  expect(answered.status).toBe(303);
  await site.applyActions(letter.id);
  const page = await read(`/letters/${letter.id}`);
  expect(page).toContain('data-step="answered"');
  expect(page).toContain('data-question="ended"');
  expect((await site.get(`/letters/${letter.id}/answer`, as(sender))).status).toBe(303);
});

const DIGITS = Array.from({ length: 16 }, (_, digit) => digit.toString(16));
const storedFiles = async (): Promise<number> => {
  const listed = await Promise.all(DIGITS.map((digit) => site.deps.files.list(digit)));
  return listed.flat().length;
};

test('a file that comes with an answer to no open question is not kept', async () => {
  const { id } = await letterIn('approved');
  const before = await storedFiles();
  const question = randomUUID();
  const refused = await answer(id, { question, answerText: '', file: pdf, formKey: randomUUID() });
  expect(refused.status).toBe(409);
  expect(await storedFiles()).toBe(before);
});

test('an answer behind what the unit has recorded already is refused, with its text', async () => {
  const { id } = await letterIn('asked');
  const form = await read(`/letters/${id}/answer`);
  const fields = { formKey: valueOf(form, 'formKey'), question: valueOf(form, 'question') };
  const path = `/staff/letters/${id}`;
  const taken = { question: fields.question };
  expect((await send(`${path}/question-withdrawal`, taken, clerk)).status).toBe(303);
  const late = await answer(id, fields);
  expect(late.status).toBe(409);
  expect(await late.text()).toContain(SHOWN_ANSWER);
});
