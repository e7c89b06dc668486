import { expect, test, vi } from 'vitest';
import { shareWork } from './shared-work.ts';

test('callers at the same time share one run, and its result while it is fresh', async () => {
  vi.useFakeTimers();
  try {
    let runs = 0;
    const ask = shareWork(1_000, async () => {
      runs += 1;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return runs;
    });
    const answers = Promise.all(Array.from({ length: 60 }, () => ask()));
    await vi.advanceTimersByTimeAsync(100);
    expect(new Set(await answers)).toEqual(new Set([1]));
    await vi.advanceTimersByTimeAsync(999);
    expect(await ask()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    const later = ask();
    await vi.advanceTimersByTimeAsync(100);
    expect(await later).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});

test('a failure reaches all who shared the run, and the next caller tries again', async () => {
  let runs = 0;
  const ask = shareWork(1_000, () => {
    runs += 1;
    return runs === 1 ? Promise.reject(new Error('away')) : Promise.resolve('well');
  });
  const answers = await Promise.allSettled([ask(), ask()]);
  expect(answers.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect([await ask(), runs]).toEqual(['well', 2]);
});
