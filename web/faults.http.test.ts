/**
 * Whatever stands in an address or a form, no route of the router answers with a fault. Asked of the
 * real desk on a real database, by people who may do the most.
 */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addStaff } from '../src/desk/staff/staff.sql.ts';
import { addTestApplicant, addTestUnit } from '../src/testing/letters.ts';
import { cookieOf, freshMobile, makeRealHome, startRealSite } from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';
import { addressOf, routesOf } from '../src/testing/routes.ts';
import type { Route } from '../src/testing/routes.ts';
import { sampleFile } from '../src/testing/sample-files.ts';
import { hashPassword } from '../src/desk/staff/passwords.ts';
import { submitLetter } from '../src/desk/letters/submit-letter.ts';
import { receiveFile } from '../src/platform/files/receive-file.ts';

/** Percent-encoded: NUL, half a character, a turned direction, numbers that are none or too big. */
const JUNK = ['%00', '%ff%fe', '%E2%80%AE', '%27', '__proto__', '-1', '2147483648', '1e99'];
/** In three forms, of as many fields as are read of one. */
const FIELDS = [
  'mobile captcha captchaId code proof username password current name role unit unit1',
  'senderName subject reason returnReason note version replyText referText referUnit round kind text',
  'act letter file keys queue left answer setup submissionKey formKey actionKey receipt',
].map((names) => names.split(' '));
const ASKED = ['lang', 'notice', 'code', 'found', 'page', 'q', 'unit', 'day', 'letter', 'end'];
/** Of other systems, with tests of their own; and what would end the session that asks. */
const ELSEWHERE =
  /^\/(sms|csp-reports|api\/v1|staff\/codec|staff\/single-sign-on)\b|sign-out$|\/events$/;

const ORIGIN = 'http://desk.test';
let home: RealHome;
let site: RealSite;
let ids: Record<string, string>;
let people: { applicantId: string; staffId: string };

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, { env: { RATE_LIMITS: 'off' } });
  const { db } = site;
  const applicantId = await addTestApplicant(db, freshMobile());
  const staffId = randomUUID();
  await addStaff(db, {
    id: staffId,
    username: 'fault-finder',
    name: 'مدیر',
    role: 'admin',
    passwordHash: await hashPassword('correct horse battery'),
    totpSecret: null,
    unitIds: [],
  });
  people = { applicantId, staffId };
  const { name, bytes } = await sampleFile('pdf');
  const received = await receiveFile(site.deps, { stream: Readable.from([bytes]), fileName: name });
  if (!received.ok) throw new Error(received.problem);
  const unit = await addTestUnit(db);
  const { letterId } = await submitLetter(site.deps, {
    applicantId,
    submissionKey: randomUUID(),
    senderName: 'فرستنده',
    unitId: unit,
    subject: 'موضوع',
    files: [received.file],
  });
  ids = {
    id: letterId,
    unit,
    member: staffId,
    person: applicantId,
    number: '1',
    page: '1',
    round: '1',
  };
});
afterAll(async () => {
  await site?.stop();
  await home?.remove();
});

/** Sessions that were proven just now: what is asked for is not turned away before it is read. */
const cookieOfBoth = async (): Promise<string> => {
  const cookies = [
    await cookieOf(site.db, { applicantId: people.applicantId }),
    await cookieOf(site.db, { staffId: people.staffId }),
  ];
  await site.db`update sessions set proven_at = now()`;
  return cookies.join('; ');
};

const parametersOf = ({ path }: Route): string[] =>
  [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name);

const pathOf = (route: Route, value?: string): string =>
  addressOf(route.path, {
    '*': value ?? 'none.css',
    ...Object.fromEntries(
      parametersOf(route).map((name) => [name, value ?? ids[name] ?? randomUUID()]),
    ),
  });

const routes = (method: string): Route[] =>
  routesOf(site.app).filter((route) => route.method === method && !ELSEWHERE.test(route.path));

/** What was asked for and answered by a fault; the log has why. */
const faults = async (
  asked: AsyncIterable<[string, Promise<Response> | Response]>,
): Promise<{ count: number; found: string[] }> => {
  const found: string[] = [];
  let count = 0;
  for await (const [what, answering] of asked) {
    const response = await answering;
    await response.body?.cancel();
    count += 1;
    // The engine is away here: what asks it may say so.
    if (response.status >= 500 && response.status !== 503) found.push(what);
  }
  return { count, found };
};

test('no address is a fault, whatever stands in the place of an id', async () => {
  const cookie = await cookieOfBoth();
  const ask = async function* (): AsyncGenerator<[string, Promise<Response> | Response]> {
    for (const route of routes('GET'))
      for (const value of [...JUNK, 'x'.repeat(3_000), '..%2f..%2f']) {
        if (!/[:*]/.test(route.path)) continue;
        const path = pathOf(route, value);
        yield [
          `GET ${path.slice(0, 100)}`,
          site.app.request(`${ORIGIN}${path}`, { headers: { cookie } }),
        ];
      }
  };
  const { count, found } = await faults(ask());
  expect(count).toBeGreaterThan(200);
  expect(found).toEqual([]);
}, 120_000);

test('no address is a fault, whatever stands behind its question mark', async () => {
  const cookie = await cookieOfBoth();
  const ask = async function* (): AsyncGenerator<[string, Promise<Response> | Response]> {
    for (const route of routes('GET')) {
      // Printed for a second each, and asked nothing by their address.
      if (route.path.endsWith('.pdf')) continue;
      for (const value of ['%00', '%ff%fe', '__proto__', '2147483648']) {
        const query = ASKED.map((name) => `${name}=${value}`).join('&');
        const path = `${pathOf(route)}?${query}`;
        yield [`GET ${path}`, site.app.request(`${ORIGIN}${path}`, { headers: { cookie } })];
      }
    }
  };
  const { count, found } = await faults(ask());
  expect(count).toBeGreaterThan(150);
  expect(found).toEqual([]);
}, 120_000);

test('no form is a fault, whatever its fields hold', async () => {
  const ask = async function* (): AsyncGenerator<[string, Promise<Response> | Response]> {
    for (const route of routes('POST')) {
      const headers = {
        cookie: await cookieOfBoth(),
        origin: ORIGIN,
        'content-type': 'application/x-www-form-urlencoded',
      };
      for (const value of ['%00', '%ff%fe', '__proto__', '-1', '2147483648'])
        for (const names of FIELDS) {
          const path = pathOf(route);
          const body = names.map((name) => `${name}=${value}`).join('&');
          yield [
            `${route.name} ${body}`,
            site.app.request(`${ORIGIN}${path}`, { method: 'POST', headers, body }),
          ];
        }
    }
  };
  const { count, found } = await faults(ask());
  expect(count).toBeGreaterThan(500);
  expect(found).toEqual([]);
}, 120_000);
