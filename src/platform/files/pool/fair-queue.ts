/**
 * Serves the owner whose files have cost least of late; first come, first served among equals. One
 * job per owner runs at a time and owners' queues are short, so that nobody can fill the queue.
 */
export interface FairQueue<Item> {
  /**
   * @returns the rejected item, if any: this one when its owner has too many, or in a full queue
   *   the newest one of the owner with most
   */
  add(owner: string, item: Item): Item | undefined;
  take(who?: Weight): { owner: string; item: Item } | undefined;
  has(who?: Weight): boolean;
  done(owner: string, cost: number): void;
  remove(owner: string, item: Item): void;
  waiting(): number;
}

export type Weight = 'light' | 'heavy';

const HEAVY = 2;
const HALF_LIFE_MS = 30_000;
const NEGLIGIBLE = 0.01;

interface Owner<Item> {
  items: Item[];
  isBusy: boolean;
  cost: number;
  at: number;
}

export const createFairQueue = <Item>({
  perOwner,
  most,
  now = () => performance.now(),
}: {
  perOwner: number;
  most: number;
  now?: () => number;
}): FairQueue<Item> => {
  // In the order in which their next items came.
  const owners = new Map<string, Owner<Item>>();
  let waiting = 0;

  const costOf = ({ cost, at }: Owner<Item>): number => {
    const left = cost * 0.5 ** ((now() - at) / HALF_LIFE_MS);
    return left < NEGLIGIBLE ? 0 : left;
  };

  const forgetIdle = (): void => {
    for (const [name, owner] of owners)
      if (!owner.isBusy && owner.items.length === 0 && costOf(owner) === 0) owners.delete(name);
  };

  const pushOut = (): Item | undefined => {
    let longest: Owner<Item> | undefined;
    for (const owner of owners.values())
      if (!longest || owner.items.length >= longest.items.length) longest = owner;
    waiting -= 1;
    return longest?.items.pop();
  };

  const next = (who?: Weight): [string, Owner<Item>] | undefined => {
    let found: [string, Owner<Item>] | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const entry of owners) {
      const [, owner] = entry;
      if (owner.isBusy || owner.items.length === 0) continue;
      const cost = costOf(owner);
      if (who !== undefined && (cost > HEAVY ? 'heavy' : 'light') !== who) continue;
      if (cost < least) [found, least] = [entry, cost];
    }
    return found;
  };

  return {
    add(name, item) {
      const owner = owners.get(name) ?? { items: [], isBusy: false, cost: 0, at: now() };
      if (owner.items.length >= perOwner) return item;
      owner.items.push(item);
      waiting += 1;
      owners.set(name, owner);
      return waiting > most ? pushOut() : undefined;
    },
    has: (who) => next(who) !== undefined,
    take(who) {
      const found = next(who);
      const item = found?.[1].items.shift();
      if (!found || item === undefined) return undefined;
      const [name, owner] = found;
      waiting -= 1;
      owner.isBusy = true;
      // Behind those who have cost as much.
      owners.delete(name);
      owners.set(name, owner);
      return { owner: name, item };
    },
    done(name, cost) {
      const owner = owners.get(name);
      if (!owner) return;
      owner.isBusy = false;
      owner.cost = costOf(owner) + cost;
      owner.at = now();
      forgetIdle();
    },
    remove(name, item) {
      const items = owners.get(name)?.items ?? [];
      const index = items.indexOf(item);
      if (index < 0) return;
      items.splice(index, 1);
      waiting -= 1;
    },
    waiting: () => waiting,
  };
};
