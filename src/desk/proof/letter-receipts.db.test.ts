import { createHash, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { PDFDocument } from '@cantoo/pdf-lib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFile } from '../letters/letter-files.sql.ts';
import { publicText } from '../../platform/base/audience.ts';
import { addAnnulment, findLetterEntry } from '../register/register.sql.ts';
import { eraseLetterRow } from '../../operations/maintenance/retention.sql.ts';
import type { FileType, StoredFile } from '../../platform/files/stored-file.ts';
import type { Sheet } from './sheet.ts';
import { composeFiles } from '../../main/compose-files.ts';
import { verifyReceiptCommand } from '../../cli/verify-receipt.ts';
import { addTestApplicant, addTestStaff, addTestUnit } from '../../testing/letters.ts';
import { drawPdf, plainText, readPdf } from '../../testing/read-pdf.ts';
import { freshMobile, makeRealHome, startRealSite } from '../../testing/real-site.ts';
import type { RealHome, RealSite } from '../../testing/real-site.ts';
import { sampleFile } from '../../testing/sample-files.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import type { LetterReceipt } from './letter-receipts.ts';
import type { LetterStamp } from './stamp-letter.ts';
import { recordDecision } from '../letters/record-decision.ts';
import { submitLetter } from '../letters/submit-letter.ts';
import { resubmitLetter } from '../letters/resubmit-letter.ts';
import { receiveFile } from '../../platform/files/receive-file.ts';
import { getLetterReceipt, printReceipt, checkReceipt, getReceiptKeys } from './letter-receipts.ts';
import { stampLetter } from './stamp-letter.ts';

let home: RealHome;
let site: RealSite;
let applicantId: string;
let unitId: string;
let reviewer: StaffMember;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, { env: { RATE_LIMITS: 'off', LIMITS: 'printSeconds=30' } });
  applicantId = await addTestApplicant(site.db, freshMobile());
  unitId = await addTestUnit(site.db);
  reviewer = await addTestStaff(site.db, { role: 'reviewer' });
});
afterAll(async () => {
  await site.stop();
  await home.remove();
});

const receive = async (type: FileType) => {
  const { name, bytes } = await sampleFile(type);
  const received = await receiveFile(site.deps, { stream: Readable.from([bytes]), fileName: name });
  if (!received.ok) throw new Error(received.problem);
  return received.file;
};

const submit = async (type: FileType = 'pdf', file?: StoredFile): Promise<string> => {
  const { letterId } = await submitLetter(site.deps, {
    applicantId,
    submissionKey: randomUUID(),
    senderName: 'سارا احمدی',
    unitId,
    subject: 'درخواست پروانه',
    files: [file ?? (await receive(type))],
  });
  return letterId;
};

const decide = async (letterId: string, kind: 'approve' | 'return'): Promise<void> => {
  const decided = { decisionId: randomUUID(), by: 'آزمون' };
  await recordDecision(site.deps, {
    letterId,
    decision:
      kind === 'approve' ? { ...decided, kind } : { ...decided, kind, reason: 'امضا ندارد' },
  });
};

const register = async (type: FileType = 'pdf'): Promise<string> => {
  const letterId = await submit(type);
  await decide(letterId, 'approve');
  return letterId;
};

const sheetOf = ({ token, at, fileNames }: LetterReceipt): Sheet => ({
  language: 'fa',
  direction: 'rtl',
  title: 'رسید',
  organisation: 'سازمان',
  at,
  rows: [{ label: 'فایل', value: fileNames[0] ?? '' }],
  notes: [],
  captions: [],
  address: `http://desk.test/verify/${token}`,
});

const stamp = async (letterId: string) => {
  const asked: { stamp: LetterStamp; shown: boolean }[] = [];
  const { pdf } = await stampLetter(site.deps, {
    reader: { applicantId },
    letterId,
    write(written, shown) {
      asked.push({ stamp: written, shown });
      return {
        ...sheetOf(written),
        rows: [{ label: 'شماره نامه', value: written.letterNumber, isCode: true }],
      };
    },
  });
  return { pdf, asked };
};

const check = async (receipt: LetterReceipt) => {
  const checked = await checkReceipt(site.deps, receipt.token);
  if (!checked) throw new Error('it is not genuine');
  return checked;
};

const own = (letterId: string): Promise<LetterReceipt> =>
  getLetterReceipt(site.deps, { applicantId, letterId });

test('a receipt says what was accepted and when, and is the same each time', async () => {
  const letterId = await submit();
  const receipt = await own(letterId);
  const { bytes } = await sampleFile('pdf');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const [row] = await site.db<{ submittedAt: Date }[]>`
    select submitted_at from letters where id = ${letterId}`;
  expect(receipt).toMatchObject({
    kind: 'submitted',
    letterId,
    submissionNumber: letterId.slice(0, 13),
    round: 1,
    at: row?.submittedAt,
    files: [{ bytes: bytes.length, sha256 }],
    isStamped: false,
  });
  expect(await own(letterId)).toEqual(receipt);
  const checked = await check(receipt);
  expect(checked.record).toEqual({
    unit: receipt.unit,
    letterNumber: null,
    registeredOn: null,
    annulledAt: null,
    withdrawnAt: null,
    erasedAt: null,
    isReplaced: false,
  });
  expect(JSON.stringify(checked)).not.toMatch(/سارا|پروانه|\+98|نامه\.pdf/);
});

