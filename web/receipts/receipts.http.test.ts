import { expect, test } from 'vitest';
import type { StaffLetter } from '../../src/usecases/desk.ts';
import { DomainError } from '../../src/domain/errors.ts';
import { APPLICANT, createTestSite, MAX_FILE_BYTES, REVIEWER } from '../../src/testing/web.ts';
import type { TestSite } from '../../src/testing/web.ts';
import { PAGE_POLICY } from '../middleware/security-headers.ts';
import { typedReceipt } from './receipt-address.ts';

const CONTENT = Buffer.from('%PDF-1.7 the letter of a test');
/** Of nobody else's business. */
const PERSONAL = /سارا احمدی|درخواست بررسی|9123456789|912•|پیوست‌خصوصی/;

const sha256Of = async (bytes: Buffer): Promise<string> =>
  Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes))).toString('hex');

const siteWithLetter = async (
  changed: Partial<StaffLetter> = {},
): Promise<TestSite & { id: string; token: string }> => {
  const site = createTestSite();
  const { id } = site.fake.addLetter({
    file: {
      name: 'پیوست‌خصوصی.pdf',
      type: 'pdf',
      bytes: CONTENT.length,
      sha256: await sha256Of(CONTENT),
    },
    ...changed,
  });
  const { token } = await site.fake.desk.letterReceipt({ applicantId: 'applicant', letterId: id });
  return { ...site, id, token };
};

const REGISTERED: Partial<StaffLetter> = {
  status: 'approved',
  step: 'with_unit',
  letterNumber: '1405/12',
  trackingCode: '7K3M9QRT2XAB',
  registeredOn: '1405/09/01',
  registeredAt: new Date('2026-11-22T10:00:00Z'),
};

const fileForm = (bytes: Buffer | undefined): FormData => {
  const form = new FormData();
  form.set('unused', '1');
  if (bytes) form.set('file', new File([new Uint8Array(bytes)], 'any name.bin'));
  return form;
};

