/** A network between browser and desk that answers in its place: the pages keep what was typed. */
import { createServer, request as ask } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { startBrowser } from '../../src/testing/browser.ts';
import { addTestApplicant, addTestStaff, addTestUnit } from '../../src/testing/letters.ts';
import { freePorts } from '../../src/testing/ports.ts';
import { cookieOf, freshMobile, makeRealHome, startRealSite } from '../../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../../src/testing/real-site.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import { LANGUAGES } from '../text/languages.ts';
import { newPage, openForm } from './portal.ts';

type Answer = (req: IncomingMessage, res: ServerResponse) => void;

const PORTAL = '<!doctype html><title>Wi-Fi</title><main><h1>Hotel</h1>Buy minutes</main>';
const answer =
  (status: number, body: string, type = 'text/html'): Answer =>
  (req, res) => {
    req.resume();
    req.on('end', () => res.writeHead(status, { 'content-type': type }).end(body));
  };

let home: RealHome;
let site: RealSite;
let browser: Browser;
let proxy: Server;
let url: string;
/** Undefined: the request goes on to the desk. */
let instead: ((req: IncomingMessage) => Answer | undefined) | undefined;

beforeAll(async () => {
  home = await makeRealHome();
  const port = await freePorts();
  proxy = createServer((req, res) => {
    const between = instead?.(req);
    if (between) return between(req, res);
    const { method, headers, url: path } = req;
    const onward = ask({ port, host: '127.0.0.1', method, headers, path }, (reply) => {
      res.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
      reply.pipe(res);
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  url = `http://localhost:${(proxy.address() as AddressInfo).port}`;
  site = await startRealSite(home, {
    env: { PORT: String(port), PUBLIC_ORIGIN: url, RATE_LIMITS: 'off' },
    listen: true,
  });
  await addTestUnit(site.db, 'امور حقوقی');
  browser = await startBrowser();
}, 300_000);
afterEach(() => {
  instead = undefined;
});
afterAll(async () => {
  await browser?.close();
  await site?.stop();
  proxy?.closeAllConnections();
  proxy?.close();
  await home?.remove();
});

const signedIn = async (
  who: { applicantId: string } | { staffId: string },
  language: 'fa' | 'en' = 'fa',
): Promise<Page> => {
  const page = await newPage(browser, { width: 1280 });
  const [name = '', value = ''] = (await cookieOf(site.db, who)).split('=');
  await page.context().addCookies([
    { name, value, url },
    { name: 'lang', value: language, url },
  ]);
  return page;
};

const CASES: [name: string, words: keyof typeof LANGUAGES.fa.send, Answer][] = [
  ['413 of nginx', 'tooLarge', answer(413, '<html><h1>413 Request Entity Too Large</h1></html>')],
  ['403 of a firewall', 'blocked', answer(403, '<html><h1>Blocked</h1></html>')],
  ['429 as text', 'busy', answer(429, 'Too Many Requests', 'text/plain')],
  ['408 of nothing', 'slow', (_req, res) => res.writeHead(408).end()],
  ['502 of a proxy', 'away', answer(502, '<html><h1>Bad Gateway</h1></html>')],
  ['504 of nothing', 'away', (_req, res) => res.writeHead(504).end()],
  ['200 of a Wi-Fi', 'between', answer(200, PORTAL)],
  ['200 as JSON', 'between', answer(200, '{"ok":true}', 'application/json')],
  ['200 of nothing', 'between', answer(200, '')],
];

const ROWS = CASES.flatMap(([name, words, act]) =>
  (['fa', 'en'] as const).map((language) => ({ name, words, act, language })),
);

const write = async (page: Page): Promise<void> => {
  await page.goto(`${url}/letters/new`);
  await page.locator('#senderName').fill('سارا احمدی');
  await page.locator('#unit').selectOption({ index: 1 });
  await page.locator('#subject').fill('درخواست بلند');
  const { name, bytes } = await sampleFile('pdf');
  await page.locator('#file').setInputFiles({ name, mimeType: '', buffer: bytes });
};

const submit = (page: Page, language: 'fa' | 'en' = 'fa'): Promise<void> =>
  page.getByRole('button', { name: LANGUAGES[language].newLetter.submit, exact: true }).click();

const expectKept = async (page: Page): Promise<void> => {
  expect(await page.locator('#senderName').inputValue()).toBe('سارا احمدی');
  expect(await page.locator('#subject').inputValue()).toBe('درخواست بلند');
  expect(await page.evaluate<number>(`document.querySelector('#file').files.length`)).toBe(1);
};

test.each(ROWS)('$name leaves the form and says what to do ($language)', async (row) => {
  const { words, act, language } = row;
  const page = await signedIn(
    { applicantId: await addTestApplicant(site.db, freshMobile()) },
    language,
  );
  await write(page);
  instead = ({ method }) => (method === 'POST' ? act : undefined);
  await submit(page, language);
  // By the button, and not somewhere up the page.
  const sentence = page
    .locator('form')
    .getByRole('status')
    .filter({ hasText: LANGUAGES[language].send[words] });
  await sentence.waitFor();
  await expectKept(page);
  instead = undefined;
  await submit(page, language);
  await page.waitForURL(/\/letters\/[0-9a-f-]{36}/);
  await page.context().close();
});

test.each([
  ['a cut line', 'failed', undefined],
  ['a Wi-Fi that leads elsewhere', 'between', 'http://wifi.test/login'],
  ['a firewall that says nothing', 'failed', 'nowhere'],
] as const)('%s leaves the form and says what to do', async (_name, words, elsewhere) => {
  const page = await signedIn({ applicantId: await addTestApplicant(site.db, freshMobile()) });
  await page.clock.install();
  await write(page);
  instead = ({ method, url: path }) => {
    const isLast = method === 'POST' || path === '/health/live';
    if (elsewhere === 'nowhere') return isLast ? (req) => req.resume() : undefined;
    if (elsewhere) return (_req, res) => res.writeHead(302, { location: elsewhere }).end();
    return isLast ? (req) => req.destroy() : undefined;
  };
  await submit(page);
  const sentence = page.getByRole('status').filter({ hasText: LANGUAGES.fa.send[words] });
  const end = Date.now() + 60_000;
  while (Date.now() < end && !(await sentence.isVisible()))
    await page.clock.runFor(elsewhere === 'nowhere' ? 10_000 : 1_000);
  await sentence.waitFor();
  await expectKept(page);
  await page.context().close();
});

test('a refusal of the desk that has no form in it leaves the form, with its words', async () => {
  const page = await signedIn({ applicantId: await addTestApplicant(site.db, freshMobile()) });
  await write(page);
  // As a page of another origin would send it.
  instead = ({ method, headers }) => {
    if (method === 'POST') headers.origin = 'http://elsewhere.test';
    return undefined;
  };
  await submit(page);
  const { title } = LANGUAGES.fa.errors.forbiddenForm;
  await page.getByRole('status').filter({ hasText: title }).waitFor();
  await expectKept(page);
  await page.context().close();
});

test('nothing of another page comes into the page of a letter that looks for colleagues', async () => {
  const member = await addTestStaff(site.db, { role: 'admin' });
  const page = await signedIn({ staffId: member.id });
  const applicant = await signedIn({
    applicantId: await addTestApplicant(site.db, freshMobile()),
  });
  await write(applicant);
  await submit(applicant);
  await applicant.waitForURL(/\/letters\/[0-9a-f-]{36}/);
  const id = new URL(applicant.url()).pathname.split('/')[2] ?? '';
  let asked = 0;
  instead = ({ url: path }) => {
    if (!path?.endsWith('/readers')) return undefined;
    asked += 1;
    return answer(200, PORTAL);
  };
  await page.clock.install();
  await page.goto(`${url}/staff/letters/${id}`);
  await page.clock.runFor(120_000);
  await expect.poll(() => asked).toBeGreaterThan(0);
  await page.clock.runFor(120_000);
  expect(await page.locator('[data-readers]').textContent()).not.toContain('Buy minutes');

  // A reason that was typed stays too.
  await openForm(page, 'reject');
  await page.locator('#reason').fill('مدرک ناقص است');
  instead = ({ method }) => (method === 'POST' ? answer(200, PORTAL) : undefined);
  await page.getByRole('button', { name: LANGUAGES.fa.staffLetter.reject, exact: true }).click();
  await page.getByRole('status').filter({ hasText: LANGUAGES.fa.send.between }).waitFor();
  expect(await page.locator('#reason').inputValue()).toBe('مدرک ناقص است');
  await page.context().close();
  await applicant.context().close();
});

test('a session is not called over because something else answers', async () => {
  const applicantId = await addTestApplicant(site.db, freshMobile());
  const page = await signedIn({ applicantId });
  await site.db`
    update sessions set expires_at = now() + interval '90 seconds'
    where applicant_id = ${applicantId}`;
  await write(page);
  const dialog = page.locator('[data-session]');
  await dialog.waitFor();
  instead = ({ url: path }) => (path === '/session' ? answer(403, PORTAL) : undefined);
  await dialog.getByRole('button').click();
  await dialog.getByText(LANGUAGES.fa.session.failed).waitFor();
  await expectKept(page);
  await page.context().close();
});
