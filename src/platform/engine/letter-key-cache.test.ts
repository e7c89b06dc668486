import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createLetterKeyCache } from './letter-key-cache.ts';

const MINUTE = 60_000;

const openCache = () => {
  const store = { key: randomBytes(32) as Buffer | undefined, asked: 0, away: false, now: 0 };
  const cache = createLetterKeyCache(
    {
      async find() {
        store.asked += 1;
        if (store.away) throw new Error('the database is away');
        return store.key;
      },
    },
    () => store.now,
  );
  return { store, cache };
};

test('many questions at once, and soon after, cost one query', async () => {
  const { store, cache } = openCache();
  const found = await Promise.all([1, 2, 3].map(() => cache.find('a')));
  expect(found).toEqual([store.key, store.key, store.key]);
  await cache.find('a');
  expect(store.asked).toBe(1);
});

test('an erased key is forgotten within a minute', async () => {
  const { store, cache } = openCache();
  await cache.find('a');
  store.key = undefined;
  store.now += MINUTE;
  expect(await cache.find('a')).toBeUndefined();
});

test('a letter goes on while the database is away, but not for long', async () => {
  const { store, cache } = openCache();
  const key = await cache.find('a');
  store.away = true;
  store.now += 5 * MINUTE;
  expect(await cache.find('a')).toEqual(key);
  await expect(cache.find('b')).rejects.toThrow('away');
  store.now += 6 * MINUTE;
  await expect(cache.find('a')).rejects.toThrow('away');
});

test('it remembers no more than so many letters', async () => {
  const { store, cache } = openCache();
  for (let letter = 0; letter < 2_001; letter += 1) await cache.find(String(letter));
  await cache.find('2000');
  expect(store.asked).toBe(2_001);
  await cache.find('0');
  expect(store.asked).toBe(2_002);
});
