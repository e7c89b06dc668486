import { expect, test } from 'vitest';
import { formatTrackingCode, makeTrackingCode } from '../src/domain/tracking-code.ts';
import {
  APPLICANT_SESSION,
  GOOD_CAPTCHA,
  GOOD_CODE,
  GOOD_PASSWORD,
} from '../src/testing/fake-desk.ts';
import { ADMIN, APPLICANT, createTestSite, REVIEWER, UNIT_CLERK } from '../src/testing/web.ts';

const form = (fields: Record<string, string>): URLSearchParams => new URLSearchParams(fields);

const upload = (fields: Record<string, string>, file?: File): FormData => {
  const data = new FormData();
  if (file) data.set('file', file);
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
};

const pdf = (name = 'نامه.pdf'): File => new File(['%PDF-1.7 letter'], name);

const cookiesOf = (response: Response): string[] => response.headers.getSetCookie();

test('the first page asks for the mobile number and the displayed code', async () => {
  const { get } = createTestSite();
  const html = await (await get('/')).text();
  expect(html).toContain('<html lang="fa" dir="rtl">');
  expect(html).toContain('<label for="mobile">شماره تلفن همراه</label>');
  expect(html).toContain('<label for="captcha">کد امنیتی</label>');
  expect(html).toContain('ارسال کد</button>');
  expect(html).toMatch(/src="\/captcha\/[^"]+\.png"/);
  expect(html).toContain('autocomplete="tel"');
});

test('a wrong number gives the page back with what was typed and says why', async () => {
  const { post } = createTestSite();
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
  const { get, post } = createTestSite();
  const asked = await post(
    '/sign-in',
    form({ mobile: '09123456789', captcha: GOOD_CAPTCHA, captchaId: 'x' }),
  );
  expect(asked.status).toBe(303);
  expect(asked.headers.get('location')).toBe('/sign-in/code');
  expect(cookiesOf(asked)[0]).toMatch(/^challenge=[^;]+;.*HttpOnly; SameSite=Lax/);

  const challenge = { cookie: 'challenge=challenge-token' };
  const codePage = await (await get('/sign-in/code', challenge)).text();
  expect(codePage).toContain('<label for="code">کد تایید</label>');
  expect(codePage).toContain('autocomplete="one-time-code"');

  const wrong = await post('/sign-in/code', form({ code: '1' }), challenge);
  expect(wrong.status).toBe(422);

  const right = await post('/sign-in/code', form({ code: GOOD_CODE }), challenge);
  expect(right.status).toBe(303);
  expect(right.headers.get('location')).toBe('/letters');
  expect(cookiesOf(right).some((cookie) => cookie.startsWith('sid='))).toBe(true);
});

test('a new picture keeps the typed number without a script', async () => {
  const { post } = createTestSite();
  const html = await (await post('/sign-in/picture', form({ mobile: '09123456789' }))).text();
  expect(html).toContain('value="09123456789"');
});

test('asking for a code too early says how long to wait', async () => {
  const { post } = createTestSite();
  const response = await post('/sign-in/code/resend', form({}), {
    cookie: 'challenge=challenge-token',
  });
  expect(response.status).toBe(429);
  expect(response.headers.get('retry-after')).toBe('42');
  expect(await response.text()).toContain('۴۲ ثانیه‌ی دیگر');
});

test('cookies of an https desk carry the host prefix and are secure', async () => {
  const { post } = createTestSite({ publicOrigin: 'https://desk.test' });
  const response = await post(
    '/sign-in',
    form({ mobile: '09123456789', captcha: GOOD_CAPTCHA, captchaId: 'x' }),
  );
  expect(cookiesOf(response)[0]).toMatch(/^__Host-challenge=.*Path=\/; HttpOnly; Secure/);
});

test('without a session every page of the applicant leads to the sign-in', async () => {
  const { get, fake } = createTestSite();
  const { id } = fake.addLetter();
  for (const path of ['/letters', '/letters/new', `/letters/${id}`, `/letters/${id}/file`]) {
    const response = await get(path);
    expect(response.status).toBe(303);
    expect(response.headers.get('location')).toBe('/?notice=sign_in_first');
  }
});

