import { listUntypedCodes } from './stuck-work.sql.ts';
import type { StuckRow } from './stuck-work.sql.ts';
import type { Deps } from '../../platform/deps.ts';

/**
 * SMS pumping never types the codes: a low share of typed codes means an attack on the bill, or
 * codes that do not arrive. Empty when all is well.
 */
export const findUntypedCodes = async ({ db, config }: Deps): Promise<StuckRow[]> => {
  const { codeAlarmSends: sends, codeAlarmPercent: percent } = config.limits;
  if (config.RATE_LIMITS === 'off' || sends === 0) return [];
  return listUntypedCodes(db, { sends, percent });
};

export const watchCodes = async (deps: Deps): Promise<void> => {
  const [untyped] = await findUntypedCodes(deps);
  if (untyped)
    deps.log.error(
      { since: untyped.since.toISOString(), typed: untyped.what },
      'ALARM: few of the sign-in codes that were sent are typed',
    );
};
