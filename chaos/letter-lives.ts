/** Letters that arrive at a steady rate, whatever the desk does, each with a life of its own. */
import { setTimeout as delay } from 'node:timers/promises';
import { makePdf } from '../bench/sample-pdf.ts';
import {
  actOnLetter,
  type Applicant,
  correctLetter,
  type Decider,
  decideLetter,
  listUnitIds,
  signalLetter,
  signInApplicant,
  signInStaff,
  submitLetter,
  undoDecision,
  withdrawLetter,
  writeLetter,
} from './people.ts';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';

const FIRST_APPLICANTS = 5;
/** Every so many letters comes from somebody who signs in first. */
const NEWCOMER_EVERY = 10;

/** How the letters end, in hundredths. */
const PENDING = 8;
const WITHDRAWN = 4;
/** Its sender withdraws it while a reviewer approves it. */
const WITHDRAWN_LATE = 4;
const RETURNED = 10;
const REJECTED = 18;
const RACED = 8;
/** Its reviewer takes the approval back, and approves it again or leaves it. */
const UNDONE = 10;
const SIGNALLED = 8;
/** Of those that come back: the others are withdrawn, or wait for their sender. */
const CORRECTED = 0.7;
const MOST_ROUNDS = 3;

export interface Progress {
  started: number;
  acknowledged: number;
  finished: number;
}

/** Resolves when every letter has been acknowledged and has come as far as it was meant to. */
export const runLetterLives = async (
  stage: Stage,
  { letters, rate, random }: { letters: number; rate: number; random: Random },
  progress: Progress,
): Promise<void> => {
  const { signal } = stage;
  const mobileOf = (index: number): string => `0912${String(1_000_000 + index * 7919).slice(-7)}`;
  const applicants: Applicant[] = [];
  for (let index = 0; index < FIRST_APPLICANTS; index += 1)
    applicants.push(await signInApplicant(stage, mobileOf(index)));
  const [someone] = applicants;
  if (!someone) throw new Error('there is no applicant');
  const unitIds = await listUnitIds(stage, someone);
  const staff = await Promise.all(
    (['reviewer', 'admin'] as const).map(async (role): Promise<Decider> => {
      const account = stage.account(role);
      return { by: account.username, cookie: await signInStaff(stage, account) };
    }),
  );
  const [reviewer, admin] = staff;
  if (!reviewer || !admin) throw new Error('there is no reviewer or admin');

  const applicantOf = async (index: number, random: Random): Promise<Applicant> => {
    if (index % NEWCOMER_EVERY === 0)
      return signInApplicant(stage, mobileOf(FIRST_APPLICANTS + index));
    return applicants[random.whole(0, applicants.length - 1)] ?? someone;
  };

  interface Own {
    letterId: string;
    index: number;
    applicant: Applicant;
    round: number;
  }

  const decide = async (own: Own, random: Random): Promise<void> => {
    const { letterId, index, applicant, round } = own;
    let fate = random.whole(0, 99);
    const reason = `دلیل ${letterId.slice(0, 8)} ${round}`;
    const falls = (share: number): boolean => (fate -= share) < 0;
    if (falls(WITHDRAWN)) await withdrawLetter(stage, applicant, letterId);
    else if (falls(WITHDRAWN_LATE))
      await Promise.all([
        decideLetter(stage, reviewer, letterId, { kind: 'approve' }),
        withdrawLetter(stage, applicant, letterId),
      ]);
    else if (falls(RETURNED)) {
      await decideLetter(stage, reviewer, letterId, { kind: 'return', reason });
      await correct(own, random);
    } else if (falls(REJECTED))
      await decideLetter(stage, reviewer, letterId, { kind: 'reject', reason });
    else if (falls(RACED))
      await Promise.all([
        decideLetter(stage, reviewer, letterId, { kind: 'approve' }),
        decideLetter(stage, admin, letterId, { kind: 'reject', reason }),
      ]);
    else if (falls(UNDONE)) {
      await decideLetter(stage, reviewer, letterId, { kind: 'approve' });
      const outcome = await undoDecision(stage, reviewer, letterId);
      if (outcome === 'undone' && random.chance(0.5))
        await decideLetter(stage, reviewer, letterId, { kind: 'approve' });
    } else if (falls(SIGNALLED))
      await signalLetter(stage, letterId, { kind: 'approve', by: `engine-${index}` });
    else {
      await decideLetter(stage, reviewer, letterId, { kind: 'approve' });
      if (random.chance(0.4)) return;
      await answer(letterId, index, random);
    }
  };

  const correct = async (own: Own, random: Random): Promise<void> => {
    const { letterId, applicant, round } = own;
    await untilState(stage, { path: `/letters/${letterId}`, ...applicant }, 'returned');
    if (round === MOST_ROUNDS || !random.chance(CORRECTED)) {
      if (random.chance(0.5)) await withdrawLetter(stage, applicant, letterId);
      return;
    }
    const unitId = random.pick(unitIds);
    const file = random.chance(0.5) ? makePdf(random.whole(3000, 9000)) : undefined;
    await correctLetter(stage, applicant, letterId, { round, unitId, ...(file && { file }) });
    await decide({ ...own, round: round + 1 }, random);
  };

  const answer = async (letterId: string, index: number, random: Random): Promise<void> => {
    const page = { path: `/staff/letters/${letterId}`, cookie: admin.cookie };
    await untilState(stage, page, 'approved');
    const file = random.chance(0.5) ? makePdf(5000) : undefined;
    const text = `پاسخ ${index} ${letterId.slice(0, 8)}`;
    await actOnLetter(stage, admin.cookie, letterId, {
      kind: 'reply',
      text,
      ...(file && { file }),
    });
    if (random.chance(0.5))
      await actOnLetter(stage, admin.cookie, letterId, { kind: 'close', text: '' });
  };

  const live = async (index: number, random: Random): Promise<void> => {
    const applicant = await applicantOf(index, random);
    const unitId = random.pick(unitIds);
    const letterId = await submitLetter(stage, writeLetter(stage, { applicant, unitId }));
    progress.acknowledged += 1;
    await delay(random.whole(0, 8000), undefined, { signal });
    if (random.whole(0, 99) >= PENDING)
      await decide({ letterId, index, applicant, round: 1 }, random);
    progress.finished += 1;
  };

  const begin = Date.now();
  const lives: Promise<void>[] = [];
  for (let index = 0; index < letters; index += 1) {
    await delay(Math.max(0, begin + (index * 1000) / rate - Date.now()), undefined, { signal });
    progress.started += 1;
    const life = live(index, random.branch());
    life.catch(() => undefined);
    lives.push(life);
  }
  await Promise.all(lives);
};

/** Looks at the letter's page until it says so. */
const untilState = async (
  { visitor, signal }: Stage,
  { path, cookie }: { path: string; cookie: string },
  state: 'approved' | 'returned',
): Promise<void> => {
  for (;;) {
    const page = await visitor.untilAnswered(() => visitor.get(path, cookie));
    // Its own state: a page of the staff shows the letters beside it too.
    if (new RegExp(`<article[^>]*data-state="${state}"`).test(page.body)) return;
    await delay(500, undefined, { signal });
  }
};
