/** What the operator does for other systems: keys and webhooks. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../config.ts';
import { createDb } from '../platform/base/database.ts';
import type { Db } from '../platform/base/database.ts';
import { createTestDatabase } from '../testing/database.ts';
import type { TestDatabase } from '../testing/database.ts';
import { addTestApplicant, addTestUnit, submitTestLetter } from '../testing/letters.ts';
import { createTestLog } from '../testing/log-alarm.ts';
import { testSeals } from '../testing/seals.ts';
import { checkWebhooks } from './doctor-checks.ts';
import { addKeyCommand, listKeysCommand, revokeKeyCommand } from './keys.ts';
import {
  addWebhookCommand,
  disableWebhookCommand,
  listWebhooksCommand,
  redeliverWebhookCommand,
  webhookLogCommand,
} from './webhooks.ts';
import type { CommandInput, CommandResult } from './command.ts';

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await createTestDatabase();
  const log = createTestLog('commands');
  db = createDb({ url: database.url, max: 2, log, name: 'commands', seals: testSeals });
});
afterAll(async () => {
  await db.end({ timeout: 5 });
  await database.drop();
});

const run = (
  command: (input: CommandInput) => Promise<CommandResult>,
  args: string[] = [],
  options: CommandInput['options'] = {},
): Promise<CommandResult> =>
  command({ config: readConfig({ NODE_ENV: 'test' }), db, args, options });

test('a key is shown once, listed by how it begins, and revoked once', async () => {
  const added = await run(addKeyCommand, ['اتوماسیون'], { scope: 'read', expires: '30' });
  const { id, key, prefix } = added.json as { id: string; key: string; prefix: string };
  expect(key).toMatch(/^pk_[0-9a-f]{10}_[\w-]{43}$/);
  expect(added.text).toContain(key);
  const listed = await run(listKeysCommand);
  expect(listed.text).toContain(`${prefix}…`);
  expect(JSON.stringify(listed)).not.toContain(key.slice(14));
  expect((await run(revokeKeyCommand, [id])).text).toContain('(revoked)');
  await expect(run(revokeKeyCommand, [id])).rejects.toThrow('There is no key');
  // Its name is free again.
  expect((await run(addKeyCommand, ['اتوماسیون'], { scope: 'read' })).json).toMatchObject({
    name: 'اتوماسیون',
    expiresAt: null,
  });
});

test('what is wrong with a key that is to be added is said in one line', async () => {
  const unit = await addTestUnit(db);
  await run(addKeyCommand, ['taken'], { scope: 'read' });
  const tries: [string, CommandInput['options'], string][] = [
    ['', { scope: 'read' }, 'The name of a key'],
    ['x'.repeat(61), { scope: 'read' }, 'The name of a key'],
    ['taken', { scope: 'read' }, 'There is a key with this name'],
    ['a', {}, '--scope must be one of'],
    ['a', { scope: 'write' }, '--scope must be one of'],
    ['a', { scope: 'read', unit: 'x' }, '--unit must be'],
    ['a', { scope: 'read', unit: randomUUID() }, '--unit must be'],
    ['a', { scope: 'admin', unit }, '--unit must be'],
    ['a', { scope: 'read', expires: '0' }, '--expires must be'],
    ['a', { scope: 'read', expires: '' }, '--expires must be'],
    ['a', { scope: 'read', expires: '1.5' }, '--expires must be'],
  ];
  for (const [name, options, why] of tries)
    await expect(run(addKeyCommand, [name], options)).rejects.toThrow(why);
  const added = await run(addKeyCommand, ['of a unit'], { scope: 'decide', unit });
  expect(added.text).toContain(`(unit ${unit})`);
});

test('a webhook is listed with what waits, its log says how it went, and it is disabled once', async () => {
  const added = await run(addWebhookCommand, ['http://127.0.0.1:9/told'], {
    event: 'submitted, closed',
  });
  const { id, secret } = added.json as { id: string; secret: string };
  expect(secret).toMatch(/^whsec_[\w+/]{43}=$/);
  await submitTestLetter(db, {
    unitId: await addTestUnit(db),
    applicantId: await addTestApplicant(db),
  });
  const listed = await run(listWebhooksCommand);
  expect(listed.text).toBe(`${id}  http://127.0.0.1:9/told  submitted,closed  1 open, 0 given up`);
  expect(JSON.stringify(listed)).not.toContain(secret.slice(6));
  const log = await run(webhookLogCommand);
  const [delivery] = log.json as { id: string }[];
  expect(log.text).toMatch(/submitted .* waits$/);
  expect(await checkWebhooks(db)).toMatchObject({ ok: true });
  await db`update webhook_deliveries set given_up_at = now() where id = ${delivery?.id ?? ''}`;
  expect(await checkWebhooks(db)).toEqual({
    ok: false,
    detail: `1 deliveries to webhook ${id} were given up: webhook log, webhook redeliver`,
  });
  expect((await run(redeliverWebhookCommand, [delivery?.id ?? ''])).text).toContain('sent again');
  expect(await checkWebhooks(db)).toMatchObject({ ok: true });
  await expect(run(redeliverWebhookCommand, ['x'])).rejects.toThrow('There is no delivery');
  await run(disableWebhookCommand, [id]);
  await expect(run(disableWebhookCommand, [id])).rejects.toThrow('There is no webhook');
  await expect(run(addWebhookCommand, ['nowhere'])).rejects.toThrow('The address must be http');
  await expect(run(addWebhookCommand, ['https://example.org'], { event: 'read' })).rejects.toThrow(
    '--event must be of',
  );
});
