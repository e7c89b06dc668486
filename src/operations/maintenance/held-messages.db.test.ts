import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createDb } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { addCodeMessage, addLetterMessage } from '../../platform/messages/messages.sql.ts';
import { createTestDatabase } from '../../testing/database.ts';
import type { TestDatabase } from '../../testing/database.ts';
import { addTestApplicant, addTestUnit, submitTestLetter } from '../../testing/letters.ts';
import { createTestLog } from '../../testing/log-alarm.ts';
import { testSeals } from '../../testing/seals.ts';
import type { Deps } from '../../platform/deps.ts';
import { testDeps } from '../../testing/test-deps.ts';
import { findHeldMessages, holdMessages, releaseMessages, skipMessage } from './held-messages.ts';
import { sendMessage } from '../../platform/messages/send-message.ts';

const OPERATOR = { kind: 'operator', id: 'test' } as const;
const RECIPIENT = { recipient: '+989123456789', text: 'متن', params: {} };

let database: TestDatabase;
let db: Db;
let deps: Deps;
let letterId: string;
const sent: string[] = [];
let wakes = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createTestLog('outgoing');
  db = createDb({ url: database.url, max: 3, log, name: 'test', seals: testSeals });
  deps = testDeps(db, {
    wake: () => (wakes += 1),
    smsGateway: {
      name: 'stub',
      send: ({ id }) => {
        sent.push(id);
        return Promise.resolve({});
      },
    },
    env: { SMS_URL: 'webhook+http://sms.test' },
  });
  const unitId = await addTestUnit(db);
  letterId = await submitTestLetter(db, { unitId, applicantId: await addTestApplicant(db) });
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

test('while messages are held those of letters wait, and sign-in codes go', async () => {
  expect(await holdMessages(deps, { why: 'a restore', actor: OPERATOR })).toBe(true);
  expect(await holdMessages(deps, { why: 'again', actor: OPERATOR })).toBe(false);
  const [told, waits, code] = [randomUUID(), randomUUID(), randomUUID()] as const;
  for (const id of [told, waits])
    await addLetterMessage(db, { id, letterId, kind: 'approved', outcomeKey: id, ...RECIPIENT });
  await addCodeMessage(db, { id: code, ...RECIPIENT });
  for (const messageId of [told, waits])
    for (const again of [false, true])
      await expect(sendMessage(deps, { messageId, again })).rejects.toMatchObject({
        message: 'messages are held: a restore',
        retryable: true,
        retryAfterMs: 2_000,
      });
  await sendMessage(deps, { messageId: code, again: false });
  expect(sent).toEqual([code]);
  expect(await findHeldMessages(deps, 1)).toMatchObject({ hold: { why: 'a restore' }, total: 2 });

  // An hour later it is asked more seldom, and never more seldom than every five minutes.
  await db`update outgoing_hold set since = now() - interval '10 minutes'`;
  await expect(sendMessage(deps, { messageId: told, again: false })).rejects.toMatchObject({
    retryAfterMs: 150_000,
  });
  await db`update outgoing_hold set since = now() - interval '1 day'`;
  await expect(sendMessage(deps, { messageId: told, again: false })).rejects.toMatchObject({
    retryAfterMs: 300_000,
  });

  expect(await skipMessage(deps, { messageId: told, actor: OPERATOR })).toBe(true);
  expect(await skipMessage(deps, { messageId: told, actor: OPERATOR })).toBe(false);
  expect(await skipMessage(deps, { messageId: 'none', actor: OPERATOR })).toBe(false);
  expect(await releaseMessages(deps, { actor: OPERATOR })).toEqual({ letters: 1 });
  expect(await releaseMessages(deps, { actor: OPERATOR })).toBeUndefined();
  expect(wakes).toBe(1);
  for (const messageId of [told, waits]) await sendMessage(deps, { messageId, again: false });
  expect(sent).toEqual([code, waits]);
  const actions = await db<{ action: string }[]>`
    select action from audit_entries where actor_kind = 'operator' order by id`;
  expect(actions.map(({ action }) => action)).toEqual([
    'outgoing_held',
    'told_before',
    'outgoing_released',
    'retried',
  ]);
});
