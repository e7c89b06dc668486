/**
 * `npm run bench -- files`: uploads per second of several people, alone and while one other person
 * sends files that are slow to read, in turns; and what checking one honest file costs.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { sampleFile } from '../src/testing/sample-files.ts';
import { cpuMs, ownCpuMs } from './cpu.ts';
import { findUnitId, sendLetter, signInApplicant, submitLetter } from './desk-visitor.ts';
import type { UploadFile } from './desk-visitor.ts';
import { median, percentile } from './figures.ts';
import { checkInProcess } from './floor-check.ts';
import { createHttpClient } from './http-client.ts';
import { describeMachine, type Machine } from './machine.ts';
import { makePdf } from './sample-pdf.ts';
import { slowFiles } from './slow-files.ts';
import type { Stage } from './stage.ts';

const HONEST = 6;
/** Of the one person, in parallel. */
const SLOW_AT_ONCE = 8;
const WARM_UP_SECONDS = 5;
const HEAD_START_MS = 2_000;
const FLOOR_FILES = 60;

export interface Turn {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Of a file: web itself, and the processes that it reads files in. */
  webMs: number;
  poolMs: number;
  /** What the one person was answered, by status. */
  slow: Record<string, number>;
}

export interface FilesResults {
  machine: Machine;
  settings: { seconds: number; rounds: number; set: Record<string, string> };
  alone: Turn[];
  beside: Turn[];
  /** Processor milliseconds of the same check in one process, for the mean of the honest files. */
  floorMs: number;
}

const honestFiles = async (): Promise<UploadFile[]> => {
  const sample = async (type: 'jpg' | 'png' | 'docx'): Promise<UploadFile> => ({
    ...(await sampleFile(type)),
    type: 'application/octet-stream',
  });
  const scan = { name: 'letter.pdf', type: 'application/pdf', bytes: makePdf(300_000) };
  return [scan, await sample('jpg'), await sample('docx'), await sample('png')];
};

export const measureFiles = async (
  stage: Stage,
  options: {
    seconds: number;
    rounds: number;
    set: Record<string, string>;
    say: (line: string) => void;
  },
): Promise<FilesResults> => {
  const { seconds, rounds, set, say } = options;
  const machine = await describeMachine(stage);
  const http = createHttpClient(stage.deskOrigin, HONEST);
  const slowHttp = createHttpClient(stage.deskOrigin, SLOW_AT_ONCE);
  const cookies: string[] = [];
  for (let person = 0; person <= HONEST; person += 1)
    cookies.push(await signInApplicant(http, `0912${String(4_000_000 + person)}`));
  const [slowCookie = '', ...honestCookies] = cookies;
  const unitId = await findUnitId(http, slowCookie);
  const [files, slow] = [await honestFiles(), slowFiles()];

  /** One after the other until the clock says so; the time of each. */
  const sendHonest = async (cookie: string, start: number, until: number): Promise<number[]> => {
    const times: number[] = [];
    for (let at = start; performance.now() < until; at += 1) {
      const asked = performance.now();
      const file = files[at % files.length] as UploadFile;
      await submitLetter(http, { cookie, unitId, file });
      times.push(performance.now() - asked);
    }
    return times;
  };

  const sendSlow = async (counts: Record<string, number>, start: number, until: () => boolean) => {
    for (let at = start; !until(); at += 1) {
      const file = slow[at % slow.length] as UploadFile;
      const sent = sendLetter(slowHttp, { cookie: slowCookie, unitId, file });
      const status = await sent.then((answer) => String(answer.status)).catch(() => 'none');
      counts[status] = (counts[status] ?? 0) + 1;
      // Who is turned away asks again, as fast as a program may.
      await delay(20);
    }
  };

  const turn = async (isBeside: boolean, turnSeconds = seconds): Promise<Turn> => {
    const counts: Record<string, number> = {};
    let isOver = false;
    const lanes = Array.from({ length: isBeside ? SLOW_AT_ONCE : 0 }, (_, lane) =>
      sendSlow(counts, lane, () => isOver),
    );
    if (isBeside) await delay(HEAD_START_MS);
    const web = stage.pid('web');
    const before = [cpuMs(web) ?? Number.NaN, ownCpuMs(web) ?? Number.NaN] as const;
    const begin = performance.now();
    const until = begin + turnSeconds * 1000;
    const times = (
      await Promise.all(honestCookies.map((cookie, lane) => sendHonest(cookie, lane, until)))
    ).flat();
    const took = (performance.now() - begin) / 1000;
    const webMs = (ownCpuMs(web) ?? Number.NaN) - before[1];
    const allMs = (cpuMs(web) ?? Number.NaN) - before[0];
    isOver = true;
    await Promise.all(lanes);
    return {
      perSecond: times.length / took,
      p50Ms: percentile(times, 50),
      p99Ms: percentile(times, 99),
      webMs: webMs / times.length,
      poolMs: (allMs - webMs) / times.length,
      slow: counts,
    };
  };

  try {
    say('warming up');
    await turn(false, WARM_UP_SECONDS);
    const alone: Turn[] = [];
    const beside: Turn[] = [];
    for (let round = 0; round < rounds; round += 1) {
      say(`round ${round + 1} of ${rounds}`);
      for (const isBeside of round % 2 === 0 ? [false, true] : [true, false])
        (isBeside ? beside : alone).push(await turn(isBeside));
    }
    stage.ensureNoneDied();
    say('the floor');
    const folder = path.join(stage.dataDir, 'floor-check');
    await mkdir(folder);
    const placed = files.map((file) => ({ name: file.name, path: path.join(folder, file.name) }));
    for (const [at, { path: place }] of placed.entries())
      await writeFile(place, files[at]?.bytes ?? '');
    const floorMs = await checkInProcess(placed, FLOOR_FILES);
    return { machine, settings: { seconds, rounds, set }, alone, beside, floorMs };
  } finally {
    http.close();
    slowHttp.close();
  }
};

