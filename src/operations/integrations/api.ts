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

/** `…Since` is inclusive, `…Until` exclusive. */
export interface ApiLetterQuery {
  status?: LetterStatus | undefined;
  step?: LetterStep | undefined;
  unitId?: string | undefined;
  register?: string | undefined;
  letterNumbers?: string[] | undefined;
  trackingCode?: string | undefined;
  mobile?: string | undefined;
  submittedSince?: Date | undefined;
  submittedUntil?: Date | undefined;
  registeredSince?: Date | undefined;
  registeredUntil?: Date | undefined;
  after?: string | undefined;
  limit: number;
}

export interface ApiRegisterQuery {
  register?: string | undefined;
  year?: number | undefined;
  after?: Pick<ChainedEntry, 'register' | 'year' | 'serial'> | undefined;
  limit: number;
}

export interface ApiAnswer {
  status: number;
  /** JSON without personal data: it is kept for a day. */
  body: object;
}

const cut = <Item>(items: Item[], limit: number): { items: Item[]; more: boolean } => ({
  items: items.slice(0, limit),
  more: items.length > limit,
});

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

export const listApiRegister = async (
  { db }: Deps,
  { key, limit, ...asked }: ApiRegisterQuery & { key: ApiKey },
): Promise<{ entries: ChainedEntry[]; more: boolean }> => {
  if (key.unitId !== null) throw new DomainError('not_allowed');
  const { items, more } = cut(await listEntriesAfter(db, { ...asked, limit: limit + 1 }), limit);
  return { entries: items, more };
};

/**
 * Answers a repeated request from the record; an error is not kept. If no answer was stored, `act`
 * runs again, so it must recognise its own earlier effect by the Idempotency-Key.
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
    requestHash: Buffer;
    act: () => Promise<ApiAnswer>;
  },
): Promise<
  { outcome: 'answered'; answer: ApiAnswer; repeated: boolean } | { outcome: 'other_request' }
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

export const forgetAnswers = async ({ db, config: { limits } }: Deps): Promise<void> => {
  await deleteOldApiRequests(db, { hours: limits.apiRepeatHours });
  await deleteOldDeliveries(db, { days: limits.webhookLogDays });
};

export const keyAdministrator = (key: ApiKey, from: string | undefined): Administrator => {
  if (key.scope !== 'admin') throw new DomainError('not_allowed');
  return { kind: 'key', id: key.id, from };
};
