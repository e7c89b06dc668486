import type { Deps } from '../src/platform/deps.ts';
import { decideLetterOfBulk, endBulk } from '../src/desk/letters/decide-in-bulk.ts';
import type { BulkActivities } from '../workflows/bulk.contract.ts';
import { beating, finalWhenRefused } from './index.ts';

export const createBulkActivities = (deps: Deps): BulkActivities => ({
  decideLetterOfBulk: beating(finalWhenRefused((input) => decideLetterOfBulk(deps, input))),
  endBulk: beating(finalWhenRefused((input) => endBulk(deps, input))),
});
