import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drawAppIcons, drawTouchIcon } from '../../src/desk/proof/print/app-icons.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { plainIdentity, type Identity } from '../identity.ts';

const ENGLISH = { cookie: 'lang=en' };

const SAMPLE: Identity = {
  ...plainIdentity('شهرداری نمونه'),
  names: { fa: 'شهرداری نمونه', en: 'Sample Municipality' },
  colour: '#7a1f3d',
  icons: await drawAppIcons(undefined, '#7a1f3d'),
  touchIcon: await drawTouchIcon(undefined, '#7a1f3d'),
  help: {
    phone: '021 5555-0100',
    hours: { fa: 'شنبه تا چهارشنبه', en: 'Saturday to Wednesday' },
    address: { fa: 'خیابان نمونه' },
  },
};

let site: TestSite;
beforeAll(async () => {
  site = await openTestSite();
});
afterAll(() => site?.stop());

test('security.txt names a contact, and expires within a year', async () => {
  const answer = await site
    .under({ securityContact: 'mailto:security@desk.test' })
    .get('/.well-known/security.txt');
  expect(answer.headers.get('content-type')).toMatch(/^text\/plain; charset=utf-8$/i);
  const fields = new Map(
    (await answer.text())
      .trim()
      .split('\n')
      .map((line) => line.split(/: (.*)/) as [string, string]),
  );
  expect(fields.get('Contact')).toBe('mailto:security@desk.test');
  expect(fields.get('Canonical')).toBe('http://desk.test/.well-known/security.txt');
  const left = Date.parse(fields.get('Expires') ?? '') - Date.now();
  expect(left).toBeGreaterThan(90 * 86_400_000);
  expect(left).toBeLessThan(365 * 86_400_000);
});

const PAGES = ['/help', '/accessibility', '/privacy', '/design', '/', '/staff', '/nowhere'];

test('the same help line stands at the foot of every page, in the language of the page', async () => {
  const { get } = site.under({ identity: () => SAMPLE });
  for (const path of PAGES) {
    const persian = await (await get(path)).text();
    const footer = persian.slice(persian.indexOf('<footer'));
    expect(footer).toContain('href="tel:02155550100"');
    expect(footer).toContain('۰۲۱ ۵۵۵۵-۰۱۰۰');
    expect(footer).toContain('شنبه تا چهارشنبه');
    for (const link of ['/help', '/accessibility', '/privacy'])
      expect(footer).toContain(`href="${link}"`);
    const english = await (await get(path, ENGLISH)).text();
    expect(english).toContain('Saturday to Wednesday');
    expect(english).toContain('<bdi lang="fa">خیابان نمونه</bdi>');
    expect(english).toContain('Sample Municipality');
  }
});

test('without a telephone the footer says whom to ask', async () => {
  const html = await (await site.get('/help')).text();
  expect(html).toContain('برای راهنمایی با دبیرخانه تماس بگیرید');
  expect(html).not.toContain('tel:');
});

test('the privacy page says how long content is kept, as the settings have it', async () => {
  const facts = {
    retainDays: { rejected: 90, withdrawn: 0, closed: 365, messages: 30, applicants: 7 },
    heldMinutes: 60,
    presenceSeconds: 90,
    answerWorkingDays: 10,
    sessionIdleMinutes: 20,
    sessionHours: 8,
  };
  const html = await (await site.under({ facts }).get('/privacy', ENGLISH)).text();
  expect(html).toContain('A rejected letter: 90 days');
  expect(html).toContain('An approved letter: 365 days');
  expect(html).toContain('A withdrawn letter: as long as');
  expect(html).toContain('30 days from sending');
  expect(html).toContain('7 days after nothing else of yours is kept');
  expect(html).toContain('20 minutes after the last thing you did, 8 hours at most');
  const retainDays = { rejected: 0, withdrawn: 0, closed: 0, messages: 0, applicants: 0 };
  const keeping = site.under({ facts: { ...facts, retainDays } });
  const kept = await (await keeping.get('/privacy', ENGLISH)).text();
  expect(kept).toContain('A rejected letter: as long as the rules of the archive say');
});

test('the page of all components is not there in production', async () => {
  expect((await site.get('/design')).status).toBe(200);
  expect((await site.under({ designPage: false }).get('/design')).status).toBe(404);
});

