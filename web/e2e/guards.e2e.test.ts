/** What only a real browser shows: who can read the engine's payloads, and what a policy stopped. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { promisify } from 'node:util';
import postgres from 'postgres';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { embeddedDatabaseUrl } from '../../src/local/postgres.ts';
import { obtainTemporalCli } from '../../src/local/temporal-cli.ts';
import { PLANTED_ORIGIN } from '../../src/testing/log-alarm.ts';
import {
  closeDesk,
  openApplicant,
  openDesk,
  openStaff,
} from '../../src/testing/desk-in-browser.ts';
import type { RunningDesk } from '../../src/testing/running-desk.ts';
import { until } from '../../src/testing/until.ts';
import { CSP_VIOLATED } from '../system/csp-reports.routes.ts';
import { newPage, sendLetter } from './portal.ts';

const run = promisify(execFile);

let desk: RunningDesk;
let browser: Browser;
let letterId: string;
let ui: string;

beforeAll(async () => {
  ({ desk, browser } = await openDesk());
  const config = readConfig({ PORT: desk.env.PORT, DATA_DIR: desk.dataDir });
  ui = config.TEMPORAL_UI_URL;
  const { page } = await openApplicant({ desk, browser });
  letterId = await sendLetter(page, desk, { subject: 'گواهی' });
  await page.context().close();
}, 300_000);

afterAll(async () => {
  await closeDesk({ desk, browser });
});

const workflowAddress = (): string => `${ui}/namespaces/default/workflows/letter-${letterId}`;

/** The page of the workflow in Temporal UI once the desk has answered it, and how. */
const look = async (page: Page): Promise<{ text: string; status: number }> => {
  const answered = page.waitForResponse(
    (response) =>
      response.url().startsWith(`${desk.url}/staff/codec/decode`) &&
      response.request().method() === 'POST',
  );
  await page.goto(workflowAddress());
  const status = (await answered).status();
  const said =
    status === 200 ? 'unsentMessageIds' : 'Sign in to the staff desk as an administrator';
  const shown = page.getByText(said).locator('visible=true').first();
  await shown.waitFor();
  return { text: await page.locator('body').innerText(), status };
};

test('Temporal UI shows what is in a letter’s payloads to an administrator of the desk only', async () => {
  const anybody = await newPage(browser, { width: 1280 });
  const signedOut = await look(anybody);
  expect(signedOut.status).toBe(401);
  expect(signedOut.text).not.toContain('"pending"');

  const reviewer = await openStaff({ desk, browser }, 'reviewer');
  const refused = await look(reviewer);
  expect(refused.status).toBe(403);
  expect(refused.text).not.toContain('"pending"');

  const admin = await openStaff({ desk, browser }, 'admin');
  const read = await look(admin);
  expect(read.status).toBe(200);
  expect(read.text).toContain('"pending"');
  expect(read.text).toContain('امور حقوقی');
  expect(read.text).not.toContain('Codec Server could not connect');
  // The page that the desk's own link leads to.
  await admin.goto(`${desk.url}/staff/letters/${letterId}`);
  expect(await admin.locator(`a[href="${workflowAddress()}"]`).count()).toBe(1);
  for (const page of [anybody, reviewer, admin]) await page.context().close();
});

test('Temporal UI is reached by the names of this machine only, and signals through it arrive', async () => {
  const statusAs = (host: string): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const asked = http.get(`${ui}/api/v1/settings`, { headers: { host } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      asked.once('error', reject);
    });
  const { port } = new URL(ui);
  expect(await statusAs(`localhost:${port}`)).toBe(200);
  expect(await statusAs(`127.0.0.1:${port}`)).toBe(200);
  for (const foreign of [`evil.test:${port}`, 'localhost.evil.test'])
    expect([foreign, await statusAs(foreign)]).toEqual([foreign, 403]);
  const page = await newPage(browser, { width: 1280 });
  await page.goto(workflowAddress());
  const signalled = await page.evaluate(`
    (async () => {
      const token = document.cookie.match(/_csrf=([^;]+)/)?.[1] ?? '';
      const answer = await fetch(
        '/api/v1/namespaces/default/workflows/letter-${letterId}/signal/no_such_signal',
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-csrf-token': token },
          body: JSON.stringify({ signalName: 'no_such_signal' }),
        },
      );
      return [answer.status, await answer.text()];
    })()`);
  expect(signalled).toEqual([200, expect.stringContaining(letterId)]);
  await page.context().close();
});

