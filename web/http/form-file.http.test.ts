/** A good file survives what is wrong elsewhere in its form, for nobody but its sender. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addTestApplicant, addTestStaff, addTestUnit } from '../../src/testing/letters.ts';
import { cookieOf, freshMobile, makeRealHome, startRealSite } from '../../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../../src/testing/real-site.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import { sweepFiles } from '../../src/operations/maintenance/file-sweep.ts';
import { recordDecision } from '../../src/desk/letters/record-decision.ts';
import type { Db } from '../../src/platform/base/database.ts';
import type { FileStore } from '../../src/platform/files/file-store.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import { keepFormFiles } from './form-file.ts';
import type { PostedForm } from './form-reader.ts';
import { parkForm } from '../../src/desk/staff/parked-forms.ts';

let home: RealHome;
let site: RealSite;
let unitId: string;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, { env: { RATE_LIMITS: 'off' } });
  unitId = await addTestUnit(site.db);
});
afterAll(async () => {
  await site.stop();
  await home.remove();
});

const ORIGIN = 'http://desk.test';

const post = async (
  to: string,
  cookie: string,
  fields: Record<string, string | File>,
): Promise<Response> => {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  return site.app.request(`${ORIGIN}${to}`, {
    method: 'POST',
    body,
    headers: { origin: ORIGIN, cookie },
  });
};

const fileOf = async (type: 'pdf' | 'png' = 'pdf', name?: string): Promise<File> => {
  const sample = await sampleFile(type);
  return new File([new Uint8Array(sample.bytes)], name ?? sample.name);
};

const newPerson = async (): Promise<{ applicantId: string; cookie: string }> => {
  const applicantId = await addTestApplicant(site.db, freshMobile());
  return { applicantId, cookie: await cookieOf(site.db, { applicantId }) };
};

const storedFiles = async (): Promise<number> => {
  await mkdir(site.files, { recursive: true });
  const entries = await readdir(site.files, { recursive: true, withFileTypes: true });
  return entries.filter(
    (entry) => entry.isFile() && !path.basename(entry.parentPath).includes('incoming'),
  ).length;
};

const heldRows = async (): Promise<number> => (await site.db`select 1 from held_uploads`).length;

const typed = (submissionKey: string): Record<string, string> => ({
  submissionKey,
  senderName: 'سارا احمدی',
  unit: unitId,
  subject: 'درخواست',
});

/** The form with its good file and without a subject. */
const sendWithMistake = async (cookie: string, submissionKey: string, file?: File) =>
  post('/letters/new', cookie, {
    ...typed(submissionKey),
    subject: '',
    file: file ?? (await fileOf('pdf', 'پیوست.pdf')),
  });

const HELD = { heldFile: '1', file: new File([], '') };

const letterOf = (response: Response): string =>
  /\/letters\/([0-9a-f-]{36})/.exec(response.headers.get('location') ?? '')?.[1] ?? '';

test('the next «ثبت» needs no new choice, and the letter has the file byte for byte', async () => {
  const { cookie } = await newPerson();
  const key = randomUUID();
  const files = await storedFiles();
  const wrong = await sendWithMistake(cookie, key);
  expect(wrong.status).toBe(422);
  const html = await wrong.text();
  expect(html).toContain('<bdi>پیوست.pdf</bdi>');
  expect(html).toContain('name="heldFile"');
  expect(await storedFiles()).toBe(files + 1);

  const sent = await post('/letters/new', cookie, { ...typed(key), ...HELD });
  expect(sent.status).toBe(303);
  const got = await site.app.request(`${ORIGIN}/letters/${letterOf(sent)}/file`, {
    headers: { cookie },
  });
  const { bytes } = await sampleFile('pdf');
  expect(Buffer.from(await got.arrayBuffer()).equals(bytes)).toBe(true);
  expect(await storedFiles()).toBe(files + 1);
  expect(await heldRows()).toBe(0);
});

test('pressed ten times at once with a kept file it is one letter, and its file is there', async () => {
  const { cookie } = await newPerson();
  const key = randomUUID();
  await sendWithMistake(cookie, key);
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => post('/letters/new', cookie, { ...typed(key), ...HELD })),
  );
  expect(new Set(answers.map(letterOf)).size).toBe(1);
  const [first] = answers;
  const letter = first ? letterOf(first) : '';
  expect(letter).not.toBe('');
  const got = await site.app.request(`${ORIGIN}/letters/${letter}/file`, { headers: { cookie } });
  expect(got.status).toBe(200);
});

