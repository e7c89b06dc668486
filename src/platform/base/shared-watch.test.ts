import { expect, test } from 'vitest';
import { createSharedWatch } from './shared-watch.ts';

test('one query asks for all that wait, and each hears of its own', async () => {
  const there = new Set<string>();
  const asked: string[][] = [];
  const watch = createSharedWatch((ids) => {
    asked.push(ids);
    return Promise.resolve(ids.filter((id) => there.has(id)));
  });
  const first = watch('a', 60_000);
  const others = ['b', 'c', 'b'].map((id) => watch(id, 60_000));
  await expect.poll(() => asked.at(-1)).toEqual(['a', 'b', 'c']);
  there.add('b');
  expect(await others[0]).toBe(true);
  expect(await others[2]).toBe(true);
  there.add('a').add('c');
  expect(await Promise.all([first, ...others])).toEqual([true, true, true, true]);
});

test('without time to wait it is looked for once', async () => {
  const watch = createSharedWatch((ids) => Promise.resolve(ids.filter((id) => id === 'here')));
  expect(await watch('here', 0)).toBe(true);
  expect(await watch('gone', 0)).toBe(false);
});

test('a query that fails fails those who wait, and not those who come later', async () => {
  let isAway = true;
  const watch = createSharedWatch((ids) =>
    isAway ? Promise.reject(new Error('away')) : Promise.resolve(ids),
  );
  await expect(watch('a', 60_000)).rejects.toThrow('away');
  isAway = false;
  expect(await watch('a', 60_000)).toBe(true);
});