test('each reading of a letter’s payloads is in its audit trail', async () => {
  const url = embeddedDatabaseUrl({
    DATA_DIR: desk.dataDir,
    POSTGRES_PORT: Number(desk.env.PORT) + 3,
  });
  const sql = postgres(url, { max: 1 });
  try {
    const entries = await sql<{ actorKind: string; workflow: string }[]>`
      select a.actor_kind as "actorKind", a.details ->> 'workflow' as workflow
      from audit_entries a join staff s on s.id::text = a.actor
      where a.letter_id = ${letterId} and a.action = 'payloads_opened' and s.username = 'admin'`;
    expect([...entries]).toContainEqual({ actorKind: 'staff', workflow: `letter-${letterId}` });
    // Of one page, whatever it asked for.
    expect(entries.length).toBeLessThan(3);
  } finally {
    await sql.end();
  }
});

test('the command line of Temporal reads a history with a token of the desk, and not without', async () => {
  const temporal = await obtainTemporalCli({
    cliPath: process.env.TEMPORAL_CLI_PATH ?? '',
    dataDir: desk.dataDir,
    env: process.env,
    say: () => undefined,
  });
  const show = async (codec: Record<string, string>): Promise<string> => {
    const { stdout } = await run(
      temporal,
      ['workflow', 'show', '--workflow-id', `letter-${letterId}`, '--output', 'json'],
      {
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          TEMPORAL_ADDRESS: `127.0.0.1:${Number(desk.env.PORT) + 2}`,
          ...codec,
        },
      },
    );
    const { events } = JSON.parse(stdout) as {
      events: [
        { workflowExecutionStartedEventAttributes: { input: { payloads: [{ data: string }] } } },
      ];
    };
    const { input } = events[0].workflowExecutionStartedEventAttributes;
    return Buffer.from(input.payloads[0].data, 'base64').toString();
  };
  const { stdout } = await run(
    process.execPath,
    ['--import', 'tsx', 'src/cli/desk.ts', 'codec-token', '--json'],
    { env: { ...desk.env } },
  );
  const { endpoint, token } = JSON.parse(stdout) as { endpoint: string; token: string };
  expect(endpoint).toBe(`${desk.url}/staff/codec`);
  const read = await show({
    TEMPORAL_CODEC_ENDPOINT: endpoint,
    TEMPORAL_CODEC_AUTH: `Bearer ${token}`,
  });
  expect(JSON.parse(read)).toMatchObject({ letterId, state: { status: 'pending' } });
  expect(await show({})).not.toContain('pending');
});

test('what the policy of a page stops is told to the desk, without the address it happened at', async () => {
  const page = await newPage(browser);
  await page.goto(`${desk.url}/letters?code=7K3M9QRT2XAB`);
  await page.evaluate(`{
    const image = document.createElement('img');
    image.src = '${PLANTED_ORIGIN}/who?mobile=09123456789';
    document.body.append(image);
  }`);
  const line = await until(async () => {
    const log = await readFile(path.join(desk.dataDir, 'logs/web.log'), 'utf8');
    return log.split('\n').find((entry) => entry.includes(CSP_VIOLATED));
  });
  expect(JSON.parse(line)).toMatchObject({
    directive: 'img-src',
    blocked: PLANTED_ORIGIN,
    page: '/',
  });
  expect(line).not.toMatch(/0912|7K3M/);
  await page.context().close();
});
