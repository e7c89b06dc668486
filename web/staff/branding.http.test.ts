/** How the organisation shows itself, everywhere, after an administrator has changed it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sharp } from '../../src/platform/base/sharp.ts';
import { writeSms } from '../../src/platform/messages/write-sms.ts';
import { readPdf } from '../../src/testing/read-pdf.ts';
import type { SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';

const HOME = '/staff/admin/branding';
let site: TestSite;
let people: Record<'admin' | 'auditor' | 'reviewer', SiteMember>;
beforeAll(async () => {
  site = await openTestSite();
  people = {
    admin: await site.addMember('admin'),
    auditor: await site.addMember('auditor'),
    reviewer: await site.addMember('reviewer'),
  };
  await site.db`update sessions set proven_at = now()`;
});
afterAll(() => site?.stop());

type Who = keyof typeof people;
const as = (who: Who) => ({ cookie: `${people[who].cookie}; lang=en` });
const read = async (who: Who = 'admin'): Promise<string> => (await site.get(HOME, as(who))).text();
const versionNow = async (): Promise<string> =>
  /name="version" value="(\d+)"/.exec(await read())?.[1] ?? 'none';
const problemsIn = (html: string): string[] =>
  [...html.matchAll(/id="(\w+)-problem"/g)].map(([, id = '']) => id);
const to = ({ status, headers }: Response): string =>
  `${status} ${headers.get('location') ?? ''}`.trim();

const TYPED = {
  name: 'شهرداری نمونه',
  nameEn: 'Sample Municipality',
  colour: '#7a1f3d',
  helpPhone: '۰۲۱-۵۵۵۵۰۱۰۰',
  helpHours: 'شنبه تا چهارشنبه',
  helpHoursEn: '',
  address: 'خیابان نمونه',
  addressEn: '1 Sample Street',
  logoText: 'شیر نشسته',
  logoTextEn: 'A sitting lion',
};

const send = (fields: Partial<typeof TYPED> & { version: string; act?: string }, path = '') =>
  site.post(`${HOME}${path}`, new URLSearchParams({ ...TYPED, ...fields }), as('admin'));

const pngOf = async (width: number, height = width): Promise<Uint8Array<ArrayBuffer>> => {
  const plain = { width, height, channels: 4 as const, background: '#a01040' };
  return new Uint8Array(await sharp({ create: plain }).png().toBuffer());
};

const upload = async (
  bytes: Uint8Array<ArrayBuffer>,
  name = 'logo.png',
  visits: Pick<TestSite, 'post'> = site,
) => {
  const body = new FormData();
  body.set('version', await versionNow());
  body.set('logo', new File([bytes], name));
  return visits.post(`${HOME}/logo`, body, as('admin'));
};

test('a change is previewed and saved, and pages and SMS have it at once', async () => {
  const version = await versionNow();
  const shown = await send({ version, act: 'preview' });
  const html = await shown.text();
  expect([shown.status, html.includes('Sample Municipality'), html.includes('#7a1f3d')]).toEqual([
    200,
    true,
    true,
  ]);
  expect(await (await site.get('/')).text()).not.toContain(TYPED.name);

  expect(to(await send({ version }))).toBe(`303 ${HOME}?notice=organisation_changed`);
  const page = await (await site.get('/')).text();
  expect(page).toContain(`<bdi class="brand__org">${TYPED.name}</bdi>`);
  expect(page).toContain('href="tel:02155550100"');
  expect(page).toContain('<meta name="theme-color" content="#7a1f3d"/>');
  const [, style = ''] = /<link rel="stylesheet" href="([^"]+)"/.exec(page) ?? [];
  expect(await (await site.get(style)).text()).toContain('--brand: #7a1f3d');
  const english = await (await site.get('/', { cookie: 'lang=en' })).text();
  expect(english).toContain('<bdi class="brand__org">Sample Municipality</bdi>');
  expect(await writeSms(site.deps, site.db, 'code', { code: '123456' })).toMatch(
    /^شهرداری نمونه\n/,
  );
  // Somebody else saved in between.
  expect((await send({ version })).status).toBe(409);
});

test('the other process shows it soon, and has the files that pages of this one name', async () => {
  const other = await site.beside({});
  try {
    expect(await (await other.get('/')).text()).toContain(TYPED.name);
    expect((await send({ version: await versionNow(), colour: '#224466' })).status).toBe(303);
    const page = await (await site.get('/')).text();
    const [, style = ''] = /<link rel="stylesheet" href="([^"]+)"/.exec(page) ?? [];
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const answer = await other.get(style);
    expect([answer.status, (await answer.text()).includes('--brand: #224466')]).toEqual([
      200,
      true,
    ]);
    expect(await (await other.get('/')).text()).toContain('content="#224466"');
  } finally {
    await other.stop();
  }
});

test('a change is recorded with the fields that changed alone', async () => {
  await send({ version: await versionNow(), helpHours: 'هر روز', colour: '#224466' });
  const [entry] = await site.db<{ details: Record<string, string> }[]>`
    select details from audit_entries where action = 'organisation_changed'
    order by id desc limit 1`;
  expect(entry?.details).toEqual({
    wordingBefore: 'helpHours: شنبه تا چهارشنبه',
    wording: 'helpHours: هر روز',
  });
});

test('what cannot be shown is refused field by field, and stays in the form', async () => {
  const version = await versionNow();
  for (const [field, value] of [
    ['name', ' \u200f '],
    ['name', 'ن'.repeat(121)],
    ['colour', 'red;}'],
    ['colour', '#ffcc00'],
    ['helpPhone', 'call us'],
    ['addressEn', 'a'.repeat(301)],
  ] as const)
    for (const [path, act] of [
      ['', ''],
      ['', 'preview'],
      ['/receipt', ''],
    ] as const) {
      const answer = await send({ version, [field]: value, act }, path);
      const html = await answer.text();
      expect([value, answer.status, problemsIn(html)]).toEqual([value, 422, [field]]);
      expect(html).toContain('value="Sample Municipality"');
    }
  expect(await versionNow()).toBe(version);
});

test('a receipt is previewed as PDF with what is typed', async () => {
  const answer = await send({ version: '1', nameEn: 'Preview Council' }, '/receipt');
  expect(answer.headers.get('content-type')).toBe('application/pdf');
  const { text, active } = await readPdf(Buffer.from(await answer.arrayBuffer()));
  expect([text.includes('Preview Council'), active]).toEqual([true, []]);
});

test('a logo is read by the pool like any file, shown with its text, and taken away', async () => {
  expect(to(await upload(await pngOf(128)))).toBe(`303 ${HOME}?notice=organisation_changed`);
  const page = await (await site.get('/')).text();
  const [, src = ''] = /<img class="brand__logo" src="([^"]+)" alt="شیر نشسته"/.exec(page) ?? [];
  expect((await site.get(src)).headers.get('content-type')).toBe('image/png');
  const removed = await send({ version: await versionNow(), act: 'remove' }, '/logo');
  expect(to(removed)).toBe(`303 ${HOME}?notice=organisation_changed`);
  expect(await (await site.get('/')).text()).not.toContain('brand__logo');
});

test('of a logo the pixels alone are stored', async () => {
  const words = 'somebody@example.org';
  const noted = await sharp(await pngOf(128))
    .withExif({ IFD0: { Copyright: words } })
    .png()
    .toBuffer();
  expect(noted.includes(words)).toBe(true);
  expect((await upload(new Uint8Array(noted))).status).toBe(303);
  const [row] = await site.db<{ logo: Buffer }[]>`select logo from organisation`;
  expect((await sharp(row?.logo).metadata()).width).toBe(128);
  expect(row?.logo.includes(words)).toBe(false);
});

test('a logo is refused while the scanner is away', async () => {
  const other = await site.beside({ CLAMD_URL: 'tcp://127.0.0.1:1' });
  try {
    const answer = await upload(await pngOf(100), 'logo.png', other);
    expect([answer.status, problemsIn(await answer.text())]).toEqual([503, ['logo']]);
  } finally {
    await other.stop();
  }
});

test('a logo that is none is refused with the reason', async () => {
  const jpeg = await sharp(await pngOf(128))
    .jpeg()
    .toBuffer();
  for (const [bytes, name, status] of [
    [new Uint8Array(jpeg), 'logo.jpg', 422],
    [await pngOf(63, 200), 'logo.png', 422],
    [(await pngOf(200)).slice(0, -40), 'logo.png', 422],
    [new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'logo.svg', 422],
    [new TextEncoder().encode('<script>1</script>'), 'logo.png', 422],
    [new Uint8Array(), '', 422],
  ] as const) {
    const answer = await upload(bytes, name);
    expect([name, answer.status, problemsIn(await answer.text())]).toEqual([
      name,
      status,
      ['logo'],
    ]);
  }
});

test('auditors see it and change nothing, and administrators prove who they are first', async () => {
  const html = await read('auditor');
  expect([html.includes(TYPED.nameEn), html.includes('id="colour"')]).toEqual([true, false]);
  expect((await site.get(HOME, as('reviewer'))).status).toBe(403);
  const fields = new URLSearchParams({ ...TYPED, version: '1' });
  expect((await site.post(HOME, fields, as('auditor'))).status).toBe(403);
  await site.db`update sessions set proven_at = null`;
  const confirm = '303 /staff/account/confirm?next=branding';
  expect(to(await site.get(HOME, as('admin')))).toBe(confirm);
  expect(to(await site.post(HOME, fields, as('admin')))).toBe(confirm);
});