test('each round has its receipt, and that of an earlier one says that it was replaced', async () => {
  const letterId = await submit();
  const first = await own(letterId);
  await decide(letterId, 'return');
  await resubmitLetter(site.deps, {
    applicantId,
    letterId,
    round: 1,
    unitId,
    subject: 'درخواست',
    files: [await receive('docx')],
  });
  const second = await own(letterId);
  expect(second.round).toBe(2);
  expect(second.files).not.toEqual(first.files);
  expect(second.at.getTime()).toBeGreaterThan(first.at.getTime());
  expect((await check(first)).record).toMatchObject({ isReplaced: true });
  expect((await check(second)).record).toMatchObject({ isReplaced: false });
});

test('what becomes of a letter is said of its receipts', async () => {
  const { db } = site;
  const letterId = await register();
  const submitted = await own(letterId);
  const { asked } = await stamp(letterId);
  const registered = asked[0]?.stamp as LetterStamp;
  const number = { letterNumber: registered.letterNumber, registeredOn: registered.registeredOn };
  expect((await check(registered)).record).toMatchObject({ ...number, annulledAt: null });
  expect((await check(submitted)).record).toMatchObject({ letterNumber: null });

  const entry = await findLetterEntry(db, letterId);
  if (!entry) throw new Error('it has no entry');
  await db.begin((tx) =>
    addAnnulment(tx, {
      ...entry,
      reason: publicText('اشتباه'),
      internalReason: null,
      by: 'آزمون',
    }),
  );
  expect((await check(registered)).record?.annulledAt).toBeInstanceOf(Date);
  expect((await check(submitted)).record?.annulledAt).toBe(null);
  expect((await stamp(letterId)).asked[0]?.stamp.annulledAt).toBeInstanceOf(Date);

  await db.begin((tx) => eraseLetterRow(tx, letterId));
  expect((await check(registered)).record).toMatchObject({ ...number });
  expect((await check(registered)).record?.erasedAt).toBeInstanceOf(Date);
  expect(await own(letterId)).toMatchObject({ token: submitted.token, fileNames: [] });
  await expect(stamp(letterId)).rejects.toMatchObject({ code: 'erased' });

  const withdrawn = await submit();
  const receipt = await own(withdrawn);
  await db`
    update letters set status = 'withdrawn', withdrawn_at = now() where id = ${withdrawn}`;
  expect((await check(receipt)).record?.withdrawnAt).toBeInstanceOf(Date);
});

test('a receipt whose facts the record does not hold is told so', async () => {
  const letterId = await submit();
  const receipt = await own(letterId);
  await site.db`update files set sha256 = ${'0'.repeat(64)} where letter_id = ${letterId}`;
  expect((await check(receipt)).record).toBe(null);
});

test('after the master secret was changed old receipts are genuine, and the key stays', async () => {
  const letterId = await submit();
  const before = await own(letterId);
  const rotated = await startRealSite(home, {
    env: {
      SECRET_KEY: 'another master secret of tests, long enough',
      RATE_LIMITS: 'off',
    },
  });
  try {
    expect(await checkReceipt(rotated.deps, before.token)).toBeDefined();
    const keys = await getReceiptKeys(rotated.deps);
    expect(keys).toHaveLength(2);
    expect(keys.every(({ pem }) => pem.startsWith('-----BEGIN PUBLIC KEY-----'))).toBe(true);
  } finally {
    await rotated.stop();
  }
  await expect(site.db`delete from receipt_keys`).rejects.toThrow('append-only');
  await expect(site.db`update receipt_keys set first_used_at = now()`).rejects.toThrow(
    'append-only',
  );
  const told = await site.db`
    select details from audit_entries where action = 'receipt_key_added' order by id`;
  expect(told).toHaveLength(2);
});

test('the receipt of somebody else is not found, nor one of no letter', async () => {
  const letterId = await submit();
  const other = await addTestApplicant(site.db, freshMobile());
  for (const which of [
    { applicantId: other, letterId },
    { applicantId, letterId: randomUUID() },
    { applicantId, letterId: 'none' },
  ])
    await expect(getLetterReceipt(site.deps, which)).rejects.toMatchObject({ code: 'not_found' });
  await expect(stamp(letterId)).rejects.toMatchObject({ code: 'not_found' });
  const unit = await addTestStaff(site.db, { role: 'unit', unitIds: [await addTestUnit(site.db)] });
  const registered = await register();
  await expect(
    stampLetter(site.deps, { reader: { staff: unit }, letterId: registered, write: sheetOf }),
  ).rejects.toMatchObject({ code: 'not_found' });
});

