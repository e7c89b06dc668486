import { expect, test } from 'vitest';
import { keepResults } from './kept-results.ts';

test('a result is made once, also for those who ask at the same time', async () => {
  const keep = keepResults<number>(2);
  let made = 0;
  const make = async (): Promise<number> => (made += 1);
  const results = await Promise.all(Array.from({ length: 60 }, () => keep('a', make)));
  expect([new Set(results), await keep('a', make), made]).toEqual([new Set([1]), 1, 1]);
});

test('those asked for last are kept, and failures are not', async () => {
  const keep = keepResults<string>(2);
  let made = '';
  const ask = (name: string) =>
    keep(name, async () => {
      made += name;
      return name;
    });
  for (const name of ['a', 'b', 'a', 'c', 'a', 'b']) await ask(name);
  expect(made).toBe('abcb');
  const failing = () => keep('d', () => Promise.reject(new Error('no')));
  await expect(failing()).rejects.toThrow('no');
  expect(await ask('d')).toBe('d');
});
