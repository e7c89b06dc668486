/**
 * The restore drill: a desk at work is backed up while letters arrive, then lost with everything it
 * had, and brought back in another folder on other ports.
 */
import { spawn } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startBrowser } from '../../src/testing/browser.ts';
import { rememberKnown } from '../../src/testing/log-alarm.ts';
import { freePorts } from '../../src/testing/ports.ts';
import { startDesk } from '../../src/testing/running-desk.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import { startSmsGateway } from '../../src/testing/sms-gateway.ts';
import type { ReceivedSms, StubSmsGateway } from '../../src/testing/sms-gateway.ts';
import { until } from '../../src/testing/until.ts';
import {
  approve,
  askForCode,
  newMobile,
  newPage,
  reject,
  sendLetter,
  staffSignIn,
  openForm,
} from './portal.ts';

const PASSPHRASE = 'a passphrase of the restore drill';

let gateway: StubSmsGateway;
let browser: Browser;
let dir: string;
let desk: RunningDesk;

beforeAll(async () => {
  gateway = await startSmsGateway();
  dir = await mkdtemp(path.join(os.tmpdir(), 'pishkhan-drill-'));
  // A rejected letter is erased only when nobody can object any more.
  desk = await startDesk({ env: { SMS_URL: gateway.url, OBJECTION_DAYS: '0', REOPEN_DAYS: '0' } });
  browser = await startBrowser();
}, 240_000);

afterAll(async () => {
  await browser?.close();
  await desk?.remove();
  await gateway?.stop();
  await rm(dir, { recursive: true, force: true });
}, 120_000);

interface Said {
  code: number | null;
  json: Record<string, unknown>;
  stderr: string;
}

const command = async (
  words: string[],
  { env = desk.env, input = '' }: { env?: Record<string, string>; input?: string } = {},
): Promise<Said> => {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/cli/desk.ts', ...words, '--json'],
    { env, stdio: 'pipe' },
  );
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  const json = (stdout.trim() === '' ? {} : JSON.parse(stdout)) as Record<string, unknown>;
  return { code, json, stderr };
};

const smsOf = (kind: string, mobile: string): ReceivedSms[] =>
  gateway.received.filter((sms) => sms.kind === kind && sms.to.endsWith(mobile.slice(1)));

const signInBySms = async (page: Page, mobile: string): Promise<void> => {
  const known = smsOf('code', mobile).length;
  await askForCode(page, desk, mobile);
  const sms = await until(async () => smsOf('code', mobile)[known]);
  const code = /#(\d{6})$/.exec(sms.text)?.[1] ?? '';
  rememberKnown(code);
  await page.getByLabel('کد تایید').fill(code);
  await page.getByRole('button', { name: 'تایید کد' }).click();
  await page.getByRole('button', { name: 'ثبت نامه جدید' }).first().waitFor();
};

const numberOf = (sms: ReceivedSms | undefined): string =>
  /14\d\d\/\d+/.exec(sms?.text ?? '')?.[0] ?? '';

const letterSms = (): ReceivedSms[] => gateway.received.filter(({ kind }) => kind !== 'code');

