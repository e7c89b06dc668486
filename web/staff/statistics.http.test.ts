import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ERASED_TEXT } from '../../src/platform/base/record-seals.sql.ts';
import { addStockReason } from '../../src/desk/administration/stock-reasons.sql.ts';
import type { SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';

const FORMULA = '=HYPERLINK("http://evil.test")';
const READY = ['تصویر نامه خوانا نیست.', 'این درخواست در حوزه‌ی کار این سازمان نیست.'] as const;

let site: TestSite;
let people: Record<'reviewer' | 'clerk' | 'admin' | 'auditor', SiteMember>;

beforeAll(async () => {
  site = await openTestSite();
  const { db } = site;
  const [unitId, other] = [await site.addUnit(FORMULA), await site.addUnit('امور مالی')];
  people = {
    reviewer: await site.addMember('reviewer'),
    clerk: await site.addMember('unit', { unitIds: [unitId] }),
    admin: await site.addMember('admin'),
    auditor: await site.addMember('auditor'),
  };
  for (const text of READY) await addStockReason(db, { id: randomUUID(), kind: 'reject', text });
  const reasons = [READY[0], READY[0], READY[1], 'از خود کارشناس', 'پاک‌شده'];
  for (const reason of reasons) {
    const { id } = await site.letterIn('rejected', { unitId, reason });
    await db`update letters set submitted_at = decided_at - interval '5 hours' where id = ${id}`;
    if (reason === 'پاک‌شده')
      await db`update letters set rejection_reason = ${ERASED_TEXT} where id = ${id}`;
  }
  for (const days of [0, 0, 2, 5, 10]) {
    const { id } = await site.letterIn('pending', { unitId: other });
    await db`
      update letters set submitted_at = now() - make_interval(days => ${days}) where id = ${id}`;
  }
});
afterAll(() => site?.stop());

const pageOf = async (path: string, who: keyof typeof people) => {
  const { cookie } = people[who];
  const response = await site.get(path, { cookie });
  return { status: response.status, text: await response.text() };
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

test('the chart is a picture with a name, and the table beside it has the same numbers', async () => {
  const { text } = await pageOf('/staff/admin/statistics?lang=en', 'admin');
  const [svg = ''] = /<svg class="chart__picture".*?<\/svg>/s.exec(text) ?? [];
  expect(svg).toContain('role="img" aria-labelledby="chart-title chart-text"');
  expect(svg).toMatch(/<title id="chart-title">Letters received and decided in each month</);
  expect(svg).toContain('<desc id="chart-text">');
  const values = [...svg.matchAll(/<text class="chart__value"[^>]*>(\d+)</g)].map(([, value]) =>
    Number(value),
  );
  const rows = tableOf(text, 'months').slice(0, -1).toReversed();
  expect(values).toHaveLength(24);
  // Months in which nothing happened are left out of the table.
  expect(values.slice(-2 * rows.length)).toEqual(
    rows.flatMap(([, received, approved, rejected]) => [
      Number(received),
      Number(approved) + Number(rejected),
    ]),
  );
});

test('in Persian the months go from right to left, with their names and digits', async () => {
  const { text } = await pageOf('/staff/admin/statistics', 'admin');
  const [first = [], ...rest] = tableOf(text, 'months');
  expect(first[0]).toMatch(/^[آ-ی]+ ۱۴[۰-۹]{2}$/);
  expect(first[1]).toMatch(/^[۰-۹]+$/);
  expect(first[8]).toBe('نیمی تا ۵ ساعت، ۹ از ۱۰ تا ۵ ساعت');
  expect(rest.at(-1)?.[0]).toBe('همه‌ی دوازده ماه');
  expect(text).toContain('<text class="chart__label" x="288"');
  expect(rest.length).toBeLessThanOrEqual(2);
});

test('a reason that is not a ready one is counted and not shown', async () => {
  const { text } = await pageOf('/staff/admin/statistics?lang=en', 'auditor');
  expect(tableOf(text, 'rejections')).toEqual([
    [READY[0], '2'],
    [READY[1], '1'],
    ['A reason that the reviewer wrote', '1'],
    ['A reason that was erased with its letter, or cannot be read', '1'],
  ]);
  expect(text).not.toContain('از خود کارشناس');
});

test('a few figures and the backlog stand above the tables, which are folded', async () => {
  const { text } = await pageOf('/staff/admin/statistics?lang=en', 'auditor');
  const [, figures = ''] = /<dl class="figures">(.*?)<\/dl>/s.exec(text) ?? [];
  const shown = [...figures.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/gs)];
  expect(shown.map(([, label, value]) => [label, value]).slice(0, 1)).toEqual([
    ['open letters', '5'],
  ]);
  expect(figures).toContain('<dt>half of the decisions within</dt><dd>5 h</dd>');
  const [, backlog = ''] =
    /<ul class="chart__bars" aria-labelledby="backlog">(.*?)<\/ul>/s.exec(text) ?? [];
  expect(backlog.match(/<li>/g)?.length).toBeLessThanOrEqual(2);
  expect([...backlog.matchAll(/chart__number">(\d+)</g)].at(-1)?.[1]).toBe('5');
  expect(text.match(/<details class="fold"><summary>Show the table/g)).toHaveLength(4);
});

test('open letters stand under their state, by age', async () => {
  const { text } = await pageOf('/staff/admin/statistics?lang=en', 'admin');
  expect(tableOf(text, 'open')[0]?.slice(1)).toEqual(['2', '1', '1', '1', '0', '5']);
  for (const band of ['Under 1 day', '1 to 3 days', '7 to 30 days', '30 days or more'])
    expect(text).toContain(`>${band}</th>`);
});

test('the table to keep has both calendars, a row for each unit and month, and runs nothing', async () => {
  const { cookie } = people.admin;
  const response = await site.get('/staff/admin/statistics.csv', { cookie });
  expect(response.headers.get('content-disposition')).toBe('attachment; filename="statistics.csv"');
  const bytes = Buffer.from(await response.arrayBuffer());
  expect([...bytes.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
  const lines = bytes.toString().slice(1).split('\r\n');
  expect(lines.pop()).toBe('');
  expect(lines[0]).toMatch(/^"jalali_month","first_day","last_day","unit","received",/);
  expect(lines).toHaveLength(1 + 12 * (1 + 2));
  expect(lines[2]).toMatch(/^"14\d\d\/\d\d","20\d\d-\d\d-\d\d","20\d\d-\d\d-\d\d","","\d+",/);
  const formulas = lines.filter((line) => line.includes(`"'=HYPERLINK(""http://evil.test"")"`));
  expect(formulas).toHaveLength(12);
  for (const line of lines) {
    expect(line.match(/"(?:[^"]|"")*"/g)).toHaveLength(19);
    expect(line).not.toMatch(/(^|,)"[=+\-@]/);
  }
});

test('reviewers and units see no statistics, and have no link to them', async () => {
  for (const who of ['reviewer', 'clerk'] as const)
    for (const path of ['/staff/admin/statistics', '/staff/admin/statistics.csv'])
      expect([path, (await pageOf(path, who)).status]).toEqual([path, 403]);
  expect((await pageOf('/staff/admin/members', 'auditor')).text).toContain(
    'href="/staff/admin/statistics"',
  );
});
