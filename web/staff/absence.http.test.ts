/** «ثبت غیبت»: who may be a substitute, what they can do, and that every act says for whom. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { objectToRejection } from '../../src/desk/letters/object-to-rejection.ts';
import { addLetterMails } from '../../src/desk/letters/staff-mails.sql.ts';
import { formatJalaliDate, toJalali } from '../../src/platform/base/jalali.ts';
import type { SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { fa } from '../text/fa.ts';

const DAY_MS = 86_400_000;
const ABSENCES = '/staff/account/absences';

let site: TestSite;
let legal: string;
let finance: string;

beforeAll(async () => {
  site = await openTestSite({ env: { UNDO_SECONDS: '0' } });
  legal = await site.addUnit('امور حقوقی');
  finance = await site.addUnit('امور مالی');
});
afterAll(() => site?.stop());

const jalali = (days: number): string =>
  formatJalaliDate(toJalali(new Date(Date.now() + days * DAY_MS), site.config.ORG_TIME_ZONE));
const persian = (text: string): string =>
  text.replaceAll(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? '');
const send = (path: string, fields: Record<string, string>, { cookie }: { cookie: string }) =>
  site.post(path, new URLSearchParams({ left: '1', ...fields }), { cookie });
const read = async (path: string, { cookie }: { cookie: string }): Promise<string> =>
  (await site.get(path, { cookie })).text();

const away = (
  who: SiteMember,
  substitute: SiteMember,
  [since, until]: [number, number] = [0, 1],
): Promise<Response> => {
  const days = { since: persian(jalali(since)), until: jalali(until) };
  return send(ABSENCES, { substitute: substitute.id, ...days }, who);
};
const ensureAway = async (...of: Parameters<typeof away>): Promise<void> => {
  expect((await away(...of)).headers.get('location')).toBe(
    '/staff/account?notice=absence_registered',
  );
};
const clerkOf = (unitId: string, name: string): Promise<SiteMember> =>
  site.addMember('unit', { unitIds: [unitId], name });

test('the substitute does what the absent one could, and it says for whom', async () => {
  const absent = await clerkOf(legal, 'الف احمدی');
  const substitute = await clerkOf(finance, 'ب بهرامی');
  const letter = await site.letterIn('approved', { unitId: legal });
  const path = `/staff/letters/${letter.id}`;
  expect((await site.get(path, { cookie: substitute.cookie })).status).toBe(404);
  await ensureAway(absent, substitute);
  expect(await read('/staff?filter=with_unit', substitute)).toContain(letter.id);
  expect(await read('/staff', substitute)).toContain(fa.absence.actingFor('الف احمدی'));

  const note = { note: 'یادداشت', actionKey: randomUUID() };
  expect((await send(`${path}/notes`, note, substitute)).status).toBe(303);
  await site.applyActions(letter.id);
  expect(await read(path, substitute)).toContain('ب بهرامی به جای الف احمدی');
  const audited = await site.db<{ action: string; said: string }[]>`
    select action, coalesce(details ->> 'for', details ->> 'by') as said from audit_entries
    where letter_id = ${letter.id} and action in ('acted', 'noted') order by id`;
  expect(audited).toEqual([
    { action: 'acted', said: 'الف احمدی' },
    { action: 'noted', said: 'ب بهرامی به جای الف احمدی' },
  ]);

  const own = await site.letterIn('approved', { unitId: finance });
  await send(`/staff/letters/${own.id}/notes`, { note: 'از خود' }, substitute);
  await site.applyActions(own.id);
  expect(await read(`/staff/letters/${own.id}`, substitute)).not.toContain('به جای الف');

  const absence = /data-absence="([^"]+)"/.exec(await read('/staff/account', absent))?.[1] ?? '';
  const stranger = await clerkOf(finance, 'پ');
  const cancel = (who: SiteMember) => send(`${ABSENCES}/cancellation`, { absence }, who);
  expect((await cancel(stranger)).status).toBe(404);
  expect((await cancel(absent)).status).toBe(303);
  expect((await site.get(path, { cookie: substitute.cookie })).status).toBe(404);
});

test('nobody acts for one who is not away yet, or not any more', async () => {
  const absent = await clerkOf(legal, 'الف دو');
  const substitute = await clerkOf(finance, 'ب دو');
  const letter = await site.letterIn('approved', { unitId: legal });
  await ensureAway(absent, substitute, [1, 2]);
  const status = async (): Promise<number> =>
    (await site.get(`/staff/letters/${letter.id}`, { cookie: substitute.cookie })).status;
  expect(await status()).toBe(404);
  await site.db`
    update staff_absences set begins_at = now() - interval '2 days', ends_at = now()
    where staff_id = ${absent.id}`;
  expect(await status()).toBe(404);
});

test('a substitute is somebody else of a suitable role, who is not away, and nobody stands in a circle', async () => {
  const [one, two, three] = [
    await clerkOf(legal, 'یک'),
    await clerkOf(legal, 'دو'),
    await clerkOf(legal, 'سه'),
  ];
  const reviewer = await site.addMember('reviewer');
  const refused = async (sent: Promise<Response>, problem: string): Promise<void> => {
    const answer = await sent;
    expect([problem, answer.status]).toEqual([problem, 422]);
    expect(await answer.text()).toContain(problem);
  };
  const { substitute, since, until } = fa.absence.problems;
  await refused(away(one, one), substitute.unsuitable);
  await refused(away(one, reviewer), substitute.unsuitable);
  await refused(away(one, two, [3, 2]), until.before);
  await refused(away(one, two, [-3, -2]), until.past);
  await refused(
    send(ABSENCES, { substitute: two.id, since: 'فردا', until: jalali(1) }, one),
    since.malformed,
  );
  await refused(
    send(ABSENCES, { substitute: '', since: jalali(0), until: jalali(1) }, one),
    substitute.missing,
  );
  await ensureAway(one, two, [0, 5]);
  await refused(away(one, three, [4, 6]), since.overlaps);
  await refused(away(two, one, [5, 7]), substitute.circle);
  await refused(away(three, one, [2, 3]), substitute.away);
  await ensureAway(two, one, [6, 7]);
  const [count] = await site.db`
    select count(*)::int as absences from staff_absences
    where staff_id = any(${[one.id, two.id, three.id]})`;
  expect(count).toEqual({ absences: 2 });
});

test('nobody decides an objection against the rejection of whom they act for, or the letter of one', async () => {
  const foreign = await site.addApplicant();
  const { mobile } = foreign;
  const absent = await site.addMember('reviewer', { name: 'الف بررس', mobile });
  const substitute = await site.addMember('reviewer', { name: 'ب بررس' });
  const sender = await site.addApplicant();
  const reject = async (who: SiteMember): Promise<{ id: string }> => {
    const letter = await site.letterIn('pending', { sender });
    const sent = await send(`/staff/letters/${letter.id}/rejection`, { reason: 'ناقص' }, who);
    expect(sent.status).toBe(303);
    await site.applyDecision(letter.id);
    await objectToRejection(site.deps, {
      applicantId: sender.id,
      letterId: letter.id,
      text: 'کامل است',
    });
    return letter;
  };
  const before = await reject(absent);
  await ensureAway(absent, substitute);
  const approve = (letterId: string, who: SiteMember) =>
    send(`/staff/letters/${letterId}/approval`, {}, who);
  expect((await approve(before.id, substitute)).status).not.toBe(303);

  // As the substitute, it was the rejection of both.
  const during = await reject(substitute);
  const [decided] = await site.db<{ decidedBy: string }[]>`
    select decided_by from decisions where letter_id = ${during.id}`;
  expect(decided?.decidedBy).toBe('ب بررس به جای الف بررس');
  expect((await approve(during.id, absent)).status).not.toBe(303);

  const own = await site.letterIn('pending', { sender: foreign });
  expect((await approve(own.id, substitute)).status).not.toBe(303);
  const outsider = await site.addMember('reviewer');
  expect((await approve(during.id, outsider)).status).toBe(303);
});

test('e-mails go to the substitute', async () => {
  const unitId = await site.addUnit('بایگانی');
  const absent = await clerkOf(unitId, 'الف نامه');
  const substitute = await clerkOf(finance, 'ب نامه');
  for (const [index, { id }] of [absent, substitute].entries())
    await site.db`update staff set email = ${`address ${index}`} where id = ${id}`;
  const letter = await site.letterIn('approved', { unitId });
  await site.db`delete from staff_mails`;
  await ensureAway(absent, substitute);
  const about = { letterId: letter.id, unitId, audience: 'unit', about: randomUUID() } as const;
  await site.db.begin((tx) => addLetterMails(tx, { kind: 'assigned', ...about }));
  const told = await site.db<{ staffId: string }[]>`
    select staff_id from staff_mails where letter_id = ${letter.id}`;
  expect(told.map(({ staffId }) => staffId)).toEqual([substitute.id]);
});

test('an e-mail that would not reach the substitute goes to the absent member', async () => {
  const unitId = await site.addUnit('دبیرخانه');
  const absent = await clerkOf(unitId, 'الف بی‌نشان');
  const substitute = await clerkOf(finance, 'ب بی‌نشان');
  await site.db`update staff set email = 'address' where id = ${absent.id}`;
  const { id: letterId } = await site.letterIn('approved', { unitId });
  await ensureAway(absent, substitute);
  const toldOf = async (about: string): Promise<string[]> => {
    const mail = { kind: 'assigned', letterId, unitId, audience: 'unit', about } as const;
    await site.db.begin((tx) => addLetterMails(tx, mail));
    const rows = await site.db<{ staffId: string }[]>`
      select staff_id from staff_mails where about = ${about}`;
    return rows.map(({ staffId }) => staffId);
  };
  expect(await toldOf(randomUUID())).toEqual([absent.id]);
  await site.db`
    update staff set email = 'address', mail_kinds = '{digest}' where id = ${substitute.id}`;
  expect(await toldOf(randomUUID())).toEqual([absent.id]);
});

test('a substitute is told of the absence and of its end, by e-mail and on the desk', async () => {
  const absent = await clerkOf(legal, 'الف فردا');
  const substitute = await clerkOf(finance, 'ب فردا');
  await site.db`update staff set email = 'address' where id = ${substitute.id}`;
  await ensureAway(absent, substitute, [1, 2]);
  const desk = await read('/staff', substitute);
  expect(desk).toContain('جانشین الف فردا خواهید بود');
  const absence = /data-absence="([^"]+)"/.exec(await read('/staff/account', absent))?.[1] ?? '';
  await send(`${ABSENCES}/cancellation`, { absence }, absent);
  expect(await read('/staff', substitute)).not.toContain('خواهید بود');
  const mails = await site.db`
    select about from staff_mails where staff_id = ${substitute.id} order by created_at`;
  expect(mails).toEqual([
    { about: `substitution:${absence}` },
    { about: `substitution:${absence}:cancelled` },
  ]);
});

test('an administrator registers and cancels it on the page of the member', async () => {
  const admin = await site.addMember('admin');
  await site.db`update sessions set proven_at = now()`;
  const absent = await clerkOf(legal, 'الف سه');
  const substitute = await clerkOf(finance, 'ب سه');
  const path = `/staff/admin/members/${absent.id}`;
  for (const word of ['جانشین', 'از', 'تا', 'ثبت غیبت'])
    expect(await read(path, admin)).toContain(word);
  const fields = { substitute: substitute.id, since: jalali(0), until: jalali(0) };
  const wrong = await send(`${path}/absences`, { ...fields, since: 'x' }, admin);
  expect(wrong.status).toBe(422);
  expect((await send(`${path}/absences`, fields, admin)).status).toBe(303);
  expect((await send(`${path}/absences`, fields, absent)).status).toBe(403);
  const absence = /data-absence="([^"]+)"/.exec(await read(path, admin))?.[1] ?? '';
  expect((await send(`${path}/absences/cancellation`, { absence }, admin)).status).toBe(303);
  const trail = await site.db`
    select action from audit_entries where details ->> 'staffId' = ${absent.id} order by id`;
  expect(trail).toEqual([{ action: 'absence_registered' }, { action: 'absence_cancelled' }]);
});
