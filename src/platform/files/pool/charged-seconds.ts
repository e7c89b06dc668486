/** Whole seconds to charge: rounds randomly, so that short jobs are charged right on average. */
export const chargedSeconds = (cpuSeconds: number): number =>
  Math.floor(cpuSeconds + Math.random());