test('the first visit has two parts: a new letter and the follow-up by tracking code', async () => {
  const { get } = createTestSite();
  const html = await (await get('/letters', APPLICANT)).text();
  expect(html).toContain('به پیشخوان خوش آمدید');
  expect(html).toContain('ثبت نامه جدید</button>');
  expect(html).toContain('<label for="code">کد پیگیری</label>');
  expect(html).toContain('جستجو</button>');
  const button = await get('/letters/new?', APPLICANT);
  expect(button.headers.get('location')).toBe('/letters/new');
});

test('each letter in the list tells its state by word and by data-state', async () => {
  const { get, fake } = createTestSite();
  fake.addLetter();
  fake.addLetter({ status: 'rejected', rejectionReason: 'امضا ندارد' });
  fake.addLetter({
    status: 'approved',
    step: 'with_unit',
    letterNumber: '1405/7',
    trackingCode: '7K3M9QRT2XAB',
    registeredAt: new Date(),
    registeredOn: '1405/09/01',
  });
  const html = await (await get('/letters', APPLICANT)).text();
  expect(html).toMatch(/<article[^>]*data-state="pending"/);
  expect(html).toMatch(/<article[^>]*data-state="rejected"/);
  expect(html).toMatch(/<article[^>]*data-state="approved" data-step="with_unit"/);
  expect(html).toContain('در حال بررسی</span>');
  expect(html).toContain('رد شده</span>');
  expect(html).toContain('تایید شده</span>');
  expect(html).toContain('امضا ندارد');
  expect(html).toContain('<data value="1405/7"><bdi dir="ltr">۱۴۰۵/۷</bdi></data>');
  expect(html).toContain('7K3M-9QRT-2XAB');
  expect(html).toContain('۱۴۰۵/۰۹/۰۱');
  expect(html.match(/گرفتن آخرین وضعیت<\/button>/g)).toHaveLength(3);
});

test('a search sends the code in its body, and leads to the letter that it names', async () => {
  const { get, post, fake } = createTestSite();
  const wanted = fake.addLetter({ subject: 'پرونده‌ی یافته' });
  const trackingCode = makeTrackingCode(Buffer.alloc(16, 7));
  Object.assign(wanted, { status: 'approved', trackingCode });
  fake.addLetter({ subject: 'نامه‌ی دیگر' });
  const list = await (await get('/letters', APPLICANT)).text();
  expect(list).toContain('<form method="post" action="/letters" class="search"');
  const typed = ` ${trackingCode.slice(0, 5).toLowerCase()} ${trackingCode.slice(5)}`;
  const form = new URLSearchParams({ code: typed });
  const found = await post('/letters', form, APPLICANT);
  expect(found.status).toBe(303);
  const to = found.headers.get('location') ?? '';
  expect(to).toBe(`/letters?found=${wanted.id}`);
  const shown = await (await get(to, APPLICANT)).text();
  expect(shown).toContain('پرونده‌ی یافته');
  expect(shown).not.toContain('نامه‌ی دیگر');
  expect(shown).toContain(`value="${formatTrackingCode(trackingCode)}"`);
  const nobodys = await (await get(`/letters?found=${crypto.randomUUID()}`, APPLICANT)).text();
  expect(nobodys).toContain('نامه‌ی دیگر');
});

test('a search that finds nothing keeps what was typed, and one for nothing asks for the code at its field', async () => {
  const { post } = createTestSite();
  const search = async (code: string): Promise<[number, string]> => {
    const response = await post('/letters', new URLSearchParams({ code }), APPLICANT);
    return [response.status, await response.text()];
  };
  const [status, html] = await search('7K3M-9QRT-2XAC');
  expect(status).toBe(200);
  expect(html.match(/نامه‌ای با این کد پیدا نشد/g)).toHaveLength(1);
  expect(html).toContain('value="7K3M-9QRT-2XAC"');
  const [empty, asked] = await search(' ');
  expect(empty).toBe(422);
  expect(asked).toContain('<a href="#code">کد پیگیری را بنویسید</a>');
  expect(asked).toContain('id="code-problem"');
});

test('an unknown tracking code is told apart from an empty desk', async () => {
  const { get } = createTestSite();
  const response = await get('/letters?code=7K3M-9QRT-2XAB', APPLICANT);
  const html = await response.text();
  expect(response.status).toBe(200);
  expect(html).toContain('نامه‌ای با این کد پیدا نشد');
  expect(html).toContain('value="7K3M-9QRT-2XAB"');
});

