import { expect, test } from 'vitest';
import { createTestSite, REVIEWER, UNIT_CLERK } from '../../src/testing/web.ts';

const ADMIN = { cookie: 'staff_sid=staff-admin' };
const AUDITOR = { cookie: 'staff_sid=staff-nasrin' };

const pageOf = async (path: string, headers: Record<string, string>) => {
  const site = createTestSite();
  const response = await site.get(path, headers);
  return { site, status: response.status, response, text: await response.text() };
};

/** Cells of the rows of the table under this heading. */
const tableOf = (html: string, id: string): string[][] => {
  const [, table = ''] =
    new RegExp(`<table[^>]*aria-labelledby="${id}".*?<tbody[^>]*>(.*?)</tbody>`, 's').exec(html) ??
    [];
  return [...table.matchAll(/<tr.*?<\/tr>/gs)].map(([row]) =>
    [...row.matchAll(/<t[dh][^>]*>(.*?)<\/t[dh]>/gs)].map(([, cell = '']) =>
      cell.replace(/<[^>]*>/g, '').trim(),
    ),
  );
};

test('the chart is a picture with a name, and the table beside it has the same figures', async () => {
  const { text } = await pageOf('/staff/admin/figures?lang=en', ADMIN);
  const [svg = ''] = /<svg class="chart__picture".*?<\/svg>/s.exec(text) ?? [];
  expect(svg).toContain('role="img" aria-labelledby="chart-title chart-text"');
  expect(svg).toMatch(/<title id="chart-title">Letters received and decided in each month</);
  expect(svg).toContain('<desc id="chart-text">');
  const values = [...svg.matchAll(/<text class="chart__value"[^>]*>(\d+)</g)].map(([, value]) =>
    Number(value),
  );
  const rows = tableOf(text, 'months').slice(0, -1).toReversed();
  expect(rows).toHaveLength(12);
  expect(values).toEqual(
    rows.flatMap(([, received, approved, rejected]) => [
      Number(received),
      Number(approved) + Number(rejected),
    ]),
  );
});

test('in Persian the months go from right to left, with their names and digits', async () => {
  const { text } = await pageOf('/staff/admin/figures', ADMIN);
  const [first = [], ...rest] = tableOf(text, 'months');
  expect(first[0]).toMatch(/^[آ-ی]+ ۱۴[۰-۹]{2}$/);
  expect(first[1]).toMatch(/^[۰-۹]+$/);
  expect(first[7]).toMatch(/^۵ ساعت \(۹ از ۱۰ تا: ۳۰ ساعت\)$/);
  expect(rest.at(-1)?.[0]).toBe('همه‌ی دوازده ماه');
  expect(text).toContain('<text class="chart__label" x="288"');
  // Of the first month there was nothing: no duration, and no bar.
  expect(rest.at(-2)?.slice(1)).toEqual(['۰', '۰', '۰', '۰', '۰', '۰', '—', '—']);
});

test('a reason that is not a ready one is counted and not shown', async () => {
  const { text } = await pageOf('/staff/admin/figures?lang=en', AUDITOR);
  expect(tableOf(text, 'rejections')).toEqual([
    ['تصویر نامه خوانا نیست.', '31'],
    ['این درخواست در حوزه‌ی کار این سازمان نیست.', '12'],
    ['A reason that the reviewer wrote', '9'],
    ['A reason that was erased with its letter, or cannot be read', '3'],
  ]);
  expect(text).toContain('Only the newest rejections are counted.');
});

test('open letters stand under their state, by age', async () => {
  const { text } = await pageOf('/staff/admin/figures?lang=en', ADMIN);
  expect(tableOf(text, 'open')[0]?.slice(1)).toEqual(['4', '3', '2', '1', '0', '10']);
  for (const band of ['Under 1 day', '1 to 3 days', '7 to 30 days', '30 days or more'])
    expect(text).toContain(`>${band}</th>`);
});

test('the table to keep has both calendars, a row for each unit and month, and runs nothing', async () => {
  const site = createTestSite();
  site.fake.units.push({ id: 'x', name: '=HYPERLINK("http://evil.test")', retired: false });
  const response = await site.get('/staff/admin/figures.csv', ADMIN);
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="figures.csv"');
  const bytes = Buffer.from(await response.arrayBuffer());
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  const lines = bytes.toString().slice(1).split('\r\n');
  expect(lines.pop()).toBe('');
  expect(lines[0]).toMatch(/^"jalali_month","first_day","last_day","unit","received",/);
  expect(lines).toHaveLength(1 + 12 * (1 + site.fake.units.length));
  expect(lines[2]).toMatch(/^"14\d\d\/\d\d","20\d\d-\d\d-\d\d","20\d\d-\d\d-\d\d","","\d+",/);
  expect(lines.at(-1)).toContain(`"'=HYPERLINK(""http://evil.test"")"`);
  for (const line of lines) {
    expect(line.match(/"(?:[^"]|"")*"/g)).toHaveLength(18);
    expect(line).not.toMatch(/(^|,)"[=+\-@]/);
  }
});

test('reviewers and units see no figures, and have no link to them', async () => {
  for (const who of [REVIEWER, UNIT_CLERK])
    for (const path of ['/staff/admin/figures', '/staff/admin/figures.csv'])
      expect([path, (await pageOf(path, who)).status]).toEqual([path, 403]);
  expect((await pageOf('/staff/admin', AUDITOR)).text).toContain('href="/staff/admin/figures"');
});
