/** Several files in one letter: each is checked, kept, handed out and named by itself. */
import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { getLetterReceipt } from '../../src/desk/proof/letter-receipts.ts';
import { listFiles } from '../../src/desk/letters/letter-files.sql.ts';
import { addTestApplicant, addTestStaff, addTestUnit } from '../../src/testing/letters.ts';
import { recordDecision } from '../../src/desk/letters/record-decision.ts';
import { cookieOf, freshMobile, makeRealHome, startRealSite } from '../../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../../src/testing/real-site.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import { fa } from '../text/fa.ts';

let home: RealHome;
let site: RealSite;
let unitId: string;
let staffCookie: string;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, { env: { RATE_LIMITS: 'off', MAX_FILES: '3' } });
  unitId = await addTestUnit(site.db);
  const { id: staffId } = await addTestStaff(site.db, { role: 'reviewer' });
  staffCookie = await cookieOf(site.db, { staffId });
});
afterAll(async () => {
  await site.stop();
  await home.remove();
});

const ORIGIN = 'http://desk.test';

const fileOf = async (type: 'pdf' | 'png', name: string): Promise<File> =>
  new File([new Uint8Array((await sampleFile(type)).bytes)], name);
const badFile = new File(['MZ'], 'بد.exe');

const newPerson = async () => {
  const applicantId = await addTestApplicant(site.db, freshMobile());
  return { applicantId, cookie: await cookieOf(site.db, { applicantId }) };
};

const post = (path: string, cookie: string, fields: Record<string, string>, files: File[]) => {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  for (const file of files) body.append('file', file);
  const headers = { origin: ORIGIN, cookie };
  return site.app.request(`${ORIGIN}${path}`, { method: 'POST', body, headers });
};

const typed = (submissionKey: string) => ({
  submissionKey,
  senderName: 'سارا احمدی',
  unit: unitId,
  subject: 'درخواست',
});

const get = (path: string, cookie: string) =>
  site.app.request(`${ORIGIN}${path}`, { headers: { cookie } });

const hashOf = async (response: Response): Promise<string> =>
  createHash('sha256')
    .update(Buffer.from(await response.arrayBuffer()))
    .digest('hex');

const sampleHash = async (type: 'pdf' | 'png'): Promise<string> =>
  createHash('sha256')
    .update((await sampleFile(type)).bytes)
    .digest('hex');

const letterOf = (response: Response): string =>
  /\/letters\/([0-9a-f-]{36})/.exec(response.headers.get('location') ?? '')?.[1] ?? '';

const sendTwo = async (cookie: string, key: string = randomUUID()): Promise<string> => {
  const files = [await fileOf('pdf', 'نامه.pdf'), await fileOf('png', 'کارت.png')];
  return letterOf(await post('/letters/new', cookie, typed(key), files));
};

test('a letter has its files in order, for its sender and for staff, and nobody else', async () => {
  const { cookie } = await newPerson();
  const id = await sendTwo(cookie);
  const [pdf, png] = [await sampleHash('pdf'), await sampleHash('png')];
  for (const [path, reader] of [
    ['/letters', cookie],
    ['/staff/letters', staffCookie],
  ] as const) {
    expect(await hashOf(await get(`${path}/${id}/file`, reader))).toBe(pdf);
    expect(await hashOf(await get(`${path}/${id}/files/1`, reader))).toBe(pdf);
    expect(await hashOf(await get(`${path}/${id}/files/2`, reader))).toBe(png);
    expect((await get(`${path}/${id}/files/3`, reader)).status).toBe(404);
  }
  const stranger = await newPerson();
  expect((await get(`/letters/${id}/files/2`, stranger.cookie)).status).toBe(404);
  const page = await (await get(`/letters/${id}`, cookie)).text();
  expect(page).toContain('<bdi>نامه.pdf</bdi>');
  expect(page).toContain(`href="/letters/${id}/files/2"`);
});

test('staff choose which file the viewer shows, and its pages are those of that file', async () => {
  const { cookie } = await newPerson();
  const id = await sendTwo(cookie);
  const second = await (await get(`/staff/letters/${id}?file=2`, staffCookie)).text();
  expect(second).toContain(`aria-label="${fa.viewer.files}"`);
  expect(second).toMatch(/aria-current="true"[^>]*>فایل ۲/);
  expect(second).toContain(`data-preview-of="/staff/letters/${id}/files/2"`);
  const first = await (await get(`/staff/letters/${id}`, staffCookie)).text();
  expect(first).toContain(`data-preview-of="/staff/letters/${id}"`);
});

test('a refused file is named, the others stay kept and go with the next one', async () => {
  const { applicantId, cookie } = await newPerson();
  const key = randomUUID();
  const wrong = await post('/letters/new', cookie, typed(key), [
    await fileOf('pdf', 'خوب.pdf'),
    badFile,
  ]);
  expect(wrong.status).toBe(422);
  const html = await wrong.text();
  expect(html).toContain(fa.file.ofFile('بد.exe', fa.file.problems.wrong_extension));
  expect(html).toContain('<bdi>خوب.pdf</bdi>');

  const sent = await post('/letters/new', cookie, { ...typed(key), heldFile: '1' }, [
    await fileOf('png', 'کارت.png'),
  ]);
  expect(sent.status).toBe(303);
  const files = await listFiles(site.db, { letterId: letterOf(sent) });
  expect(files.map(({ name }) => name)).toEqual(['خوب.pdf', 'کارت.png']);
  expect(await site.db`select 1 from held_uploads where applicant_id = ${applicantId}`).toEqual([]);
});

