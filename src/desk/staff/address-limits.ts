import { addressGroup } from '../../platform/base/client-address.ts';
import type { LimitName } from '../../platform/base/rate-limit-rules.ts';
import type { Deps } from '../../platform/deps.ts';
import { browserIdOf } from './known-browsers.ts';

export type AddressLimit = 'codes' | 'checks' | 'staff_sign_in' | 'verify';

export interface CountedAddress {
  limit: AddressLimit;
  address: string;
  /** A browser that signed in before is counted by itself, whoever shares its address. */
  browserToken?: string | undefined;
}

const LIMITS = {
  codes: 'codes_of_address',
  checks: 'checks_of_address',
  staff_sign_in: 'staff_of_address',
  verify: 'verify_of_address',
} as const satisfies Record<AddressLimit, LimitName>;

export const countAddress = (deps: Deps, request: CountedAddress): Promise<void> =>
  deps.rateLimits.take(...placeOf(deps, request));

/** Takes back a request that turned out to be legitimate. Never throws. */
export const forgiveAddress = (deps: Deps, request: CountedAddress): Promise<void> =>
  deps.rateLimits.giveBack(...placeOf(deps, request));

const placeOf = (
  deps: Deps,
  { limit, address, browserToken }: CountedAddress,
): [LimitName, string] => [LIMITS[limit], browserIdOf(deps, browserToken) ?? addressGroup(address)];
