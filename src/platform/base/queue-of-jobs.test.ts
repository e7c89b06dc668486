import { expect, test } from 'vitest';
import { createTurns } from './queue-of-jobs.ts';

test('so many run at once, some wait in order, and more are turned away at once', async () => {
  const takeTurn = createTurns({ atOnce: 2, waiting: 3 });
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const job = (name: number) => () =>
    new Promise<number>((resolve) => {
      begun.push(name);
      ends.push(() => resolve(name));
    });
  const jobs = [0, 1, 2, 3, 4].map((name) => takeTurn(job(name)));
  await expect(takeTurn(job(5))).rejects.toMatchObject({ code: 'unavailable' });
  expect(begun).toEqual([0, 1]);
  for (let end = ends.shift(); end !== undefined; end = ends.shift()) {
    end();
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(await Promise.all(jobs)).toEqual([0, 1, 2, 3, 4]);
  expect(begun).toEqual([0, 1, 2, 3, 4]);
});

test('a job that fails gives its turn back', async () => {
  const takeTurn = createTurns({ atOnce: 1, waiting: 0 });
  await expect(takeTurn(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(await takeTurn(() => Promise.resolve('well'))).toBe('well');
});
