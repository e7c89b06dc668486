import { RawValue, defaultPayloadConverter, defineSearchAttributeKey } from '@temporalio/common';
import * as wf from '@temporalio/workflow';
import { IN_CLEAR, SEARCH_ATTRIBUTES } from './letter.contract.ts';
import type { LetterState } from './letter.contract.ts';

/** Failure texts may name a person, so the query hides them. */
export const answerStatus = (state: LetterState): RawValue => {
  const [failed = null] = state.needsAttention?.split(':') ?? [];
  const payload = defaultPayloadConverter.toPayload({ ...state, needsAttention: failed });
  return RawValue.fromPayload({
    ...payload,
    metadata: { ...payload.metadata, [IN_CLEAR]: new Uint8Array([1]) },
  });
};

const KEYS = {
  status: defineSearchAttributeKey(SEARCH_ATTRIBUTES.status, 'KEYWORD'),
  unit: defineSearchAttributeKey(SEARCH_ATTRIBUTES.unit, 'KEYWORD'),
  number: defineSearchAttributeKey(SEARCH_ATTRIBUTES.number, 'KEYWORD'),
};

/** Updates search attributes only when they changed, as each update costs. */
export const showState = (state: LetterState, before: LetterState): void => {
  wf.setCurrentDetails(describe(state));
  if (
    state.status === before.status &&
    state.unit === before.unit &&
    state.letterNumber === before.letterNumber
  )
    return;
  wf.upsertSearchAttributes([
    { key: KEYS.status, value: state.status },
    { key: KEYS.unit, value: state.unit },
    { key: KEYS.number, value: state.letterNumber },
  ]);
};

const describe = ({
  status,
  step,
  unit,
  paused,
  objectionUntil,
  closesAt,
  reopenUntil,
  letterNumber,
  annulled,
  needsAttention,
}: LetterState): string =>
  [
    status === 'pending'
      ? `waiting for a reviewer (addressed to ${unit})`
      : status === 'returned'
        ? 'waiting for its sender to correct it'
        : status,
    objectionUntil && `its sender can object until ${objectionUntil}`,
    letterNumber && `number ${letterNumber}${annulled ? ' (annulled)' : ''}`,
    step && `${step} ${unit}`,
    closesAt && `closes at ${closesAt}`,
    reopenUntil && `its sender can reopen it until ${reopenUntil}`,
    step && paused && 'its sender is asked a question',
    needsAttention && `needs attention: ${needsAttention}`,
  ]
    .filter(Boolean)
    .join(' · ');
