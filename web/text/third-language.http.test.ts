/**
 * A further language is one catalogue and a line in `languages.ts`: here a made-up one, in which
 * every sentence stands in brackets, so that a word of the code itself is found on any page.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addressOf, routesOf } from '../../src/testing/routes.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite, Visits } from '../../src/testing/test-site.ts';
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
  /<(bdi|time|data|textarea|option|script|title)\b[^>]*>[\s\S]*?<\/\1>|<(\w+)\b[^>]*\s(?:dir="auto"|hreflang="[^"]*")[^>]*>[\s\S]*?<\/\2>|<text class="map__when"[^>]*>[^<]*<\/text>/g;
const SPOKEN = /\s(?:aria-label|alt|title|placeholder|data-[\w-]*label|content)="([^"]*)"/g;

/** The platform's own words of the language. */
const WEEKDAYS = new Set(
  [1, 2, 3, 4, 5, 6, 7].map((day) =>
    new Intl.DateTimeFormat(third.language.locale, { weekday: 'long' }).format(
      new Date(Date.UTC(2026, 10, day, 12)),
    ),
  ),
);

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
    rest = rest.trim();
    return /\p{L}{2,}/u.test(rest) && !WEEKDAYS.has(rest) ? [rest] : [];
  });
};

let site: TestSite;
let visits: Visits;
let id: string;
let cookies: string[];
let applicant: string;

beforeAll(async () => {
  site = await openTestSite();
  visits = site.under({}, { ...LANGUAGES, ckb: third });
  const letter = await site.letterIn('answered');
  const { sender, unitId } = letter;
  id = letter.id;
  applicant = sender.cookie;
  for (const is of ['rejected', 'returned', 'withdrawn'] as const)
    await site.letterIn(is, { sender, unitId });
  const staff = [
    await site.addMember('reviewer'),
    await site.addMember('unit', { unitIds: [unitId] }),
    await site.addMember('admin'),
  ];
  cookies = ['', applicant, ...staff.map(({ cookie }) => cookie)].map(
    (cookie) => `lang=ckb; ${cookie}`,
  );
});
afterAll(() => site?.stop());

test('every page is whole in a third language, and no word of it stands in the code', async () => {
  const { app, get } = visits;
  const seen = new Set<string>();
  // The page of all components shows the other languages too.
  const pages = routesOf(app).filter(
    ({ name }) => name.startsWith('GET ') && name !== 'GET /design',
  );
  for (const route of pages) {
    const values = new Proxy({}, { get: (_all, name) => (name === 'id' ? id : '1') });
    const address = addressOf(route.path, values);
    for (const cookie of cookies) {
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
  const { get } = visits;
  const persian = await (await get('/')).text();
  expect(persian.match(/hreflang="(en|ckb)"/g)).toHaveLength(2);
  expect(persian).toContain('aria-label="گۆڕین بۆ کوردی"');
  const chosen = await get('/?lang=ckb');
  expect(chosen.headers.get('set-cookie')).toContain('lang=ckb');
  const letter = await get(`/letters/${id}`, { cookie: `lang=ckb; ${applicant}` });
  expect(await letter.text()).toMatch(/[٠-٩]/);
  const [, manifest = ''] = /rel="manifest" href="([^"]+)"/.exec(await chosen.text()) ?? [];
  expect(await (await get(manifest)).json()).toMatchObject({ lang: 'ckb', dir: 'rtl' });
});

test('the check finds a word that stands in the code', () => {
  const page = '<body><p>⟦Send⟧: 12</p><p>Sent</p><i aria-label="Close"></i><bdi>علی</bdi></body>';
  expect(bareWords(page)).toEqual(['Sent', 'Close']);
});