test('the receipt of a letter names time, file and its hash, and leads to where it is checked', async () => {
  const { get, id, token } = await siteWithLetter();
  const html = await (await get(`/letters/${id}/receipt`, APPLICANT)).text();
  expect(html).toContain('رسید فرستادن نامه');
  expect(html).toContain(id.slice(0, 13));
  expect(html).toContain('پیوست‌خصوصی.pdf');
  expect(html).toContain(await sha256Of(CONTENT));
  expect(html).toContain(`href="/verify/${token}"`);
  expect(html).toMatch(/<time datetime="\d{4}-/);
  expect(html).toContain('class="qr-code"');
});

test('receipt and stamped page come as PDF files with plain names', async () => {
  const { get, id } = await siteWithLetter(REGISTERED);
  const named = async (path: string, who: Record<string, string>) => {
    const response = await get(path, who);
    expect([path, response.status]).toEqual([path, 200]);
    expect(response.headers.get('content-type')).toBe('application/pdf');
    return response.headers.get('content-disposition');
  };
  expect(await named(`/letters/${id}/receipt.pdf`, APPLICANT)).toBe(
    `attachment; filename=receipt-${id.slice(0, 13)}.pdf`,
  );
  const stamped = 'attachment; filename=letter-1405-12.pdf';
  expect(await named(`/letters/${id}/stamped.pdf`, APPLICANT)).toBe(stamped);
  expect(await named(`/staff/letters/${id}/stamped.pdf`, REVIEWER)).toBe(stamped);
});

test('pages of a letter link to its receipt, and to its stamped page when there is one', async () => {
  const pending = await siteWithLetter();
  const confirmation = await pending.get(`/letters/${pending.id}?notice=submitted`, APPLICANT);
  const html = await confirmation.text();
  expect(html.match(/\/receipt"/g)).toHaveLength(2);
  expect(html).not.toContain('stamped.pdf');
  const registered = await siteWithLetter(REGISTERED);
  const stamped = `/letters/${registered.id}/stamped.pdf`;
  const read = async (path: string, who: Record<string, string>) =>
    (await registered.get(path, who)).text();
  expect(await read(`/letters/${registered.id}`, APPLICANT)).toContain(stamped);
  expect(await read(`/staff/letters/${registered.id}`, REVIEWER)).toContain(stamped);
  const closed = await siteWithLetter(REGISTERED);
  const [letter] = closed.fake.letters;
  if (letter) letter.file.scan = 'infected';
  expect(await (await closed.get(`/letters/${closed.id}`, APPLICANT)).text()).not.toContain(
    'stamped.pdf',
  );
});

test('anybody sees that a receipt is genuine and what it states, and nothing personal', async () => {
  const { get, id, token } = await siteWithLetter();
  for (const [language, word] of [
    ['fa', 'این رسید اصیل است'],
    ['en', 'This receipt is genuine'],
  ]) {
    const response = await get(`/verify/${token}?lang=${language}`);
    const html = await response.text();
    expect([response.status, html.includes(word ?? '')]).toEqual([200, true]);
    expect(response.headers.get('content-security-policy')).toBe(PAGE_POLICY);
    expect(html).not.toMatch(/<script(?! type="module" src="\/assets\/[^"]+"><\/script>)|\sstyle=/);
    expect(html).toContain(id.slice(0, 13));
    expect(html).toContain(await sha256Of(CONTENT));
    expect(html).not.toContain(id);
    expect(html).not.toMatch(PERSONAL);
  }
});

test('a receipt of registration names the number, that of submission does not', async () => {
  const { get, fake, id, token } = await siteWithLetter(REGISTERED);
  const { stamp } = await fake.desk.stampLetter({
    reader: { applicantId: 'applicant' },
    letterId: id,
    write: () => undefined as never,
  });
  const registered = await (await get(`/verify/${stamp.token}`)).text();
  expect(registered).toContain('value="1405/12"');
  expect(registered).not.toMatch(/7K3M|۷K3M/);
  expect(await (await get(`/verify/${token}`)).text()).not.toContain('1405/12');
});

test('what became of the letter, and what the record does not hold, is said in words', async () => {
  const { get, fake, token } = await siteWithLetter();
  const at = new Date('2026-11-22T10:00:00Z');
  const plain = await fake.desk.checkReceipt(token);
  if (!plain?.record) throw new Error('it is not genuine');
  const { record } = plain;
  const shown = async (changed: Partial<typeof record> | null): Promise<string> => {
    fake.desk.checkReceipt = () =>
      Promise.resolve({ ...plain, record: changed && { ...record, ...changed } });
    return (await get(`/verify/${token}`)).text();
  };
  expect(await shown({ annulledAt: at })).toContain('ابطال شده است');
  expect(await shown({ withdrawnAt: at })).toContain('انصراف داده است');
  expect(await shown({ erasedAt: at })).toContain('پاک شده است');
  expect(await shown({ isReplaced: true })).toContain('دوباره فرستاده شده است');
  expect(await shown(null)).toContain('در دفتر پیشخوان نیست');
});

test('a forged, cut or unknown receipt is not genuine, in plain words and with 404', async () => {
  const { get, post, token } = await siteWithLetter();
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
  const { post, fake, token } = await siteWithLetter();
  const compared = async (bytes: Buffer | undefined) => {
    const response = await post(`/verify/${token}`, fileForm(bytes));
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
  expect([fake.files.size, fake.discarded.length, fake.held.size]).toEqual([0, 0, 0]);
});

test('without a file the form comes back with what is missing, above and at its field', async () => {
  const { post, token } = await siteWithLetter();
  const html = await (await post(`/verify/${token}`, fileForm(undefined))).text();
  expect(html).toContain('<title>خطا: ');
  expect(html).toContain('href="#file"');
  expect(html).toContain('id="file-problem"');
});

test('a file that is larger than may be sent is said to be too large only where it could be the one', async () => {
  const { post, token } = await siteWithLetter({
    file: { name: 'x.pdf', type: 'pdf', bytes: MAX_FILE_BYTES * 2, sha256: 'a'.repeat(64) },
  });
  const response = await post(`/verify/${token}`, fileForm(Buffer.alloc(MAX_FILE_BYTES + 10)));
  expect(response.status).toBe(413);
  expect(await response.text()).toContain('id="file-problem"');
});

test('what was typed leads to the receipt; nothing, and what is none, come back with 422', async () => {
  const { get, token, origin } = await siteWithLetter();
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
  const { get } = await siteWithLetter();
  const response = await get('/verify/key');
  expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
  expect(await response.text()).toMatch(/^# [0-9a-f]{16}, .*\n-----BEGIN PUBLIC KEY-----/);
});

test('checks are limited by address, before anything is looked at', async () => {
  const { get, post, fake, token } = await siteWithLetter();
  const counted: string[] = [];
  fake.desk.countAddress = ({ limit }) => {
    counted.push(limit);
    return Promise.reject(new DomainError('too_many', { seconds: '9' }));
  };
  for (const response of [
    await get(`/verify/${token}`),
    await post(`/verify/${token}`, fileForm(CONTENT)),
    await get('/verify/key'),
  ])
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '9']);
  expect(counted).toEqual(['verify', 'verify', 'verify']);
});