test('another choice takes the place of the kept file, and the button removes it', async () => {
  const { cookie } = await newPerson();
  const key = randomUUID();
  const files = await storedFiles();
  await sendWithMistake(cookie, key);
  const again = await sendWithMistake(cookie, key, await fileOf('png', 'دیگر.png'));
  expect(await again.text()).toContain('<bdi>دیگر.png</bdi>');
  expect(await storedFiles()).toBe(files + 1);

  const removed = await post('/letters/new', cookie, {
    ...typed(key),
    ...HELD,
    fileAction: 'remove',
  });
  expect(removed.status).toBe(200);
  const html = await removed.text();
  expect(html).not.toContain('name="heldFile"');
  expect(html).toContain('value="درخواست"');
  expect(await storedFiles()).toBe(files);

  await sendWithMistake(cookie, key);
  const sent = await post('/letters/new', cookie, {
    ...typed(key),
    heldFile: '1',
    file: await fileOf('png', 'سوم.png'),
  });
  expect(sent.status).toBe(303);
  // The page had promised the kept one: the letter has both.
  expect(await storedFiles()).toBe(files + 2);
  expect(await heldRows()).toBe(0);
});

test('a wrong file in its place is told, and the good one is still kept', async () => {
  const { cookie } = await newPerson();
  const key = randomUUID();
  await sendWithMistake(cookie, key);
  const wrong = await post('/letters/new', cookie, {
    ...typed(key),
    heldFile: '1',
    file: new File(['متن'], 'یادداشت.txt'),
  });
  const html = await wrong.text();
  expect(wrong.status).toBe(422);
  expect(html).toContain('href="#file"');
  expect(html).toContain('<bdi>پیوست.pdf</bdi>');
});

test('a kept file of somebody else, or of another form, cannot be used', async () => {
  const [owner, other] = [await newPerson(), await newPerson()];
  const key = randomUUID();
  await sendWithMistake(owner.cookie, key);
  const attempts: [string, string][] = [
    [other.cookie, key],
    [owner.cookie, randomUUID()],
  ];
  for (const [cookie, formKey] of attempts) {
    const answer = await post('/letters/new', cookie, { ...typed(formKey), ...HELD });
    expect(answer.status).toBe(422);
    const html = await answer.text();
    expect(html).toContain('فایل دیگر نگه داشته نمی‌شود');
    expect(html).not.toContain('پیوست.pdf');
  }
  // Not even when its row is made to say so: it is sealed for its owner.
  await site.db`
    update held_uploads set applicant_id = ${other.applicantId} where form_key = ${key}`;
  const planted = await post('/letters/new', other.cookie, { ...typed(key), ...HELD });
  expect(planted.status).toBe(422);
  expect(await site.db`select 1 from letters where applicant_id = ${other.applicantId}`).toEqual(
    [],
  );
});

test('one person has so many kept files and no more, and the sweep takes the expired ones', async () => {
  const { cookie, applicantId } = await newPerson();
  const files = await storedFiles();
  for (let count = 0; count < site.config.limits.heldUploads + 2; count += 1)
    await sendWithMistake(cookie, randomUUID());
  const rows = await site.db`select 1 from held_uploads where applicant_id = ${applicantId}`;
  expect(rows).toHaveLength(site.config.limits.heldUploads);
  expect(await storedFiles()).toBe(files + site.config.limits.heldUploads);

  await site.db`
    update held_uploads set expires_at = now() - interval '1 second'
    where applicant_id = ${applicantId}`;
  const report = await sweepFiles(site.deps);
  expect(report.expired).toBe(site.config.limits.heldUploads);
  expect(await storedFiles()).toBe(files);
});

test('the name of a kept file and what was typed cannot be read in the database', async () => {
  const { cookie, applicantId } = await newPerson();
  await sendWithMistake(cookie, randomUUID());
  const [path, fields] = ['/letters/new', { senderName: 'سارا احمدی', subject: 'راز' }];
  const form = { path, page: path, fields };
  await parkForm(site.deps, { token: undefined, holder: { applicantId }, form });
  const rows = await site.db`select h::text as line from held_uploads h
    union all select p::text from parked_forms p`;
  const dump = JSON.stringify(rows);
  expect(rows.length).toBeGreaterThan(1);
  for (const secret of ['پیوست', 'سارا', 'راز']) expect(dump).not.toContain(secret);
});

