/** Whole seconds to count against a limit: on average what was used, so that short jobs count too. */
export const chargedSeconds = (cpuSeconds: number): number =>
  Math.floor(cpuSeconds + Math.random());
