/** Who is there when a situation is made on purpose, and the means of making it. */
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Applicant,
  type Decider,
  decideLetter,
  listUnitIds,
  signInApplicant,
  signInStaff,
  type Submission,
  submitLetter,
  writeLetter,
} from './people.ts';
import type { Stage } from './stage.ts';

export interface Problem {
  /** An invariant, or the name of the rule that the probe looks at. */
  invariant: string;
  witness: string;
}

export interface Scene {
  stage: Stage;
  applicant: Applicant;
  stranger: Applicant;
  reviewer: Decider;
  admin: Decider;
  unitId: string;
  /** Submissions that were not taken; each is sent again, with the same key, when all is well. */
  refused: Submission[];
  /** Sends a letter and reads its page. */
  submit(): Promise<string>;
  approve(letterId: string): Promise<void>;
}

export type Probe = (scene: Scene) => Promise<Problem[]>;

export const openScene = async (stage: Stage): Promise<Scene> => {
  const applicant = await signInApplicant(stage, '09121112233');
  const stranger = await signInApplicant(stage, '09124445566');
  const decider = async (role: 'reviewer' | 'admin'): Promise<Decider> => {
    const account = stage.account(role);
    return { by: account.username, cookie: await signInStaff(stage, account) };
  };
  const reviewer = await decider('reviewer');
  const admin = await decider('admin');
  const [unitId] = await listUnitIds(stage, applicant);
  return {
    stage,
    applicant,
    stranger,
    reviewer,
    admin,
    unitId,
    refused: [],
    submit: () => submitLetter(stage, writeLetter(stage, { applicant, unitId })),
    async approve(letterId) {
      await decideLetter(stage, reviewer, letterId, { kind: 'approve' });
    },
  };
};

/** Looks again and again; undefined when the time is over. */
export const until = async <Found>(
  look: () => Promise<Found | undefined | false>,
  withinMs: number,
): Promise<Found | undefined> => {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found) return found;
    if (Date.now() > end) return undefined;
    await delay(50);
  }
};

/** Holds what `lock` takes until the function that comes back is called. */
export const holdLock = async (
  { sql }: Stage,
  lock: (tx: Stage['sql']) => PromiseLike<unknown>,
): Promise<() => Promise<void>> => {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let taken = (): void => undefined;
  const isTaken = new Promise<void>((resolve) => {
    taken = resolve;
  });
  const held = sql.begin(async (tx) => {
    await lock(tx as unknown as Stage['sql']);
    taken();
    await released;
  });
  await Promise.race([isTaken, held]);
  return async () => {
    release();
    await held;
  };
};

/** A connection of the desk that waits for a lock. */
export const findWaiting = async (
  { sql }: Stage,
  program: 'web' | 'worker',
): Promise<number | undefined> => {
  const [row] = await sql<{ pid: number }[]>`
    select pid from pg_stat_activity
    where application_name = ${`pishkhan ${program}`} and wait_event_type = 'Lock' limit 1`;
  return row?.pid;
};
