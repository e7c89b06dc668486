/**
 * Signals may be typed by hand in Temporal's own tools, so their payloads are untrusted. Each
 * reader returns undefined for what it cannot understand and never throws.
 */
import { UNIT_ACTIONS } from '../src/desk/letters/letter.ts';
import type { Decision, UnitActionSignal } from './letter.contract.ts';

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

const MAX_UNDO_SECONDS = 3600;

const isUndoWindow = (value: unknown): value is number | undefined =>
  value === undefined ||
  (typeof value === 'number' &&
    Number.isSafeInteger(value) &&
    value > 0 &&
    value <= MAX_UNDO_SECONDS);

const readDecider = (
  fields: Record<string, unknown> | undefined,
  newId: () => string,
): Pick<Decision, 'by' | 'decisionId' | 'undoSeconds'> | undefined => {
  const by = textUpTo(MAX_BY, fields?.by);
  const { decisionId, undoSeconds } = fields ?? {};
  if (!by || !isIdOrAbsent(decisionId) || !isUndoWindow(undoSeconds)) return undefined;
  return { by, decisionId: decisionId ?? newId(), ...(undoSeconds && { undoSeconds }) };
};

export const readApprove = (payload: unknown, newId: () => string): Decision | undefined => {
  const fields = fieldsOf(payload);
  const decider = readDecider(fields, newId);
  const unit = fields?.unit;
  if (!decider || !isIdOrAbsent(unit)) return undefined;
  return { kind: 'approve', ...decider, ...(unit !== undefined && { unit }) };
};

const readWithReason =
  (kind: 'reject' | 'return') =>
  (payload: unknown, newId: () => string): Decision | undefined => {
    const fields = fieldsOf(payload);
    const decider = readDecider(fields, newId);
    if (!fields || !decider) return undefined;
    const reason = textUpTo(MAX_REASON, fields.reason);
    if (reason !== undefined) return { kind, ...decider, reason };
    return fields.decisionId === undefined || fields.reason !== undefined
      ? undefined
      : { kind, ...decider };
  };

export const readReject = readWithReason('reject');
export const readReturn = readWithReason('return');

/** Requires a row: only the record can prove that the sender withdrew. */
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

export const readRetry = (payload: unknown): string[] => {
  const messageIds = fieldsOf(payload)?.messageIds;
  if (!Array.isArray(messageIds)) return [];
  return messageIds.filter((id): id is string => typeof id === 'string' && UUID.test(id));
};

export const readUnitAction = (payload: unknown): UnitActionSignal | undefined => {
  const fields = fieldsOf(payload);
  const actionId = fields?.actionId;
  const kind = UNIT_ACTIONS.find((known) => known === fields?.kind);
  return kind && typeof actionId === 'string' && UUID.test(actionId)
    ? { actionId, kind }
    : undefined;
};