test('each language has its manifest, with icons that are there', async () => {
  const { get } = site.under({ identity: () => SAMPLE });
  for (const [headers, lang, dir, name] of [
    [{}, 'fa', 'rtl', 'پیشخوان ارباب رجوع – شهرداری نمونه'],
    [ENGLISH, 'en', 'ltr', 'Client desk – Sample Municipality'],
  ] as const) {
    const html = await (await get('/', headers)).text();
    const [, href = ''] = /<link rel="manifest" href="([^"]+)"/.exec(html) ?? [];
    const answer = await get(href);
    expect(answer.headers.get('content-type')).toBe('application/manifest+json');
    const manifest = (await answer.json()) as { icons: { src: string; sizes: string }[] };
    expect(manifest).toMatchObject({ id: '/', start_url: '/', lang, dir, name });
    expect(manifest).toMatchObject({ theme_color: '#7a1f3d' });
    expect(manifest.icons.map(({ sizes }) => sizes)).toEqual([
      '192x192',
      '512x512',
      '512x512',
      'any',
    ]);
    for (const { src } of manifest.icons) expect((await get(src)).status).toBe(200);
    expect(html).toContain('<meta name="theme-color" content="#7a1f3d"/>');
    const [, touch = ''] = /<link rel="apple-touch-icon" href="([^"]+)"/.exec(html) ?? [];
    expect((await get(touch)).headers.get('content-type')).toBe('image/png');
  }
});

test('the colour of the organisation is in the style, in both themes', async () => {
  const { get } = site.under({ identity: () => SAMPLE });
  const html = await (await get('/')).text();
  const [, href = ''] = /<link rel="stylesheet" href="([^"]+)"/.exec(html) ?? [];
  const css = await (await get(href)).text();
  expect(css).toContain('--brand: #7a1f3d');
  const dark = css.match(/prefers-color-scheme: dark\) \{ :root \{ --brand: (#\w+)/);
  expect(dark?.[1]).toMatch(/^#[0-9a-f]{6}$/);
  expect(dark?.[1]).not.toBe('#7a1f3d');
});

test('a logo is shown as a picture with its text; the emblem has a policy that lets it do nothing', async () => {
  const logo = { body: SAMPLE.icons[0]?.body ?? Buffer.alloc(0), text: { fa: 'شیر', en: '' } };
  const identity = { ...SAMPLE, logo };
  const { get } = site.under({ identity: () => identity });
  const html = await (await get('/')).text();
  const [, src = ''] = /<img class="brand__logo" src="([^"]+)" alt="شیر"/.exec(html) ?? [];
  expect((await get(src)).headers.get('content-type')).toBe('image/png');
  expect(html).toContain(`<link rel="icon" href="${src}" type="image/png"/>`);
  const plain = await (await site.get('/')).text();
  const [, emblem = ''] = /<link rel="icon" href="([^"]+)" type="image.svg.xml"/.exec(plain) ?? [];
  expect((await site.get(emblem)).headers.get('content-security-policy')).toBe(
    "default-src 'none'; style-src 'unsafe-inline'; sandbox",
  );
});

test('style and scripts are sent in the best compression that the browser names', async () => {
  const { get } = site;
  const html = await (await get('/')).text();
  const [, href = ''] = /<link rel="stylesheet" href="([^"]+)"/.exec(html) ?? [];
  const sizeAs = async (accepted: string, expected: string | null): Promise<number> => {
    const answer = await get(href, { 'accept-encoding': accepted });
    expect(answer.headers.get('content-encoding')).toBe(expected);
    expect(answer.headers.get('vary')).toBe('Accept-Encoding');
    return (await answer.arrayBuffer()).byteLength;
  };
  const plain = await sizeAs('identity', null);
  expect(await sizeAs('gzip, deflate', 'gzip')).toBeLessThan(plain / 3);
  expect(await sizeAs('gzip, deflate, br', 'br')).toBeLessThan(plain / 3);
});

test('the privacy page names every cookie that the desk sets', async () => {
  const html = await (await site.get('/privacy')).text();
  const source = await readFile(new URL('../http/cookies.ts', import.meta.url), 'utf8');
  const [, union = ''] = /export type CookieName =([^;]+);/.exec(source) ?? [];
  const names = [...union.matchAll(/'(\w+)'/g)].map(([, name = '']) => name);
  expect(names.length).toBeGreaterThan(3);
  for (const name of [...names, 'lang']) expect(html).toContain(name);
});
