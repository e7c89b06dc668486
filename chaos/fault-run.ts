/** The fault run: letters and faults at the same time, rest, and then the invariants. */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { OperatorError } from '../src/platform/base/errors.ts';
import { ROLES } from './desk-processes.ts';
import { describeFault, injectFaults, planFaults } from './faults.ts';
import type { Fault } from './faults.ts';
import { untilClimbed, untilSettled } from './invariants/rest.ts';
import { checkInvariants } from './invariants.ts';
import { type Progress, runLetterLives } from './letter-lives.ts';
import { createRandom } from './random.ts';
import { clock, describeMachine, findingsTable, say, tallyText } from './report.ts';
import { openStage } from './stage.ts';

export interface FaultRunOptions {
  letters: number;
  kills: number;
  seed: number;
  /** Longest SIGSTOP. */
  stopSeconds: number;
  /** Letters in a second. */
  rate?: number;
  keep: boolean;
  signal: AbortSignal;
}

/** A kill with its pause and its share of the other faults, stops left out, as seen on two cores. */
const SECONDS_PER_KILL = 6.5;
/** So that letters arrive until the last fault. */
const secondsOf = (plan: Fault[]): number =>
  plan.reduce(
    (seconds, fault) =>
      seconds +
      (fault.kind === 'stop' ? fault.seconds : fault.kind === 'kill' ? SECONDS_PER_KILL : 0),
    0,
  );
const LEAST_RATE = 0.5;
/** As short as it gets: kills fall into it, and the letters do not wait. */
const UNDO_SECONDS = '1';
const PROGRESS_EVERY_MS = 15_000;
/** The engine's longest wait between two tries is five minutes. */
const SETTLES_WITHIN_MS = 330_000;
/** Longer than the ladder of the last letter. */
const CLIMBS_WITHIN_MS = 150_000;
/** A run that takes longer hangs: a desk that never answers again is waited for otherwise. */
const minutesAtMost = (kills: number): number => 15 + kills;

/** True when all invariants hold. */
export const runFaults = async (options: FaultRunOptions): Promise<boolean> => {
  const { letters, kills, seed, stopSeconds } = options;
  let keeps = options.keep;
  const begin = Date.now();
  say(`chaos: ${letters} letters, ${kills} kills, seed ${seed}`);
  const hangs = new AbortController();
  const limit = minutesAtMost(kills);
  const giveUp = (): void =>
    hangs.abort(new OperatorError(`not over after ${limit} minutes (seed ${seed})`));
  setTimeout(giveUp, limit * 60_000).unref();
  const signal = AbortSignal.any([options.signal, hangs.signal]);
  // Each letter waits on it.
  setMaxListeners(0, signal);
  const stage = await openStage({ signal, env: { UNDO_SECONDS } });
  try {
    say(`machine: ${await describeMachine(stage)}`);
    const random = createRandom(seed);
    const plan = planFaults(random.branch(), { kills, stopSeconds });
    const rate = options.rate ?? Math.max(LEAST_RATE, letters / (secondsOf(plan) + 1));
    const progress: Progress = { started: 0, acknowledged: 0, finished: 0 };
    const report = (): void =>
      say(
        `${clock(begin)}  letters ${progress.started} sent, ${progress.acknowledged} acknowledged, ${progress.finished} of ${letters} as far as they go`,
      );
    const reporting = setInterval(report, PROGRESS_EVERY_MS);
    const lives = runLetterLives(stage, { letters, rate, random: random.branch() }, progress);
    lives.catch(() => undefined);
    try {
      // The first visitors sign in at an undisturbed desk.
      while (progress.started === 0) await Promise.race([lives, delay(100, undefined, { signal })]);
      await injectFaults(stage, plan, (fault, index) =>
        say(`${clock(begin)}  fault ${index + 1} of ${plan.length}: ${describeFault(fault)}`),
      );
      await lives;
    } finally {
      clearInterval(reporting);
    }
    report();
    stage.setGateway('ok');
    await stage.untilReady(ROLES);
    // Letters that are decided only now have a ladder to climb.
    await untilSettled(stage, SETTLES_WITHIN_MS);
    await untilClimbed(stage, CLIMBS_WITHIN_MS);
    const left = await untilSettled(stage, SETTLES_WITHIN_MS);
    say(
      `${clock(begin)}  ${left.length === 0 ? 'all at rest' : `not at rest: ${left.join(', ')}`}`,
    );
    const findings = await checkInvariants(stage);
    const others = stage.visitor.problems.filter(
      ({ invariant }) => !findings.some(({ id }) => id === invariant),
    );
    for (const { invariant, witness } of others)
      findings.push({
        id: invariant,
        title: 'answers',
        state: 'broken',
        breaks: 1,
        detail: witness,
      });
    say(`answers: ${tallyText(stage.visitor.tally)}`);
    say(`answers to receipts: ${tallyText(stage.gateway.receipts.tally)}`);
    say(findingsTable(findings));
    const broken = findings.filter(({ state }) => state === 'broken');
    keeps ||= broken.length > 0;
    say(
      broken.length === 0
        ? `${clock(begin)}  all invariants hold (seed ${seed})`
        : `${clock(begin)}  BROKEN: ${broken.map(({ id }) => id).join(', ')} (seed ${seed})`,
    );
    return broken.length === 0;
  } finally {
    if (keeps) say(`kept: ${stage.folder}`);
    await stage.close({ keep: keeps });
  }
};
