/**
 * A further language is one catalogue and a line in `languages.ts`: here a made-up one, in which
 * every sentence stands in brackets, so that a word of the code itself is found on any page.
 */
import { expect, test } from 'vitest';
import { addressOf, routesOf } from '../../src/testing/routes.ts';
import { APPLICANT, createTestSite } from '../../src/testing/web.ts';
import { en } from './en.ts';
import type { Text } from './fa.ts';
import { LANGUAGES } from './languages.ts';

const [OPEN, CLOSE] = ['⟦', '⟧'];
/** Facts of the language and of the machine, no sentences. */
const KEPT = new Set(['language', 'punctuation', 'cookie']);

const bracketed = (value: unknown, key = ''): unknown => {
  if (typeof value === 'string')
    return value === '' || KEPT.has(key) ? value : OPEN + value + CLOSE;
  if (typeof value === 'function')
    return (...given: unknown[]) => bracketed((value as (...all: unknown[]) => unknown)(...given));
  if (Array.isArray(value)) return value.map((inner) => bracketed(inner));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      name === 'language' || name === 'punctuation' ? inner : bracketed(inner, name),
    ]),
  );
};

const third: Text = {
  ...(bracketed(en) as Text),
  language: {
    code: 'ckb',
    name: 'کوردی',
    switchTo: 'گۆڕین بۆ کوردی',
    direction: 'rtl',
    locale: 'ckb-IQ-u-ca-gregory-nu-arab',
  },
};

/** What people and the organisation wrote, dates, and the names of the languages. */
const DATA =
  /<(bdi|time|data|textarea|option|script|title)\b[^>]*>[\s\S]*?<\/\1>|<(\w+)\b[^>]*\s(?:dir="auto"|hreflang="[^"]*")[^>]*>[\s\S]*?<\/\2>/g;
const SPOKEN = /\s(?:aria-label|alt|title|placeholder|data-[\w-]*label|content)="([^"]*)"/g;

/** Words of letters that stand in no brackets. */
const bareWords = (html: string): string[] => {
  const body = html.slice(html.indexOf('<body'));
  const shown = body.replace(DATA, '');
  const texts = shown.split(/<[^>]*>/);
  const attributes = [...shown.matchAll(SPOKEN)].map(([, text = '']) => text);
  return [...texts, ...attributes].flatMap((text) => {
    let rest = text.replace(/&[#\w]+;/g, ' ');
    for (let before = ''; before !== rest;) {
      before = rest;
      rest = rest.replace(/⟦[^⟦⟧]*⟧/g, '');
    }
    return /\p{L}{2,}/u.test(rest) ? [rest.trim()] : [];
  });
};

const COOKIES = [
  'lang=ckb',
  `lang=ckb; ${APPLICANT.cookie}`,
  'lang=ckb; staff_sid=staff-maryam',
  'lang=ckb; staff_sid=staff-reza',
  'lang=ckb; staff_sid=staff-admin',
];

const siteInThird = () => {
  const site = createTestSite({}, { ...LANGUAGES, ckb: third });
  const at = new Date('2026-11-22T10:00:00Z');
  const file = { name: 'نامه.pdf', type: 'pdf' as const, bytes: 8, sha256: 'c'.repeat(64) };
  const { id } = site.fake.addLetter({
    status: 'approved',
    step: 'answered',
    file,
    replies: 1,
    replyList: [{ number: 1, text: 'پاسخ', at, unit: 'واحد', file }],
  });
  site.fake.addLetter({ status: 'rejected', rejectionReason: 'دلیل' });
  site.fake.addLetter({ status: 'returned' });
  site.fake.addLetter({ status: 'withdrawn' });
  return { ...site, id };
};

test('every page is whole in a third language, and no word of it stands in the code', async () => {
  const { app, get, id } = siteInThird();
  const seen = new Set<string>();
  // The page of all components shows the other languages too.
  const pages = routesOf(app).filter(
    ({ name }) => name.startsWith('GET ') && name !== 'GET /design',
  );
  for (const route of pages) {
    const values = new Proxy({}, { get: (_all, name) => (name === 'id' ? id : '1') });
    const address = addressOf(route.path, values);
    for (const cookie of COOKIES) {
      const answer = await get(address, { cookie });
      if (!answer.headers.get('content-type')?.startsWith('text/html')) continue;
      const html = await answer.text();
      expect([route.name, /<html lang="(\w+)" dir="(\w+)"/.exec(html)?.slice(1)]).toEqual([
        route.name,
        ['ckb', 'rtl'],
      ]);
      expect([route.name, cookie, bareWords(html)]).toEqual([route.name, cookie, []]);
      seen.add(route.name);
    }
  }
  expect(seen.size).toBeGreaterThan(10);
});

test('a third language is offered beside the others, with its own digits and its own manifest', async () => {
  const { get, id } = siteInThird();
  const persian = await (await get('/')).text();
  expect(persian.match(/hreflang="(en|ckb)"/g)).toHaveLength(2);
  expect(persian).toContain('aria-label="گۆڕین بۆ کوردی"');
  const chosen = await get('/?lang=ckb');
  expect(chosen.headers.get('set-cookie')).toContain('lang=ckb');
  const letter = await get(`/letters/${id}`, { cookie: `lang=ckb; ${APPLICANT.cookie}` });
  expect(await letter.text()).toMatch(/[٠-٩]/);
  const [, manifest = ''] = /rel="manifest" href="([^"]+)"/.exec(await chosen.text()) ?? [];
  expect(await (await get(manifest)).json()).toMatchObject({ lang: 'ckb', dir: 'rtl' });
});

test('the check finds a word that stands in the code', () => {
  const page = '<body><p>⟦Send⟧: 12</p><p>Sent</p><i aria-label="Close"></i><bdi>علی</bdi></body>';
  expect(bareWords(page)).toEqual(['Sent', 'Close']);
});
