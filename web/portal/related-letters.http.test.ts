/** «عطف به» and «پیرو»: earlier letters that a letter names. On the real desk. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sampleFile } from '../../src/testing/sample-files.ts';
import type { SiteApplicant, SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { fa } from '../text/fa.ts';

let site: TestSite;
let unitId: string;
let otherUnitId: string;
let sender: SiteApplicant;
let stranger: SiteApplicant;
let clerk: SiteMember;
let reviewer: SiteMember;

beforeAll(async () => {
  site = await openTestSite();
  unitId = await site.addUnit('امور مالی');
  otherUnitId = await site.addUnit('امور حقوقی');
  sender = await site.addApplicant();
  stranger = await site.addApplicant();
  clerk = await site.addMember('unit', { unitIds: [unitId] });
  reviewer = await site.addMember('reviewer');
});
afterAll(() => site?.stop());

type Person = { cookie: string };
const read = async (path: string, { cookie }: Person): Promise<string> =>
  (await site.get(path, { cookie })).text();

const approved = async (
  of: SiteApplicant,
  unit = unitId,
): Promise<{ id: string; number: string }> => {
  const { id } = await site.letterIn('approved', { unitId: unit, sender: of });
  const [row] = await site.db<{ number: string }[]>`
    select letter_number as number from letters where id = ${id}`;
  return { id, number: row?.number ?? '' };
};

const submit = async (
  fields: Partial<Record<'reference' | 'sequel', string>>,
  submissionKey = randomUUID(),
): Promise<Response> => {
  const { bytes } = await sampleFile('pdf');
  const body = new FormData();
  const all = { submissionKey, senderName: 'سارا', unit: unitId, subject: 'پیگیری', ...fields };
  for (const [name, value] of Object.entries(all)) body.set(name, value);
  body.set('file', new File([new Uint8Array(bytes)], 'نامه.pdf'));
  return site.post('/letters/new', body, { cookie: sender.cookie });
};

const relate = (id: string, fields: Record<string, string>, { cookie }: Person) =>
  site.post(`/staff/letters/${id}/related`, new URLSearchParams({ left: '1', ...fields }), {
    cookie,
  });

test('the sender names earlier letters in any digits, and both letters show the other', async () => {
  const [first, second] = [await approved(sender), await approved(sender)];
  const form = await read('/letters/new', sender);
  for (const label of ['عطف به', 'پیرو']) expect(form).toContain(label);
  const digits = second.number.replace(/\d/g, (digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)] ?? '');
  const sent = await submit({ reference: first.number, sequel: digits });
  expect(sent.status).toBe(303);
  const id = /[0-9a-f-]{36}/.exec(sent.headers.get('location') ?? '')?.[0] ?? '';
  const page = await read(`/letters/${id}`, sender);
  for (const earlier of [first, second]) {
    expect(page).toContain(`href="/letters/${earlier.id}"`);
    expect(await read(`/letters/${earlier.id}`, sender)).toContain(`href="/letters/${id}"`);
  }
  expect(await read(`/staff/letters/${id}`, reviewer)).toContain(`/staff/letters/${first.id}"`);
});

test('an unknown number and one of somebody else say the same at the field, and nothing is stored', async () => {
  const foreign = await approved(stranger);
  const before = await site.db`select count(*) from letters`;
  const pages = await Promise.all(
    ['1300/1', foreign.number, 'چیزی'].map(async (sequel) => {
      const refused = await submit({ sequel });
      expect(refused.status).toBe(422);
      const html = await refused.text();
      expect(html).toContain(fa.related.unknown);
      expect(html).toContain('id="sequel-problem"');
      expect(html).toContain('نامه.pdf');
      return html.includes(foreign.id);
    }),
  );
  expect(pages).toEqual([false, false, false]);
  expect(await site.db`select count(*) from letters`).toEqual(before);
});

test('staff add a relation once, which a sender sees only between letters of their own', async () => {
  const [own, earlier, foreign] = [
    await approved(sender),
    await approved(sender),
    await approved(stranger),
  ];
  for (const time of ['once', 'twice']) {
    const fields = { reference: earlier.number, sequel: foreign.number };
    expect([time, (await relate(own.id, fields, clerk)).status]).toEqual([time, 303]);
  }
  const audited = await site.db`
    select 1 from audit_entries where letter_id = ${own.id} and action = 'related'`;
  expect(audited).toHaveLength(2);
  const shown = await read(`/staff/letters/${own.id}`, clerk);
  for (const { id } of [earlier, foreign]) expect(shown).toContain(`/staff/letters/${id}"`);
  const page = await read(`/letters/${own.id}`, sender);
  expect(page).toContain(`href="/letters/${earlier.id}"`);
  expect(page).not.toContain(foreign.id);
  expect(await read(`/letters/${foreign.id}`, stranger)).not.toContain(own.id);
});

test('a unit names only letters that it may read, and an empty form is refused', async () => {
  const [own, hidden] = [await approved(sender), await approved(sender, otherUnitId)];
  const refused = await relate(own.id, { reference: hidden.number }, clerk);
  expect(refused.status).toBe(422);
  const html = await refused.text();
  expect(html).toContain(fa.related.unknown);
  expect(html).not.toContain(hidden.id);
  expect(await (await relate(own.id, { reference: ' ' }, clerk)).text()).toContain(
    fa.related.missing,
  );
  expect((await relate(own.id, { reference: hidden.number }, reviewer)).status).toBe(303);
  expect(await read(`/staff/letters/${own.id}`, clerk)).not.toContain(hidden.id);
});
