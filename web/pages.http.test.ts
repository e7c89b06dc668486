import { randomUUID } from 'node:crypto';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatTrackingCode } from '../src/desk/register/tracking-code.ts';
import { readMessages } from '../src/testing/messages.ts';
import { freshMobile, REAL_CAPTCHA } from '../src/testing/real-site.ts';
import { sampleFile } from '../src/testing/sample-files.ts';
import type { SiteLetter, SiteMember } from '../src/testing/site-letters.ts';
import { openTestSite } from '../src/testing/test-site.ts';
import type { TestSite, Visits } from '../src/testing/test-site.ts';
import { until } from '../src/testing/until.ts';
import { listLetters, getLetter } from '../src/desk/letters/applicant-letters.ts';
import { newCaptcha } from '../src/desk/applicants/captcha/captcha.ts';

const PASSWORD = 'correct horse battery';
const NEVER_GIVEN = '7K3M-9QRT-2XAC';
const { bytes: PDF } = await sampleFile('pdf');

let site: TestSite;
let get: Visits['get'];
let post: Visits['post'];
let reviewer: SiteMember;
let admin: SiteMember;
beforeAll(async () => {
  site = await openTestSite({ env: { RATE_LIMITS: 'on', LIMITS: 'codesPerAddress=100' } });
  ({ get, post } = site);
  reviewer = await site.addMember('reviewer');
  admin = await site.addMember('admin');
});
afterAll(() => site?.stop());

const as = ({ cookie }: { cookie: string }) => ({ cookie });

const form = (fields: Record<string, string>): URLSearchParams => new URLSearchParams(fields);

const upload = (fields: Record<string, string>, file?: File): FormData => {
  const data = new FormData();
  if (file) data.set('file', file);
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
};

const pdf = (name = 'نامه.pdf'): File => new File([new Uint8Array(PDF)], name);

const cookiesOf = (response: Response): string[] => response.headers.getSetCookie();

const cookieOf = (response: Response, name: string): { cookie: string } => ({
  cookie:
    cookiesOf(response)
      .map((cookie) => cookie.split(';')[0] ?? '')
      .find((cookie) => cookie.startsWith(`${name}=`)) ?? 'none=1',
});

/** As it is typed in Iran. */
const newMobile = (): string => freshMobile().replace('+98', '0');

const askForCode = (mobile: string, on: Visits = site): Promise<Response> => {
  const { id: captchaId } = newCaptcha(site.deps);
  return on.post('/sign-in', form({ mobile, captcha: REAL_CAPTCHA, captchaId }));
};