test.each(['pdf', 'jpg', 'png', 'tiff', 'docx', 'doc'] as const)(
  'the stamped page of a letter that came as %s is one page, and its file stays as it is',
  async (type) => {
    const letterId = await register(type);
    const { pdf, asked } = await stamp(letterId);
    const { pages, text, active } = await readPdf(pdf);
    expect([pages, active]).toEqual([1, []]);
    const { letterNumber = '' } = asked[0]?.stamp ?? {};
    expect(plainText(text)).toContain(letterNumber);
    expect(asked.map(({ shown }) => shown)).toEqual([type !== 'docx' && type !== 'doc']);
    const file = await findFile(site.db, { letterId });
    if (!file) throw new Error('it has no file');
    const kept = await composeFiles(site.config).read(file);
    expect(kept.equals((await sampleFile(type)).bytes)).toBe(true);
    const [{ downloads } = { downloads: 0 }] = await site.db<{ downloads: number }[]>`
      select count(*)::int as downloads from audit_entries
      where letter_id = ${letterId} and action = 'downloaded'`;
    expect(downloads).toBe(1);
  },
);

test('a filled-in form stands under the stamp as it is seen, with what was written into it', async () => {
  const form = await PDFDocument.create();
  const field = form.getForm().createTextField('name');
  field.setText('HHHHHHHHHHHHHH');
  field.addToPage(form.addPage([595, 842]), { x: 100, y: 400, width: 400, height: 60 });
  const received = await receiveFile(site.deps, {
    stream: Readable.from([Buffer.from(await form.save())]),
    fileName: 'form.pdf',
  });
  if (!received.ok) throw new Error(received.problem);
  const letterId = await submit('pdf', received.file);
  await decide(letterId, 'approve');
  const { pdf, asked } = await stamp(letterId);
  expect(asked.map(({ shown }) => shown)).toEqual([true]);
  expect((await readPdf(pdf)).active).toEqual([]);
  const drawn = await drawPdf(pdf, 2);
  let dark = 0;
  // The lower half of the sheet holds nothing but the page of the letter.
  for (let y = drawn.height / 2; y < drawn.height - 60; y += 2)
    for (let x = 200; x < drawn.width - 200; x += 2) if (drawn.lightAt(x, y) < 100) dark += 1;
  expect(dark).toBeGreaterThan(100);
});

test('staff get the same page, and nobody one of a closed file', async () => {
  const letterId = await register();
  const { pdf } = await stampLetter(site.deps, {
    reader: { staff: reviewer },
    letterId,
    write: sheetOf,
  });
  expect((await readPdf(pdf)).pages).toBe(1);
  await site.db`update files set scan = 'infected' where letter_id = ${letterId}`;
  await expect(stamp(letterId)).rejects.toMatchObject({ code: 'file_infected' });
});

test('who asks for many sheets at once is asked to try again, and nobody else', async () => {
  const letterId = await submit();
  const print = () => printReceipt(site.deps, { applicantId, letterId, write: sheetOf });
  const prints = Promise.allSettled(Array.from({ length: 12 }, print));
  const { pdf } = await stampLetter(site.deps, {
    reader: { staff: reviewer },
    letterId: await register(),
    write: sheetOf,
  });
  expect((await readPdf(pdf)).pages).toBe(1);
  const refused = (await prints).filter(({ status }) => status === 'rejected');
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]).toMatchObject({ reason: { code: 'unavailable' } });
  expect((await prints).some(({ status }) => status === 'fulfilled')).toBe(true);
});

test('the command line tells a genuine receipt and its file from others', async () => {
  const { token, letterId } = await own(await submit());
  const { bytes } = await sampleFile('pdf');
  const [same, other] = ['same.pdf', 'other.pdf'].map((name) => path.join(home.dir, name)) as [
    string,
    string,
  ];
  await writeFile(same, bytes);
  await writeFile(other, Buffer.concat([bytes, Buffer.from('\n')]));
  const { config, db } = site;
  const verify = (...args: string[]) => verifyReceiptCommand({ config, db, args, options: {} });
  const genuine = { genuine: true, letterId, kind: 'submitted' };
  expect(await verify(token)).toMatchObject({ ok: true, json: { ...genuine, sameFile: null } });
  expect(await verify(`http://desk.test/verify/${token}`, same)).toMatchObject({
    ok: true,
    json: { ...genuine, sameFile: true },
  });
  expect(await verify(token, other)).toMatchObject({ ok: false, json: { sameFile: false } });
  const forged = `${token.slice(0, 60)}${token[60] === 'A' ? 'B' : 'A'}${token.slice(61)}`;
  expect(await verify(forged)).toMatchObject({ ok: false, json: { genuine: false } });
  await expect(verify(token, path.join(home.dir, 'none'))).rejects.toThrow('cannot be read');
});

test('checks from one address are limited, pages and forms alike', async () => {
  const limited = await startRealSite(home, { env: { LIMITS: 'receiptChecks=2' } });
  try {
    const { token } = await own(await submit());
    const statuses: number[] = [];
    for (const path of [`/verify/${token}`, '/verify/AQforged', `/verify/${token}`, '/verify'])
      statuses.push((await limited.app.request(`http://desk.test${path}`)).status);
    expect(statuses).toEqual([200, 404, 429, 200]);
  } finally {
    await limited.stop();
  }
});
