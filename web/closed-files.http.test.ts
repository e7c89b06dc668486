/** Files that are closed, and what readers are told of a file: on the pages, and behind them. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FILE_FLAGS } from '../src/domain/file-checks.ts';
import type { FileScan } from '../src/domain/file-checks.ts';
import { eicar, startFakeClamd } from '../src/testing/clamd.ts';
import type { FakeClamd } from '../src/testing/clamd.ts';
import { TEST_SETTINGS } from '../src/testing/letter-worker.ts';
import {
  addTestApplicant,
  addTestStaff,
  addTestUnit,
  fileRow,
  submitTestLetter,
} from '../src/testing/letters.ts';
import { cookieOf, makeRealHome, startRealSite } from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';
import { makeDocx } from '../src/testing/sample-files.ts';
import { APPLICANT, createTestSite, REVIEWER } from '../src/testing/web.ts';
import { createRecordDecision } from '../src/usecases/record-decision.ts';
import { createRecordUnitAction } from '../src/usecases/record-unit-action.ts';
import { en } from './text/en.ts';
import { fa } from './text/fa.ts';

describe('the pages', () => {
  const fileWith = (scan: FileScan) => ({
    name: 'نامه.docx',
    type: 'docx' as const,
    bytes: 1000,
    sha256: '0'.repeat(64),
    scan,
  });

  test.each([
    ['waiting', fa.file.scan.waiting, fa.staffLetter.fileWaiting],
    ['infected', fa.file.scan.infected, fa.staffLetter.fileInfected],
  ] as const)(
    'a file that is %s has no link, and its letter no form to approve',
    async (scan, state, why) => {
      const { get, fake } = createTestSite();
      const { id } = fake.addLetter({ file: fileWith(scan) });
      const staffPage = await (await get(`/staff/letters/${id}`, REVIEWER)).text();
      expect(staffPage).toContain(`data-scan="${scan}"`);
      expect(staffPage).toContain(state);
      expect(staffPage).toContain(why);
      expect(staffPage).not.toContain(`/letters/${id}/file"`);
      expect(staffPage).not.toContain(`/letters/${id}/approval"`);
      expect(staffPage).toContain(`/letters/${id}/rejection"`);
      const page = await (await get(`/letters/${id}`, APPLICANT)).text();
      expect(page).toContain(state);
      expect(page).not.toContain(`/letters/${id}/file"`);
      expect(page.includes(fa.letter.fileWaiting)).toBe(scan === 'waiting');
    },
  );

  test.each(['none', 'clean'] as const)('nothing is said of a file that is %s', async (scan) => {
    const { get, fake } = createTestSite();
    const { id } = fake.addLetter({ file: fileWith(scan) });
    const html = await (await get(`/staff/letters/${id}`, REVIEWER)).text();
    expect(html).toContain(`/letters/${id}/file"`);
    expect(html).not.toMatch(/data-scan|data-flag|ویروس/);
  });

  test('a reviewer is told in words what a file holds, in either language', async () => {
    const { get, fake } = createTestSite();
    const file = { ...fileWith('clean'), flags: [...FILE_FLAGS] };
    const { id } = fake.addLetter({ file });
    for (const [language, words] of Object.entries({ fa, en })) {
      const html = await (await get(`/staff/letters/${id}?lang=${language}`, REVIEWER)).text();
      for (const flag of FILE_FLAGS)
        expect(html).toContain(`<li data-flag="${flag}">${words.file.flags[flag]}</li>`);
    }
    const own = await (await get(`/letters/${id}`, APPLICANT)).text();
    expect(own).not.toContain('data-flag');
  });
});

describe('the desk', () => {
  let home: RealHome;
  let site: RealSite;
  let clamd: FakeClamd;
  let unitId: string;
  let applicantId: string;
  let cookies: Record<'applicant' | 'reviewer' | 'clerk', string>;

  beforeAll(async () => {
    home = await makeRealHome();
    clamd = await startFakeClamd();
    site = await startRealSite(home, {
      env: { CLAMD_URL: clamd.url, SCAN_SECONDS: '5', RATE_LIMITS: 'off' },
    });
    unitId = await addTestUnit(site.db);
    applicantId = await addTestApplicant(site.db);
    const reviewer = await addTestStaff(site.db, { role: 'reviewer' });
    const clerk = await addTestStaff(site.db, { role: 'unit', unitIds: [unitId] });
    cookies = {
      applicant: await cookieOf(site.db, { applicantId }),
      reviewer: await cookieOf(site.db, { staffId: reviewer.id }),
      clerk: await cookieOf(site.db, { staffId: clerk.id }),
    };
  });
  afterAll(async () => {
    await site.stop();
    await clamd.stop();
    await home.remove();
  });

  const origin = 'http://desk.test';
  const get = async (path: string, cookie: string) =>
    site.app.request(`${origin}${path}`, { headers: { cookie } });
  const post = async (path: string, body: URLSearchParams | FormData, cookie: string) =>
    site.app.request(`${origin}${path}`, { method: 'POST', body, headers: { cookie, origin } });
  const submitted = (scan: FileScan): Promise<string> =>
    submitTestLetter(site.db, { unitId, applicantId, file: { ...fileRow(), scan } });

  test.each([
    ['waiting', fa.errors.fileWaiting.title],
    ['infected', fa.errors.fileInfected.title],
  ] as const)('a file that is %s is handed to nobody', async (scan, title) => {
    const letterId = await submitted(scan);
    for (const [path, cookie] of [
      [`/letters/${letterId}/file`, cookies.applicant],
      [`/staff/letters/${letterId}/file`, cookies.reviewer],
    ] as const) {
      const response = await get(path, cookie);
      expect(response.status).toBe(409);
      expect(await response.text()).toContain(title);
    }
    const read = await site.db`
      select 1 from audit_entries where letter_id = ${letterId} and action = 'downloaded'`;
    expect(read).toHaveLength(0);
  });

  test('a letter whose file waits is not approved though somebody asks for it, and can be rejected', async () => {
    const letterId = await submitted('waiting');
    const approval = new URLSearchParams({ unit: unitId });
    const refused = await post(`/staff/letters/${letterId}/approval`, approval, cookies.reviewer);
    expect(refused.status).toBe(409);
    expect(await refused.text()).toContain(fa.errors.fileWaiting.title);
    const decisions = await site.db`select 1 from decisions where letter_id = ${letterId}`;
    expect(decisions).toHaveLength(0);
    const rejection = new URLSearchParams({ reason: 'ناخوانا' });
    const rejected = await post(
      `/staff/letters/${letterId}/rejection`,
      rejection,
      cookies.reviewer,
    );
    expect(rejected.status).toBe(303);
  });

  const reply = (letterId: string, bytes: Buffer): Promise<Response> => {
    const form = new FormData();
    form.set('replyText', 'پاسخ');
    form.set('actionKey', randomUUID());
    form.set('replyFile', new File([new Uint8Array(bytes)], 'پاسخ.docx'));
    return post(`/staff/letters/${letterId}/replies`, form, cookies.clerk);
  };

  test('the file of a reply: refused when it is infected, held back while it waits', async () => {
    const letterId = await submitted('clean');
    await createRecordDecision({ db: site.db, settings: TEST_SETTINGS })({
      letterId,
      decision: { kind: 'approve', decisionId: randomUUID(), by: 'ali' },
    });
    const infected = makeDocx({ extra: [{ name: 'word/media/a.bin', content: eicar() }] });
    const refused = await reply(letterId, infected);
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain(`<a href="#replyFile">${fa.file.problems.infected}`);

    clamd.setMode('cut');
    expect((await reply(letterId, makeDocx())).status).toBe(303);
    const [action] = await site.db<{ id: string }[]>`
      select id from unit_actions where letter_id = ${letterId}`;
    await createRecordUnitAction({ db: site.db, settings: TEST_SETTINGS })({
      letterId,
      actionId: action?.id ?? '',
    });
    const page = await (await get(`/letters/${letterId}`, cookies.applicant)).text();
    expect(page).toContain('data-scan="waiting"');
    expect(page).not.toContain('/replies/1/file"');
    const download = await get(`/letters/${letterId}/replies/1/file`, cookies.applicant);
    expect(download.status).toBe(409);

    await site.db`update files set scan = 'clean' where letter_id = ${letterId}`;
    const opened = await get(`/letters/${letterId}/replies/1/file`, cookies.applicant);
    expect(opened.status).toBe(200);
    expect(Buffer.from(await opened.arrayBuffer())).toEqual(makeDocx());
  });
});
