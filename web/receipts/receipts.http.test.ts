import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eraseLetterRow } from '../../src/operations/maintenance/retention.sql.ts';
import { fileRow } from '../../src/testing/letters.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import type { LetterIs, SiteLetter, SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { PAGE_POLICY } from '../middleware/security-headers.ts';
import { typedReceipt } from './receipt-address.ts';
import { resubmitLetter } from '../../src/desk/letters/resubmit-letter.ts';
import { getLetterReceipt } from '../../src/desk/proof/letter-receipts.ts';
import { stampLetter } from '../../src/desk/proof/stamp-letter.ts';

const { bytes: CONTENT } = await sampleFile('pdf');
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');
const MAX_FILE_BYTES = 1024 * 1024;
/** Of nobody else's business; besides the number of whoever sent the letter. */
const PERSONAL = /سارا احمدی|درخواست بررسی|912•|پیوست‌خصوصی/;

let site: TestSite;
let reviewer: SiteMember;
beforeAll(async () => {
  site = await openTestSite({ env: { LIMITS: 'printSeconds=30' } });
  reviewer = await site.addMember('reviewer');
});
afterAll(() => site?.stop());

const as = ({ cookie }: { cookie: string }) => ({ cookie });

type Sent = SiteLetter & { token: string };

const tokenOf = async ({ id: letterId, sender }: SiteLetter): Promise<string> =>
  (await getLetterReceipt(site.deps, { applicantId: sender.id, letterId })).token;

const sent = async (is: LetterIs = 'pending'): Promise<Sent> => {
  const file = await site.storeFile({ name: 'پیوست‌خصوصی.pdf', bytes: CONTENT });
  const letter = await site.letterIn(is, { file });
  return { ...letter, token: await tokenOf(letter) };
};

/** What the stamped page of a letter is checked by. */
const registrationOf = async ({ id: letterId, sender }: SiteLetter): Promise<string> => {
  let token = '';
  await stampLetter(site.deps, {
    reader: { applicantId: sender.id },
    letterId,
    write(stamp) {
      token = stamp.token;
      const sheet = {
        language: 'fa',
        direction: 'rtl',
        title: 'نامه',
        organisation: 'سازمان',
      } as const;
      const parts = { rows: [], notes: [], captions: [] };
      return { ...sheet, ...parts, at: stamp.at, address: `${site.origin}/verify/${token}` };
    },
  });
  return token;
};

const numberOf = async ({ id }: SiteLetter): Promise<string> => {
  const [row] = await site.db<{ letterNumber: string }[]>`
    select letter_number from letters where id = ${id}`;
  return row?.letterNumber ?? '';
};

const fileForm = (bytes: Buffer | undefined): FormData => {
  const form = new FormData();
  form.set('unused', '1');
  if (bytes) form.set('file', new File([new Uint8Array(bytes)], 'any name.bin'));
  return form;
};

