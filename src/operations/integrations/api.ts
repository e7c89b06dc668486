/** What other systems ask that staff do not; the rest are the use cases of the staff desk. */
import type { Administrator } from '../../desk/administration/administrator.ts';
import { findApplicantId } from '../../desk/applicants/sign-in.sql.ts';
import type { LetterStatus, LetterStep } from '../../desk/letters/letter.ts';
import type { ChainedEntry } from '../../desk/register/register.sql.ts';
import { listEntriesAfter } from '../../desk/register/register.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import { answerApiRequest, deleteOldApiRequests, noteApiRequest } from './api-keys.sql.ts';
import type { ApiKey } from './api-keys.ts';
import { deleteOldDeliveries } from './webhooks.sql.ts';
import type { LetterSummary } from '../../desk/letters/letter-summary.ts';
import { summaryOf } from '../../desk/letters/letter-summary.ts';
import { listLettersAfter } from '../../desk/letters/letter-queues.sql.ts';

/** What is left out is not asked for. Instants: `Since` is in, `Until` is not. */
export interface ApiLetterQuery {
  status?: LetterStatus | undefined;
  step?: LetterStep | undefined;
  unitId?: string | undefined;
  register?: string | undefined;
  /** The letter has one of these. */
  letterNumbers?: string[] | undefined;
  trackingCode?: string | undefined;
  /** E.164, of the sender. */
  mobile?: string | undefined;
  submittedSince?: Date | undefined;
  submittedUntil?: Date | undefined;
  registeredSince?: Date | undefined;
  registeredUntil?: Date | undefined;
  /** Id of the last letter of the page before. */
  after?: string | undefined;
  limit: number;
}

export interface ApiRegisterQuery {
  register?: string | undefined;
  /** Jalali. */
  year?: number | undefined;
  /** The last entry of the page before. */
  after?: Pick<ChainedEntry, 'register' | 'year' | 'serial'> | undefined;
  limit: number;
}

export interface ApiAnswer {
  status: number;
  /** JSON. Nothing personal: it is kept for a day. */
  body: object;
}

/** One more than asked for tells whether there are more. */
const cut = <Item>(items: Item[], limit: number): { items: Item[]; more: boolean } => ({
  items: items.slice(0, limit),
  more: items.length > limit,
});

/** In the order of submission, oldest first. `more`: there are letters after these. */
export const listApiLetters = async (
  { db }: Deps,
  { key, limit, mobile, ...asked }: ApiLetterQuery & { key: ApiKey },
): Promise<{ letters: LetterSummary[]; more: boolean }> => {
  const { staff } = key;
  const applicantId = mobile && (await findApplicantId(db, mobile));
  if (mobile !== undefined && applicantId === undefined) return { letters: [], more: false };
  const rows = await listLettersAfter(db, {
    ...asked,
    applicantId,
    limit: limit + 1,
    ...(staff.role === 'unit' && { unitIds: staff.unitIds, registered: true }),
  });
  const { items, more } = cut(rows, limit);
  return { letters: items.map(summaryOf), more };
};

/** In the order of the chains. @throws DomainError not_allowed for a key of one unit */
export const listApiRegister = async (
  { db }: Deps,
  { key, limit, ...asked }: ApiRegisterQuery & { key: ApiKey },
): Promise<{ entries: ChainedEntry[]; more: boolean }> => {
  if (key.unitId !== null) throw new DomainError('not_allowed');
  const { items, more } = cut(await listEntriesAfter(db, { ...asked, limit: limit + 1 }), limit);
  return { entries: items, more };
};

/**
 * The same request again has the same answer; one that `act` throws is not kept. Where no answer was
 * stored, `act` is asked again: it has to know its own earlier effect by the Idempotency-Key.
 */
export const answerOnce = async (
  { db }: Deps,
  {
    key,
    idempotencyKey,
    requestHash,
    act,
  }: {
    key: ApiKey;
    idempotencyKey: string;
    /** Of method, address and body. */
    requestHash: Buffer;
    act: () => Promise<ApiAnswer>;
  },
): Promise<
  | { outcome: 'answered'; answer: ApiAnswer; repeated: boolean }
  /** Another one had this Idempotency-Key. */
  | { outcome: 'other_request' }
> => {
  const request = { keyId: key.id, idempotencyKey };
  const before = await noteApiRequest(db, { ...request, requestHash });
  if (before && !before.requestHash.equals(requestHash)) return { outcome: 'other_request' };
  if (before && before.status !== null) {
    const answer = { status: before.status, body: before.answer as object };
    return { outcome: 'answered', answer, repeated: true };
  }
  // Also when it was done before and its answer was lost: the effect carries the key.
  const { status, body } = await act();
  const stored = await answerApiRequest(db, { ...request, status, answer: body });
  const answer = stored ? { status: stored.status, body: stored.answer } : { status, body };
  return { outcome: 'answered', answer, repeated: false };
};

/** Forgets answers to other systems, and the log of webhooks, when they are old enough. */
export const forgetAnswers = async ({ db, config: { limits } }: Deps): Promise<void> => {
  await deleteOldApiRequests(db, { hours: limits.apiRepeatHours });
  await deleteOldDeliveries(db, { days: limits.webhookLogDays });
};

/** @throws DomainError not_allowed without the scope `admin` */
export const keyAdministrator = (key: ApiKey, from: string | undefined): Administrator => {
  if (key.scope !== 'admin') throw new DomainError('not_allowed');
  return { kind: 'key', id: key.id, from };
};
