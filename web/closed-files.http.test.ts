/** Files that are closed, and what readers are told of a file: on the pages, and behind them. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FILE_FLAGS } from '../src/platform/files/file-checks.ts';
import type { FileFlag, FileScan } from '../src/platform/files/file-checks.ts';
import { eicar, startFakeClamd } from '../src/testing/clamd.ts';
import type { FakeClamd } from '../src/testing/clamd.ts';
import { fileRow } from '../src/testing/letters.ts';
import { makeDocx } from '../src/testing/sample-files.ts';
import type { SiteApplicant, SiteMember } from '../src/testing/site-letters.ts';
import { openTestSite } from '../src/testing/test-site.ts';
import type { TestSite } from '../src/testing/test-site.ts';
import { en } from './text/en.ts';
import { fa } from './text/fa.ts';

let site: TestSite;
let clamd: FakeClamd;
let unitId: string;
let people: { applicant: SiteApplicant; reviewer: SiteMember; clerk: SiteMember };

beforeAll(async () => {
  clamd = await startFakeClamd();
  site = await openTestSite({ env: { CLAMD_URL: clamd.url, LIMITS: 'scanSeconds=5' } });
  unitId = await site.addUnit();
  people = {
    applicant: await site.addApplicant(),
    reviewer: await site.addMember('reviewer'),
    clerk: await site.addMember('unit', { unitIds: [unitId] }),
  };
});
afterAll(async () => {
  await site?.stop();
  await clamd?.stop();
});

type Who = keyof typeof people;
const as = (who: Who) => ({ cookie: people[who].cookie });
const read = async (path: string, who: Who): Promise<string> =>
  (await site.get(path, as(who))).text();

const sent = async (
  is: 'pending' | 'approved',
  file: { scan: FileScan; flags?: FileFlag[] },
): Promise<string> => {
  const { applicant: sender } = people;
  return (await site.letterIn(is, { unitId, sender, file: { ...fileRow(), ...file } })).id;
};

test.each([
  ['waiting', fa.file.scan.waiting, fa.staffLetter.fileWaiting],
  ['infected', fa.file.scan.infected, fa.staffLetter.fileInfected],
] as const)(
  'a file that is %s has no link, and its letter no form to approve',
  async (scan, state, why) => {
    const id = await sent('pending', { scan });
    const staffPage = await read(`/staff/letters/${id}`, 'reviewer');
    expect(staffPage).toContain(`data-scan="${scan}"`);
    expect(staffPage).toContain(state);
    expect(staffPage).toContain(why);
    expect(staffPage).not.toContain(`/letters/${id}/file"`);
    expect(staffPage).not.toContain(`/letters/${id}/approval"`);
    expect(staffPage).toContain(`/letters/${id}/rejection"`);
    const page = await read(`/letters/${id}`, 'applicant');
    expect(page).toContain(state);
    expect(page).not.toContain(`/letters/${id}/file"`);
    expect(page.includes(fa.letter.fileWaiting)).toBe(scan === 'waiting');
  },
);

test.each(['none', 'clean'] as const)('nothing is said of a file that is %s', async (scan) => {
  const id = await sent('pending', { scan });
  const html = await read(`/staff/letters/${id}`, 'reviewer');
  expect(html).toContain(`/letters/${id}/file"`);
  expect(html).not.toMatch(/data-scan|data-flag|ویروس/);
});

test('a reviewer is told in words what a file holds, in either language', async () => {
  const id = await sent('pending', { scan: 'clean', flags: [...FILE_FLAGS] });
  for (const [language, words] of Object.entries({ fa, en })) {
    const html = await read(`/staff/letters/${id}?lang=${language}`, 'reviewer');
    for (const flag of FILE_FLAGS)
      expect(html).toContain(`<li data-flag="${flag}">${words.file.flags[flag]}</li>`);
  }
  expect(await read(`/letters/${id}`, 'applicant')).not.toContain('data-flag');
});

test.each([
  ['waiting', fa.errors.fileWaiting.title],
  ['infected', fa.errors.fileInfected.title],
] as const)('a file that is %s is handed to nobody', async (scan, title) => {
  const letterId = await sent('pending', { scan });
  for (const [path, who] of [
    [`/letters/${letterId}/file`, 'applicant'],
    [`/staff/letters/${letterId}/file`, 'reviewer'],
  ] as const) {
    const response = await site.get(path, as(who));
    expect(response.status).toBe(409);
    expect(await response.text()).toContain(title);
  }
  const read = await site.db`
    select 1 from audit_entries where letter_id = ${letterId} and action = 'downloaded'`;
  expect(read).toHaveLength(0);
});

test('a letter whose file waits is not approved though somebody asks for it, and can be rejected', async () => {
  const letterId = await sent('pending', { scan: 'waiting' });
  const approval = new URLSearchParams({ unit: unitId });
  const refused = await site.post(`/staff/letters/${letterId}/approval`, approval, as('reviewer'));
  expect(refused.status).toBe(409);
  expect(await refused.text()).toContain(fa.errors.fileWaiting.title);
  const decisions = await site.db`select 1 from decisions where letter_id = ${letterId}`;
  expect(decisions).toHaveLength(0);
  const rejection = new URLSearchParams({ reason: 'ناخوانا' });
  const rejected = await site.post(
    `/staff/letters/${letterId}/rejection`,
    rejection,
    as('reviewer'),
  );
  expect(rejected.status).toBe(303);
});

const reply = (letterId: string, bytes: Buffer): Promise<Response> => {
  const form = new FormData();
  form.set('replyText', 'پاسخ');
  form.set('actionKey', randomUUID());
  form.set('replyFile', new File([new Uint8Array(bytes)], 'پاسخ.docx'));
  return site.post(`/staff/letters/${letterId}/replies`, form, as('clerk'));
};

test('the file of a reply: refused when it is infected, held back while it waits', async () => {
  const letterId = await sent('approved', { scan: 'clean' });
  const infected = makeDocx({ extra: [{ name: 'word/media/a.bin', content: eicar() }] });
  const refused = await reply(letterId, infected);
  expect(refused.status).toBe(422);
  expect(await refused.text()).toContain(`<a href="#replyFile">${fa.file.problems.infected}`);

  clamd.setMode('cut');
  expect((await reply(letterId, makeDocx())).status).toBe(303);
  await site.applyActions(letterId);
  const page = await read(`/letters/${letterId}`, 'applicant');
  expect(page).toContain('data-scan="waiting"');
  expect(page).not.toContain('/replies/1/file"');
  const download = await site.get(`/letters/${letterId}/replies/1/file`, as('applicant'));
  expect(download.status).toBe(409);

  await site.db`update files set scan = 'clean' where letter_id = ${letterId}`;
  const opened = await site.get(`/letters/${letterId}/replies/1/file`, as('applicant'));
  expect(opened.status).toBe(200);
  expect(Buffer.from(await opened.arrayBuffer())).toEqual(makeDocx());
});