test('the receipt of a letter names subject, time and file, folds its hash, and leads to where it is checked', async () => {
  const { id, sender, token } = await sent();
  const html = await (await site.get(`/letters/${id}/receipt`, as(sender))).text();
  expect(html).toContain('رسید فرستادن نامه');
  expect(html).toContain(id.slice(0, 13));
  expect(html).toContain('پیوست‌خصوصی.pdf');
  expect(html).toContain('درخواست بررسی');
  expect(html.indexOf('class="qr-code"')).toBeGreaterThan(html.indexOf('</details>'));
  expect(html.slice(html.indexOf('<summary>جزئیات فنی'))).toContain(SHA256);
  expect(html).toContain(SHA256);
  expect(html).toContain(`href="/verify/${token}"`);
  expect(html).toMatch(/<time datetime="\d{4}-/);
  expect(html).toContain('class="qr-code"');
});

test('receipt and stamped page come as PDF files with plain names', async () => {
  const letter = await sent('approved');
  const { id, sender } = letter;
  const named = async (path: string, who: { cookie: string }) => {
    const response = await site.get(path, as(who));
    expect([path, response.status]).toEqual([path, 200]);
    expect(response.headers.get('content-type')).toBe('application/pdf');
    return response.headers.get('content-disposition');
  };
  expect(await named(`/letters/${id}/receipt.pdf`, sender)).toBe(
    `attachment; filename=receipt-${id.slice(0, 13)}.pdf`,
  );
  const number = (await numberOf(letter)).replace('/', '-');
  const stamped = `attachment; filename=letter-${number}.pdf`;
  expect(await named(`/letters/${id}/stamped.pdf`, sender)).toBe(stamped);
  expect(await named(`/staff/letters/${id}/stamped.pdf`, reviewer)).toBe(stamped);
});

test('pages of a letter link to its receipt, and to its stamped page when there is one', async () => {
  const read = async (path: string, who: { cookie: string }) =>
    (await site.get(path, as(who))).text();
  const pending = await sent();
  const html = await read(`/letters/${pending.id}?notice=submitted`, pending.sender);
  expect(html.match(/\/receipt"/g)).toHaveLength(2);
  expect(html).not.toContain('stamped.pdf');
  const { id, sender } = await sent('approved');
  const stamped = `/letters/${id}/stamped.pdf`;
  expect(await read(`/letters/${id}`, sender)).toContain(stamped);
  expect(await read(`/staff/letters/${id}`, reviewer)).toContain(stamped);
  await site.db`update files set scan = 'infected' where letter_id = ${id}`;
  expect(await read(`/letters/${id}`, sender)).not.toContain('stamped.pdf');
});

test('anybody sees that a receipt is genuine and what it states, and nothing personal', async () => {
  const { id, sender, token } = await sent();
  for (const [language, word] of [
    ['fa', 'این رسید اصیل است'],
    ['en', 'This receipt is genuine'],
  ]) {
    const response = await site.get(`/verify/${token}?lang=${language}`);
    const html = await response.text();
    expect([response.status, html.includes(word ?? '')]).toEqual([200, true]);
    expect(response.headers.get('content-security-policy')).toBe(PAGE_POLICY);
    expect(html).not.toMatch(/<script(?! type="module" src="\/assets\/[^"]+"><\/script>)|\sstyle=/);
    expect(html).toContain(id.slice(0, 13));
    expect(html).toContain(SHA256);
    expect(html).not.toContain(id);
    expect(html).not.toMatch(PERSONAL);
    expect(html).not.toContain(sender.mobile.slice(3));
  }
});

test('a receipt of registration names the number, that of submission does not', async () => {
  const letter = await sent('approved');
  const token = await registrationOf(letter);
  const number = await numberOf(letter);
  const [row] = await site.db<{ trackingCode: string }[]>`
    select tracking_code from letters where id = ${letter.id}`;
  const registered = await (await site.get(`/verify/${token}`)).text();
  expect(registered).toContain(`value="${number}"`);
  expect(row?.trackingCode).toMatch(/^[0-9A-Z]{12}$/);
  expect(registered).not.toContain(row?.trackingCode.slice(4, 8));
  expect(await (await site.get(`/verify/${letter.token}`)).text()).not.toContain(number);
});

test('what became of the letter, and what the record does not hold, is said in words', async () => {
  const shown = async ({ token }: Sent): Promise<string> =>
    (await site.get(`/verify/${token}`)).text();
  const { db } = site;
  expect(await shown(await sent('withdrawn'))).toContain('انصراف داده است');
  const replaced = await sent();
  await site.applyDecision(replaced.id, 'return');
  const { id: letterId, unitId, sender } = replaced;
  const draft = { round: 1, unitId, subject: 'موضوع', files: [] };
  await resubmitLetter(site.deps, { applicantId: sender.id, letterId, ...draft });
  expect(await shown(replaced)).toContain('دوباره فرستاده شده است');
  const erased = await sent('closed');
  await db.begin((tx) => eraseLetterRow(tx, erased.id));
  expect(await shown(erased)).toContain('پاک شده است');
  const unknown = await sent();
  await db`update files set sha256 = ${'0'.repeat(64)} where letter_id = ${unknown.id}`;
  expect(await shown(unknown)).toContain('در دفتر پیشخوان نیست');
});

test('of a number that was annulled the receipt of its registration says so', async () => {
  const letter = await sent('approved');
  const token = await registrationOf(letter);
  const admin = await site.addMember('admin');
  const form = new URLSearchParams({ annulReason: 'دوباره ثبت شده بود', confirmed: '1' });
  const annulled = await site.post(`/staff/letters/${letter.id}/annulment`, form, as(admin));
  expect(annulled.status).toBe(303);
  expect(await (await site.get(`/verify/${token}`)).text()).toContain('ابطال شده است');
});

test('a forged, cut or unknown receipt is not genuine, in plain words and with 404', async () => {
  const { get, post } = site;
  const { token } = await sent();
  const changed = `${token.slice(0, 90)}${token[90] === 'A' ? 'B' : 'A'}${token.slice(91)}`;
  for (const forged of [changed, token.slice(0, -1), `${token}A`, 'x', '%D8%B3', '..%2Fkey']) {
    const response = await get(`/verify/${forged}`);
    const html = await response.text();
    expect([forged, response.status]).toEqual([forged, 404]);
    expect(html).toContain('این رسید اصیل نیست');
    const posted = await post(`/verify/${forged}`, fileForm(CONTENT));
    expect([forged, posted.status]).toEqual([forged, 404]);
  }
});

test('a file is compared with the receipt, whatever its name is, and nothing of it is kept', async () => {
  const { token } = await sent();
  const kept = async () => {
    const [row] = await site.db`
      select (select count(*)::int from files) as files,
        (select count(*)::int from held_uploads) as held`;
    return row;
  };
  const before = await kept();
  const compared = async (bytes: Buffer | undefined) => {
    const response = await site.post(`/verify/${token}`, fileForm(bytes));
    const html = await response.text();
    return [response.status, /data-compared="(\w+)"/.exec(html)?.[1]];
  };
  expect(await compared(CONTENT)).toEqual([200, 'same']);
  const changed = Buffer.from(CONTENT);
  changed[3] = (changed[3] ?? 0) ^ 1;
  expect(await compared(changed)).toEqual([200, 'other']);
  expect(await compared(Buffer.concat([CONTENT, Buffer.alloc(1)]))).toEqual([200, 'other']);
  expect(await compared(Buffer.alloc(MAX_FILE_BYTES + 10))).toEqual([200, 'other']);
  expect(await compared(undefined)).toEqual([422, undefined]);
  expect(await kept()).toEqual(before);
});

test('without a file the form comes back with what is missing, above and at its field', async () => {
  const { token } = await sent();
  const html = await (await site.post(`/verify/${token}`, fileForm(undefined))).text();
  expect(html).toContain('<title>خطا: ');
  expect(html).toContain('href="#file"');
  expect(html).toContain('id="file-problem"');
});

test('a file that is larger than may be sent is said to be too large only where it could be the one', async () => {
  const file = { ...fileRow(), bytes: MAX_FILE_BYTES * 2 };
  const token = await tokenOf(await site.letterIn('pending', { file }));
  const response = await site.post(`/verify/${token}`, fileForm(Buffer.alloc(MAX_FILE_BYTES + 10)));
  expect(response.status).toBe(413);
  expect(await response.text()).toContain('id="file-problem"');
});

test('what was typed leads to the receipt; nothing, and what is none, come back with 422', async () => {
  const { get, origin } = site;
  const { token } = await sent();
  for (const typed of [
    token,
    `${origin}/verify/${token}`,
    ` ${token.slice(0, 80)} ${token.slice(80)}\n`,
  ]) {
    const response = await get(`/verify?receipt=${encodeURIComponent(typed)}`);
    expect([response.status, response.headers.get('location')]).toEqual([303, `/verify/${token}`]);
  }
  for (const typed of ['', ' ', 'سلام', 'http://evil.test/', '1405/12']) {
    const response = await get(`/verify?receipt=${encodeURIComponent(typed)}`);
    expect([typed, response.status]).toEqual([typed, 422]);
    expect(await response.text()).toContain('href="#receipt"');
  }
  expect(
    typedReceipt('https://desk.example.org/verify/AQabcdefghijklmnopqrstuvwxyz/?lang=en'),
  ).toBe('AQabcdefghijklmnopqrstuvwxyz');
});

test('the public keys are there as text', async () => {
  await sent();
  const response = await site.get('/verify/key');
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(await response.text()).toMatch(/^# [0-9a-f]{16}, .*\n-----BEGIN PUBLIC KEY-----/);
});

test('checks are limited by address, before anything is looked at', async () => {
  const { token } = await sent();
  const limited = await site.beside({ RATE_LIMITS: 'on', LIMITS: 'receiptChecks=1' });
  expect((await limited.get(`/verify/${token}`)).status).toBe(200);
  for (const response of [
    await limited.get(`/verify/${token}`),
    await limited.post(`/verify/${token}`, fileForm(CONTENT)),
    await limited.get('/verify/key'),
  ]) {
    expect(response.status).toBe(429);
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    expect(await response.text()).not.toContain(SHA256);
  }
  await limited.stop();
});
