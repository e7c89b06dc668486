import { afterAll, beforeAll, expect, test } from 'vitest';
import { TOLD_OF_POLICIES } from '../src/testing/log-alarm.ts';
import { openTestSite } from '../src/testing/test-site.ts';
import type { TestSite } from '../src/testing/test-site.ts';
import { CSP_VIOLATED } from './system/csp-reports.routes.ts';

const PAGE =
  'http://desk.test/letters/7b0f9a52-93a4-4a7c-8d2f-0d6a3b1c7f11?code=7K3M9QRT2XAB#09123456789';

/** As `report-uri` has it, and as the Reporting API. */
const OLD = {
  'csp-report': {
    'document-uri': PAGE,
    'effective-directive': 'script-src-elem',
    'blocked-uri': 'https://evil.test/x.js?sid=secret',
    'source-file': 'http://desk.test/assets/proof-0123456789ab.js',
    'line-number': 12,
    'script-sample': 'my secret',
  },
};
const NEW = {
  type: 'csp-violation',
  url: PAGE,
  body: { documentURL: PAGE, effectiveDirective: 'style-src-attr', blockedURL: 'inline' },
};

let site: TestSite;
beforeAll(async () => {
  site = await openTestSite({ name: TOLD_OF_POLICIES });
});
afterAll(() => site?.stop());

/** Another process of it, which has logged nothing yet. */
const openSite = (config: Parameters<TestSite['under']>[0] = {}) => {
  const { app, origin } = site.under(config);
  const before = site.log.length;
  const log = () => site.log.slice(before);
  const send = async (body: unknown, type = 'application/reports+json'): Promise<number> =>
    (
      await app.request(`${origin}/csp-reports`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
    ).status;
  const told = () =>
    log()
      .filter(({ message }) => message === CSP_VIOLATED)
      .map(({ fields }) => fields);
  return { log, send, told };
};

test('a report is logged by what was stopped and where, and nothing of anybody', async () => {
  const { send, told, log } = openSite();
  expect(await send(OLD, 'application/csp-report')).toBe(204);
  expect(await send([NEW, { type: 'deprecation', body: {} }])).toBe(204);
  expect(told()).toMatchObject([
    {
      directive: 'script-src-elem',
      blocked: 'https://evil.test',
      page: '/letters/…',
      source: '/assets/proof-0123456789ab.js',
      line: 12,
    },
    { directive: 'style-src-attr', blocked: 'inline', page: '/letters/…', source: '', line: 0 },
  ]);
  expect(JSON.stringify(log())).not.toMatch(/secret|7K3M|0912|7b0f9a52/);
});

test('no more of them are logged in a minute than the setting says, and each is taken', async () => {
  const { send, told } = openSite({ cspReports: { perMinute: 3, maxBytes: 16_384 } });
  for (let sent = 0; sent < 6; sent += 1) expect(await send([NEW])).toBe(204);
  expect(told().length).toBe(3);
});

test('what is no report is refused or says nothing, and breaks nothing', async () => {
  const { send, told } = openSite({ cspReports: { perMinute: 100, maxBytes: 2_000 } });
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded', ''])
    expect(await send('a=1', type)).toBe(415);
  expect(await send('x'.repeat(2_001))).toBe(413);
  for (const body of ['', '{', 'null', '7', '[[]]', '[null]', '{"csp-report":[]}'])
    expect(await send(body)).toBe(204);
  const words = told().flatMap((fields) => [fields.directive, fields.blocked, fields.page]);
  expect(new Set(words)).toEqual(new Set(['']));
});

test('every page names the address for reports, by https in the newer way too', async () => {
  const policyOf = async (publicOrigin: string) => {
    const { headers } = await site.under({ publicOrigin }).get('/');
    return [headers.get('content-security-policy'), headers.get('reporting-endpoints')];
  };
  const [plain, none] = await policyOf('http://desk.test');
  expect(plain).toMatch(/; report-uri \/csp-reports$/);
  expect(none).toBeNull();
  const [secure, endpoints] = await policyOf('https://desk.test');
  expect(secure).toBe(`${plain}; report-to csp`);
  expect(endpoints).toBe('csp="/csp-reports"');
});
