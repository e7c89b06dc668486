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
  objectToRejection,
  signalLetter,
  signInApplicant,
  signInStaff,
  submitLetter,
  undoDecision,
  withdrawLetter,
  writeLetter,
} from './people.ts';
import type { Random } from './random.ts';
import {
  answerQuestion,
  approveInBulk,
  askSender,
  consultUnit,
  giveOpinion,
  referLetter,
  writeNote,
} from './unit-work.ts';
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
/** Approved together with others by one form. */
const IN_BULK = 8;
const BULK_OF = 3;
const BULK_WAITS_MS = 20_000;
/** Of the rejected ones; some from two windows at the same moment. */
const OBJECTED = 0.7;
const OBJECTED_TWICE = 0.3;
/** The reviewer who rejected it also tries to decide the objection, in the desk or through Temporal. */
const DECIDED_BY_OWN = 0.6;
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
    /** Who decides it, and who sometimes decides it at the same moment. */
    deciders: { first: Decider; other: Decider };
    isObjected: boolean;
  }

  const decide = async (own: Own, random: Random): Promise<void> => {
    const { letterId, index, applicant, round, deciders } = own;
    const { first, other } = deciders;
    const decides = (by: Decider, decision: Parameters<typeof decideLetter>[3]) =>
      decideLetter(stage, by, letterId, decision, round);
    let fate = random.whole(0, 99);
    const reason = `دلیل ${letterId.slice(0, 8)} ${round}`;
    const falls = (share: number): boolean => (fate -= share) < 0;
    if (falls(WITHDRAWN)) await withdrawLetter(stage, applicant, letterId, round);
    else if (falls(WITHDRAWN_LATE))
      await Promise.all([
        decides(first, { kind: 'approve' }),
        withdrawLetter(stage, applicant, letterId, round),
      ]);
    else if (falls(RETURNED)) {
      await decides(first, { kind: 'return', reason });
      await correct(own, random);
    } else if (falls(REJECTED)) {
      await decides(first, { kind: 'reject', reason });
      await object(own, first, random);
    } else if (falls(RACED)) {
      await Promise.all([
        decides(first, { kind: 'approve' }),
        decides(other, { kind: 'reject', reason }),
      ]);
      await object(own, other, random);
    } else if (falls(UNDONE)) {
      await decides(first, { kind: 'approve' });
      const outcome = await undoDecision(stage, first, letterId, round);
      if (outcome === 'undone' && random.chance(0.5)) await decides(first, { kind: 'approve' });
    } else if (falls(SIGNALLED))
      await signalLetter(stage, letterId, { kind: 'approve', by: `engine-${index}` }, round);
    else if (round === 1 && falls(IN_BULK)) await bulk.add(letterId);
    else {
      await decides(first, { kind: 'approve' });
      await handle(own, random);
      if (random.chance(0.4)) return;
      await answer(letterId, index, random);
    }
  };

  const bulk = createBulkBasket(stage, reviewer);

  const handle = async ({ letterId, applicant }: Own, random: Random): Promise<void> => {
    const { cookie } = admin;
    const page = { path: `/staff/letters/${letterId}`, cookie };
    const [notes, asks, answers, consults, opines, refers] = [0.3, 0.2, 0.8, 0.2, 0.5, 0.2].map(
      (share) => random.chance(share),
    );
    if (!notes && !asks && !consults && !refers) return;
    await untilState(stage, page, 'approved');
    if (notes) await writeNote(stage, cookie, letterId);
    if (asks && (await askSender(stage, cookie, letterId)) && answers)
      await answerQuestion(stage, applicant, letterId);
    if (consults && (await consultUnit(stage, cookie, letterId)) && opines)
      await giveOpinion(stage, cookie, letterId);
    if (refers) await referLetter(stage, cookie, letterId);
  };

  /** If `rejecter` was the one who decided, and the time is not over. */
  const object = async (own: Own, rejecter: Decider, random: Random): Promise<void> => {
    const { letterId, applicant, round } = own;
    if (own.isObjected) return;
    const page = { path: `/letters/${letterId}`, ...applicant };
    if ((await untilState(stage, page, 'rejected', 'approved')) !== 'rejected') return;
    if (!random.chance(OBJECTED)) return;
    const texts = random.chance(OBJECTED_TWICE) ? ['یک', 'دو'] : ['یک'];
    const told = await Promise.all(
      texts.map((text) =>
        objectToRejection(stage, applicant, letterId, `اعتراض ${letterId.slice(0, 8)} ${text}`),
      ),
    );
    if (!told.includes('accepted')) return;
    const next = round + 1;
    if (random.chance(DECIDED_BY_OWN)) {
      if (random.chance(0.5))
        await signalLetter(stage, letterId, { kind: 'approve', by: rejecter.by }, next);
      else await decideLetter(stage, rejecter, letterId, { kind: 'approve' }, next);
    }
    const first = rejecter === reviewer ? admin : reviewer;
    const deciders = { first, other: rejecter };
    await decide({ ...own, round: next, deciders, isObjected: true }, random);
  };

  const correct = async (own: Own, random: Random): Promise<void> => {
    const { letterId, applicant, round } = own;
    await untilState(stage, { path: `/letters/${letterId}`, ...applicant }, 'returned');
    if (round === MOST_ROUNDS || !random.chance(CORRECTED)) {
      if (random.chance(0.5)) await withdrawLetter(stage, applicant, letterId, round);
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
      await decide(
        {
          letterId,
          index,
          applicant,
          round: 1,
          deciders: { first: reviewer, other: admin },
          isObjected: false,
        },
        random,
      );
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

/** Gathers letters, and has them approved together when there are enough or enough time is over. */
const createBulkBasket = (
  stage: Stage,
  decider: Decider,
): { add(letterId: string): Promise<void> } => {
  let letterIds: string[] = [];
  let decided: Promise<void> | undefined;
  let isFull = (): void => undefined;
  return {
    add(letterId) {
      letterIds.push(letterId);
      decided ??= Promise.race([
        new Promise<void>((resolve) => {
          isFull = resolve;
        }),
        delay(BULK_WAITS_MS, undefined, { signal: stage.signal }),
      ]).then(() => {
        const together = letterIds;
        letterIds = [];
        decided = undefined;
        return approveInBulk(stage, decider, together);
      });
      if (letterIds.length >= BULK_OF) isFull();
      return decided;
    },
  };
};

const untilState = async (
  { visitor, signal }: Stage,
  { path, cookie }: { path: string; cookie: string },
  ...states: ('approved' | 'rejected' | 'returned')[]
): Promise<string> => {
  for (;;) {
    const page = await visitor.untilAnswered(() => visitor.get(path, cookie));
    // Its own state: a page of the staff shows the letters beside it too.
    const state = states.find((one) =>
      new RegExp(`<article[^>]*data-state="${one}"`).test(page.body),
    );
    if (state !== undefined) return state;
    await delay(500, undefined, { signal });
  }
};