test('a desk that was lost comes back with its letters, and nobody is told twice', async () => {
  const mobile = newMobile();
  const page = await newPage(browser);
  await signInBySms(page, mobile);
  const reviewer = await newPage(browser, { width: 1280 });
  await staffSignIn(reviewer, desk, 'reviewer');

  const pending = await sendLetter(page, desk, { subject: 'در انتظار' });
  const answered = await sendLetter(page, desk, { subject: 'پاسخ‌گرفته' });
  const forgotten = await sendLetter(page, desk, { subject: 'فراموش‌شدنی' });
  const untold = await sendLetter(page, desk, { subject: 'خبرنرسیده' });
  await approve(reviewer, desk, answered);
  await reject(reviewer, desk, forgotten, 'به این سازمان مربوط نیست');
  const clerk = await newPage(browser, { width: 1280 });
  await staffSignIn(clerk, desk, 'clerk');
  await clerk.goto(`${desk.url}/staff/letters/${answered}`);
  await openForm(clerk, 'reply');
  await clerk.getByLabel('متن پاسخ').fill('با درخواست شما موافقت شد.');
  await clerk.getByRole('button', { name: 'ثبت پاسخ' }).click();
  await clerk.locator('[data-step="answered"]').waitFor();
  await until(async () => letterSms().filter(({ taken }) => taken).length === 3);
  // Its message waits for the gateway when the backup is made.
  gateway.setMode('down');
  await approve(reviewer, desk, untold);
  const lastNumber = numberOf(await until(async () => smsOf('approved', mobile)[1]));

  // While letters arrive.
  let busy = true;
  const load = (async (): Promise<number> => {
    let sent = 0;
    for (; busy; sent += 1) await sendLetter(page, desk, { subject: `هنگام پشتیبان‌گیری ${sent}` });
    return sent;
  })();
  const file = path.join(dir, 'desk.backup');
  const backup = await command(['backup', file, '--with-secret'], { input: `${PASSPHRASE}\n` });
  busy = false;
  expect(await load).toBeGreaterThan(0);
  expect(backup.stderr).toContain('table letters: ');
  expect(backup.code).toBe(0);
  expect(backup.json).toMatchObject({ missing: [], withSecret: true });
  expect((await stat(`${file}.keys`)).mode & 0o777).toBe(0o600);
  expect((await readFile(file)).includes('فراموش‌شدنی')).toBe(false);
  expect((await command(['verify-backup', file])).json).toMatchObject({
    sealChecked: true,
    letters: backup.json.letters,
  });

  // What the backup does not know: a message that leaves, a letter that is erased, one that is
  // approved, and the checkpoint of the register after it.
  gateway.setMode('ok');
  await until(async () => smsOf('approved', mobile).filter(({ taken }) => taken).length === 2);
  await until(
    async () => (await command(['erase', forgotten, '--reason', 'request 7'])).code === 0,
  );
  await approve(reviewer, desk, pending);
  await until(async () => smsOf('approved', mobile).filter(({ taken }) => taken).length === 3);
  await command(['register', 'checkpoints', '--publish']);
  const newest = path.join(dir, 'newest.backup');
  expect((await command(['backup', newest])).code).toBe(0);

  // Everything is lost but the backups, and what is kept elsewhere.
  const lost = desk;
  const checkpoints = path.join(dir, 'checkpoints.log');
  await copyFile(path.join(lost.dataDir, 'register-checkpoints.log'), checkpoints);
  await copyFile(path.join(lost.dataDir, 'sample-accounts.json'), path.join(dir, 'accounts.json'));
  await lost.remove();
  const before = letterSms().length;

  const dataDir = path.join(dir, 'another-place');
  await mkdir(dataDir, { mode: 0o711 });
  const port = await freePorts();
  const env = { ...lost.env, DATA_DIR: dataDir, PORT: String(port) };
  const keys = ['--keys', `${newest}.keys`];
  const noSecret = await command(['restore', file, ...keys], { env });
  expect(noSecret).toMatchObject({ code: 1, stderr: expect.stringContaining('no master secret') });
  const since = performance.now();
  const restored = await command(
    ['restore', file, ...keys, '--with-secret', '--checkpoints', checkpoints],
    {
      env,
      input: `${PASSPHRASE}\n`,
    },
  );
  const seconds = (performance.now() - since) / 1_000;
  // Whole in itself, and older than the checkpoints that left the house: the lost number is named.
  expect(restored.code).toBe(1);
  expect(restored.json).toMatchObject({
    letters: backup.json.letters,
    erased: 1,
    waiting: 1,
    held: true,
    register: { first: { why: expect.stringContaining(`cut off after ${lastNumber}`) } },
  });
  process.stdout.write(
    `restored ${String(backup.json.letters)} letters, ${String(backup.json.bytes)} bytes in ${seconds.toFixed(1)} s\n`,
  );

  await copyFile(path.join(dir, 'accounts.json'), path.join(dataDir, 'sample-accounts.json'));
  desk = await startDesk({ dataDir, port, env: { SMS_URL: gateway.url } });
  await until(async () => {
    const { json, code } = await command(['reconcile']);
    return code === 0 && json.started === 0;
  });
  const { hold, waiting } = (await command(['outgoing', 'list'])).json as {
    hold: { why: string };
    waiting: { id: string; letterId: string }[];
  };
  expect(hold.why).toContain('restored from the backup');
  expect(waiting).toMatchObject([{ letterId: untold }]);

  // People sign in anew, and find their letters as they were then.
  const again = await newPage(browser);
  await signInBySms(again, mobile);
  await again.goto(`${desk.url}/letters/${answered}`);
  await again.getByText('با درخواست شما موافقت شد.').first().waitFor();
  const original = await again.request.get(`${desk.url}/letters/${pending}/file`);
  expect(Buffer.compare(await original.body(), (await sampleFile('pdf')).bytes)).toBe(0);
  expect((await again.request.get(`${desk.url}/letters/${forgotten}/file`)).status()).toBe(410);
  await again.goto(`${desk.url}/letters/${pending}`);
  await again.locator('article[data-state="pending"]').waitFor();

  // The gateway's log has the message that waits: it is not sent again. All others go on.
  const [message] = waiting;
  expect(gateway.accepted.get(message?.id ?? '')).toBe(1);
  expect(letterSms()).toHaveLength(before);
  expect((await command(['outgoing', 'skip', message?.id ?? ''])).code).toBe(0);
  const staff = await newPage(browser, { width: 1280 });
  await staffSignIn(staff, desk, 'reviewer');
  await approve(staff, desk, pending);
  expect((await command(['outgoing', 'release'])).code).toBe(0);
  await until(async () => letterSms().length === before + 1);
  const newSms = letterSms().at(-1);
  expect(newSms?.kind).toBe('approved');
  expect([...gateway.accepted.values()].every((count) => count === 1)).toBe(true);
  for (const verify of ['verify-register', 'verify-audit', 'doctor'])
    expect((await command([verify])).json).toMatchObject({ ok: true });
}, 300_000);