test('the file of a reply survives a reply without text, for the same member of staff only', async () => {
  const { applicantId, cookie } = await newPerson();
  const sent = await post('/letters/new', cookie, { ...typed(randomUUID()), file: await fileOf() });
  const letterId = letterOf(sent);
  const decision = { kind: 'approve' as const, decisionId: randomUUID(), by: 'آزمون' };
  await recordDecision(site.deps, { letterId, decision });
  const [clerk, colleague] = [
    await addTestStaff(site.db, { role: 'unit', unitIds: [unitId] }),
    await addTestStaff(site.db, { role: 'unit', unitIds: [unitId] }),
  ];
  const own = await cookieOf(site.db, { staffId: clerk.id });
  const actionKey = randomUUID();
  const to = `/staff/letters/${letterId}/replies`;
  const replyFile = await fileOf('pdf', 'پاسخ.pdf');
  const wrong = await post(to, own, { actionKey, replyText: '', replyFile });
  expect(wrong.status).toBe(422);
  const html = await wrong.text();
  expect(html).toContain('<bdi>پاسخ.pdf</bdi>');
  expect(html).toContain(`value="${actionKey}"`);

  const held = { actionKey, replyText: 'پاسخ', heldFile: '1', replyFile: new File([], '') };
  const foreign = await cookieOf(site.db, { staffId: colleague.id });
  expect((await post(to, foreign, held)).status).toBe(422);
  expect((await post(to, own, held)).status).toBe(303);
  const rows = await site.db`
    select 1 from files where letter_id = ${letterId} and unit_action_id = ${actionKey}`;
  expect(rows).toHaveLength(1);
  expect(applicantId).not.toBe('');
});

test('the same file sent before is told on the confirmation, and is no refusal', async () => {
  const { cookie } = await newPerson();
  const send = async (): Promise<string> =>
    letterOf(await post('/letters/new', cookie, { ...typed(randomUUID()), file: await fileOf() }));
  const confirmation = async (letterId: string): Promise<string> => {
    const address = `${ORIGIN}/letters/${letterId}?notice=submitted`;
    return (await site.app.request(address, { headers: { cookie } })).text();
  };
  const first = await send();
  expect(await confirmation(first)).not.toContain('تکراری');
  const second = await send();
  expect(second).not.toBe(first);
  const html = await confirmation(second);
  expect(html).toContain('به نظر می‌رسد تکراری باشد');
  expect(html).toContain(`href="/letters/${first}"`);
  const stranger = await newPerson();
  const theirs = letterOf(
    await post('/letters/new', stranger.cookie, { ...typed(randomUUID()), file: await fileOf() }),
  );
  const page = await site.app.request(`${ORIGIN}/letters/${theirs}?notice=submitted`, {
    headers: { cookie: stranger.cookie },
  });
  expect(await page.text()).not.toContain('تکراری');
});

test('a file is thrown away only when it is certain that nothing keeps it', async () => {
  const { bytes: _bytes, ...sample } = await sampleFile('pdf');
  const file = { id: randomUUID(), type: 'pdf', bytes: 1, sha256: '', storageKey: '', ...sample };
  const form = { files: [{ ok: true, file }], field: () => '' } as unknown as PostedForm;
  const which = { holder: { applicantId: randomUUID() }, formKey: randomUUID() };
  const discardedAfter = async (why: Error): Promise<number> => {
    let discarded = 0;
    const db = Object.assign(Object.create(site.db) as Db, { begin: () => Promise.reject(why) });
    const files = {
      remove: async () => void (discarded += 1),
    } as unknown as FileStore;
    const deps = { ...site.deps, db, files };
    await expect(keepFormFiles(deps, which, form)).rejects.toBe(why);
    return discarded;
  };
  expect(await discardedAfter(new DomainError('unavailable', { stored: 'no' }))).toBe(1);
  // The line broke as it was committed: the row may be there, and the next form asks for the file.
  expect(await discardedAfter(new Error('write CONNECTION_CLOSED'))).toBe(0);
});
