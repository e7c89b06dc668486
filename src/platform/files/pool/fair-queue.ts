export type Weight = 'light' | 'heavy';

/** Seconds of CPU time. */
const HEAVY = 2;
const HALF_LIFE_MS = 30_000;
const NEGLIGIBLE = 0.01;

interface Owner<Item> {
  items: Item[];
  isBusy: boolean;
  cost: number;
  at: number;
}

/**
 * Serves the waiting person whose files have cost least of late; among equals, who came first. One
 * job of a person runs at a time, and a person's queue is short, so nobody can fill the whole one.
 */
export class FairQueue<Item> {
  private readonly perOwner: number;
  private readonly most: number;
  private readonly now: () => number;
  private readonly owners = new Map<string, Owner<Item>>();
  private count = 0;

  constructor({
    perOwner,
    most,
    now = () => performance.now(),
  }: {
    perOwner: number;
    most: number;
    now?: () => number;
  }) {
    this.perOwner = perOwner;
    this.most = most;
    this.now = now;
  }

  /**
   * @returns the item for which there is no place: this one when its owner has too many waiting, or
   *   in a full queue the newest item of the owner with most waiting
   */
  add(name: string, item: Item): Item | undefined {
    const owner = this.owners.get(name) ?? { items: [], isBusy: false, cost: 0, at: this.now() };
    if (owner.items.length >= this.perOwner) return item;
    owner.items.push(item);
    this.count += 1;
    this.owners.set(name, owner);
    return this.count > this.most ? this.pushOut() : undefined;
  }

  /** The next item of an owner of this weight; the owner is busy until `done`. */
  take(weight?: Weight): { owner: string; item: Item } | undefined {
    const found = this.next(weight);
    const item = found?.[1].items.shift();
    if (!found || item === undefined) return undefined;
    const [name, owner] = found;
    this.count -= 1;
    owner.isBusy = true;
    // Behind those who have cost as much.
    this.owners.delete(name);
    this.owners.set(name, owner);
    return { owner: name, item };
  }

  has(weight?: Weight): boolean {
    return this.next(weight) !== undefined;
  }

  /** `cost`: seconds of CPU time. */
  done(name: string, cost: number): void {
    const owner = this.owners.get(name);
    if (!owner) return;
    owner.isBusy = false;
    owner.cost = this.costOf(owner) + cost;
    owner.at = this.now();
    this.forgetIdle();
  }

  remove(name: string, item: Item): void {
    const items = this.owners.get(name)?.items ?? [];
    const index = items.indexOf(item);
    if (index < 0) return;
    items.splice(index, 1);
    this.count -= 1;
  }

  waiting(): number {
    return this.count;
  }

  private costOf({ cost, at }: Owner<Item>): number {
    const left = cost * 0.5 ** ((this.now() - at) / HALF_LIFE_MS);
    return left < NEGLIGIBLE ? 0 : left;
  }

  private forgetIdle(): void {
    for (const [name, owner] of this.owners)
      if (!owner.isBusy && owner.items.length === 0 && this.costOf(owner) === 0)
        this.owners.delete(name);
  }

  private pushOut(): Item | undefined {
    let longest: Owner<Item> | undefined;
    for (const owner of this.owners.values())
      if (!longest || owner.items.length >= longest.items.length) longest = owner;
    this.count -= 1;
    return longest?.items.pop();
  }

  private next(weight?: Weight): [string, Owner<Item>] | undefined {
    let found: [string, Owner<Item>] | undefined;
    let least = Number.POSITIVE_INFINITY;
    for (const entry of this.owners) {
      const [, owner] = entry;
      if (owner.isBusy || owner.items.length === 0) continue;
      const cost = this.costOf(owner);
      if (weight !== undefined && (cost > HEAVY ? 'heavy' : 'light') !== weight) continue;
      if (cost < least) [found, least] = [entry, cost];
    }
    return found;
  }
}
