import { createHash } from 'node:crypto';

/** Numbers that follow from a seed, so that a run can be repeated. */
export interface Random {
  /** From 0 up to, and without, 1. */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<Item>(items: readonly [Item, ...Item[]]): Item;
  shuffle<Item>(items: readonly Item[]): Item[];
  /** A generator of its own, so that what one part draws does not shift what another gets. */
  branch(): Random;
}

export const createRandom = (seed: number): Random => {
  let drawn = 0;
  const next = (): number => {
    const digest = createHash('sha256').update(`${seed}:${drawn}`).digest();
    drawn += 1;
    return digest.readUInt32BE() / 2 ** 32;
  };
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  return {
    next,
    whole,
    chance: (probability) => next() < probability,
    pick: (items) => items[whole(0, items.length - 1)] ?? items[0],
    shuffle: (items) => {
      const left = [...items];
      const shuffled: typeof left = [];
      while (left.length > 0) shuffled.push(...left.splice(whole(0, left.length - 1), 1));
      return shuffled;
    },
    branch: () => createRandom(whole(0, 2 ** 32 - 1)),
  };
};
