import { expect, test } from 'vitest';
import { filesToRepeat, timeReport, withRepeated } from './tally.ts';
import type { Tally } from './tally.ts';

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

const tallyOf = (failing: Tally['failing'], failed: number): Tally => ({
  passed: 100,
  failed,
  files: [],
  failing,
});
const failing = (file: string, passed: number, names: string[]) => ({
  file,
  passed,
  failed: names.length,
  names,
});

test('files in which tests failed are run once more, and their second counts hold', () => {
  const first = tallyOf([failing('a.test.ts', 4, ['x', 'y']), failing('b.test.ts', 1, ['z'])], 3);
  expect(filesToRepeat(first)).toEqual(['a.test.ts', 'b.test.ts']);
  const second = { ...tallyOf([failing('b.test.ts', 1, ['z'])], 1), passed: 7 };
  expect(withRepeated(first, second)).toMatchObject({ passed: 102, failed: 1 });
});

test('nothing is run again where a failure belongs to no file or many files failed', () => {
  expect(filesToRepeat(tallyOf([failing('a.test.ts', 0, ['x'])], 2))).toEqual([]);
  const many = Array.from({ length: 9 }, (_, index) => failing(`${index}.test.ts`, 0, ['x']));
  expect(filesToRepeat(tallyOf(many, 9))).toEqual([]);
});
