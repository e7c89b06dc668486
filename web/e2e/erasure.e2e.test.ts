/** A letter is erased by the operator: what its sender sees then, and what still holds. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  closeDesk,
  openApplicant,
  openDesk,
  openStaff,
} from '../../src/testing/desk-in-browser.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { until } from '../../src/testing/until.ts';
import { reject, sendLetter, smsTo } from './portal.ts';

const run = promisify(execFile);
const SUBJECT = 'درخواستی که باید فراموش شود';
const REASON = 'به این سازمان مربوط نیست';

let desk: RunningDesk;
let browser: Browser;
let page: Page;
let reviewer: Page;
let mobile: string;

beforeAll(async () => {
  // A rejected letter has come to its end when nobody can object any more.
  ({ desk, browser } = await openDesk({ env: { OBJECTION_DAYS: '0', REOPEN_DAYS: '0' } }));
  ({ page, mobile } = await openApplicant({ desk, browser }));
  reviewer = await openStaff({ desk, browser }, 'reviewer');
}, 300_000);

afterAll(async () => {
  await closeDesk({ desk, browser });
}, 300_000);

const command = async (...words: string[]): Promise<unknown> => {
  const { stdout } = await run(
    process.execPath,
    ['--import', 'tsx', 'src/cli/desk.ts', ...words, '--json'],
    { env: desk.env },
  );
  return JSON.parse(stdout);
};

test('a letter that has not ended is not erased, and one without a reason neither', async () => {
  const letterId = await sendLetter(page, desk, { subject: 'نامه‌ای در راه' });
  await expect(command('erase', letterId, '--reason', 'request 11')).rejects.toThrow(
    'has not come to its end',
  );
  await expect(command('erase', letterId)).rejects.toThrow('--reason');
}, 300_000);

test('an erased letter says so to its sender and to staff; register and audit trail still fit', async () => {
  const letterId = await sendLetter(page, desk, { subject: SUBJECT });
  await reject(reviewer, desk, letterId, REASON);
  expect((await smsTo(desk, mobile, 'rejected')).text).toContain(REASON);
  expect(await command('retention', '--dry-run')).toEqual([]);
  expect(await command('erase', letterId, '--reason', 'request 12')).toMatchObject({ letterId });

  await page.goto(`${desk.url}/letters/${letterId}`);
  await page.getByText('محتوای این نامه طبق زمان‌بندی نگهداری پاک شده است').waitFor();
  expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('نامه‌ی پاک‌شده');
  expect(await page.locator('article[data-state="rejected"]').count()).toBe(1);
  const shown = await page.content();
  for (const text of [SUBJECT, REASON, `/letters/${letterId}/file`])
    expect(shown).not.toContain(text);
  const file = await page.request.get(`${desk.url}/letters/${letterId}/file`);
  expect(file.status()).toBe(410);
  await page.goto(`${desk.url}/letters`);
  expect(await page.content()).not.toContain(SUBJECT);
  await reviewer.goto(`${desk.url}/staff/letters/${letterId}`);
  const read = await reviewer.content();
  for (const text of [SUBJECT, REASON]) expect(read).not.toContain(text);

  for (const verify of ['verify-register', 'verify-audit', 'doctor'])
    expect(await command(verify)).toMatchObject({ ok: true });
  await expect(command('erase', letterId, '--reason', 'request 12')).rejects.toThrow(
    'erased already',
  );
}, 300_000);

test('the number and the text of a message stay out of sight once it is erased', async () => {
  await until(async () => {
    const answer = await fetch(`${desk.url}/dev/outbox.json?mobile=${mobile}`);
    const messages = (await answer.json()) as { kind: string; text: string }[];
    return messages.length > 0 && messages.every(({ text }) => !text.includes(REASON));
  });
  expect((await smsTo(desk, mobile, 'code')).text).toMatch(/#\d{6}$/);
}, 300_000);