test('a letter some of whose kept files are gone by now is not sent without them', async () => {
  const { applicantId, cookie } = await newPerson();
  const keepThree = async (key: string) => {
    const files = await Promise.all(['یک', 'دو', 'سه'].map((name) => fileOf('pdf', `${name}.pdf`)));
    return (await post('/letters/new', cookie, { ...typed(key), subject: '' }, files)).text();
  };
  const key = randomUUID();
  expect(await keepThree(key)).toContain('name="heldFile" value="3"');
  // Of one person so many are kept: those of other forms take the place of two.
  for (let kept = 3; kept < site.config.limits.heldUploads; kept += 3)
    await keepThree(randomUUID());
  const refused = await post('/letters/new', cookie, { ...typed(key), heldFile: '3' }, []);
  expect(refused.status).toBe(422);
  const html = await refused.text();
  for (const shown of [fa.file.heldGone, 'value="درخواست"', 'name="heldFile" value="1"'])
    expect(html).toContain(shown);
  expect(await site.db`select 1 from letters where applicant_id = ${applicantId}`).toEqual([]);
  const sent = await post('/letters/new', cookie, { ...typed(key), heldFile: '1' }, [
    await fileOf('png', 'چهار.png'),
  ]);
  expect(await listFiles(site.db, { letterId: letterOf(sent) })).toHaveLength(2);
});

test('one of the kept files is removed by its own button', async () => {
  const { cookie } = await newPerson();
  const key = randomUUID();
  const kept = await post('/letters/new', cookie, { ...typed(key), subject: '' }, [
    await fileOf('pdf', 'یک.pdf'),
    await fileOf('png', 'دو.png'),
  ]);
  expect(await kept.text()).toContain('value="remove 2"');
  const removal = { ...typed(key), heldFile: '1', fileAction: 'remove 1' };
  const removed = await (await post('/letters/new', cookie, removal, [])).text();
  expect(removed).not.toContain('یک.pdf');
  expect(removed).toContain('<bdi>دو.png</bdi>');
});

test('more files than a letter may have are refused, and none is lost silently', async () => {
  const { cookie } = await newPerson();
  const names = ['یک.pdf', 'دو.pdf', 'سه.pdf', 'چهار.pdf'];
  const files = await Promise.all(names.map((name) => fileOf('pdf', name)));
  const answer = await post('/letters/new', cookie, typed(randomUUID()), files);
  expect(answer.status).toBe(422);
  expect(await answer.text()).toContain(fa.file.problems.too_many('۳'));
});

test('the receipt names the hash of every file, and any of them is found to be the same', async () => {
  const { applicantId, cookie } = await newPerson();
  const letterId = await sendTwo(cookie);
  const receipt = await getLetterReceipt(site.deps, { applicantId, letterId });
  const hashes = [await sampleHash('pdf'), await sampleHash('png')];
  expect(receipt.files.map(({ sha256 }) => sha256)).toEqual(hashes);
  const page = await (await get(`/letters/${letterId}/receipt`, cookie)).text();
  for (const hash of hashes) expect(page).toContain(hash);
  const pdf = await get(`/letters/${letterId}/receipt.pdf`, cookie);
  expect(pdf.status).toBe(200);
  for (const type of ['pdf', 'png'] as const) {
    const body = new FormData();
    body.set('file', await fileOf(type, 'any'));
    const headers = { origin: ORIGIN };
    const to = `${ORIGIN}/verify/${receipt.token}`;
    const compared = await site.app.request(to, { method: 'POST', body, headers });
    expect(await compared.text()).toContain('data-compared="same"');
  }
});

test('a correction replaces all files, and those of the round before stay for staff', async () => {
  const { applicantId, cookie } = await newPerson();
  const id = await sendTwo(cookie);
  const decision = {
    kind: 'return' as const,
    decisionId: randomUUID(),
    by: 'دبیرخانه',
    reason: 'امضا ندارد',
  };
  await recordDecision(site.deps, { letterId: id, decision });
  const form = { formKey: randomUUID(), round: '1', unit: unitId, subject: 'درخواست' };
  const sent = await post(`/letters/${id}/correction`, cookie, form, [
    await fileOf('png', 'تازه.png'),
  ]);
  expect(sent.status).toBe(303);
  expect((await listFiles(site.db, { letterId: id })).map(({ name }) => name)).toEqual([
    'تازه.png',
  ]);
  expect((await get(`/letters/${id}/files/2`, cookie)).status).toBe(404);
  const before = await get(`/staff/letters/${id}/versions/1/files/2`, staffCookie);
  expect(await hashOf(before)).toBe(await sampleHash('png'));
  const receipt = await getLetterReceipt(site.deps, { applicantId, letterId: id });
  expect(receipt.files).toHaveLength(1);
});

test('a letter one of whose files is infected or waits cannot be approved', async () => {
  const { cookie } = await newPerson();
  const id = await sendTwo(cookie);
  await site.db`update files set scan = 'waiting' where letter_id = ${id} and position = 2`;
  const waiting = await (await get(`/staff/letters/${id}`, staffCookie)).text();
  expect(waiting).toContain(fa.staffLetter.fileWaiting);
  await site.db`update files set scan = 'infected' where letter_id = ${id} and position = 2`;
  const infected = await (await get(`/staff/letters/${id}`, staffCookie)).text();
  expect(infected).toContain(fa.staffLetter.fileInfected);
  expect((await get(`/staff/letters/${id}/files/2`, staffCookie)).status).not.toBe(200);
});

test('the same form again with the same files is one letter, with other files another', async () => {
  const { cookie } = await newPerson();
  const key = randomUUID();
  const first = await sendTwo(cookie, key);
  expect(await sendTwo(cookie, key)).toBe(first);
  const other = await post('/letters/new', cookie, typed(key), [await fileOf('pdf', 'نامه.pdf')]);
  expect(other.status).toBe(409);
});
