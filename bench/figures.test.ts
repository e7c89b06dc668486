import { expect, test } from 'vitest';
import { parseStat } from './cpu.ts';
import { figuresOf, type Measurement, median, percentile, summarise } from './figures.ts';

const measured = (letters: number, seconds: number, worker: number): Measurement => ({
  letters,
  seconds,
  latenciesMs: [seconds],
  cpuMs: { worker, server: 1 },
});

test('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 200 }, (_, index) => 200 - index);
  expect(percentile(values, 50)).toBe(100);
  expect(percentile(values, 99)).toBe(198);
  expect(percentile([7], 99)).toBe(7);
});

test('the median of an even number of values lies between the two in the middle', () => {
  expect(median([9, 1, 4])).toBe(4);
  expect(median([9, 1, 4, 5])).toBe(4.5);
});

test('a ratio is taken in each round before the median', () => {
  const { ratios, rounds } = summarise([
    { desk: measured(10, 2, 4), floor: measured(10, 1, 2) },
    { desk: measured(10, 1, 3), floor: measured(10, 4, 1) },
    { desk: measured(10, 1, 5), floor: measured(10, 1, 5) },
  ]);
  expect(ratios.perSecond).toEqual({ median: 1, lowest: 0.5, highest: 4 });
  expect(ratios.cpuMs.worker).toEqual({ median: 2, lowest: 1, highest: 3 });
  expect(rounds.map(({ desk }) => desk.perSecond)).toEqual([5, 10, 10]);
});

test('there is no ratio of a process that the floor does not have', () => {
  const floor = { ...measured(10, 1, 2), cpuMs: { worker: 2 } };
  const { ratios } = summarise([{ desk: measured(10, 1, 2), floor }]);
  expect(Object.keys(ratios.cpuMs)).toEqual(['worker']);
});

test('figures are medians of the rounds, latencies those of all letters', () => {
  const rounds = [measured(10, 1, 3), measured(10, 2, 1), measured(10, 5, 2)];
  expect(figuresOf(rounds)).toEqual({
    perSecond: 5,
    p50Ms: 2,
    p99Ms: 5,
    cpuMs: { worker: 2, server: 1 },
  });
});

test('processor time is read behind a process name with spaces and parentheses', () => {
  const stat = '42 (node (tsx) x) S 7 42 42 0 -1 4194304 100 200 0 0 150 50 30 20 20 0 11 0 999';
  expect(parseStat(stat)).toEqual({ parent: 7, own: 2000, ended: 500 });
});
