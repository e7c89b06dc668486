/** What other systems ask that staff do not; the rest are the use cases of the staff desk. */
import { answerApiRequest, deleteOldApiRequests, noteApiRequest } from './api-keys.sql.ts';
import type { Db } from '../../platform/base/database.ts';
import { listLettersAfter } from '../../desk/letters/letters.sql.ts';
import { listEntriesAfter } from '../../desk/register/register.sql.ts';
import { findApplicantId } from '../../desk/applicants/sign-in.sql.ts';
import { deleteOldDeliveries } from './webhooks.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Administer } from '../../desk/administration/members.ts';
import type { Administrator } from '../../desk/administration/administration.ts';
import { createOpenKey } from './api-keys.ts';
import type { Api, ApiKey } from './api.ts';
import type { Unit } from '../../desk/desk.ts';
import type { RateLimit } from '../../platform/base/rate-limit.ts';
import { summaryOf } from '../../desk/letters/read-letters.ts';

const toUnit = ({
  id,
  name,
  retiredAt,
}: {
  id: string;
  name: string;
  retiredAt: Date | null;
}): Unit => ({ id, name, retired: retiredAt !== null });

/** One more than asked for tells whether there are more. */
const cut = <Item>(items: Item[], limit: number): { items: Item[]; more: boolean } => ({
  items: items.slice(0, limit),
  more: items.length > limit,
});

export const createApi = ({
  db,
  limits,
  administer,
}: {
  db: Db;
  limits: RateLimit;
  administer: Pick<Administer, 'addUnit' | 'renameUnit' | 'retireUnit'>;
}): Api => {
  const administratorOf = (key: ApiKey, from: string | undefined): Administrator => {
    if (key.scope !== 'admin') throw new DomainError('not_allowed');
    return { kind: 'key', id: key.id, from };
  };

  const withUnit = async (
    doing: ReturnType<Administer['addUnit']>,
  ): ReturnType<Api['addUnitByKey']> => {
    const result = await doing;
    return result.outcome === 'done' ? { outcome: 'done', unit: toUnit(result.unit) } : result;
  };

  return {
    openKey: createOpenKey({ db, limits }),

    async listApiLetters({ key, limit, mobile, ...asked }) {
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
    },

    async listApiRegister({ key, limit, ...asked }) {
      if (key.unitId !== null) throw new DomainError('not_allowed');
      const { items, more } = cut(
        await listEntriesAfter(db, { ...asked, limit: limit + 1 }),
        limit,
      );
      return { entries: items, more };
    },

    async answerOnce({ key, idempotencyKey, requestHash, act }) {
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
    },

    addUnitByKey: async ({ key, unitId, name, from }) =>
      withUnit(administer.addUnit({ by: administratorOf(key, from), unitId, name })),
    renameUnitByKey: async ({ key, unitId, name, from }) =>
      withUnit(administer.renameUnit({ by: administratorOf(key, from), unitId, name })),
    retireUnitByKey: async ({ key, unitId, from }) =>
      withUnit(administer.retireUnit({ by: administratorOf(key, from), unitId })),
  };
};

/** Forgets answers to other systems, and what they were told, when they are older than this. */
export const createForgetAnswers =
  ({
    db,
    hours,
    deliveryDays,
  }: {
    db: Db;
    hours: number;
    deliveryDays: number;
  }): (() => Promise<void>) =>
  async () => {
    await deleteOldApiRequests(db, { hours });
    await deleteOldDeliveries(db, { days: deliveryDays });
  };
