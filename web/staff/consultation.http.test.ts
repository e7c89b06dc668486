/** «نظرخواهی»: what the asking and the asked unit see and do. On the real desk. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { climbLadder } from '../../src/desk/letters/deadline-ladder.ts';
import { readRecorded } from '../../src/desk/letters/recorded.ts';
import type { SiteApplicant, SiteLetter, SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { fa } from '../text/fa.ts';

const ASKED = 'آیا این معافیت هنوز هست؟ <b>';
const SHOWN_ASKED = 'آیا این معافیت هنوز هست؟ &lt;b&gt;';
const OPINION = 'بله، تا پایان سال <i>';
const SHOWN_OPINION = 'بله، تا پایان سال &lt;i&gt;';
const DAY_SECONDS = 3_600;

let site: TestSite;
let own: string;
let legal: string;
let finance: string;
let sender: SiteApplicant;
let clerk: SiteMember;
let lawyer: SiteMember;
let accountant: SiteMember;
let stranger: SiteMember;

beforeAll(async () => {
  site = await openTestSite({ env: { TEST_WORKING_DAY_SECONDS: String(DAY_SECONDS) } });
  [own, legal, finance] = [
    await site.addUnit('روابط عمومی'),
    await site.addUnit('امور حقوقی'),
    await site.addUnit('امور مالی'),
  ];
  sender = await site.addApplicant();
  clerk = await site.addMember('unit', { unitIds: [own] });
  lawyer = await site.addMember('unit', { unitIds: [legal] });
  accountant = await site.addMember('head', { unitIds: [finance] });
  stranger = await site.addMember('unit', { unitIds: [await site.addUnit('بایگانی')] });
});
afterAll(() => site?.stop());

const get = (path: string, { cookie }: { cookie: string }) => site.get(path, { cookie });
const read = async (path: string, who: { cookie: string }): Promise<string> =>
  (await get(path, who)).text();
const send = (path: string, fields: Record<string, string>, { cookie }: { cookie: string }) =>
  site.post(path, new URLSearchParams({ left: '1', ...fields }), { cookie });
const approved = (): Promise<SiteLetter> => site.letterIn('approved', { unitId: own, sender });
const pathOf = ({ id }: SiteLetter): string => `/staff/letters/${id}`;

const BOTH = (): Record<string, string> => ({
  consultUnit1: legal,
  consultDays1: '۲',
  consultUnit2: finance,
  consultDays2: '4',
  consultText: ASKED,
});

const consulted = async (fields = BOTH()): Promise<SiteLetter> => {
  const letter = await approved();
  expect((await send(`${pathOf(letter)}/consultations`, fields, clerk)).status).toBe(303);
  await site.applyActions(letter.id);
  return letter;
};
const requestOf = (html: string): string =>
  /name="consultation" value="([^"]+)"/.exec(html)?.[1] ?? '';
const states = (html: string): string[] =>
  [...html.matchAll(/data-consultation="(\w+)"/g)].map(([, state]) => state ?? '');

const opine = async (letter: SiteLetter, who: SiteMember, text = OPINION): Promise<Response> => {
  const consultation = requestOf(await read(pathOf(letter), who));
  const sent = await send(`${pathOf(letter)}/opinions`, { consultation, opinion: text }, who);
  await site.applyActions(letter.id);
  return sent;
};

test('units are asked at once, find the letter in their queue, read it and can do nothing else', async () => {
  const letter = await consulted();
  for (const who of [lawyer, accountant]) {
    expect(await read('/staff?filter=consulted', who)).toContain(`data-letter="${letter.id}"`);
    const page = await read(pathOf(letter), who);
    expect(page).toContain(SHOWN_ASKED);
    expect(page).toContain(fa.consultation.yours);
    expect(page).toContain('متن نظر');
    for (const path of ['replies', 'notes', 'referrals', 'consultations', 'closing'])
      expect(page).not.toContain(`action="${pathOf(letter)}/${path}"`);
    expect((await get(`${pathOf(letter)}/file`, who)).status).not.toBe(404);
    const noted = await send(`${pathOf(letter)}/notes`, { note: 'یادداشت' }, who);
    expect(noted.status).toBe(409);
  }
  expect(await read('/staff?filter=with_unit', lawyer)).not.toContain(letter.id);
  expect((await get(pathOf(letter), stranger)).status).toBe(404);
  const asking = await read(pathOf(letter), clerk);
  expect(states(asking)).toEqual(['waiting', 'waiting']);
  expect(asking).toContain('ثبت پاسخ');
});

test('an opinion is internal, ends its own request alone, and stays readable to who gave it', async () => {
  const letter = await consulted();
  const form = requestOf(await read(pathOf(letter), accountant));
  expect((await opine(letter, lawyer)).status).toBe(303);
  const page = await read(pathOf(letter), clerk);
  expect(states(page).sort()).toEqual(['answered', 'waiting']);
  const entry = (page.match(/<li[^>]*data-internal[\s\S]*?<\/li>/g) ?? []).find((one) =>
    one.includes(SHOWN_OPINION),
  );
  expect(entry).toContain('امور حقوقی');
  expect(await read('/staff?filter=consulted', lawyer)).not.toContain(letter.id);
  expect(await read(pathOf(letter), lawyer)).toContain(fa.consultation.given);
  // Nobody answers for another unit.
  const foreign = { consultation: form, opinion: 'نظر دیگری' };
  expect((await send(`${pathOf(letter)}/opinions`, foreign, lawyer)).status).toBe(409);
  const [row] = await site.db<{ step: string; unitId: string }[]>`
    select step, unit_id from letters where id = ${letter.id}`;
  expect(row).toEqual({ step: 'with_unit', unitId: own });
  for (const path of [`/letters/${letter.id}`, '/letters']) {
    const html = await read(path, sender);
    for (const secret of [SHOWN_ASKED, SHOWN_OPINION, 'امور حقوقی'])
      expect(html).not.toContain(secret);
  }
});

test('a wrong form comes back with what was typed and stores nothing', async () => {
  const letter = await approved();
  const path = `${pathOf(letter)}/consultations`;
  const wrong: [Record<string, string>, string][] = [
    [{ ...BOTH(), consultText: ' ' }, fa.consultation.textMissing],
    [{ ...BOTH(), consultDays2: 'زود' }, fa.consultation.daysWrong('۹۰')],
    [{ ...BOTH(), consultDays2: '0' }, fa.consultation.daysWrong('۹۰')],
    [{ ...BOTH(), consultUnit2: legal }, fa.consultation.unitTwice],
    [{ consultText: ASKED, consultDays1: '3' }, fa.consultation.unitMissing],
    [{ ...BOTH(), consultUnit2: own }, fa.consultation.unitGone],
  ];
  for (const [fields, problem] of wrong) {
    const answer = await send(path, fields, clerk);
    expect([problem, answer.status]).toEqual([problem, 422]);
    const html = await answer.text();
    expect(html).toContain(problem);
    if (fields.consultText === ASKED) expect(html).toContain(SHOWN_ASKED);
  }
  const [count] = await site.db`
    select count(*)::int as asked from consultations where letter_id = ${letter.id}`;
  expect(count).toEqual({ asked: 0 });
});

test('the same form twice asks once, and a unit that is asked is not asked again', async () => {
  const letter = await approved();
  const path = `${pathOf(letter)}/consultations`;
  const fields = { ...BOTH(), actionKey: randomUUID() };
  for (const time of ['once', 'twice'])
    expect([time, (await send(path, fields, clerk)).status]).toEqual([time, 303]);
  expect((await send(path, { ...fields, consultDays1: '5' }, clerk)).status).toBe(409);
  await site.applyActions(letter.id);
  expect(states(await read(pathOf(letter), clerk))).toHaveLength(2);
  expect((await send(path, BOTH(), clerk)).status).toBe(422);
});

test('the asking unit takes a request back: the other one reads the letter no more', async () => {
  const letter = await consulted({ consultUnit1: legal, consultDays1: '3', consultText: ASKED });
  const consultation = requestOf(await read(pathOf(letter), lawyer));
  const path = `${pathOf(letter)}/consultation-withdrawal`;
  expect((await send(path, { consultation }, lawyer)).status).toBe(409);
  expect((await send(path, { consultation }, clerk)).status).toBe(303);
  await site.applyActions(letter.id);
  expect(states(await read(pathOf(letter), clerk))).toEqual(['withdrawn']);
  expect((await get(pathOf(letter), lawyer)).status).toBe(404);
  const late = { consultation, opinion: OPINION };
  expect((await send(`${pathOf(letter)}/opinions`, late, lawyer)).status).toBe(404);
});

test('a reply, a referral and a closing end what is open', async () => {
  const endings: [string, Record<string, string>][] = [
    ['replies', { replyText: 'پاسخ' }],
    ['referrals', { referUnit: finance, referText: 'با شما' }],
    ['closing', { closeReason: 'تکراری است' }],
  ];
  for (const [path, fields] of endings) {
    const letter = await consulted({ consultUnit1: legal, consultDays1: '3', consultText: ASKED });
    expect((await send(`${pathOf(letter)}/${path}`, fields, clerk)).status).toBe(303);
    await site.applyActions(letter.id);
    const admin = await site.addMember('admin');
    expect([path, states(await read(pathOf(letter), admin))]).toEqual([path, ['ended']]);
    expect((await get(pathOf(letter), lawyer)).status).toBe(404);
  }
});

test('each deadline reminds both units once, in its own time', async () => {
  for (const [index, { id }] of [clerk, lawyer, accountant, stranger].entries())
    await site.db`update staff set email = ${`address ${index}`} where id = ${id}`;
  const letter = await consulted();
  const { db, deps } = site;
  const nextAt = async (): Promise<number> =>
    Date.parse((await readRecorded(deps, db, letter.id)).state.nextRungAt ?? '');
  const inDays = (at: number): number => Math.round((at - Date.now()) / (DAY_SECONDS * 1000));
  expect(inDays(await nextAt())).toBe(2);

  const askedAgo = (days: number) => db`
    update consultations set asked_at = now() - make_interval(secs => ${days * DAY_SECONDS})
    where letter_id = ${letter.id}`;
  await askedAgo(2.5);
  await Promise.all([1, 2, 3].map(() => climbLadder(deps, { letterId: letter.id })));
  const overdueMails = () => db<{ staffId: string }[]>`
    select staff_id from staff_mails where letter_id = ${letter.id} and kind = 'consultation_overdue'`;
  const told = (await overdueMails()).map(({ staffId }) => staffId);
  expect(told.toSorted()).toEqual([clerk.id, lawyer.id].toSorted());
  expect(states(await read(pathOf(letter), clerk)).toSorted()).toEqual(['overdue', 'waiting']);
  expect(await read(pathOf(letter), clerk)).toContain('data-rung="consultation_overdue"');
  const audited = () => db`
    select 1 from audit_entries
    where letter_id = ${letter.id} and action = 'consultation_overdue'`;
  expect(await audited()).toHaveLength(1);

  await opine(letter, accountant);
  await askedAgo(10);
  await climbLadder(deps, { letterId: letter.id });
  expect(await audited()).toHaveLength(1);
  const wanted = await db<{ staffId: string }[]>`
    select staff_id from staff_mails where letter_id = ${letter.id} and kind = 'consulted'`;
  expect(wanted.map(({ staffId }) => staffId).toSorted()).toEqual(
    [lawyer.id, accountant.id].toSorted(),
  );
});
