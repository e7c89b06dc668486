/** What a browser still has of a person after «خروج», on a computer that others use too. */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeSite, openSite } from '../../src/testing/desk-in-browser.ts';
import { addTestApplicant, addTestStaff, addTestUnit } from '../../src/testing/letters.ts';
import { cookieOf, freshMobile } from '../../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../../src/testing/real-site.ts';
import { sampleFile } from '../../src/testing/sample-files.ts';
import { newPage } from './portal.ts';
import { submitLetter } from '../../src/desk/letters/submit-letter.ts';
import { receiveFile } from '../../src/platform/files/receive-file.ts';

const SUBJECT = 'موضوع-محرمانه';
let browser: Browser;
let home: RealHome;
let site: RealSite;
let url: string;

beforeAll(async () => {
  ({ browser, home, site, url } = await openSite({ remembersPages: true }));
});
afterAll(() => closeSite({ browser, site, home }));

const sendLetter = async (applicantId: string): Promise<string> => {
  const { name, bytes } = await sampleFile('pdf');
  const received = await receiveFile(site.deps, { stream: Readable.from([bytes]), fileName: name });
  if (!received.ok) throw new Error(received.problem);
  const { letterId } = await submitLetter(site.deps, {
    applicantId,
    submissionKey: randomUUID(),
    senderName: 'فرستنده',
    unitId: await addTestUnit(site.db),
    subject: SUBJECT,
    files: [received.file],
  });
  return letterId;
};

/** A page of a browser that is signed in. */
const signedIn = async (
  who: { applicantId: string } | { staffId: string },
  scripts: boolean,
): Promise<Page> => {
  const page = await newPage(browser, { scripts });
  const [name = '', value = ''] = (await cookieOf(site.db, who)).split('=');
  await page.context().addCookies([{ name, value, url }]);
  return page;
};

/** Everything that a page may keep beside its cookies; and cookies that a script can read. */
const KEPT = `(async () => ({
  local: localStorage.length,
  session: sessionStorage.length,
  databases: (await indexedDB.databases()).length,
  caches: (await caches.keys()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  cookies: document.cookie,
}))()`;

const NOTHING = { local: 0, session: 0, databases: 0, caches: 0, workers: 0, cookies: '' };

/** Of all that Back and Forward bring to sight, one after the other: whether the letter is on it. */
const walkHistory = async (page: Page, steps: number): Promise<boolean[]> => {
  const seen: boolean[] = [];
  for (const step of ['goBack', 'goForward'] as const)
    for (let index = 0; index < steps; index += 1) {
      await page[step]().catch(() => null);
      seen.push((await page.content()).includes(SUBJECT));
    }
  return seen;
};

for (const scripts of [true, false]) {
  const how = scripts ? 'with scripts' : 'without scripts';

  test(`after «خروج» Back shows an applicant nothing of the letters, ${how}`, async () => {
    const applicantId = await addTestApplicant(site.db, freshMobile());
    const letterId = await sendLetter(applicantId);
    const page = await signedIn({ applicantId }, scripts);
    await page.goto(`${url}/letters`);
    expect(await page.content()).toContain(SUBJECT);
    await page.goto(`${url}/letters/${letterId}`);
    expect(await page.content()).toContain(SUBJECT);
    await page.goto(`${url}/account`);
    await page.getByRole('button', { name: 'خروج' }).click();
    await page.waitForURL(`${url}/?notice=signed_out`);
    expect(await walkHistory(page, 3)).toEqual(Array.from({ length: 6 }, () => false));
    if (scripts) expect(await page.evaluate(KEPT)).toEqual(NOTHING);
    expect((await page.context().cookies()).map(({ name }) => name)).not.toContain('sid');
    await page.context().close();
  });

  test(`after «خروج» Back shows a member of staff nothing of the letters, ${how}`, async () => {
    const letterId = await sendLetter(await addTestApplicant(site.db, freshMobile()));
    const member = await addTestStaff(site.db, { role: 'reviewer' });
    const page = await signedIn({ staffId: member.id }, scripts);
    await page.goto(`${url}/staff`);
    expect(await page.content()).toContain(SUBJECT);
    await page.goto(`${url}/staff/letters/${letterId}`);
    expect(await page.content()).toContain(SUBJECT);
    await page.getByRole('button', { name: 'خروج' }).click();
    await page.waitForURL(`${url}/staff?notice=signed_out`);
    expect(await walkHistory(page, 2)).toEqual(Array.from({ length: 4 }, () => false));
    if (scripts) expect(await page.evaluate(KEPT)).toEqual(NOTHING);
    expect((await page.context().cookies()).map(({ name }) => name)).not.toContain('staff_sid');
    await page.context().close();
  });
}
