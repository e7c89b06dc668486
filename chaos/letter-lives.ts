/** Letters that arrive at a steady rate, whatever the desk does, each with a life of its own. */
import { setTimeout as delay } from 'node:timers/promises';
import { makePdf } from '../bench/sample-pdf.ts';
import {
  actOnLetter,
  type Applicant,
  type Decider,
  decideLetter,
  listUnitIds,
  signalLetter,
  signInApplicant,
  signInStaff,
  submitLetter,
  writeLetter,
} from './people.ts';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';

const FIRST_APPLICANTS = 5;
/** Every so many letters comes from somebody who signs in first. */
const NEWCOMER_EVERY = 10;

/** How the letters end, in hundredths. */
const PENDING = 8;
const REJECTED = 22;
const RACED = 10;
const SIGNALLED = 10;

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

  const decide = async (letterId: string, index: number, random: Random): Promise<void> => {
    const fate = random.whole(0, 99);
    const reason = `دلیل ${letterId.slice(0, 8)}`;
    if (fate < REJECTED) {
      await decideLetter(stage, reviewer, letterId, { kind: 'reject', reason });
    } else if (fate < REJECTED + RACED) {
      await Promise.all([
        decideLetter(stage, reviewer, letterId, { kind: 'approve' }),
        decideLetter(stage, admin, letterId, { kind: 'reject', reason }),
      ]);
    } else if (fate < REJECTED + RACED + SIGNALLED) {
      await signalLetter(stage, letterId, { kind: 'approve', by: `engine-${index}` });
    } else {
      await decideLetter(stage, reviewer, letterId, { kind: 'approve' });
      if (random.chance(0.4)) return;
      await answer(letterId, index, random);
    }
  };

  const answer = async (letterId: string, index: number, random: Random): Promise<void> => {
    await untilApproved(stage, admin, letterId);
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
    if (random.whole(0, 99) >= PENDING) await decide(letterId, index, random);
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

/** As a clerk does, looks at the letter until it is theirs to answer. */
const untilApproved = async (
  { visitor, signal }: Stage,
  { cookie }: Decider,
  letterId: string,
): Promise<void> => {
  for (;;) {
    const page = await visitor.untilAnswered(() =>
      visitor.get(`/staff/letters/${letterId}`, cookie),
    );
    if (/data-state="approved"/.test(page.body)) return;
    await delay(500, undefined, { signal });
  }
};
