import { letterStamps } from '../../platform/audit/audit.sql.ts';
import type { Db } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { isUuid } from '../../platform/base/uuid.ts';
import type { Deps } from '../../platform/deps.ts';
import { readLetterNumber } from '../register/letter-number.ts';
import { parseTrackingCode } from '../register/tracking-code.ts';
import { findStandingDecision } from './decisions.sql.ts';
import { findOwnLetter } from './letter-access.ts';
import { readDetail } from './letter-detail.ts';
import type { Letter } from './letter-detail.ts';
import { summaryOf } from './letter-summary.ts';
import type { LetterSummary } from './letter-summary.ts';
import type { LetterStatus, LetterStep } from './letter.ts';
import { listApplicantLetters } from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { readRelated } from './relate-letters.ts';
import type { RelatedLetter } from './relate-letters.ts';
import { listOpenQuestions } from './questions.sql.ts';
import { findRepeat } from './submissions.sql.ts';
import { isActionWaiting } from './unit-actions.sql.ts';

export interface OwnLetter extends Letter {
  withdrawalOpen: boolean;
  related: RelatedLetter[];
  sentOpen: boolean;
  /** Grows with every event of the letter; live updates carry it. */
  stamp: number;
  repeats?: { letterId: string; submittedAt: Date };
}

export interface ListedLetter extends LetterSummary {
  /** What only its sender can do; `said`: why, or the question. */
  awaits: { what: 'correction' | 'answer' | 'objection'; said: string | null } | null;
  hasEnded: boolean;
}

export interface LatestStatus {
  source: 'workflow' | 'record';
  why: 'answered' | 'engine_away' | 'ended';
  at: Date;
  status: LetterStatus;
  step: LetterStep | null;
  unit: string;
  letterNumber: string | null;
  trackingCode: string | null;
  registeredAt: Date | null;
  annulled: boolean;
}

/**
 * @param input.trackingCode tracking code or letter number as typed: only the letter it names
 * @throws DomainError too_many after many searches that found nothing
 */
export const listLetters = async (
  { db, rateLimits }: Deps,
  { applicantId, trackingCode: typed }: { applicantId: string; trackingCode?: string },
): Promise<ListedLetter[]> => {
  if (typed === undefined) return toListed(db, await listApplicantLetters(db, { applicantId }));
  await rateLimits.take('tracking_misses', applicantId);
  const found = await listNamed(db, applicantId, typed);
  if (found.length > 0) await rateLimits.giveBack('tracking_misses', applicantId);
  return toListed(db, found);
};

const toListed = async (db: Db, rows: LetterRow[]): Promise<ListedLetter[]> => {
  const asked = rows.filter(({ openQuestionId }) => openQuestionId !== null);
  const questions = await listOpenQuestions(
    db,
    asked.map(({ id }) => id),
  );
  return rows.map((row) => ({
    ...summaryOf(row),
    awaits: awaitedOf(row, questions),
    hasEnded: hasEnded(row),
  }));
};

const awaitedOf = (row: LetterRow, questions: Map<string, string>): ListedLetter['awaits'] => {
  if (row.damaged || row.erasedAt !== null) return null;
  if (row.status === 'returned' && !row.hasOpenDecision)
    return { what: 'correction', said: row.returnReason };
  if (row.objectionUntil !== null && row.objectionUntil > new Date())
    return { what: 'objection', said: row.rejectionReason };
  const question = questions.get(row.id);
  return question === undefined ? null : { what: 'answer', said: question };
};

const hasEnded = (row: LetterRow): boolean =>
  (row.status === 'rejected' && row.objectionUntil === null) ||
  row.status === 'withdrawn' ||
  (row.step === 'closed' && row.reopenUntil === null);

const listNamed = async (db: Db, applicantId: string, typed: string): Promise<LetterRow[]> => {
  const trackingCode = parseTrackingCode(typed);
  const names = [
    ...(trackingCode === undefined ? [] : [{ trackingCode }]),
    ...readLetterNumber(typed).map((letterNumber) => ({ letterNumber })),
  ];
  for (const name of names) {
    const found = await listApplicantLetters(db, { applicantId, ...name });
    if (found.length > 0) return found;
  }
  return [];
};

export const getLetter = async (
  deps: Deps,
  {
    applicantId,
    letterId,
    withRepeat = false,
  }: { applicantId: string; letterId: string; withRepeat?: boolean },
): Promise<OwnLetter> => {
  const { db } = deps;
  if (!isUuid(letterId)) throw new DomainError('not_found');
  // Before the letter is read: what happens in between has a later stamp, and is shown as news.
  const stamps = await letterStamps(db, [letterId]);
  const row = await findOwnLetter(db, { applicantId, letterId });
  const [letter, standing, sentOpen, related, repeats] = await Promise.all([
    readDetail(deps, row),
    findStandingDecision(db, letterId),
    isActionWaiting(db, { letterId, kinds: ['answer', 'reopen'] }),
    readRelated(db, letterId, (other) => other.applicantId === applicantId),
    withRepeat ? findRepeat(db, { applicantId, letterId }) : undefined,
  ]);
  return {
    ...letter,
    withdrawalOpen: standing?.kind === 'withdraw' && standing.outcome === null,
    sentOpen,
    related,
    stamp: stamps.get(letterId) ?? 0,
    ...(repeats && { repeats }),
  };
};

export const getLatestStatus = async (
  { db, engine, config }: Deps,
  { applicantId, letterId }: { applicantId: string; letterId: string },
): Promise<LatestStatus> => {
  const row = await findOwnLetter(db, { applicantId, letterId });
  const ended = hasEnded(row);
  const state = ended ? undefined : await engine.status(letterId, config.limits.statusQueryMs);
  const at = new Date();
  if (state) {
    const { status, step, unit, letterNumber, trackingCode, annulled } = state;
    const registeredAt = state.registeredAt === null ? null : new Date(state.registeredAt);
    const known = { status, step, unit, letterNumber, trackingCode, registeredAt, annulled };
    return { source: 'workflow', why: 'answered', at, ...known };
  }
  const { status, step, unit, letterNumber, trackingCode, registeredAt } = row;
  const annulled = row.annulledAt !== null;
  const known = { status, step, unit, letterNumber, trackingCode, registeredAt, annulled };
  return { source: 'record', why: ended ? 'ended' : 'engine_away', at, ...known };
};