const codesSentTo = async (mobile: string): Promise<string[]> => {
  const messages = await readMessages(site.db, { mobile: mobile.replace('0', '+98') });
  return messages.map(({ text }) => /#(\d{6})$/.exec(text)?.[1] ?? '');
};

/** As its sender knows it. */
const readLetter = ({ id: letterId, sender }: SiteLetter) =>
  getLetter(site.deps, { applicantId: sender.id, letterId });

const unitOf = async ({ id }: SiteLetter): Promise<string | undefined> => {
  const [row] = await site.db<{ unitId: string }[]>`select unit_id from letters where id = ${id}`;
  return row?.unitId;
};

const lettersOf = ({ id: applicantId }: { id: string }) => listLetters(site.deps, { applicantId });

const decisionsOn = async ({ id }: { id: string }): Promise<number> =>
  (await site.db`select 1 from decisions where letter_id = ${id}`).length;

/** One of the unit that has the letter. */
const clerkOf = ({ unitId }: SiteLetter): Promise<SiteMember> =>
  site.addMember('unit', { unitIds: [unitId] });

test('the first page asks for the mobile number and the displayed code', async () => {
  const html = await (await get('/')).text();
  expect(html).toContain('<html lang="fa" dir="rtl">');
  expect(html).toContain('<label for="mobile">شماره تلفن همراه</label>');
  expect(html).toContain('<label for="captcha">کد امنیتی</label>');
  expect(html).toContain('ارسال کد</button>');
  expect(html).toMatch(/src="\/captcha\/[^"]+\.png"/);
  expect(html).toContain('autocomplete="tel"');
});

test('a wrong number gives the page back with what was typed and says why', async () => {
  const response = await post('/sign-in', form({ mobile: '0912<', captcha: '', captchaId: 'x' }));
  const html = await response.text();
  expect(response.status).toBe(422);
  expect(html).toContain('<title>خطا: ');
  expect(html).toContain('مشکلی وجود دارد');
  expect(html).toContain('value="0912&lt;"');
  expect(html).toContain('<a href="#mobile">شماره تلفن همراه درست نیست');
  expect(html).toContain('aria-describedby="mobile-hint mobile-problem"');
  expect(html).toContain('aria-invalid="true"');
});

test('number, code and a session: the whole way in', async () => {
  const mobile = newMobile();
  const asked = await askForCode(mobile);
  expect(asked.status).toBe(303);
  expect(asked.headers.get('location')).toBe('/sign-in/code');
  expect(cookiesOf(asked)[0]).toMatch(/^challenge=[^;]+;.*HttpOnly; SameSite=Lax/);

  const challenge = cookieOf(asked, 'challenge');
  const codePage = await (await get('/sign-in/code', challenge)).text();
  expect(codePage).toContain('<label for="code">کد تایید</label>');
  expect(codePage).toContain('autocomplete="one-time-code"');

  const wrong = await post('/sign-in/code', form({ code: '1' }), challenge);
  expect(wrong.status).toBe(422);

  const [code = ''] = await codesSentTo(mobile);
  const right = await post('/sign-in/code', form({ code }), challenge);
  expect(right.status).toBe(303);
  expect(right.headers.get('location')).toBe('/letters');
  expect((await get('/letters', cookieOf(right, 'sid'))).status).toBe(200);
});

test('a new picture keeps the typed number without a script', async () => {
  const html = await (await post('/sign-in/picture', form({ mobile: '09123456789' }))).text();
  expect(html).toContain('value="09123456789"');
});

test('asking for a code too early says how long to wait', async () => {
  const challenge = cookieOf(await askForCode(newMobile()), 'challenge');
  const response = await post('/sign-in/code/resend', form({}), challenge);
  expect(response.status).toBe(429);
  const seconds = Number(response.headers.get('retry-after'));
  expect(seconds).toBeGreaterThan(30);
  expect(seconds).toBeLessThanOrEqual(60);
  const shown = new Intl.NumberFormat('fa').format(seconds);
  expect(await response.text()).toContain(`${shown} ثانیه‌ی دیگر`);
});

test('without a session every page of the applicant leads to the sign-in', async () => {
  const { id } = await site.letterIn('pending');
  for (const path of ['/letters', '/letters/new', `/letters/${id}`, `/letters/${id}/file`]) {
    const response = await get(path);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/?notice=sign_in_first');
  }
});

test('the first visit has two parts: a new letter and the follow-up by tracking code', async () => {
  const newcomer = as(await site.addApplicant());
  const html = await (await get('/letters', newcomer)).text();
  expect(html).toContain('به پیشخوان خوش آمدید');
  expect(html).toContain('ثبت نامه جدید</button>');
  expect(html).toContain('<label for="code">کد پیگیری</label>');
  expect(html).toContain('جستجو</button>');
  const button = await get('/letters/new?', newcomer);
  expect(button.headers.get('location')).toBe('/letters/new');
});

test('each letter in the list tells its state by word and by data-state', async () => {
  const sender = await site.addApplicant();
  await site.letterIn('pending', { sender });
  await site.letterIn('rejected', { sender, reason: 'امضا ندارد' });
  const approved = await readLetter(await site.letterIn('approved', { sender }));
  const html = await (await get('/letters', as(sender))).text();
  expect(html).toMatch(/<article[^>]*data-state="pending"/);
  expect(html).toMatch(/<article[^>]*data-state="rejected"/);
  expect(html).toMatch(/<article[^>]*data-state="approved" data-step="with_unit"/);
  expect(html).toContain('در حال بررسی</span>');
  expect(html).toContain('رد شده</span>');
  expect(html).toContain('تایید شده</span>');
  expect(html).toContain('امضا ندارد');
  const number = `<data value="${approved.letterNumber}"><bdi dir="ltr">`;
  expect(html).toContain(number);
  expect(html.slice(html.indexOf(number) + number.length)).toMatch(/^[۰-۹]+\/[۰-۹]+<\/bdi>/);
  expect(html).toContain(formatTrackingCode(approved.trackingCode ?? ''));
  expect(html).toMatch(/۱۴[۰-۹]{2}\/[۰-۹]{2}\/[۰-۹]{2}/);
  expect(html.match(/گرفتن آخرین وضعیت<\/button>/g)).toHaveLength(3);
});

test('the list begins with what its sender has to do, and says what is asked', async () => {
  const sender = await site.addApplicant();
  await site.letterIn('withdrawn', { sender, subject: 'انصرافی' });
  const returned = await site.letterIn('returned', { sender, reason: 'صفحه‌ی دوم را بفرستید' });
  const asked = await site.letterIn('asked', { sender, question: 'کدام پلاک؟' });
  await site.letterIn('pending', { sender, subject: 'تازه' });
  const html = await (await get('/letters', as(sender))).text();
  const [, waiting = '', others = ''] = html.split(/<h2 id="(?:awaiting|others)">/);
  expect(waiting).toContain('در انتظار شما</h2>');
  expect(waiting).toContain('صفحه‌ی دوم را بفرستید');
  expect(waiting).toContain(`href="/letters/${returned.id}/correction"`);
  expect(waiting).toContain('کدام پلاک؟');
  expect(waiting).toContain(`href="/letters/${asked.id}/answer"`);
  expect(others).toContain('تازه');
  // The process of the withdrawn one is over.
  expect(others.match(/گرفتن آخرین وضعیت<\/button>/g)).toHaveLength(1);
});

test('a search sends the code in its body, and leads to the letter that it names', async () => {
  const sender = await site.addApplicant();
  const wanted = await site.letterIn('approved', { sender, subject: 'پرونده‌ی یافته' });
  const trackingCode = (await readLetter(wanted)).trackingCode ?? '';
  await site.letterIn('pending', { sender, subject: 'نامه‌ی دیگر' });
  const list = await (await get('/letters', as(sender))).text();
  expect(list).toContain('<form method="post" action="/letters" class="search"');
  const typed = ` ${trackingCode.slice(0, 5).toLowerCase()} ${trackingCode.slice(5)}`;
  const found = await post('/letters', form({ code: typed }), as(sender));
  expect(found.status).toBe(303);
  const to = found.headers.get('location') ?? '';
  expect(to).toBe(`/letters?found=${wanted.id}`);
  const shown = await (await get(to, as(sender))).text();
  expect(shown).toContain('پرونده‌ی یافته');
  expect(shown).not.toContain('نامه‌ی دیگر');
  expect(shown).toContain(`value="${formatTrackingCode(trackingCode)}"`);
  const nobodys = await (await get(`/letters?found=${randomUUID()}`, as(sender))).text();
  expect(nobodys).toContain('نامه‌ی دیگر');
});

test('a search that finds nothing keeps what was typed, and one for nothing asks for the code at its field', async () => {
  const { sender } = await site.letterIn('pending');
  const search = async (code: string): Promise<[number, string]> => {
    const response = await post('/letters', form({ code }), as(sender));
    return [response.status, await response.text()];
  };
  const [status, html] = await search(NEVER_GIVEN);
  expect(status).toBe(200);
  expect(html.match(/نامه‌ای با این کد پیدا نشد/g)).toHaveLength(1);
  expect(html).toContain(`value="${NEVER_GIVEN}"`);
  const [empty, asked] = await search(' ');
  expect(empty).toBe(422);
  expect(asked).toContain('<a href="#code">کد پیگیری را بنویسید</a>');
  expect(asked).toContain('id="code-problem"');
});

test('an unknown tracking code is told apart from an empty desk', async () => {
  const newcomer = as(await site.addApplicant());
  const response = await get(`/letters?code=${NEVER_GIVEN}`, newcomer);
  const html = await response.text();
  expect(response.status).toBe(200);
  expect(html).toContain('نامه‌ای با این کد پیدا نشد');
  expect(html).toContain(`value="${NEVER_GIVEN}"`);
});

test('a letter is submitted, and the same form again leads to the same letter', async () => {
  const sender = await site.addApplicant();
  const fields = {
    submissionKey: randomUUID(),
    senderName: ' سارا  احمدی ',
    unit: await site.addUnit(),
    subject: 'درخواست',
  };
  const first = await post('/letters/new', upload(fields, pdf()), as(sender));
  expect(first.status).toBe(303);
  const [letter, ...more] = await lettersOf(sender);
  expect(more).toEqual([]);
  expect(first.headers.get('location')).toBe(`/letters/${letter?.id}?notice=submitted`);
  const again = await post('/letters/new', upload(fields, pdf()), as(sender));
  expect(again.headers.get('location')).toBe(first.headers.get('location'));
  expect(await lettersOf(sender)).toHaveLength(1);

  const page = await (await get(first.headers.get('location') ?? '', as(sender))).text();
  expect(page).toContain('درخواست شما ثبت شد');
  expect(page).toContain('data-state="pending"');
  expect(page).toContain('سارا احمدی');
  expect(page).toContain('نامه.pdf');
});

test('a form with mistakes comes back with what was typed, and its good file is kept', async () => {
  const sender = await site.addApplicant();
  const typed = { senderName: '<b>علی</b>', unit: '', subject: 'ن'.repeat(201) };
  const fields = { submissionKey: randomUUID(), ...typed };
  const response = await post('/letters/new', upload(fields, pdf()), as(sender));
  const html = await response.text();
  expect(response.status).toBe(422);
  expect(html).toContain('value="&lt;b&gt;علی&lt;/b&gt;"');
  expect(html).toContain(`value="${'ن'.repeat(201)}"`);
  expect(html).toContain('موضوع نامه باید حداکثر ۲۰۰ نویسه باشد');
  expect(html).toContain('<a href="#unit">');
  expect(html).toContain('این فایل نگه داشته شده است');
  expect(html).not.toContain('href="#file"');
  expect(await lettersOf(sender)).toHaveLength(0);
});

test('an empty form names every field in the order of the page', async () => {
  const sender = await site.addApplicant();
  const answer = await post('/letters/new', upload({}, new File([], '')), as(sender));
  const html = await answer.text();
  const linked = [...html.matchAll(/<li><a href="#(\w+)">/g)].map(([, id]) => id);
  expect(linked).toEqual(['senderName', 'unit', 'subject', 'file']);
  expect(html).toContain('فایل را انتخاب کنید');
});

test('a file that is too big is 413, one of a wrong kind is 422', async () => {
  const sender = await site.addApplicant();
  const fields = { senderName: 'علی', unit: await site.addUnit(), subject: 'نامه' };
  const held = async () => (await site.db`select 1 from held_uploads`).length;
  const before = await held();
  const big = new File([new Uint8Array(1024 * 1024 + 1)], 'big.pdf');
  const tooBig = await post('/letters/new', upload(fields, big), as(sender));
  expect(tooBig.status).toBe(413);
  const html = await tooBig.text();
  expect(html).toContain('حجم فایل باید کمتر از ۱ مگابایت باشد');
  expect(html).toContain('value="نامه"');
  const page = new File(['<html></html>'], 'page.html');
  const wrong = await post('/letters/new', upload(fields, page), as(sender));
  expect(wrong.status).toBe(422);
  expect(await wrong.text()).toContain('value="نامه"');
  expect(await lettersOf(sender)).toHaveLength(0);
  expect(await held()).toBe(before);
});

test('a unit that was retired meanwhile is a problem of its field', async () => {
  const sender = await site.addApplicant();
  const unit = await site.addUnit();
  await site.db`update units set retired_at = now() where id = ${unit}`;
  const fields = { submissionKey: randomUUID(), senderName: 'علی', unit, subject: 'نامه' };
  const response = await post('/letters/new', upload(fields, pdf()), as(sender));
  expect(response.status).toBe(422);
  const html = await response.text();
  expect(html).toContain('این واحد دیگر نامه نمی‌پذیرد');
  expect(html).toContain('این فایل نگه داشته شده است');
});

test('while the database is away the page says that nothing was received', async () => {
  const { cookie } = await site.addApplicant();
  const away = await site.beside({ DATABASE_URL: 'postgres://127.0.0.1:9/none' });
  const response = await away.post('/letters/new', upload({}, pdf()), { cookie });
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('30');
  expect(await response.text()).toContain('درخواست شما به ما نرسید');
  await away.stop();
});

test('while the engine is away the latest status says that the record told it', async () => {
  const { id, sender } = await site.letterIn('pending');
  const fallback = await (await get(`/letters/${id}?latest=1`, as(sender))).text();
  expect(fallback).toContain('data-source="record"');
});

test('a reply shows its text and its file', async () => {
  const file = await site.storeFile({ name: 'پاسخ.pdf', bytes: PDF });
  const reply = { text: 'بررسی شد.', file };
  const { id, sender } = await site.letterIn('answered', { reply });
  const html = await (await get(`/letters/${id}`, as(sender))).text();
  expect(html).toContain('بررسی شد.');
  expect(html).toContain(`/letters/${id}/replies/1/file`);
  expect((await get(`/letters/${id}/replies/1/file`, as(sender))).status).toBe(200);
  expect((await get(`/letters/${id}/replies/2/file`, as(sender))).status).toBe(404);
});

test('staff sign in, with a second step where the account has one', async () => {
  const { username } = await site.addMember('reviewer', { password: PASSWORD });
  const html = await (await get('/staff')).text();
  expect(html).toContain('<label for="username">نام کاربری</label>');
  expect(html).toContain('<label for="password">گذرواژه</label>');
  expect(html).toContain('ورود</button>');

  const wrong = await post('/staff/sign-in', form({ username, password: 'no' }));
  expect(wrong.status).toBe(422);
  const wrongPage = await wrong.text();
  expect(wrongPage).toContain(`value="${username}"`);
  expect(wrongPage).not.toContain('value="no"');

  const right = await post('/staff/sign-in', form({ username, password: PASSWORD }));
  expect(right.status).toBe(303);
  const queue = await get('/staff', cookieOf(right, 'staff_sid'));
  expect(await queue.text()).toContain('در انتظار بررسی');

  const totpSecret = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
  const careful = await site.addMember('reviewer', { password: PASSWORD, totpSecret });
  const typed = form({ username: careful.username, password: PASSWORD });
  const half = await post('/staff/sign-in', typed);
  expect(half.headers.get('location')).toBe('/staff/second-factor');
  expect(cookiesOf(half).some((cookie) => cookie.startsWith('staff_sid='))).toBe(false);
  const pending = cookieOf(half, 'staff_pending');
  const page = await (await get('/staff/second-factor', pending)).text();
  expect(page).toContain('<label for="code">کد یک‌بار مصرف</label>');
  const code = new TOTP({ secret: totpSecret }).generate();
  const second = await post('/staff/second-factor', form({ code }), pending);
  expect(second.headers.get('location')).toBe('/staff');
});

test('a session of the applicant opens nothing of the staff', async () => {
  const letter = await site.letterIn('pending');
  const path = `/staff/letters/${letter.id}`;
  expect((await get(path, as(letter.sender))).status).toBe(303);
  expect((await post(`${path}/approval`, form({}), as(letter.sender))).status).toBe(303);
  expect(await decisionsOn(letter)).toBe(0);
});

test('the queue shows the oldest letter first, and its tabs how many there are', async () => {
  const unitId = await site.addUnit();
  const older = await site.letterIn('approved', { unitId, subject: 'نامه‌ی کهنه' });
  await site.letterIn('approved', { unitId, subject: 'نامه‌ی نو' });
  const unit = await (await get('/staff', as(await clerkOf(older)))).text();
  expect(unit.indexOf('نامه‌ی کهنه')).toBeGreaterThan(0);
  expect(unit.indexOf('نامه‌ی کهنه')).toBeLessThan(unit.indexOf('نامه‌ی نو'));
  expect(unit).toContain('<span class="count" data-count="with_unit">۲</span>');
  expect(unit).toContain('scope="col"');
  expect(unit).not.toContain('در انتظار بررسی');
  const html = await (await get('/staff', as(reviewer))).text();
  expect(html).toMatch(/در انتظار بررسی <span class="count" data-count="pending">[۰-۹]+<\/span>/);
});

test('a reviewer approves with the unit that the sender chose, already picked', async () => {
  const letter = await site.letterIn('pending');
  const other = await site.addUnit();
  const path = `/staff/letters/${letter.id}`;
  const html = await (await get(path, as(reviewer))).text();
  expect(html).toContain('<label for="unit">مخاطب گیرنده نامه</label>');
  expect(html).toContain(`<option value="${letter.unitId}" selected="">`);
  const response = await post(`${path}/approval`, form({ unit: other }), as(reviewer));
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toBe(`${path}?notice=decision_recorded`);
  const [asked] = await site.db`select kind, unit_id from decisions where letter_id = ${letter.id}`;
  expect(asked).toEqual({ kind: 'approve', unitId: other });
});

test('a rejection without a reason comes back and decides nothing', async () => {
  const letter = await site.letterIn('pending');
  const path = `/staff/letters/${letter.id}/rejection`;
  const response = await post(path, form({ reason: ' ' }), as(reviewer));
  const html = await response.text();
  expect(response.status).toBe(422);
  expect(html).toContain('<a href="#reason">دلیل رد را بنویسید</a>');
  expect(await decisionsOn(letter)).toBe(0);
});

test('a second decision is 409 and names the first', async () => {
  const letter = await site.letterIn('pending');
  const path = `/staff/letters/${letter.id}`;
  const first = await site.addMember('reviewer', { name: 'مریم رضایی' });
  await post(`${path}/rejection`, form({ reason: 'امضا ندارد' }), as(first));
  await site.applyDecision(letter.id);
  const response = await post(`${path}/approval`, form({}), as(reviewer));
  const html = await response.text();
  expect(response.status).toBe(409);
  expect(html).toContain('این نامه پیش‌تر تعیین‌تکلیف شده است');
  expect(html).toContain('مریم رضایی');
  expect(html).toContain('<time datetime=');
});

test('a form decides the round that its page shows, and no later one', async () => {
  const letter = await site.letterIn('corrected');
  const path = `/staff/letters/${letter.id}`;
  const before = await decisionsOn(letter);
  const html = await (await get(path, as(reviewer))).text();
  expect(html.match(/name="round" value="2"/g)).toHaveLength(3);
  const early = await post(`${path}/approval`, form({ round: '1' }), as(reviewer));
  expect(early.status).toBe(409);
  expect(await decisionsOn(letter)).toBe(before);
  const now = await post(`${path}/approval`, form({ round: '2' }), as(reviewer));
  expect(now.status).toBe(303);
});

test('while the engine is away a decision is said to be recorded and in progress', async () => {
  const { id } = await site.letterIn('pending');
  const response = await post(`/staff/letters/${id}/approval`, form({}), as(reviewer));
  const location = response.headers.get('location') ?? '';
  expect(location).toContain('notice=decision_recorded');
  const html = await (await get(location, as(reviewer))).text();
  expect(html).toContain('تصمیم شما ثبت شد و در حال پردازش است');
  expect(html).not.toContain('تایید</button>');
});

test('the unit posts a status, refers, replies with a file and closes', async () => {
  const letter = await site.letterIn('approved');
  const other = await site.addUnit();
  const clerk = as(await site.addMember('unit', { unitIds: [letter.unitId, other] }));
  const at = `/staff/letters/${letter.id}`;
  const page = await (await get(at, clerk)).text();
  for (const control of ['ثبت وضعیت', 'ارجاع', 'ثبت پاسخ', 'بستن نامه'])
    expect(page).toContain(`${control}</button>`);
  expect(page).toContain('<label for="replyText">متن پاسخ</label>');
  expect(page).toContain('<label for="replyFile">فایل پاسخ</label>');

  const act = async (path: string, fields: Record<string, string>): Promise<Response> => {
    const body = form({ actionKey: randomUUID(), ...fields });
    const response = await post(`${at}/${path}`, body, clerk);
    await site.applyActions(letter.id);
    return response;
  };
  expect((await act('notes', { note: '' })).status).toBe(422);
  expect((await act('notes', { note: 'در دست' })).status).toBe(303);
  const refer = { referUnit: other, referText: 'مربوط به شماست' };
  expect((await act('referrals', refer)).status).toBe(303);
  expect(await unitOf(letter)).toBe(other);
  const kept = await act('referrals', { referText: 'متن' });
  expect(kept.status).toBe(422);
  expect(await kept.text()).toContain('متن</textarea>');

  const reply = upload({ actionKey: randomUUID(), replyText: 'پاسخ\r\nخط دوم' });
  reply.set('replyFile', pdf('پاسخ.pdf'));
  expect((await post(`${at}/replies`, reply, clerk)).status).toBe(303);
  await site.applyActions(letter.id);
  const { replyList } = await readLetter(letter);
  expect(replyList).toMatchObject([{ text: 'پاسخ\nخط دوم', file: { name: 'پاسخ.pdf' } }]);

  const asked = await act('closing', {});
  expect([asked.status, asked.headers.get('location')]).toEqual([303, `${at}/closing`]);
  expect(await readLetter(letter)).toMatchObject({ step: 'answered' });
  expect(await (await get(`${at}/closing`, clerk)).text()).toContain('بستن نامه</button>');
  expect((await act('closing', { confirmed: '1' })).status).toBe(303);
  expect(await readLetter(letter)).toMatchObject({ step: 'closed' });
  expect((await act('closing', { confirmed: '1' })).status).toBe(409);
});

test('a letter without a reply is closed with a reason only, which the sender reads', async () => {
  const letter = await site.letterIn('approved');
  const { id, sender } = letter;
  const clerk = as(await clerkOf(letter));
  const at = `/staff/letters/${id}/closing`;
  for (const fields of [{}, { confirmed: '1' }, { closeReason: ' ' }]) {
    const refused = await post(at, form(fields), clerk);
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('دلیل بستن را بنویسید');
  }
  await site.applyActions(id);
  expect(await readLetter(letter)).toMatchObject({ step: 'with_unit' });
  const closeReason = 'به کمیسیون فرستاده شد';
  expect((await post(at, form({ closeReason }), clerk)).status).toBe(303);
  await site.applyActions(id);
  expect(await (await get(`/letters/${id}`, as(sender))).text()).toContain(closeReason);
});

test('a number is annulled after a confirmation, and every page of the letter says so', async () => {
  const letter = await site.letterIn('approved');
  const { id, sender } = letter;
  const page = `/staff/letters/${id}`;
  const at = `${page}/annulment`;
  const clerk = await clerkOf(letter);
  expect(await (await get(page, as(clerk))).text()).not.toContain('ابطال شماره');
  expect(await (await get(page, as(admin))).text()).toContain('ابطال شماره</button>');
  expect((await post(at, form({}), as(admin))).status).toBe(422);
  const texts = { annulReason: 'دوباره ثبت شده بود', annulInternal: 'اشتباه دبیرخانه' };
  const asked = await post(at, form(texts), as(admin));
  expect([asked.status, (await readLetter(letter)).annulledAt]).toEqual([200, null]);
  expect(await asked.text()).toContain('name="confirmed" value="1"');
  expect((await post(at, form({ ...texts, confirmed: '1' }), as(admin))).status).toBe(303);
  for (const [path, who] of [
    [`/letters/${id}`, sender],
    ['/letters', sender],
    [page, admin],
  ] as const) {
    const html = await (await get(path, as(who))).text();
    expect([path, html.includes('data-annulled')]).toEqual([path, true]);
    expect([path, html.includes('ابطال شده')]).toEqual([path, true]);
    expect([path, html.includes('badge--approved')]).toEqual([path, false]);
    expect([path, html.includes(texts.annulInternal)]).toEqual([path, path === page]);
  }
  // Other letters may be closed and stand.
  const queue = await (await get('/staff?filter=closed', as(clerk))).text();
  expect(queue).toContain('data-annulled');
  expect(queue).not.toContain('badge--approved');
  expect(queue).not.toContain(texts.annulInternal);
});

test('the language is switched for the visits that follow', async () => {
  const english = await get('/?lang=en');
  const html = await english.text();
  expect(html).toContain('<html lang="en" dir="ltr">');
  expect(html).toContain('Mobile number');
  expect(cookiesOf(english)[0]).toContain('lang=en');
  const later = await (await get('/', { cookie: 'lang=en' })).text();
  expect(later).toContain('Send code');
  expect(later).toContain('href="/?lang=fa"');
});

test('the outbox shows messages only where no gateway is configured', async () => {
  const mobile = newMobile();
  await askForCode(mobile);
  const [code] = await codesSentTo(mobile);
  // As the dispatcher does, which runs in no test site.
  await site.db`update messages set state = 'sent', sent_at = now()`;
  const json: unknown = await (await get(`/dev/outbox.json?mobile=${mobile}`)).json();
  expect(json).toMatchObject([{ to: mobile.replace('0', '+98'), kind: 'code' }]);
  expect(JSON.stringify(json)).toContain(code);
  expect((await get('/dev/outbox')).status).toBe(200);
  expect((await site.under({ devOutbox: false }).get('/dev/outbox')).status).toBe(404);
});

test('readiness is 503 only when no letter could be accepted', async () => {
  // The store may take its time on a busy machine.
  await until(async () => (await get('/health/ready')).status === 200);
  const ready = await get('/health/ready');
  expect(await ready.json()).toMatchObject({ status: 'ok', temporal: { ok: false } });
  const away = await site.beside({ DATABASE_URL: 'postgres://127.0.0.1:9/none' });
  expect((await away.get('/health/ready')).status).toBe(503);
  expect((await away.get('/health/live')).status).toBe(200);
  await away.stop();
});

test('a browser that keeps no cookies is told so before a code is sent, and nothing typed is lost', async () => {
  const { app, origin } = site;
  const mobile = newMobile();
  const { id: captchaId } = newCaptcha(site.deps);
  const ask = (cookie?: string) =>
    app.request(`${origin}/sign-in`, {
      method: 'POST',
      body: form({ mobile, captcha: REAL_CAPTCHA, captchaId }),
      headers: { origin, ...(cookie !== undefined && { cookie }) },
    });
  const refused = await ask();
  const html = await refused.text();
  expect([refused.status, (await codesSentTo(mobile)).length]).toEqual([422, 0]);
  expect(html).toContain('پیامکی فرستاده نشد');
  for (const kept of [`value="${mobile}"`, `value="${REAL_CAPTCHA}"`, `value="${captchaId}"`])
    expect(html).toContain(kept);
  const [visit = ''] = cookiesOf(refused);
  expect(visit).toMatch(/^visit=1;/);
  const sent = await ask(visit.split(';')[0]);
  expect([sent.status, (await codesSentTo(mobile)).length]).toEqual([303, 1]);
});

test('the code page names the number, and until a new code may be sent its button is off', async () => {
  const mobile = newMobile();
  const challenge = cookieOf(await askForCode(mobile), 'challenge');
  const early = await (await get('/sign-in/code', challenge)).text();
  const digits = [...mobile].map((digit) => '۰۱۲۳۴۵۶۷۸۹'[Number(digit)]).join('');
  expect(early).toContain(`<bdi dir="ltr" class="number">${digits}</bdi>`);
  expect(early).toContain('<a href="/?number=kept">ویرایش شماره</a>');
  expect(early).toMatch(/<button[^>]* disabled[^>]*aria-describedby="resend-wait"/);
  expect(early).toMatch(/>رسیدن پیامک گاهی کمی طول می‌کشد. [۰-۹]+ ثانیه‌ی دیگر/);
  expect(early).toContain('data-reload');
  const english = await (await get('/sign-in/code?lang=en', challenge)).text();
  expect(english).toContain(`<bdi dir="ltr" class="number">${mobile}</bdi>. It is good for`);
  const unlimited = await site.beside({ RATE_LIMITS: 'off' });
  const late = await (await unlimited.get('/sign-in/code', challenge)).text();
  expect(late).not.toContain(' disabled');
  expect(late).not.toContain('data-reload');
  await unlimited.stop();
});

test('who came while very many codes were asked for reads that theirs may not come', async () => {
  const crowded = await site.beside({ LIMITS: 'codesPerPrefix=1' });
  await askForCode('09121110001', crowded);
  const asked = await askForCode('09121110002', crowded);
  const location = asked.headers.get('location') ?? '';
  const html = await (await crowded.get(location, cookieOf(asked, 'challenge'))).text();
  expect(html).toContain('شاید پیامک شما فرستاده نشده باشد');
  expect(html).not.toContain('پیامک شد و');
  await crowded.stop();
});

test('a sign-in leaves a mark of the browser, and codes that others asked for are told', async () => {
  const mobile = newMobile();
  const challenge = cookieOf(await askForCode(mobile), 'challenge');
  const [code = ''] = await codesSentTo(mobile);
  const signedIn = await post('/sign-in/code', form({ code }), challenge);
  expect(cookiesOf(signedIn).some((cookie) => /^known=[^;]{20,};/.test(cookie))).toBe(true);
  const session = cookieOf(signedIn, 'sid');
  for (const path of ['/letters', '/account'])
    expect(await (await get(path, session)).text()).not.toContain('کد ورود درخواست شد');
  await site.db`
    update sessions set foreign_codes = 7, foreign_codes_from = '2026-11-22T06:30:00Z',
      foreign_codes_to = '2026-11-22T08:30:00Z'
    where id = (select id from sessions order by created_at desc limit 1)`;
  for (const path of ['/letters', '/account'])
    expect(await (await get(path, session)).text()).toMatch(
      /از .*۱۰:۰۰ تا .*۱۲:۰۰ برای شماره‌ی شما ۷ کد ورود درخواست شد/,
    );
});