test('a letter is submitted, and the same form again leads to the same letter', async () => {
  const { post, get, fake } = createTestSite();
  const fields = {
    submissionKey: crypto.randomUUID(),
    senderName: ' سارا  احمدی ',
    unit: fake.units[1]?.id ?? '',
    subject: 'درخواست',
  };
  const first = await post('/letters/new', upload(fields, pdf()), APPLICANT);
  expect(first.status).toBe(303);
  const [letter] = fake.letters;
  expect(first.headers.get('location')).toBe(`/letters/${letter?.id}?notice=submitted`);
  expect(letter?.senderName).toBe('سارا احمدی');
  expect(letter?.file.name).toBe('نامه.pdf');

  const again = await post('/letters/new', upload(fields, pdf()), APPLICANT);
  expect(again.headers.get('location')).toBe(first.headers.get('location'));
  expect(fake.letters).toHaveLength(1);

  const page = await (await get(first.headers.get('location') ?? '', APPLICANT)).text();
  expect(page).toContain('درخواست شما ثبت شد');
  expect(page).toContain('data-state="pending"');
});

test('a form with mistakes comes back with what was typed, and its good file is kept', async () => {
  const { post, fake } = createTestSite();
  const fields = { senderName: '<b>علی</b>', unit: '', subject: 'ن'.repeat(201) };
  const response = await post('/letters/new', upload(fields, pdf()), APPLICANT);
  const html = await response.text();
  expect(response.status).toBe(422);
  expect(html).toContain('value="&lt;b&gt;علی&lt;/b&gt;"');
  expect(html).toContain(`value="${'ن'.repeat(201)}"`);
  expect(html).toContain('موضوع نامه باید حداکثر ۲۰۰ نویسه باشد');
  expect(html).toContain('<a href="#unit">');
  expect(html).toContain('این فایل نگه داشته شده است');
  expect(html).not.toContain('href="#file"');
  expect(fake.discarded).toHaveLength(0);
  expect(fake.letters).toHaveLength(0);
});

test('an empty form names every field in the order of the page', async () => {
  const { post } = createTestSite();
  const empty = new File([], '');
  const html = await (await post('/letters/new', upload({}, empty), APPLICANT)).text();
  const linked = [...html.matchAll(/<li><a href="#(\w+)">/g)].map(([, id]) => id);
  expect(linked).toEqual(['senderName', 'unit', 'subject', 'file']);
  expect(html).toContain('فایل را انتخاب کنید');
});

test('a file that is too big is 413, one of a wrong kind is 422', async () => {
  const { post, fake } = createTestSite();
  const fields = { senderName: 'علی', unit: fake.units[0]?.id ?? '', subject: 'نامه' };
  const big = new File([new Uint8Array(1024 * 1024 + 1)], 'big.pdf');
  const tooBig = await post('/letters/new', upload(fields, big), APPLICANT);
  expect(tooBig.status).toBe(413);
  const html = await tooBig.text();
  expect(html).toContain('حجم فایل باید کمتر از ۱ مگابایت باشد');
  expect(html).toContain('value="نامه"');
  const wrong = await post('/letters/new', upload(fields, pdf('page.html')), APPLICANT);
  expect(wrong.status).toBe(422);
  expect(await wrong.text()).toContain('value="نامه"');
  expect(fake.letters).toHaveLength(0);
  expect(fake.files.size).toBe(0);
});

test('a unit that was retired meanwhile is a problem of its field', async () => {
  const { post, fake } = createTestSite();
  const fields = { senderName: 'علی', unit: crypto.randomUUID(), subject: 'نامه' };
  const response = await post('/letters/new', upload(fields, pdf()), APPLICANT);
  expect(response.status).toBe(422);
  const html = await response.text();
  expect(html).toContain('این واحد دیگر نامه نمی‌پذیرد');
  expect(html).toContain('این فایل نگه داشته شده است');
  expect(fake.discarded).toHaveLength(0);
});

test('while the database is away the page says that nothing was received', async () => {
  const { post, fake } = createTestSite();
  fake.databaseAway = true;
  const response = await post('/letters/new', upload({}, pdf()), APPLICANT);
  expect(response.status).toBe(503);
  expect(response.headers.get('retry-after')).toBe('30');
  expect(await response.text()).toContain('درخواست شما به ما نرسید');
});

