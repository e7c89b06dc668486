/**
 * Signals may be typed by hand in Temporal's own tools, so nothing about their payload is certain.
 * Each reader returns undefined for what it cannot understand; it never throws.
 */
import type { Decision } from './letter.contract.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const MAX_BY = 200;
const MAX_REASON = 10_000;

const fieldsOf = (payload: unknown): Record<string, unknown> | undefined =>
  typeof payload === 'object' && payload !== null && !Array.isArray(payload)
    ? { ...payload }
    : undefined;

const textUpTo = (max: number, value: unknown): string | undefined => {
  const text = typeof value === 'string' ? value.trim() : '';
  return text !== '' && text.length <= max ? text : undefined;
};

const isIdOrAbsent = (value: unknown): value is string | undefined =>
  value === undefined || (typeof value === 'string' && UUID.test(value));

/** `newId` names a decision that came from outside the desk and brought no id. */
export const readApprove = (payload: unknown, newId: () => string): Decision | undefined => {
  const fields = fieldsOf(payload);
  const by = textUpTo(MAX_BY, fields?.by);
  if (!fields || !by || !isIdOrAbsent(fields.decisionId) || !isIdOrAbsent(fields.unit))
    return undefined;
  const decisionId = fields.decisionId ?? newId();
  return fields.unit === undefined
    ? { kind: 'approve', decisionId, by }
    : { kind: 'approve', decisionId, by, unit: fields.unit };
};

/** A reason is needed unless the decision's row in the record holds it. */
const readWithReason =
  (kind: 'reject' | 'return') =>
  (payload: unknown, newId: () => string): Decision | undefined => {
    const fields = fieldsOf(payload);
    const by = textUpTo(MAX_BY, fields?.by);
    if (!fields || !by || !isIdOrAbsent(fields.decisionId)) return undefined;
    const reason = textUpTo(MAX_REASON, fields.reason);
    if (reason !== undefined) return { kind, decisionId: fields.decisionId ?? newId(), by, reason };
    return fields.decisionId === undefined || fields.reason !== undefined
      ? undefined
      : { kind, decisionId: fields.decisionId, by };
  };

export const readReject = readWithReason('reject');
export const readReturn = readWithReason('return');

/** Only the sender withdraws, and the record says that it was so: a row is needed. */
export const readWithdraw = (payload: unknown): Decision | undefined => {
  const fields = fieldsOf(payload);
  const by = textUpTo(MAX_BY, fields?.by);
  const decisionId = fields?.decisionId;
  return by && typeof decisionId === 'string' && UUID.test(decisionId)
    ? { kind: 'withdraw', decisionId, by }
    : undefined;
};

export const readResubmit = (payload: unknown): { round: number } | undefined => {
  const round = fieldsOf(payload)?.round;
  return typeof round === 'number' && Number.isSafeInteger(round) && round > 1
    ? { round }
    : undefined;
};

/** Messages that are to be sent, as far as the signal names any. */
export const readRetry = (payload: unknown): string[] => {
  const messageIds = fieldsOf(payload)?.messageIds;
  if (!Array.isArray(messageIds)) return [];
  return messageIds.filter((id): id is string => typeof id === 'string' && UUID.test(id));
};

export const readUnitAction = (payload: unknown): { actionId: string } | undefined => {
  const actionId = fieldsOf(payload)?.actionId;
  return typeof actionId === 'string' && UUID.test(actionId) ? { actionId } : undefined;
};
