/**
 * Troubles of the database and of the disks, one by one. While each lasts a person gets a page that
 * says "not received", with 503 and Retry-After, within bounds; nothing is stored by half; and the
 * desk works again by itself.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import postgres from 'postgres';
import { OperatorError } from '../src/platform/base/errors.ts';
import { ROLES } from './desk-processes.ts';
import { countFiles } from './invariants/machine.ts';
import { untilSettled } from './invariants/rest.ts';
import { checkInvariants } from './invariants.ts';
import { confirmLetter, decideLetter, sendLetter, submitLetter, writeLetter } from './people.ts';
import { createRandom } from './random.ts';
import { clock, findingsTable, say } from './report.ts';
import { holdLock, openScene, type Problem, type Scene, until } from './scene.ts';
import { openStage, type Stage } from './stage.ts';

interface Scenario {
  name: string;
  prepare?: (folder: string) => Promise<Record<string, string>>;
  /** Undefined: it can be made here; else why not. */
  whyNot?: () => string | undefined;
  play(scene: Scene): Promise<Problem[]>;
  /** Undoes `prepare` once nothing runs any more. */
  cleanUp?: (folder: string) => Promise<void>;
}

/** An answer that comes later than this is no answer to a person who waits. */
const BOUND_MS = 15_000;
const LOCK_SECONDS = 30;

const problem = (witness: string): Problem => ({ invariant: 'scenario', witness });

/** What is stored: rows and files, to be the same after a refusal as before it. */
const countStored = async ({ sql, filesDir }: Stage): Promise<string> => {
  const [row] = await sql<{ letters: number; files: number }[]>`
    select (select count(*)::int from letters) as letters, (select count(*)::int from files) as files`;
  const stored = await countFiles(filesDir);
  return `${row?.letters} letters, ${row?.files} file rows, ${stored} stored files`;
};

/** Sends a letter that must be refused, in time and without a trace; then returns it. */
const mustBeRefused = async (
  { stage, applicant, unitId, refused }: Scene,
  what: string,
  { bytes = 300_000, count = true } = {},
): Promise<Problem[]> => {
  const problems: Problem[] = [];
  const before = count ? await countStored(stage) : '';
  const submission = writeLetter(stage, { applicant, unitId, bytes });
  const begin = Date.now();
  const letterId = await sendLetter(stage, submission);
  const ms = Date.now() - begin;
  if (letterId !== undefined) problems.push(problem(`${what}: the letter was taken`));
  if (ms > BOUND_MS) problems.push(problem(`${what}: the answer took ${ms} ms`));
  const after = count ? await countStored(stage) : '';
  if (after !== before) problems.push(problem(`${what}: before ${before}, after ${after}`));
  refused.push(submission);
  say(`        ${what}: refused after ${ms} ms`);
  return problems;
};

const worksAgain = async (scene: Scene, what: string): Promise<Problem[]> => {
  const { stage, refused } = scene;
  const begin = Date.now();
  for (const submission of refused.splice(0)) await submitLetter(stage, submission);
  await scene.approve(await scene.submit());
  await stage.untilReady(ROLES);
  const left = await untilSettled(stage, 90_000);
  say(`        ${what}: works again, all told after ${Math.round((Date.now() - begin) / 1000)} s`);
  return left.length === 0 ? [] : [problem(`${what}: left over: ${left.join(', ')}`)];
};

const needsMount = (): string | undefined => {
  if (process.platform !== 'linux') return 'a small disk can be made on Linux only';
  return process.getuid?.() === 0 ? undefined : 'a small disk can be mounted by root only';
};