test('the latest status says whether the workflow or the record told it', async () => {
  const { get, fake } = createTestSite();
  const { id } = fake.addLetter();
  const asked = await (await get(`/letters/${id}?latest=1`, APPLICANT)).text();
  expect(asked).toContain('data-source="workflow"');
  expect(asked).toContain('گردش‌کار در حال اجرای نامه');
  fake.engineAway = true;
  const fallback = await (await get(`/letters/${id}?latest=1`, APPLICANT)).text();
  expect(fallback).toContain('data-source="record"');
});

test('a reply shows its text and its file', async () => {
  const { get, fake } = createTestSite();
  const file = { name: 'پاسخ.pdf', type: 'pdf' as const, bytes: 10, sha256: 'a'.repeat(64) };
  const { id } = fake.addLetter({
    status: 'approved',
    step: 'answered',
    replyList: [{ number: 1, text: 'بررسی شد.', at: new Date(), unit: 'امور مالی', file }],
  });
  const html = await (await get(`/letters/${id}`, APPLICANT)).text();
  expect(html).toContain('بررسی شد.');
  expect(html).toContain(`/letters/${id}/replies/1/file`);
  expect((await get(`/letters/${id}/replies/1/file`, APPLICANT)).status).toBe(200);
  expect((await get(`/letters/${id}/replies/2/file`, APPLICANT)).status).toBe(404);
});

test('staff sign in, with a second step where the account has one', async () => {
  const { get, post } = createTestSite();
  const html = await (await get('/staff')).text();
  expect(html).toContain('<label for="username">نام کاربری</label>');
  expect(html).toContain('<label for="password">گذرواژه</label>');
  expect(html).toContain('ورود</button>');

  const wrong = await post('/staff/sign-in', form({ username: 'maryam', password: 'no' }));
  expect(wrong.status).toBe(422);
  const wrongPage = await wrong.text();
  expect(wrongPage).toContain('value="maryam"');
  expect(wrongPage).not.toContain('value="no"');

  const right = await post('/staff/sign-in', form({ username: 'maryam', password: GOOD_PASSWORD }));
  expect(right.status).toBe(303);
  expect(cookiesOf(right).some((cookie) => cookie.startsWith('staff_sid=staff-maryam'))).toBe(true);

  const half = await post('/staff/sign-in', form({ username: 'totp', password: GOOD_PASSWORD }));
  expect(half.headers.get('location')).toBe('/staff/second-factor');
  expect(cookiesOf(half).some((cookie) => cookie.startsWith('staff_sid='))).toBe(false);
  const pending = { cookie: 'staff_pending=pending-token' };
  const page = await (await get('/staff/second-factor', pending)).text();
  expect(page).toContain('<label for="code">کد یک‌بار مصرف</label>');
  const second = await post('/staff/second-factor', form({ code: GOOD_CODE }), pending);
  expect(second.headers.get('location')).toBe('/staff');
});

test('a session of the applicant opens nothing of the staff', async () => {
  const { get, post, fake } = createTestSite();
  const { id } = fake.addLetter();
  expect((await get(`/staff/letters/${id}`, APPLICANT)).status).toBe(303);
  expect((await post(`/staff/letters/${id}/approval`, form({}), APPLICANT)).status).toBe(303);
  expect(fake.letters[0]?.status).toBe('pending');
});

test('the queue shows the oldest letter first, and its tabs how many there are', async () => {
  const { get, fake } = createTestSite();
  fake.addLetter({ subject: 'نامه‌ی کهنه' });
  fake.addLetter({ subject: 'نامه‌ی تازه' });
  const html = await (await get('/staff', REVIEWER)).text();
  expect(html.indexOf('نامه‌ی کهنه')).toBeLessThan(html.indexOf('نامه‌ی تازه'));
  expect(html).toContain('در انتظار بررسی <span class="count">۲</span>');
  expect(html).toContain('scope="col"');
  const unit = await (await get('/staff', UNIT_CLERK)).text();
  expect(unit).not.toContain('در انتظار بررسی');
});

test('a reviewer approves with the unit that the sender chose, already picked', async () => {
  const { get, post, fake } = createTestSite();
  const unitId = fake.units[2]?.id ?? '';
  const { id } = fake.addLetter({ unitId });
  const html = await (await get(`/staff/letters/${id}`, REVIEWER)).text();
  expect(html).toContain('<label for="unit">مخاطب گیرنده نامه</label>');
  expect(html).toContain(`<option value="${unitId}" selected="">`);
  const response = await post(
    `/staff/letters/${id}/approval`,
    form({ unit: fake.units[0]?.id ?? '' }),
    REVIEWER,
  );
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toBe(`/staff/letters/${id}?notice=decision_applied`);
  expect(fake.letters[0]).toMatchObject({ status: 'approved', unitId: fake.units[0]?.id });
});

