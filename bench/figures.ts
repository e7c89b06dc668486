/** What one measurement gave, and how measurements are put together. */

export interface Measurement {
  letters: number;
  seconds: number;
  latenciesMs: number[];
  /** Processor milliseconds per letter, by process; empty where the system does not tell. */
  cpuMs: Record<string, number>;
}

export interface Pair {
  desk: Measurement;
  floor: Measurement;
}

export interface Figures {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  cpuMs: Record<string, number>;
}

export interface Ratio {
  median: number;
  lowest: number;
  highest: number;
}

export interface Summary {
  desk: Figures;
  floor: Figures;
  /** Desk to floor, taken in each round; processor time only of what both have. */
  ratios: { perSecond: Ratio; cpuMs: Record<string, Ratio> };
  rounds: { desk: Figures; floor: Figures }[];
}

/** Nearest rank. NaN of nothing. */
export const percentile = (values: number[], percent: number): number => {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)] ?? Number.NaN;
};

export const median = (values: number[]): number => {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
};

/** Rates and processor time are medians of the rounds; latencies are those of all letters together. */
export const figuresOf = (rounds: Measurement[]): Figures => {
  const latencies = rounds.flatMap(({ latenciesMs }) => latenciesMs);
  return {
    perSecond: median(rounds.map(perSecond)),
    p50Ms: percentile(latencies, 50),
    p99Ms: percentile(latencies, 99),
    cpuMs: Object.fromEntries(
      processesOf(rounds[0]).map((name) => [name, median(rounds.map(cpuOf(name)))]),
    ),
  };
};

export const summarise = (pairs: Pair[]): Summary => {
  const [first] = pairs;
  const inBoth = processesOf(first?.desk).filter((name) =>
    processesOf(first?.floor).includes(name),
  );
  return {
    desk: figuresOf(pairs.map(({ desk }) => desk)),
    floor: figuresOf(pairs.map(({ floor }) => floor)),
    ratios: {
      perSecond: ratioOf(pairs, perSecond),
      cpuMs: Object.fromEntries(inBoth.map((name) => [name, ratioOf(pairs, cpuOf(name))])),
    },
    rounds: pairs.map(({ desk, floor }) => ({
      desk: figuresOf([desk]),
      floor: figuresOf([floor]),
    })),
  };
};

const ratioOf = (pairs: Pair[], figure: (one: Measurement) => number): Ratio => {
  const ratios = pairs.map(({ desk, floor }) => figure(desk) / figure(floor));
  return { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
};

const perSecond = ({ letters, seconds }: Measurement): number => letters / seconds;

const processesOf = (one: Measurement | undefined): string[] => Object.keys(one?.cpuMs ?? {});

const cpuOf =
  (name: string) =>
  ({ cpuMs }: Measurement): number =>
    cpuMs[name] ?? Number.NaN;
