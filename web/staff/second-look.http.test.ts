/** «پاسخ با تایید نفر دوم»: what each person sees of a reply that waits. On the real desk. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleFile } from '../../src/testing/sample-files.ts';
import type { SiteApplicant, SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { fa } from '../text/fa.ts';

const REPLY = 'پروانه صادر شد <b>';
const SHOWN_REPLY = 'پروانه صادر شد &lt;b&gt;';
const NOTE = 'شماره‌ی پرونده را هم بنویسید';

let site: TestSite;
let unitId: string;
let sender: SiteApplicant;
let admin: SiteMember;
let author: SiteMember;
let colleague: SiteMember;
let head: SiteMember;

beforeAll(async () => {
  site = await openTestSite();
  unitId = await site.addUnit('امور مالی');
  sender = await site.addApplicant();
  admin = await site.addMember('admin');
  author = await site.addMember('unit', { unitIds: [unitId] });
  colleague = await site.addMember('unit', { unitIds: [unitId] });
  head = await site.addMember('head', { unitIds: [unitId] });
});
afterAll(() => site?.stop());

type Person = { cookie: string };
const read = async (path: string, { cookie }: Person): Promise<string> =>
  (await site.get(path, { cookie })).text();
const send = async (path: string, fields: Record<string, string>, { cookie }: Person) =>
  site.post(path, new URLSearchParams({ actionKey: randomUUID(), ...fields }), { cookie });
const valueOf = (html: string, name: string): string =>
  new RegExp(`name="${name}" value="([^"]*)"`).exec(html)?.[1] ?? '';

const standing = async (letterId: string) => {
  const [row] = await site.db`
    select step, (select count(*)::int from messages m
        where m.letter_id = l.id and m.kind = 'replied') as sms,
      (select count(*)::int from audit_entries a
        where a.letter_id = l.id and a.action = 'replied') as replied
    from letters l where id = ${letterId}`;
  return row;
};

const requireSecondLook = async (isRequired: boolean): Promise<void> => {
  const path = `/staff/admin/units/${unitId}`;
  const version = valueOf(await read(path, admin), 'version');
  const fields = { version, name: 'امور مالی', ...(isRequired && { secondLook: 'on' }) };
  expect((await send(path, fields, admin)).status).toBe(303);
};

const replied = async (): Promise<{ id: string; path: string }> => {
  const { id } = await site.letterIn('approved', { unitId, sender });
  const path = `/staff/letters/${id}`;
  const body = new FormData();
  const { bytes } = await sampleFile('pdf');
  body.set('actionKey', randomUUID());
  body.set('replyText', REPLY);
  body.set('replyFile', new File([new Uint8Array(bytes)], 'پیوست پاسخ.pdf'));
  const { status } = await site.post(`${path}/replies`, body, { cookie: author.cookie });
  expect(status).toBe(303);
  await site.applyActions(id);
  return { id, path };
};

test('the unit page has the checkbox, and its change is audited', async () => {
  expect(await read(`/staff/admin/units/${unitId}`, admin)).toContain('پاسخ با تایید نفر دوم');
  await requireSecondLook(true);
  expect(await read(`/staff/admin/units/${unitId}`, admin)).toMatch(
    /name="secondLook" value="on" checked/,
  );
  const audited = await site.db`
    select details from audit_entries where action = 'unit_second_look'
      and details->>'unitId' = ${unitId}`;
  expect(audited).toHaveLength(1);
});

test('a reply waits: the sender sees nothing of it, and only somebody else releases it', async () => {
  const { id, path } = await replied();
  expect(await standing(id)).toEqual({ step: 'with_unit', sms: 0, replied: 0 });
  for (const page of [`/letters/${id}`, '/letters', `/letters/${id}?latest=1`]) {
    const html = await read(page, sender);
    expect(html).not.toContain(SHOWN_REPLY);
    expect(html).not.toContain('پیوست پاسخ.pdf');
    expect(html).not.toContain(fa.staffLetter.heldReply.heading);
  }
  expect((await site.get(`/letters/${id}/replies/1/file`, { cookie: sender.cookie })).status).toBe(
    404,
  );

  const own = await read(path, author);
  expect(own).toContain(SHOWN_REPLY);
  expect(own).not.toContain(`action="${path}/release"`);
  const heldReply = valueOf(own, 'heldReply');
  const refused = await send(`${path}/release`, { heldReply }, author);
  expect(refused.status).toBe(403);
  expect(await refused.text()).toContain(fa.errors.ownReply.title);
  for (const [form, fields] of [
    ['replies', { replyText: 'پاسخ دیگر' }],
    ['closing', { closeReason: 'دلیل' }],
  ] as const)
    expect([form, (await send(`${path}/${form}`, fields, colleague)).status]).toEqual([form, 409]);

  const page = await read(path, head);
  expect(page).toContain('انتشار پاسخ');
  const file = await site.get(`${path}/held-reply/file`, { cookie: head.cookie });
  expect(file.status).toBe(200);
  const actionKey = randomUUID();
  for (const time of ['once', 'twice']) {
    const { status } = await send(`${path}/release`, { actionKey, heldReply }, head);
    expect([time, status]).toEqual([time, 303]);
    await site.applyActions(id);
  }
  expect(await standing(id)).toEqual({ step: 'answered', sms: 1, replied: 1 });
  const shown = await read(`/letters/${id}`, sender);
  expect(shown).toContain(SHOWN_REPLY);
  expect(shown).toContain('پیوست پاسخ.pdf');
  expect((await send(`${path}/release`, { heldReply }, colleague)).status).toBe(409);
});

test('a reply goes back with an internal note, and its text is in the form again', async () => {
  const { id, path } = await replied();
  const heldReply = valueOf(await read(path, colleague), 'heldReply');
  const empty = await send(`${path}/rework`, { heldReply, reworkText: ' ' }, colleague);
  expect(empty.status).toBe(422);
  expect(await empty.text()).toContain(fa.staffLetter.heldReply.missing);
  const back = await send(`${path}/rework`, { heldReply, reworkText: NOTE }, colleague);
  expect(back.status).toBe(303);
  await site.applyActions(id);
  expect(await standing(id)).toEqual({ step: 'with_unit', sms: 0, replied: 0 });
  const page = await read(path, author);
  expect(page).toContain(NOTE);
  expect(page).toMatch(new RegExp(`<textarea[^>]*name="replyText"[^>]*>\\s*${SHOWN_REPLY}`));
  const own = await read(`/letters/${id}`, sender);
  for (const internal of [NOTE, SHOWN_REPLY]) expect(own).not.toContain(internal);
  expect((await send(`${path}/release`, { heldReply }, head)).status).toBe(409);
});

test('without the requirement a reply goes out at once', async () => {
  await requireSecondLook(false);
  const { id } = await replied();
  expect(await standing(id)).toEqual({ step: 'answered', sms: 1, replied: 1 });
});
