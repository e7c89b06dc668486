/**
 * Who gets a code while demand is very high. Each kind of asker may fill the desk's budget up to
 * its own share, so strangers never use up what people who signed in before need.
 */
import { addressGroups } from '../../platform/base/client-address.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { mobileGroups } from '../../platform/base/mobile.ts';
import type { LimitName } from '../../platform/base/rate-limit-rules.ts';
import type { Deps } from '../../platform/deps.ts';

export interface CodeAsker {
  address: string;
  /** A browser that signed in with this number before, or a session of its owner. */
  isKnown: boolean;
  solved: 'proof' | 'picture';
}

const SHARE = {
  picture: 0.2,
  proof: 0.4,
  fresh: 0.55,
  knownNumber: 0.8,
  knownBrowser: 1,
};
/** Share of the desk's budget for one address and the networks around it, nearest first. */
const SHARE_OF_ADDRESS = [0.05, 0.1, 0.2];
const LEAST_OF_ADDRESS = 10;
const FRESH_UNTIL = [5, 15, 45];
/**
 * The price of a proof doubles at each of these code counts of the address, and shares of the
 * budget.
 */
const DEARER_AT = { codes: [5, 10, 20], share: [0.2, 0.4, 0.5] };

const priceAt = (steps: number[], value: number): number =>
  2 ** steps.filter((step) => value >= step).length;

type Place = [name: LimitName, subject?: string];

/**
 * @param send false: nothing was sent, and nothing is counted
 * @returns crowded: only numbers that signed in before are sent a code. Answered alike for every
 *   number, so that nobody learns which ones those are
 * @throws DomainError codes_paused
 */
export const withinCodeBudget = async (
  deps: Deps,
  {
    mobile,
    asker,
    isKnownNumber,
  }: { mobile: string; asker: CodeAsker; isKnownNumber: () => Promise<boolean> },
  send: (mayHaveCode: boolean) => Promise<boolean>,
): Promise<{ crowded: boolean }> => {
  let places = asker.isKnown
    ? undefined
    : await takeAll(deps, await placesFor(deps, mobile, asker));
  const crowded = !asker.isKnown && places === undefined;
  places ??= await takeReserve(deps, asker.isKnown ? SHARE.knownBrowser : SHARE.knownNumber);
  let isSent = false;
  try {
    isSent = await send(!crowded || (await isKnownNumber()));
    return { crowded };
  } finally {
    if (!isSent) await giveBack(deps, places);
  }
};

export const priceOfProof = async (
  deps: Deps,
  { address, isKnown }: Pick<CodeAsker, 'address' | 'isKnown'>,
): Promise<number> => {
  if (isKnown) return 1;
  const [ofAddress = 0] = await usedBy(deps, address);
  const share = (await deps.rateLimits.used('codes_of_desk')) / budgetOf(deps);
  return priceAt(DEARER_AT.codes, ofAddress) * priceAt(DEARER_AT.share, share);
};

export const fullPlaceFor = async (
  deps: Deps,
  mobile: string,
): Promise<'prefix' | 'operator' | 'desk' | null> => {
  const { rateLimits, config } = deps;
  if (config.RATE_LIMITS === 'off') return null;
  const { operator, prefix } = mobileGroups(mobile);
  const { codesPerPrefix, codesPerOperator } = config.limits;
  if ((await rateLimits.used('codes_of_prefix', prefix)) >= codesPerPrefix) return 'prefix';
  if ((await rateLimits.used('codes_of_operator', operator)) >= codesPerOperator) return 'operator';
  const ofDesk = await rateLimits.used('codes_of_desk');
  return ofDesk >= budgetOf(deps) * SHARE.fresh ? 'desk' : null;
};

const budgetOf = ({ config }: Deps): number => config.limits.codesOfDesk;

const usedBy = ({ rateLimits }: Deps, address: string): Promise<number[]> =>
  Promise.all(addressGroups(address).map((group) => rateLimits.used('codes_to_address', group)));

const shareOf = async (deps: Deps, { address, solved }: CodeAsker): Promise<number> => {
  const used = await usedBy(deps, address);
  const isFresh = used.every((codes, width) => codes < (FRESH_UNTIL[width] ?? 0));
  return isFresh ? SHARE.fresh : SHARE[solved];
};

const placesFor = async (
  deps: Deps,
  mobile: string,
  asker: CodeAsker,
): Promise<[Place, number?][]> => {
  const { operator, prefix } = mobileGroups(mobile);
  const budget = budgetOf(deps);
  return [
    ...addressGroups(asker.address).map((group, width): [Place, number] => [
      ['codes_to_address', group],
      Math.max(LEAST_OF_ADDRESS, budget * (SHARE_OF_ADDRESS[width] ?? 0)),
    ]),
    [['codes_of_prefix', prefix]],
    [['codes_of_operator', operator]],
    [['codes_of_desk'], budget * (await shareOf(deps, asker))],
  ];
};

const giveBack = async ({ rateLimits }: Deps, places: Place[]): Promise<void> => {
  for (const place of places) await rateLimits.giveBack(...place);
};

const takeAll = async (deps: Deps, wanted: [Place, number?][]): Promise<Place[] | undefined> => {
  const taken: Place[] = [];
  for (const [place, max] of wanted) {
    if (!(await deps.rateLimits.takePlace(place, max)).taken) {
      await giveBack(deps, taken);
      return undefined;
    }
    taken.push(place);
  }
  return taken;
};

const takeReserve = async (deps: Deps, share: number): Promise<Place[]> => {
  const place: Place = ['codes_of_desk'];
  const got = await deps.rateLimits.takePlace(place, budgetOf(deps) * share);
  if (!got.taken) throw new DomainError('codes_paused', { seconds: String(got.seconds) });
  return [place];
};
