/** The results for people: the machine, and one small table for each measurement. */
import type { Figures, Ratio, Summary } from './figures.ts';
import type { Machine } from './machine.ts';

export interface Results {
  machine: Machine;
  settings: {
    letters: number;
    rounds: number;
    set: Record<string, string>;
    concurrency: number;
    fileBytes: number;
  };
  submission: Summary;
  approval: Summary;
}

export const resultsText = ({ machine, settings, submission, approval }: Results): string => {
  const { letters, rounds, set, concurrency, fileBytes } = settings;
  const given = Object.entries(set).map(([name, value]) => `${name}=${value}`);
  return [
    '',
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGb} GB, ${machine.system}, load ${machine.load} at the start, 8 kB flushed in ${machine.flushMs} ms`,
    `Node ${machine.node}, PostgreSQL ${machine.postgres} (fsync on), Temporal server ${machine.temporalServer}, SDK ${machine.temporalSdk}`,
    `${rounds} rounds of ${letters} letters, ${concurrency} at once; all processes and the load share the cores`,
    ...(given.length > 0 ? [`The desk with ${given.join(' ')}`] : []),
    '',
    `Submission: POST with a ${Math.round(fileBytes / 1000)} kB PDF to the 303`,
    ...table(submission),
    '',
    'Approve to done: workflows that wait; the click to registered and SMS sent, the signal to completed',
    ...table(approval),
    '',
    'ratio: desk to floor, median of the rounds (lowest to highest). cpu: ms of processor time per letter, late work included; bench is the load itself.',
    '',
  ].join('\n');
};

const table = ({ desk, floor, ratios }: Summary): string[] => {
  const processes = Object.keys(desk.cpuMs);
  const row = (name: string, { perSecond, p50Ms, p99Ms, cpuMs }: Figures): string[] => [
    name,
    ...[perSecond, p50Ms, p99Ms].map(figure),
    ...processes.map((process) => figure(cpuMs[process])),
  ];
  return align([
    ['', 'letters/s', 'p50 ms', 'p99 ms', ...processes.map((process) => `cpu ${process}`)],
    row('desk', desk),
    row('floor', floor),
    [
      'ratio',
      ratioWithRange(ratios.perSecond),
      '',
      '',
      ...processes.map((process) => ratio(ratios.cpuMs[process])),
    ],
  ]);
};

const figure = (value = Number.NaN): string => {
  if (!Number.isFinite(value)) return '-';
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
};

const ratio = (of: Ratio | undefined): string =>
  of !== undefined && Number.isFinite(of.median) ? of.median.toFixed(2) : '-';

const ratioWithRange = (of: Ratio): string =>
  `${ratio(of)} (${of.lowest.toFixed(2)}-${of.highest.toFixed(2)})`;

export const align = (rows: string[][]): string[] => {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  return rows.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
};