test('a rejection without a reason comes back and decides nothing', async () => {
  const { post, fake } = createTestSite();
  const { id } = fake.addLetter();
  const response = await post(`/staff/letters/${id}/rejection`, form({ reason: ' ' }), REVIEWER);
  const html = await response.text();
  expect(response.status).toBe(422);
  expect(html).toContain('<a href="#reason">دلیل رد را بنویسید</a>');
  expect(fake.letters[0]?.status).toBe('pending');
});

test('a second decision is 409 and names the first', async () => {
  const { post, fake } = createTestSite();
  const { id } = fake.addLetter();
  await post(`/staff/letters/${id}/rejection`, form({ reason: 'امضا ندارد' }), REVIEWER);
  const response = await post(`/staff/letters/${id}/approval`, form({}), REVIEWER);
  const html = await response.text();
  expect(response.status).toBe(409);
  expect(html).toContain('این نامه پیش‌تر تعیین‌تکلیف شده است');
  expect(html).toContain('مریم رضایی');
  expect(html).toContain('<time datetime=');
});

test('a form decides the round that its page shows, and no later one', async () => {
  const { get, post, fake } = createTestSite();
  const { id } = fake.addLetter({ round: 2 });
  const html = await (await get(`/staff/letters/${id}`, REVIEWER)).text();
  expect(html.match(/name="round" value="2"/g)).toHaveLength(3);
  const early = await post(`/staff/letters/${id}/approval`, form({ round: '1' }), REVIEWER);
  expect(early.status).toBe(409);
  expect(fake.letters[0]?.status).toBe('pending');
  const now = await post(`/staff/letters/${id}/approval`, form({ round: '2' }), REVIEWER);
  expect(now.status).toBe(303);
});

test('while the engine is away a decision is said to be recorded and in progress', async () => {
  const { get, post, fake } = createTestSite();
  fake.engineAway = true;
  const { id } = fake.addLetter();
  const response = await post(`/staff/letters/${id}/approval`, form({}), REVIEWER);
  const location = response.headers.get('location') ?? '';
  expect(location).toContain('notice=decision_recorded');
  const html = await (await get(location, REVIEWER)).text();
  expect(html).toContain('تصمیم شما ثبت شد و در حال پردازش است');
  expect(html).not.toContain('تایید</button>');
});

test('the unit posts a status, refers, replies with a file and closes', async () => {
  const { get, post, fake } = createTestSite();
  const { id } = fake.addLetter({ status: 'approved', step: 'with_unit' });
  const page = await (await get(`/staff/letters/${id}`, UNIT_CLERK)).text();
  for (const control of ['ثبت وضعیت', 'ارجاع', 'ثبت پاسخ', 'بستن نامه'])
    expect(page).toContain(`${control}</button>`);
  expect(page).toContain('<label for="replyText">متن پاسخ</label>');
  expect(page).toContain('<label for="replyFile">فایل پاسخ</label>');

  const at = `/staff/letters/${id}`;
  expect((await post(`${at}/notes`, form({ note: '' }), UNIT_CLERK)).status).toBe(422);
  expect((await post(`${at}/notes`, form({ note: 'در دست' }), UNIT_CLERK)).status).toBe(303);
  const refer = { referUnit: fake.units[1]?.id ?? '', referText: 'مربوط به شماست' };
  expect((await post(`${at}/referrals`, form(refer), UNIT_CLERK)).status).toBe(303);
  const kept = await post(`${at}/referrals`, form({ referText: 'متن' }), UNIT_CLERK);
  expect(kept.status).toBe(422);
  expect(await kept.text()).toContain('متن</textarea>');

  const reply = new FormData();
  reply.set('replyText', 'پاسخ\r\nخط دوم');
  reply.set('replyFile', pdf('پاسخ.pdf'));
  expect((await post(`${at}/replies`, reply, UNIT_CLERK)).status).toBe(303);
  expect(fake.letters[0]?.replyList[0]).toMatchObject({ text: 'پاسخ\nخط دوم' });
  expect(fake.letters[0]?.replyList[0]?.file?.name).toBe('پاسخ.pdf');

  const asked = await post(`${at}/closing`, form({}), UNIT_CLERK);
  expect([asked.status, asked.headers.get('location')]).toEqual([303, `${at}/closing`]);
  expect(fake.letters[0]?.step).toBe('answered');
  expect(await (await get(`${at}/closing`, UNIT_CLERK)).text()).toContain('بستن نامه</button>');
  const confirmed = form({ confirmed: '1' });
  expect((await post(`${at}/closing`, confirmed, UNIT_CLERK)).status).toBe(303);
  expect(fake.letters[0]?.step).toBe('closed');
  expect((await post(`${at}/closing`, confirmed, UNIT_CLERK)).status).toBe(409);
});

