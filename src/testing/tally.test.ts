import { expect, test } from 'vitest';
import { timeReport } from './tally.ts';

test('the report of a run sums up its projects and names its ten slowest files', () => {
  const files = Array.from({ length: 12 }, (_, index) => ({
    project: index < 9 ? 'unit' : 'db',
    file: `src/${index}.test.ts`,
    seconds: index + 0.25,
  }));
  const lines = timeReport(files).split('\n');
  expect(lines.slice(0, 5)).toEqual([
    'seconds by project:',
    '     38.3  unit (9 files)',
    '     30.8  db (3 files)',
    'slowest files:',
    '     11.3  src/11.test.ts',
  ]);
  expect(lines).toHaveLength(4 + 10);
  expect(lines.at(-1)).toBe('      2.3  src/2.test.ts');
});
