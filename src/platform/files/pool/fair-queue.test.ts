import { expect, test } from 'vitest';
import { FairQueue } from './fair-queue.ts';

const queueOf = (options: { perOwner?: number; most?: number } = {}) => {
  let ms = 0;
  const queue = new FairQueue<string>({ perOwner: 3, most: 10, now: () => ms, ...options });
  const serve = (cost: number): string | undefined => {
    const taken = queue.take();
    if (taken) queue.done(taken.owner, cost);
    return taken?.item;
  };
  return { queue, serve, wait: (seconds: number) => (ms += seconds * 1000) };
};

test('people take turns, whatever one of them has sent before the others came', () => {
  const { queue, serve } = queueOf();
  for (const item of ['a1', 'a2', 'a3']) queue.add('a', item);
  queue.add('b', 'b1');
  queue.add('c', 'c1');
  expect([1, 2, 3, 4, 5].map(() => serve(1))).toEqual(['a1', 'b1', 'c1', 'a2', 'a3']);
});

test('whose files have cost much goes after those whose files cost little, until it is long ago', () => {
  const { queue, serve, wait } = queueOf();
  queue.add('a', 'a1');
  expect(serve(10)).toBe('a1');
  queue.add('a', 'a2');
  for (const item of ['b1', 'b2', 'b3']) queue.add('b', item);
  expect([1, 2].map(() => serve(0.2))).toEqual(['b1', 'b2']);
  wait(600);
  expect([1, 2].map(() => serve(0.2))).toEqual(['a2', 'b3']);
});

test('of one person one job runs at a time', () => {
  const { queue } = queueOf();
  queue.add('a', 'a1');
  queue.add('a', 'a2');
  expect(queue.take()?.item).toBe('a1');
  expect(queue.take()).toBe(undefined);
  queue.add('b', 'b1');
  expect(queue.take()?.item).toBe('b1');
  queue.done('a', 1);
  expect(queue.take()?.item).toBe('a2');
});

test('a person can fill their own queue and not that of all', () => {
  const { queue } = queueOf({ perOwner: 3, most: 5 });
  for (const item of ['a1', 'a2', 'a3']) expect(queue.add('a', item)).toBe(undefined);
  expect(queue.add('a', 'a4')).toBe('a4');
  expect(queue.add('b', 'b1')).toBe(undefined);
  expect(queue.add('c', 'c1')).toBe(undefined);
  expect(queue.add('d', 'd1')).toBe('a3');
  expect(queue.add('e', 'e1')).toBe('a2');
  expect(queue.add('f', 'f1')).toBe('f1');
  expect(queue.waiting()).toBe(5);
});

test('what is no longer waited for is left out', () => {
  const { queue } = queueOf();
  queue.add('a', 'a1');
  queue.add('a', 'a2');
  queue.remove('a', 'a1');
  queue.remove('a', 'never there');
  expect(queue.waiting()).toBe(1);
  expect(queue.take()?.item).toBe('a2');
});

test('whose files have cost much have a place of their own', () => {
  const { queue, serve, wait } = queueOf();
  queue.add('a', 'a1');
  serve(6);
  queue.add('a', 'a2');
  queue.add('b', 'b1');
  expect(queue.take('heavy')?.item).toBe('a2');
  queue.done('a', 0);
  queue.add('a', 'a3');
  expect(queue.take('light')?.item).toBe('b1');
  expect([queue.has('light'), queue.has('heavy'), queue.has()]).toEqual([false, true, true]);
  wait(90);
  expect([queue.has('light'), queue.has('heavy')]).toEqual([true, false]);
});
