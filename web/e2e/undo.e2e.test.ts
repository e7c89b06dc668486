/** A slip that is taken back in time, in a real browser on the whole desk. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  closeDesk,
  openApplicant,
  openDesk,
  openStaff,
} from '../../src/testing/desk-in-browser.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { sendLetter, smsTo } from './portal.ts';

/** Long enough for a click on a busy machine, and short enough to wait for its end. */
const UNDO_SECONDS = '20';

let desk: RunningDesk;
let browser: Browser;

beforeAll(async () => {
  ({ desk, browser } = await openDesk({ env: { UNDO_SECONDS } }));
}, 300_000);

afterAll(async () => {
  await closeDesk({ desk, browser });
}, 300_000);

const undoButton = (page: Page) => page.getByRole('button', { name: 'بازگرداندن', exact: true });

const approve = (page: Page) => page.getByRole('button', { name: 'تایید', exact: true }).click();

const kindsSentTo = async (mobile: string): Promise<string[]> => {
  const answer = await fetch(`${desk.url}/dev/outbox.json?mobile=${mobile}`);
  const messages = (await answer.json()) as { kind: string }[];
  return messages.map(({ kind }) => kind).filter((kind) => kind !== 'code');
};

test('without scripts: approved, taken back, approved again and applied once', async () => {
  const { page, mobile } = await openApplicant({ desk, browser }, { scripts: false });
  const letterId = await sendLetter(page, desk, { subject: 'تایید ناخواسته' });
  const reviewer = await openStaff({ desk, browser }, 'reviewer', { scripts: false });
  await reviewer.goto(`${desk.url}/staff/letters/${letterId}`);
  await approve(reviewer);
  await undoButton(reviewer).waitFor();
  await page.goto(`${desk.url}/letters/${letterId}`);
  await page.locator('article[data-state="pending"]').waitFor();

  await undoButton(reviewer).click();
  await reviewer.getByText('تصمیم شما پس گرفته شد').waitFor();
  expect(await undoButton(reviewer).count()).toBe(0);

  await approve(reviewer);
  const sms = await smsTo(desk, mobile, 'approved');
  // The first number of the register: none went to the decision that was taken back.
  expect(sms.text.split('\n').some((line) => /^14\d\d\/1$/.test(line))).toBe(true);
  expect(await kindsSentTo(mobile)).toEqual(['approved']);
  await page.reload();
  await page.locator('article[data-state="approved"]').waitFor();
}, 300_000);

test('in the list: the bar stands on the next letter and says when the decision is applied', async () => {
  const { page } = await openApplicant({ desk, browser });
  const first = await sendLetter(page, desk, { subject: 'نخست' });
  const second = await sendLetter(page, desk, { subject: 'دوم' });
  const reviewer = await openStaff({ desk, browser }, 'reviewer');
  await reviewer.goto(`${desk.url}/staff/letters/${first}?filter=pending`);
  await approve(reviewer);
  await reviewer.waitForURL(new RegExp(`/staff/letters/${second}\\?.*decided=${first}`));
  await undoButton(reviewer).click();
  await reviewer.waitForURL(new RegExp(`/staff/letters/${first}\\?`));

  await approve(reviewer);
  await reviewer.waitForURL(new RegExp(`/staff/letters/${second}\\?.*decided=${first}`));
  // The script exchanges the bar for what became of the decision.
  await reviewer.locator('[data-decided]').getByText('شماره نامه:').waitFor();
  expect(await undoButton(reviewer).count()).toBe(0);
}, 300_000);