test('a letter without a reply is closed with a reason only, which the sender reads', async () => {
  const { get, post, fake } = createTestSite();
  const { id } = fake.addLetter({ status: 'approved', step: 'with_unit' });
  const at = `/staff/letters/${id}/closing`;
  for (const fields of [{}, { confirmed: '1' }, { closeReason: ' ' }]) {
    const refused = await post(at, form(fields), UNIT_CLERK);
    expect(refused.status).toBe(422);
    expect(await refused.text()).toContain('دلیل بستن را بنویسید');
  }
  expect(fake.letters[0]?.step).toBe('with_unit');
  const closeReason = 'به کمیسیون فرستاده شد';
  expect((await post(at, form({ closeReason }), UNIT_CLERK)).status).toBe(303);
  expect(await (await get(`/letters/${id}`, APPLICANT)).text()).toContain(closeReason);
});

test('a number is annulled after a confirmation, and every page of the letter says so', async () => {
  const { get, post, fake } = createTestSite();
  const { id } = fake.addLetter({
    status: 'approved',
    step: 'with_unit',
    letterNumber: '1405/5',
    trackingCode: '7K3M9QRT2XAB',
    registeredAt: new Date(),
    registeredOn: '1405/09/01',
  });
  const at = `/staff/letters/${id}/annulment`;
  expect(await (await get(`/staff/letters/${id}`, UNIT_CLERK)).text()).not.toContain('ابطال شماره');
  expect(await (await get(`/staff/letters/${id}`, ADMIN)).text()).toContain('ابطال شماره</button>');
  expect((await post(at, form({}), ADMIN)).status).toBe(422);
  const texts = { annulReason: 'دوباره ثبت شده بود', annulInternal: 'اشتباه دبیرخانه' };
  const asked = await post(at, form(texts), ADMIN);
  expect([asked.status, fake.letters[0]?.annulledAt]).toEqual([200, null]);
  expect(await asked.text()).toContain('name="confirmed" value="1"');
  expect((await post(at, form({ ...texts, confirmed: '1' }), ADMIN)).status).toBe(303);
  for (const [path, who] of [
    [`/letters/${id}`, APPLICANT],
    ['/letters', APPLICANT],
    [`/staff/letters/${id}`, ADMIN],
    ['/staff?filter=closed', ADMIN],
  ] as const) {
    const html = await (await get(path, who)).text();
    expect([path, html.includes('data-annulled')]).toEqual([path, true]);
    expect([path, html.includes('ابطال شده')]).toEqual([path, true]);
    expect([path, html.includes('badge--approved')]).toEqual([path, false]);
    expect([path, html.includes(texts.annulInternal)]).toEqual([
      path,
      path.endsWith(`staff/letters/${id}`),
    ]);
  }
});

test('the language is switched for the visits that follow', async () => {
  const { get } = createTestSite();
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
  const { get, fake } = createTestSite();
  fake.outbox.push({ id: '1', to: '+989123456789', kind: 'code', text: 'کد', sentAt: new Date(0) });
  const json: unknown = await (await get('/dev/outbox.json?mobile=09123456789')).json();
  expect(json).toEqual([
    { id: '1', to: '+989123456789', kind: 'code', text: 'کد', sentAt: '1970-01-01T00:00:00.000Z' },
  ]);
  expect((await get('/dev/outbox')).status).toBe(200);
  expect((await createTestSite({ devOutbox: false }).get('/dev/outbox')).status).toBe(404);
});

test('readiness is 503 only when no letter could be accepted', async () => {
  const { get, fake } = createTestSite();
  fake.engineAway = true;
  const away = await get('/health/ready');
  expect(away.status).toBe(200);
  expect(await away.json()).toMatchObject({ status: 'ok', temporal: { ok: false } });
  fake.databaseAway = true;
  expect((await get('/health/ready')).status).toBe(503);
  expect((await get('/health/live')).status).toBe(200);
});

