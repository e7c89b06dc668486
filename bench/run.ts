/**
 * `npm run bench`: the desk beside a floor of a few lines, in turns, on the same servers. Says what
 * the machine is and what was measured; asserts nothing about time. docs/benchmarks.md explains it.
 */
import { parseArgs } from 'node:util';
import { OperatorError } from '../src/platform/base/errors.ts';
import { type Pair, summarise } from './figures.ts';
import { costText, measureCost } from './cost.ts';
import { filesText, measureFiles } from './files.ts';
import { describeMachine } from './machine.ts';
import { type Bench, prepareBench } from './measure.ts';
import { type Results, resultsText } from './report.ts';
import { makePdf } from './sample-pdf.ts';
import { openStage, type Opening } from './stage.ts';

const CONCURRENCY = 8;
const FILE_BYTES = 300_000;
/** Enough to have the code compiled and the connections open. */
const WARM_UP_LETTERS = 50;

const HELP = `npm run bench -- [files|cost] [--letters N] [--seconds S] [--rounds R] [--set NAME=VALUE]... [--list] [--json]
    files        uploads of several people while one sends files that are slow to read
    cost         processor time, SQL statements and history events of one letter, previews off
    --letters N  letters of each measurement in each round (default 100)
    --seconds S  with files: how long each measurement takes (default 15)
    --rounds R   rounds (default 5)
    --set NAME=VALUE  a setting of the desk that is measured, as PREVIEWS=off
    --list       with cost: every SQL statement of one letter
    --json       print everything for programs`;

interface Options {
  what: 'letters' | 'files' | 'cost';
  letters: number;
  seconds: number;
  rounds: number;
  /** Of the desk: it comes with none. */
  set: Record<string, string>;
  list: boolean;
  json: boolean;
}

/** Undefined: help was asked for. @throws OperatorError */
const readOptions = (args: string[]): Options | undefined => {
  const parse = () => {
    try {
      return parseArgs({
        args,
        allowPositionals: true,
        options: {
          letters: { type: 'string', default: '100' },
          seconds: { type: 'string', default: '15' },
          rounds: { type: 'string', default: '5' },
          set: { type: 'string', multiple: true, default: [] },
          list: { type: 'boolean', default: false },
          json: { type: 'boolean', default: false },
          help: { type: 'boolean', default: false },
        },
      });
    } catch (error) {
      throw new OperatorError(`${(error as Error).message}\n${HELP}`, error);
    }
  };
  const { values, positionals } = parse();
  const { letters, seconds, rounds, set, list, json, help } = values;
  if (help) return undefined;
  const what = positionals.length === 0 ? 'letters' : positionals.join(' ');
  if (what !== 'letters' && what !== 'files' && what !== 'cost')
    throw new OperatorError(`${what} is not measured.\n${HELP}`);
  return {
    what,
    letters: count('letters', letters),
    seconds: count('seconds', seconds),
    rounds: count('rounds', rounds),
    set: {
      ...(what === 'cost' && { PREVIEWS: 'off' }),
      ...Object.fromEntries(set.map(nameAndValue)),
    },
    list,
    json,
  };
};

const nameAndValue = (text: string): [string, string] => {
  const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(text) ?? [];
  if (name === undefined || value === undefined)
    throw new OperatorError(`--set takes NAME=VALUE.\n${HELP}`);
  return [name, value];
};

const count = (name: string, text: string): number => {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (value < 1) throw new OperatorError(`--${name} must be a whole number above 0.\n${HELP}`);
  return value;
};

/** Progress goes to the error output: the other one holds the result and nothing else. */
const say = (line: string): void => {
  process.stderr.write(`bench: ${line}\n`);
};

/** Who goes first changes with each round. */
const round = async (
  bench: Bench,
  letters: number,
  deskFirst: boolean,
): Promise<{ submission: Pair; approval: Pair }> => {
  const inTurn = async <Desk, Floor>(
    desk: () => Promise<Desk>,
    floor: () => Promise<Floor>,
  ): Promise<{ desk: Desk; floor: Floor }> => {
    if (deskFirst) return { desk: await desk(), floor: await floor() };
    const first = await floor();
    return { desk: await desk(), floor: first };
  };
  const submitted = await inTurn(
    () => bench.submitToDesk(letters),
    () => bench.submitToFloor(letters),
  );
  const workflowIds = await bench.startFloorWorkflows(letters);
  const approval = await inTurn(
    () => bench.approveAtDesk(submitted.desk.letterIds),
    () => bench.approveAtFloor(workflowIds),
  );
  return { submission: { desk: submitted.desk.measured, floor: submitted.floor }, approval };
};

/** What is printed: for people, and for programs. */
const measured = async (opening: Opening, options: Options): Promise<[string, object]> => {
  if (options.what === 'files') {
    const results = await measureFiles(await opening.start(), { ...options, say });
    return [filesText(results), results];
  }
  if (options.what === 'cost') {
    const results = await measureCost(await opening.start(), { ...options, say });
    return [costText(results), results];
  }
  const results = await measure(opening, options);
  return [resultsText(results), results];
};

const measure = async (opening: Opening, { letters, rounds, set }: Options): Promise<Results> => {
  const stage = await opening.start();
  const machine = await describeMachine(stage);
  const bench = await prepareBench(stage, { concurrency: CONCURRENCY, pdf: makePdf(FILE_BYTES) });
  try {
    say('warming up');
    await round(bench, Math.min(letters, WARM_UP_LETTERS), false);
    const submission: Pair[] = [];
    const approval: Pair[] = [];
    for (let index = 0; index < rounds; index += 1) {
      say(`round ${index + 1} of ${rounds}`);
      const pairs = await round(bench, letters, index % 2 === 0);
      submission.push(pairs.submission);
      approval.push(pairs.approval);
    }
    await bench.checkRecord();
    const settings = { letters, rounds, set, concurrency: CONCURRENCY, fileBytes: FILE_BYTES };
    return {
      machine,
      settings,
      submission: summarise(submission),
      approval: summarise(approval),
    };
  } finally {
    bench.close();
  }
};

/** Rejects when somebody asks to stop; the second time everything is killed. */
const untilAskedToStop = (opening: Opening): Promise<never> =>
  new Promise((_, reject) => {
    let asked = false;
    const ask = (): void => {
      if (asked) {
        opening.kill();
        process.exit(130);
      }
      asked = true;
      reject(new OperatorError('stopped'));
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ask);
    // npm passes a signal on to its shell only: that the shell is gone is then all one sees of it.
    const parent = process.ppid;
    setInterval(() => {
      if (!asked && process.ppid !== parent) ask();
    }, 500).unref();
  });

const main = async (): Promise<void> => {
  const options = readOptions(process.argv.slice(2));
  if (options === undefined) {
    process.stdout.write(`${HELP}\n`);
    return;
  }
  const opening = await openStage(say, options.set);
  try {
    const [text, results] = await Promise.race([
      measured(opening, options),
      opening.failed.then((error) => Promise.reject(error)),
      untilAskedToStop(opening),
    ]);
    process.stdout.write(options.json ? `${JSON.stringify(results, null, 2)}\n` : text);
  } finally {
    await opening.close();
  }
};

try {
  await main();
  process.exit(0);
} catch (error) {
  if (error instanceof OperatorError) process.stderr.write(`bench: ${error.message}\n`);
  else console.error(error);
  process.exit(1);
}