export const ratiosOf = ({ alone, beside }: Pick<FilesResults, 'alone' | 'beside'>): number[] =>
  beside.map(({ perSecond }, round) => perSecond / (alone[round]?.perSecond ?? Number.NaN));

const row = (name: string, turns: Turn[]): string => {
  const middle = (of: (turn: Turn) => number): string => median(turns.map(of)).toFixed(1);
  const figures = [
    middle(({ perSecond }) => perSecond),
    middle(({ p50Ms }) => p50Ms),
    middle(({ p99Ms }) => p99Ms),
  ];
  return name.padEnd(10) + figures.map((figure) => figure.padStart(12)).join('');
};

export const filesText = (results: FilesResults): string => {
  const { machine, settings, alone, beside, floorMs } = results;
  const ratios = ratiosOf(results);
  const given = Object.entries(settings.set).map(([name, value]) => `${name}=${value}`);
  const answers = beside.map(({ slow }) =>
    Object.entries(slow)
      .map(([status, count]) => `${count} × ${status}`)
      .join(', '),
  );
  const cpu = (of: (turn: Turn) => number): string => median(alone.map(of)).toFixed(1);
  return [
    '',
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGb} GB, load ${machine.load} at the start; Node ${machine.node}`,
    `${settings.rounds} rounds of ${settings.seconds} s, ${HONEST} people one file after the other; beside them one person, ${SLOW_AT_ONCE} slow files at once`,
    ...(given.length > 0 ? [`The desk with ${given.join(' ')}`] : []),
    '',
    `${' '.repeat(10)}${['uploads/s', 'p50 ms', 'p99 ms'].map((head) => head.padStart(12)).join('')}`,
    row('alone', alone),
    row('beside', beside),
    `ratio ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}-${Math.max(...ratios).toFixed(2)})`,
    '',
    `CPU ms per honest file: web ${cpu(({ webMs }) => webMs)}, its processes that read files ${cpu(({ poolMs }) => poolMs)}; the same check in one process ${floorMs.toFixed(1)}`,
    `The one person was answered: ${answers.join(' | ')}`,
    '',
  ].join('\n');
};