test('a browser that keeps no cookies is told so before a code is sent, and nothing typed is lost', async () => {
  const { app, origin, fake } = createTestSite();
  let started = 0;
  const before = { ...fake.desk };
  const ask = (cookie?: string) =>
    app.request(`${origin}/sign-in`, {
      method: 'POST',
      body: form({ mobile: '09123456789', captcha: GOOD_CAPTCHA, captchaId: 'captcha.x' }),
      headers: { origin, ...(cookie !== undefined && { cookie }) },
    });
  fake.desk.startSignIn = (input) => {
    started += 1;
    return before.startSignIn(input);
  };
  const refused = await ask();
  const html = await refused.text();
  expect([refused.status, started]).toEqual([422, 0]);
  expect(html).toContain('پیامکی فرستاده نشد');
  for (const kept of ['value="09123456789"', `value="${GOOD_CAPTCHA}"`, 'value="captcha.x"'])
    expect(html).toContain(kept);
  const [visit = ''] = cookiesOf(refused);
  expect(visit).toMatch(/^visit=1;/);
  const sent = await ask(visit.split(';')[0]);
  expect([sent.status, started]).toEqual([303, 1]);
});

test('the code page names the number, and until a new code may be sent its button is off', async () => {
  const { get, fake } = createTestSite();
  const challenge = { cookie: 'challenge=challenge-token' };
  const early = await (await get('/sign-in/code', challenge)).text();
  expect(early).toContain('<bdi dir="ltr" class="number">۰۹۱۲۳۴۵۶۷۸۹</bdi>');
  expect(early).toContain('<a href="/?number=kept">ویرایش شماره</a>');
  expect(early).toMatch(/<button[^>]* disabled[^>]*aria-describedby="resend-wait"/);
  expect(early).toContain('>رسیدن پیامک گاهی کمی طول می‌کشد. ۴۲ ثانیه‌ی دیگر');
  expect(early).toContain('data-reload');
  const english = await (await get('/sign-in/code?lang=en', challenge)).text();
  expect(english).toContain('<bdi dir="ltr" class="number">09123456789</bdi>. It is good for');
  fake.desk.findSignIn = () => Promise.resolve({ mobile: '09123456789', resendSeconds: 0 });
  const late = await (await get('/sign-in/code', challenge)).text();
  expect(late).not.toContain(' disabled');
  expect(late).not.toContain('data-reload');
});

test('who came while very many codes were asked for reads that theirs may not come', async () => {
  const { get, post, fake } = createTestSite();
  fake.desk.startSignIn = () =>
    Promise.resolve({ outcome: 'sent', challengeToken: 'challenge-token', crowded: true });
  const asked = await post('/sign-in', form({ mobile: '09123456789' }));
  const location = asked.headers.get('location') ?? '';
  const html = await (await get(location, { cookie: 'challenge=challenge-token' })).text();
  expect(html).toContain('شاید پیامک شما فرستاده نشده باشد');
  expect(html).not.toContain('پیامک شد و');
});

test('a sign-in leaves a mark of the browser, and codes that others asked for are told', async () => {
  const { get, post, fake } = createTestSite();
  const signedIn = await post('/sign-in/code', form({ code: GOOD_CODE }), {
    cookie: 'challenge=challenge-token',
  });
  expect(cookiesOf(signedIn).some((cookie) => cookie.startsWith('known=browser-token;'))).toBe(
    true,
  );
  const applicant = await fake.desk.findApplicant(APPLICANT_SESSION);
  if (!applicant) throw new Error('nobody is signed in');
  const at = (time: string) => new Date(`2026-11-22T${time}:00Z`);
  const foreignCodes = { count: 7, from: at('06:30'), to: at('08:30') };
  for (const path of ['/letters', '/account'])
    expect(await (await get(path, APPLICANT)).text()).not.toContain('کد ورود درخواست شد');
  fake.desk.findApplicant = () => Promise.resolve({ ...applicant, foreignCodes });
  for (const path of ['/letters', '/account'])
    expect(await (await get(path, APPLICANT)).text()).toMatch(
      /از .*۱۰:۰۰ تا .*۱۲:۰۰ برای شماره‌ی شما ۷ کد ورود درخواست شد/,
    );
});