const mountSmall = (place: string, megabytes: number): void => {
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0755`, 'tmpfs', place]);
};

const unmount = (place: string): void => {
  try {
    execFileSync('umount', ['-l', place], { stdio: 'ignore' });
  } catch {
    // It was never mounted.
  }
};

/** Leaves `spare` bytes free; returns what gives the room back. */
const fillDisk = async (folder: string, spare: number): Promise<() => Promise<void>> => {
  const filler = path.join(folder, 'filler');
  const { bavail, bsize } = await statfs(folder);
  // Others write at the same time.
  await writeFile(filler, Buffer.alloc(Math.max(0, bavail * bsize - spare))).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOSPC') throw error;
    },
  );
  return () => rm(filler, { force: true });
};

const diskFull: Scenario = {
  name: 'disk-full',
  whyNot: needsMount,
  async prepare(folder) {
    const files = path.join(folder, 'files');
    await mkdir(files);
    mountSmall(files, 16);
    return {};
  },
  async play(scene) {
    const { filesDir } = scene.stage;
    await scene.submit();
    const problems: Problem[] = [];
    for (const [what, spare] of [
      ['no byte left for files', 0],
      ['room for half a file', 150_000],
    ] as const) {
      const free = await fillDisk(filesDir, spare);
      problems.push(...(await mustBeRefused(scene, what)));
      await free();
      problems.push(...(await worksAgain(scene, what)));
    }
    return problems;
  },
  async cleanUp(folder) {
    unmount(path.join(folder, 'files'));
  },
};

/** The database, the engine and the logs on one small disk that is full for a while. */
const databaseFull: Scenario = {
  name: 'database-full',
  whyNot: needsMount,
  async prepare(folder) {
    mountSmall(path.join(folder, 'data'), 400);
    return {};
  },
  async play(scene) {
    const { stage, refused } = scene;
    await scene.submit();
    const free = await fillDisk(stage.dataDir, 0);
    const end = Date.now() + 20_000;
    // Pages with room in them take some letters still.
    while (Date.now() < end && refused.length < 5) {
      const submission = writeLetter(stage, scene);
      const letterId = await sendLetter(stage, submission);
      if (letterId === undefined) refused.push(submission);
      else await confirmLetter(stage, submission, letterId);
    }
    say(`        database disk full: ${refused.length} letters refused`);
    const problems = refused.length > 0 ? [] : [problem('the full disk was not felt')];
    await free();
    problems.push(...(await worksAgain(scene, 'database disk full')));
    return problems;
  },
  async cleanUp(folder) {
    unmount(path.join(folder, 'data'));
  },
};

const lock: Scenario = {
  name: 'lock',
  async play(scene) {
    const { stage, reviewer } = scene;
    const problems: Problem[] = [];
    const held = await scene.submit();
    const other = await scene.submit();
    await untilSettled(stage, 30_000);

    const freeLetter = await holdLock(
      stage,
      (tx) => tx`select 1 from letters where id = ${held} for update`,
    );
    const freeRegister = await holdLock(
      stage,
      (tx) => tx`select 1 from registers where id = 'main' for update`,
    );
    const over = stage.faults.begin('locks are held');
    const begin = Date.now();
    const refusal = await stage.visitor.post(
      `/staff/letters/${held}/approval`,
      { unit: '' },
      reviewer.cookie,
    );
    if (refusal?.status !== 503 || refusal.ms > BOUND_MS)
      problems.push(problem(`a locked letter: ${refusal?.status} after ${refusal?.ms} ms`));
    say(`        a locked letter: ${refusal?.status} after ${Math.round(refusal?.ms ?? 0)} ms`);
    // A locked register holds up the number, and not the person.
    await decideLetter(stage, reviewer, other, { kind: 'approve' });
    const page = await stage.visitor.get(`/letters/${held}`, scene.applicant.cookie);
    if (page?.status !== 200) problems.push(problem(`a locked letter is read: ${page?.status}`));
    await scene.submit();
    await delay(Math.max(0, begin + LOCK_SECONDS * 1000 - Date.now()), undefined, {
      signal: stage.signal,
    });
    await freeLetter();
    await freeRegister();
    over();
    await scene.approve(held);
    problems.push(...(await worksAgain(scene, `locks held ${LOCK_SECONDS} s`)));
    return problems;
  },
};

const terminate: Scenario = {
  name: 'terminate',
  async play(scene) {
    const { stage } = scene;
    const random = createRandom(1);
    const over = stage.faults.begin('connections are terminated');
    const end = Date.now() + 15_000;
    let terminated = 0;
    const ending = (async () => {
      while (Date.now() < end) {
        const pids = await stage.sql<{ pid: number }[]>`
          select pid from pg_stat_activity where application_name like 'pishkhan%'`;
        const [first, ...rest] = pids;
        if (first) {
          const { pid } = random.pick([first, ...rest]);
          await stage.sql`select pg_terminate_backend(${pid})`;
          terminated += 1;
        }
        await delay(random.whole(10, 120));
      }
    })();
    const people = Array.from({ length: 4 }, async () => {
      while (Date.now() < end) await scene.approve(await scene.submit());
    });
    await Promise.all([ending, ...people]);
    over();
    say(`        ${terminated} connections terminated`);
    return worksAgain(scene, 'connections terminated');
  },
};

const MANY = 30;

const pool: Scenario = {
  name: 'pool',
  async play(scene) {
    const { stage, applicant } = scene;
    const problems: Problem[] = [];
    await scene.submit();

    // Every connection of the web process waits, and more people come than it has connections.
    const free = await holdLock(stage, (tx) => tx`lock table letters in exclusive mode`);
    const before = await countStored(stage);
    const submissions = Array.from({ length: MANY }, () => writeLetter(stage, scene));
    const begin = Date.now();
    const answers = await Promise.all(
      submissions.map(async (submission) => {
        const letterId = await sendLetter(stage, submission);
        return { letterId, ms: Date.now() - begin };
      }),
    );
    const slowest = Math.max(...answers.map(({ ms }) => ms));
    say(`        ${MANY} people, every connection waiting: all answered after ${slowest} ms`);
    if (answers.some(({ letterId }) => letterId !== undefined))
      problems.push(problem('a letter was taken that could not be written'));
    if (slowest > BOUND_MS) problems.push(problem(`the last of ${MANY} waited ${slowest} ms`));
    await free();
    // What was under way when its answer was given is refused as its turn comes.
    await until(async () => (await countStored(stage)) === before, 10_000);
    const after = await countStored(stage);
    if (after !== before) problems.push(problem(`all waiting: before ${before}, after ${after}`));
    scene.refused.push(...submissions);
    problems.push(...(await worksAgain(scene, 'every connection waiting')));

    // The server has no connection left to give.
    const [limits] = await stage.sql<{ max: number; kept: number }[]>`
      select current_setting('max_connections')::int as max,
        current_setting('superuser_reserved_connections')::int
          + current_setting('reserved_connections')::int as kept`;
    const url = new URL(await deskDatabase(stage));
    const greedy = postgres(url.href, {
      max: (limits?.max ?? 100) - (limits?.kept ?? 3),
      connection: { application_name: 'greedy' },
      onnotice: () => undefined,
    });
    const hold = Array.from({ length: limits?.max ?? 100 }, () =>
      greedy`select pg_sleep(600)`.catch(() => undefined),
    );
    await until(async () => {
      await stage.sql`
        select pg_terminate_backend(pid) from pg_stat_activity
        where application_name like 'pishkhan%'`;
      const [row] = await stage.sql<{ greedy: number; desk: number }[]>`
        select count(*) filter (where application_name = 'greedy')::int as greedy,
          count(*) filter (where application_name like 'pishkhan%')::int as desk
        from pg_stat_activity`;
      return row !== undefined && row.desk === 0 && row.greedy > 50;
    }, 20_000);
    problems.push(...(await mustBeRefused(scene, 'no connection left at the server')));
    const page = await stage.visitor.get('/letters', applicant.cookie);
    if (page?.status !== 503) problems.push(problem(`a page without a database: ${page?.status}`));
    await stage.sql`
      select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'greedy'`;
    await greedy.end({ timeout: 0 });
    await Promise.all(hold);
    problems.push(...(await worksAgain(scene, 'no connection left at the server')));
    return problems;
  },
};

const deskDatabase = async (stage: Stage): Promise<string> => {
  const { stdout } = await stage.command('doctor', '--json', '--secrets');
  return (JSON.parse(stdout) as { database: { url: string } }).database.url;
};

const SCENARIOS: readonly Scenario[] = [diskFull, databaseFull, lock, terminate, pool];

const choose = (name: string): readonly Scenario[] => {
  if (name === 'all') return SCENARIOS;
  const chosen = SCENARIOS.filter((one) => one.name === name);
  if (chosen.length > 0) return chosen;
  const names = SCENARIOS.map((one) => one.name).join(', ');
  throw new OperatorError(`There is no scenario "${name}". These are: ${names}`);
};

/** True when every scenario that can be made here ended well. */
export const runScenarios = async (name: string, signal: AbortSignal): Promise<boolean> => {
  const begin = Date.now();
  let allWell = true;
  for (const scenario of choose(name)) {
    const why = scenario.whyNot?.();
    if (why !== undefined) {
      say(`${clock(begin)}  ${scenario.name}: not run, ${why}`);
      continue;
    }
    say(`${clock(begin)}  ${scenario.name}`);
    if (!(await runScenario(scenario, signal))) allWell = false;
  }
  say(`${clock(begin)}  ${allWell ? 'all well' : 'NOT all well'}`);
  return allWell;
};

const runScenario = async (scenario: Scenario, signal: AbortSignal): Promise<boolean> => {
  const stage = await openStage({
    signal,
    ...(scenario.prepare && { prepare: scenario.prepare }),
    ...(scenario.cleanUp && { cleanUp: scenario.cleanUp }),
  });
  try {
    const problems = await scenario.play(await openScene(stage));
    const findings = await checkInvariants(stage);
    for (const { invariant, witness } of [...problems, ...stage.visitor.problems])
      say(`        BROKEN ${invariant}: ${witness}`);
    const broken = findings.filter(({ state }) => state === 'broken');
    if (broken.length > 0) say(findingsTable(broken));
    return problems.length + stage.visitor.problems.length + broken.length === 0;
  } finally {
    await stage.close();
  }
};
