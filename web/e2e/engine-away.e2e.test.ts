/** What holds while parts of the desk are away, and when they are back. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectDeskClient } from '../../src/testing/engine-client.ts';
import {
  closeDesk,
  openApplicant,
  openDesk,
  openStaff,
} from '../../src/testing/desk-in-browser.ts';
import { startDesk } from '../../src/testing/running-desk.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { until } from '../../src/testing/until.ts';
import { plain, sendLetter, smsTo } from './portal.ts';

const run = promisify(execFile);

let desk: RunningDesk;
let browser: Browser;
let page: Page;
let mobile: string;
let ports: { temporal: number };

beforeAll(async () => {
  ({ desk, browser } = await openDesk());
  ({ page, mobile } = await openApplicant({ desk, browser }));
  ports = { temporal: Number(desk.env.PORT) + 2 };
}, 300_000);

afterAll(async () => {
  await closeDesk({ desk, browser });
}, 300_000);

const pidListeningOn = async (port: number): Promise<number> => {
  const { stdout } = await run('ps', ['-eo', 'pid,args']);
  const line = stdout
    .split('\n')
    .find((row) => row.includes('start-dev') && row.includes(String(port)));
  const pid = Number(line?.trim().split(' ')[0]);
  if (!pid) throw new Error('the local Temporal server was not found');
  return pid;
};

const signal = (pid: number, name: 'SIGSTOP' | 'SIGCONT' | 'SIGKILL'): void => {
  process.kill(pid, name);
};

const ready = async (): Promise<{ status: number; parts: Record<string, { ok: boolean }> }> => {
  const response = await fetch(`${desk.url}/health/ready`);
  return {
    status: response.status,
    parts: (await response.json()) as Record<string, { ok: boolean }>,
  };
};

test('with the engine stopped a letter is accepted and listed; with it back one workflow runs', async () => {
  const pid = await pidListeningOn(ports.temporal);
  signal(pid, 'SIGSTOP');
  let letterId: string;
  try {
    letterId = await sendLetter(page, desk, { subject: 'نامه هنگام نبود موتور' });
    await page.goto(`${desk.url}/letters`);
    const article = page.getByRole('article').filter({ hasText: 'نامه هنگام نبود موتور' });
    expect(await article.getAttribute('data-state')).toBe('pending');
    await article.getByRole('button', { name: 'گرفتن آخرین وضعیت' }).click();
    expect(await page.locator('[data-source]').getAttribute('data-source')).toBe('record');
    const health = await ready();
    expect(health.status).toBe(200);
    expect(health.parts.temporal?.ok).toBe(false);
  } finally {
    signal(pid, 'SIGCONT');
  }
  const { client, close } = await connectDeskClient(desk);
  await until(async () => {
    const runs: string[] = [];
    for await (const found of client.workflow.list({ query: `WorkflowId = 'letter-${letterId}'` }))
      runs.push(found.status.name);
    return runs.length === 1 && runs[0] === 'RUNNING';
  });
  const status = await client.workflow.getHandle(`letter-${letterId}`).query('status');
  expect(status).toMatchObject({ status: 'pending' });
  await close();
}, 300_000);

test('a decision taken while the engine is stopped says that it is recorded, and is done once it is back', async () => {
  const letterId = await sendLetter(page, desk, { subject: 'تصمیم هنگام نبود موتور' });
  const reviewer = await openStaff({ desk, browser }, 'reviewer');
  await reviewer.goto(`${desk.url}/staff/letters/${letterId}`);
  const pid = await pidListeningOn(ports.temporal);
  signal(pid, 'SIGSTOP');
  try {
    await reviewer.getByRole('button', { name: 'تایید', exact: true }).click();
    await reviewer.getByText('در حال پردازش').first().waitFor();
    expect(await reviewer.locator('[data-state="pending"]').count()).toBeGreaterThan(0);
  } finally {
    signal(pid, 'SIGCONT');
  }
  await until(async () => {
    await page.goto(`${desk.url}/letters/${letterId}`);
    return (await page.locator('article[data-state="approved"]').count()) === 1;
  });
  expect((await smsTo(desk, mobile, 'approved')).text).toMatch(/^14\d\d\/\d+$/m);
}, 300_000);

test('a letter is decided completely by `temporal workflow signal`, and a second signal changes nothing', async () => {
  const letterId = await sendLetter(page, desk, { subject: 'با ابزار Temporal' });
  const { stdout } = await run('ps', ['-eo', 'args']);
  const cli = stdout
    .split('\n')
    .find((row) => row.includes('start-dev') && row.includes(String(ports.temporal)))
    ?.trim()
    .split(' ')[0];
  const send = (name: string, input: string) => {
    const target = [
      '--address',
      `127.0.0.1:${ports.temporal}`,
      '--workflow-id',
      `letter-${letterId}`,
    ];
    return run(cli ?? 'temporal', [
      'workflow',
      'signal',
      ...target,
      '--name',
      name,
      '--input',
      input,
    ]);
  };
  await until(() =>
    send('approve', '{"nobody":1}').then(
      () => true,
      () => false,
    ),
  );
  await send('approve', '{"by":"ali"}');
  await until(async () => {
    await page.goto(`${desk.url}/letters/${letterId}`);
    return (await page.locator('article[data-state="approved"]').count()) === 1;
  });
  const shown = plain(await page.locator('article').first().textContent());
  const number = /14\d\d\/\d+(?!\/)/.exec(shown)?.[0];
  await send('reject', '{"by":"reza","reason":"دیر"}');
  await page.goto(`${desk.url}/letters/${letterId}?latest=1`);
  expect(await page.locator('article').first().getAttribute('data-state')).toBe('approved');
  expect(plain(await page.locator('article').first().textContent())).toContain(number);
  const log = await readFile(`${desk.dataDir}/logs/worker.log`, 'utf8');
  const malformed = log
    .split('\n')
    .filter((line) => line.includes('malformed signal ignored'))
    .map((line) => JSON.parse(line) as { level: number; workflowId: string });
  expect(malformed).toContainEqual(
    expect.objectContaining({ level: 40, workflowId: `letter-${letterId}` }),
  );
});

test('after PostgreSQL, worker and web are killed the desk stands again with every letter', async () => {
  const pidFile = await readFile(`${desk.dataDir}/postgres/postmaster.pid`, 'utf8');
  const postmaster = Number(pidFile.split('\n')[0]);
  const { stdout } = await run('ps', ['-eo', 'pid,ppid,args']);
  const children = stdout
    .split('\n')
    .map((row) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(row))
    .filter(
      (row) => row?.[2] === String(desk.process.pid) && /main\/(web|worker)\.ts/.test(row[3] ?? ''),
    )
    .map((row) => Number(row?.[1]));
  expect(children).toHaveLength(2);
  for (const pid of [postmaster, ...children]) signal(pid, 'SIGKILL');
  await until(async () => {
    const health = await ready().catch(() => undefined);
    return health?.status === 200 && health.parts.worker?.ok === true;
  });
  await page.goto(`${desk.url}/letters`);
  expect(await page.getByRole('article').count()).toBe(3);
  const letterId = await sendLetter(page, desk, { subject: 'پس از بازگشت' });
  await until(async () => {
    await page.goto(`${desk.url}/letters/${letterId}?latest=1`);
    return (await page.locator('[data-source="workflow"]').count()) === 1;
  });
}, 300_000);

test('Ctrl-C ends every process with exit code 0, and the next start goes on with the same letters', async () => {
  expect(await desk.stop()).toBe(0);
  const { stdout } = await run('ps', ['-eo', 'args']);
  expect(stdout).not.toContain(desk.dataDir);
  desk = await startDesk({ dataDir: desk.dataDir, port: Number(desk.env.PORT) });
  await page.goto(`${desk.url}/letters`);
  expect(await page.getByRole('article').count()).toBe(4);
  // A worker that has just started may answer later than the page waits for.
  await until(async () => {
    await page.goto(`${desk.url}/letters`);
    await page.getByRole('button', { name: 'گرفتن آخرین وضعیت' }).first().click();
    return (await page.locator('[data-source]').getAttribute('data-source')) === 'workflow';
  });
}, 300_000);

test('a taken port and a wrong setting are one clear line and a non-zero exit', async () => {
  const start = (env: Record<string, string>) =>
    run(process.execPath, ['--import', 'tsx', 'src/main/start.ts'], {
      env: { ...desk.env, ...env },
    });
  await expect(start({ DATA_DIR: `${desk.dataDir}-2` })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(new RegExp(`port ${desk.env.PORT} \\(PORT\\)`)) as string,
  });
  await expect(start({ MAX_FILE_MB: 'many', ORG_TIME_ZONE: 'Mars' })).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/ORG_TIME_ZONE[^]*MAX_FILE_MB/) as string,
  });
});
