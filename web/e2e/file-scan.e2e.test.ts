/** A virus scanner that is away, hangs, comes back and finds something: the whole desk. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eicar, startFakeClamd } from '../../src/testing/clamd.ts';
import type { FakeClamd } from '../../src/testing/clamd.ts';
import {
  closeDesk,
  openApplicant,
  openDesk,
  openStaff,
} from '../../src/testing/desk-in-browser.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { makeDocx } from '../../src/testing/sample-files.ts';
import { approve, sendLetter, smsTo } from './portal.ts';

const run = promisify(execFile);

let clamd: FakeClamd;
let desk: RunningDesk;
let browser: Browser;
let page: Page;
let reviewer: Page;
let mobile: string;

beforeAll(async () => {
  clamd = await startFakeClamd();
  ({ desk, browser } = await openDesk({ env: { CLAMD_URL: clamd.url, LIMITS: 'scanSeconds=5' } }));
  ({ page, mobile } = await openApplicant({ desk, browser }));
  reviewer = await openStaff({ desk, browser }, 'reviewer');
}, 300_000);

afterAll(async () => {
  await closeDesk({ desk, browser });
  await clamd?.stop();
}, 300_000);

const doctor = async (): Promise<{ ok: boolean; detail: string } | undefined> => {
  const { stdout } = await run(
    process.execPath,
    ['--import', 'tsx', 'src/cli/desk.ts', 'doctor', '--json'],
    { env: desk.env },
  ).catch((error: { stdout: string }) => error);
  const { checks } = JSON.parse(stdout) as {
    checks: { name: string; ok: boolean; detail: string }[];
  };
  return checks.find(({ name }) => name === 'scan');
};

test('the scanner is away: the letter is accepted and closed, then opened and approved', async () => {
  await clamd.stop();
  const letterId = await sendLetter(page, desk, { subject: 'نامه هنگام نبود ویروس‌یاب' });
  await page.getByText('فایل نامه برای ویروس بررسی می‌شود').waitFor();
  expect(await page.locator('[data-scan="waiting"]').count()).toBe(1);
  await reviewer.goto(`${desk.url}/staff/letters/${letterId}`);
  await reviewer.getByText('فایل نامه هنوز برای ویروس بررسی نشده است').waitFor();
  expect(await reviewer.getByRole('button', { name: 'تایید', exact: true }).count()).toBe(0);
  expect(await doctor()).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/away.*1 files/),
  });

  await clamd.start();
  // The open page hears of it by itself.
  await page.locator('[data-scan="waiting"]').waitFor({ state: 'detached', timeout: 90_000 });
  await approve(reviewer, desk, letterId);
  expect((await smsTo(desk, mobile, 'approved')).text).toMatch(/^14\d\d\/\d+$/m);
  expect(await doctor()).toEqual(
    expect.objectContaining({ ok: true, detail: 'ClamAV 0.0.0/fake' }),
  );
}, 300_000);

test('the scanner hangs, and what it finds afterwards rejects the letter with a reason and an SMS', async () => {
  clamd.setMode('hang');
  await page.goto(`${desk.url}/letters/new`);
  await page.getByLabel('نام و نام خانوادگی / نام شرکت').fill('شرکت نمونه');
  await page.getByLabel('مخاطب گیرنده نامه').selectOption({ label: 'امور حقوقی' });
  await page.getByLabel('موضوع نامه').fill('نامه با ویروس');
  const buffer = makeDocx({ extra: [{ name: 'word/media/a.bin', content: eicar() }] });
  await page.getByLabel('فایل').setInputFiles({ name: 'نامه.docx', mimeType: '', buffer });
  await page.getByRole('button', { name: 'ثبت', exact: true }).click();
  await page.waitForURL(/\/letters\/[0-9a-f-]{36}/);
  await clamd.stop();
  clamd.setMode('ok');
  await clamd.start();
  expect((await smsTo(desk, mobile, 'rejected')).text).toContain('ویروس');
  await page.reload();
  await page.locator('[data-state="rejected"]').waitFor();
  expect(await page.locator('[data-scan="infected"]').count()).toBe(1);

  // With the scanner there, the same file does not even get in.
  await page.goto(`${desk.url}/letters/new`);
  await page.getByLabel('موضوع نامه').fill('نامه با ویروس');
  await page.getByLabel('فایل').setInputFiles({ name: 'نامه.docx', mimeType: '', buffer });
  await page.getByRole('button', { name: 'ثبت', exact: true }).click();
  await page.getByRole('link', { name: 'فایل انتخاب‌شده ویروس دارد' }).waitFor();
}, 300_000);
