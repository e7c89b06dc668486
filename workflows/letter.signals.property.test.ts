import * as fc from 'fast-check';
import { test } from 'vitest';
import { createProperties, hostileText } from '../src/testing/property.ts';
import {
  readApprove,
  readReject,
  readResubmit,
  readReturn,
  readUnitAction,
  readWithdraw,
} from './letter.signals.ts';

const { holds } = createProperties('letter.signals');
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const NEW_ID = '00000000-0000-4000-8000-000000000000';

const value = fc.oneof(
  fc.anything(),
  hostileText(),
  fc.uuid(),
  fc.uuid().map((id) => id.toUpperCase()),
  fc.string({ minLength: 190, maxLength: 20_000 }),
);
/** Near enough to a signal that a field now and then is right. */
const payload = fc.oneof(
  fc.anything({ withNullPrototype: true, withSparseArray: true, withBigInt: true }),
  fc.jsonValue(),
  fc.record(
    {
      by: value,
      reason: value,
      unit: value,
      decisionId: value,
      actionId: value,
      round: fc.oneof(value, fc.double(), fc.integer()),
      __proto__: value,
    },
    { requiredKeys: [] },
  ),
);

const isText = (text: unknown, max: number): boolean =>
  typeof text === 'string' && text.trim() === text && text !== '' && text.length <= max;

test('no payload makes a reader throw, and what it understands is well formed', async () => {
  await holds(
    fc.property(payload, (given) => {
      const approve = readApprove(given, () => NEW_ID);
      const reject = readReject(given, () => NEW_ID);
      const action = readUnitAction(given);
      const sentBack = readReturn(given, () => NEW_ID);
      const withdrawn = readWithdraw(given);
      const sent = readResubmit(given);
      const decisions = [approve, reject, sentBack, withdrawn].every(
        (decision) =>
          decision === undefined || (isText(decision.by, 200) && UUID.test(decision.decisionId)),
      );
      const unit = approve?.kind === 'approve' ? approve.unit : undefined;
      const reason = reject?.kind === 'reject' ? reject.reason : undefined;
      return (
        decisions &&
        (unit === undefined || UUID.test(unit)) &&
        (reason === undefined || isText(reason, 10_000)) &&
        (sentBack === undefined) === (reject === undefined) &&
        (sent === undefined || (Number.isInteger(sent.round) && sent.round > 1)) &&
        (action === undefined || UUID.test(action.actionId))
      );
    }),
    5,
  );
});
