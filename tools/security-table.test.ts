import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const page = readFileSync('docs/security.md', 'utf8');
const STATES = ['yes', 'part', 'no', 'n/a'] as const;
const rows = [...page.matchAll(/^\| (\d+\.\d+\.\d+) \| ([12]) \| (\S+) \| (.*) \|$/gm)].map(
  ([, id = '', level = '', state = '', shown = '']) => ({ id, level, state, shown }),
);
/** Of ASVS 5.0.0. */
const REQUIREMENTS = { '1': 70, '2': 183 };

test('the count of the ASVS table is what its rows say, and no requirement stands twice', () => {
  const [count = ''] = /\*\*\d+ requirements judged: .*\*\*/.exec(page) ?? [];
  const of = (state: string): number => rows.filter((row) => row.state === state).length;
  expect(count).toBe(
    `**${rows.length} requirements judged: ${STATES.map((state) => `${of(state)} ${state}`).join(', ')}.**`,
  );
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
});

test('every requirement of both levels is judged', () => {
  for (const [level, all] of Object.entries(REQUIREMENTS))
    expect([level, rows.filter((row) => row.level === level).length]).toEqual([level, all]);
});

test('what holds names the test or the design that holds it', () => {
  const silent = rows.filter(({ state, shown }) => state !== 'no' && shown === '');
  expect(silent).toEqual([]);
});

test('every file that the page names exists', () => {
  const names = [...page.matchAll(/`((?:src|web|workflows|tools|docs|docker)\/[^`*\s]+)`/g)].map(
    ([, name = '']) => name,
  );
  expect(names.length).toBeGreaterThan(100);
  expect(names.filter((name) => !existsSync(name))).toEqual([]);
  const links = [...page.matchAll(/\]\(([a-z-]+\.md)\)/g)].map(([, name = '']) => `docs/${name}`);
  expect(links.filter((name) => !existsSync(name))).toEqual([]);
});
