/** Another system of the organisation: a key and a webhook of the command line, and the whole desk. */
import { execFile } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { replyForm } from '../../src/testing/api-site.ts';
import { closeDesk, openApplicant, openDesk } from '../../src/testing/desk-in-browser.ts';
import { rememberKnown } from '../../src/testing/log-alarm.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { until } from '../../src/testing/until.ts';
import { startWebhookReceiver } from '../../src/testing/webhook-receiver.ts';
import type { WebhookReceiver } from '../../src/testing/webhook-receiver.ts';
import { sendLetter, smsTo } from './portal.ts';

const run = promisify(execFile);

let receiver: WebhookReceiver;
let desk: RunningDesk;
let browser: Browser;
let page: Page;
let mobile: string;

beforeAll(async () => {
  receiver = await startWebhookReceiver();
  ({ desk, browser } = await openDesk({ env: { WEBHOOK_PRIVATE: 'on' } }));
  ({ page, mobile } = await openApplicant({ desk, browser }));
}, 300_000);

afterAll(async () => {
  await closeDesk({ desk, browser });
  await receiver?.stop();
}, 300_000);

type Json = Record<string, unknown>;

const command = async (...words: string[]): Promise<Json> => {
  const { stdout } = await run(
    process.execPath,
    ['--import', 'tsx', 'src/cli/desk.ts', ...words, '--json'],
    { env: desk.env },
  );
  return JSON.parse(stdout) as Json;
};

test('a letter is approved and answered by a key, its sender hears of it, and so does the other system', async () => {
  const { id: keyId, key } = await command('key', 'add', 'office', '--scope', 'decide');
  const events = 'submitted,approved,replied';
  const { secret } = await command('webhook', 'add', receiver.url, '--event', events);
  rememberKnown(String(key), String(secret));
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(`${desk.url}/api/v1${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${String(key)}`,
        ...(init.method === 'POST' && { 'idempotency-key': randomUUID() }),
        ...(typeof init.body === 'string' && { 'content-type': 'application/json' }),
      },
    });
  const letterOf = async (letterId: string): Promise<Json> =>
    (await (await ask(`/letters/${letterId}`)).json()) as Json;

  const letterId = await sendLetter(page, desk, { subject: 'نامه برای سامانه‌ی دیگر' });
  const approval = await ask(`/letters/${letterId}/approval`, { method: 'POST', body: '{}' });
  expect(approval.status).toBe(200);
  const approved = await until(async () => {
    const letter = await letterOf(letterId);
    return letter.status === 'approved' ? letter : undefined;
  });
  expect(approved).toMatchObject({ decidedBy: 'key:office', step: 'with_unit' });
  expect((await smsTo(desk, mobile, 'approved')).text).toContain(String(approved.letterNumber));

  const sent = await ask(`/letters/${letterId}/replies`, {
    method: 'POST',
    body: await replyForm('پروانه آماده است.'),
  });
  expect(sent.status).toBe(200);
  await until(async () => (await letterOf(letterId)).step === 'answered');
  await page.goto(`${desk.url}/letters/${letterId}`);
  await page.getByText('پروانه آماده است.').waitFor();

  await until(() => Promise.resolve(receiver.told.length === 3));
  const told = receiver.told.map(({ body }) => JSON.parse(body) as Json);
  expect(new Set(told.map(({ type }) => type))).toEqual(new Set(events.split(',')));
  for (const { headers, body } of receiver.told) {
    const [id, at] = [String(headers['webhook-id']), String(headers['webhook-timestamp'])];
    const signed = createHmac('sha256', Buffer.from(String(secret).slice(6), 'base64'));
    expect(headers['webhook-signature']).toBe(
      `v1,${signed.update(`${id}.${at}.${body}`).digest('base64')}`,
    );
    expect(body).not.toMatch(/نامه|پروانه|\+98/);
  }

  await command('key', 'revoke', String(keyId));
  expect((await ask('/units')).status).toBe(401);
});
