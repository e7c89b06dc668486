/** A second desk, without its engine, for states that the whole one hardly ever stands in. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import {
  addPasskeyRow,
  addSignIn,
  setRecoveryCodes,
} from '../../src/desk/staff/staff-access.sql.ts';
import { addStockReason } from '../../src/desk/administration/stock-reasons.sql.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import type { DomainErrorCode } from '../../src/platform/base/errors.ts';
import { freePorts } from '../../src/testing/ports.ts';
import { cookieOf, freshMobile, REAL_CAPTCHA } from '../../src/testing/real-site.ts';
import type { SiteMember } from '../../src/testing/site-letters.ts';
import { openTestSite } from '../../src/testing/test-site.ts';
import type { TestSite } from '../../src/testing/test-site.ts';
import { makeToken } from '../../src/platform/sealing/secrets.ts';
import { HOURS, LONG_NAME, LONG_SUBJECT, REASON, sendLetters } from './second-desk-letters.ts';
import type { People, SecondLetter } from './second-desk-letters.ts';
import { parkForm } from '../../src/desk/staff/parked-forms.ts';
import { newCaptcha } from '../../src/desk/applicants/captcha/captcha.ts';

const PASSWORD = 'correct horse battery';
const TOTP_SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';

export interface SecondDesk extends Record<SecondLetter, string> {
  url: string;
  /** Of a desk that has no administrator. */
  setupUrl: string;
  passkey: string;
  members: Record<'keeper' | 'other' | 'disabled', string>;
  /** The page of a refusal of this kind, or of a fault. */
  failure: (code: DomainErrorCode | 'fault') => string;
  /** A code is asked for just now. @returns where it is typed */
  askForCode: (page: Page) => Promise<string>;
  /** The time to take decisions back begins anew. */
  renewUndo: () => Promise<void>;
  /** The pages of `late` are drawn, or about to be. */
  drawLate: (isDrawn: boolean) => Promise<void>;
  /** Something else was done with a letter that stood returned; and back. */
  overtake: (letterId: string, isOver: boolean) => Promise<void>;
}

/** Routes of the test itself, inside the same error handling. */
const addFailures = ({ app }: TestSite): void => {
  app.get('/failing/:code', (c) => {
    const code = c.req.param('code');
    throw code === 'fault' ? new Error('told to fail') : new DomainError(code as DomainErrorCode);
  });
};

const addCookie = async (page: Page, url: string, cookie: string): Promise<void> => {
  const [name = '', value = ''] = cookie.split('=');
  await page.context().addCookies([{ name, value, url }]);
};

const makePeople = async (site: TestSite): Promise<People> => {
  const unitId = await site.addUnit('امور مالی');
  await site.addUnit('شهرسازی و معماری');
  const stranger = await site.addApplicant();
  return {
    unitId,
    stranger,
    sender: await site.addApplicant(),
    reviewer: await site.addMember('reviewer', {
      name: 'مریم رضایی',
      mobile: stranger.mobile,
      password: PASSWORD,
      totpSecret: TOTP_SECRET,
    }),
    colleague: await site.addMember('reviewer', { name: LONG_NAME }),
    clerk: await site.addMember('unit', { unitIds: [unitId] }),
  };
};

/** Half a sign-in of staff. */
const halfwayCookie = async ({ db }: TestSite, staffId: string): Promise<string> => {
  const { token, tokenHash } = makeToken();
  await addSignIn(db, { tokenHash, staffId, minutes: HOURS * 60 });
  return `staff_pending=${token}`;
};

const makeAdministered = async (site: TestSite) => {
  const reasons = ['reject', 'reject', 'return'] as const;
  for (const [index, kind] of reasons.entries())
    await addStockReason(site.db, { id: randomUUID(), kind, text: `${REASON} (${index + 1})` });
  const [keeper, other, disabled, starter] = [
    await site.addMember('admin', { name: 'مدیر سامانه' }),
    await site.addMember('reviewer', { mobile: freshMobile() }),
    await site.addMember('auditor', { mobile: freshMobile(), totpSecret: TOTP_SECRET }),
    await site.addMember('reviewer', { password: PASSWORD }),
  ];
  // One sign of each sealed text: neither can be opened any more.
  const spoiled = (column: string) => site.db`
    overlay(${site.db(column)} placing
      case substr(${site.db(column)}, 21, 1) when 'A' then 'B' else 'A' end from 21)`;
  await site.db`
    update staff set disabled_at = now(), mobile = ${spoiled('mobile')},
      totp_secret = ${spoiled('totp_secret')}
    where id = ${disabled.id}`;
  // Has yet to choose a password of their own.
  await site.db`
    update staff set one_time_until = now() + make_interval(hours => ${HOURS})
    where id = ${starter.id}`;
  return { keeper, other, disabled, starter };
};

const makeAccount = async (site: TestSite, { id: staffId }: SiteMember): Promise<string> => {
  const passkey = randomUUID();
  await addPasskeyRow(site.db, {
    id: passkey,
    staffId,
    name: 'کلید امنیتی آبی (YubiKey 5C)',
    credentialId: randomBytes(16),
    publicKey: randomBytes(32),
    signCount: 0,
    transports: [],
  });
  const hashes = [1, 2, 3].map(() => randomBytes(32));
  await site.db.begin((tx) => setRecoveryCodes(tx, { staffId, hashes }));
  await cookieOf(site.db, { staffId });
  return passkey;
};

/** What the applicant typed before an earlier session ended. */
const parkLetter = async (site: TestSite, { sender, unitId }: People): Promise<string> => {
  const fields = { submissionKey: randomUUID(), senderName: LONG_NAME, subject: LONG_SUBJECT };
  const token = await parkForm(site.deps, {
    token: undefined,
    holder: { applicantId: sender.id },
    form: { path: '/letters/new', page: '/letters/new', fields: { ...fields, unit: unitId } },
  });
  return `parked=${token}`;
};

const openSites = async () => {
  const port = await freePorts();
  const site = await openTestSite({
    env: {
      PORT: String(port),
      UNDO_SECONDS: '60',
      ANSWER_WORKING_DAYS: '2',
      TEMPORAL_UI_URL: 'http://ui.desk.test',
      OIDC_ISSUER: 'http://127.0.0.1:9',
      OIDC_CLIENT_ID: 'desk',
      OIDC_CLIENT_SECRET: 'secret',
    },
    listen: true,
  });
  addFailures(site);
  const limits = { RATE_LIMITS: 'on', LIMITS: 'codesPerAddress=1000 codesOfDesk=1000' };
  return {
    site,
    limited: await site.beside({ PORT: String(port + 1), ...limits }, { listen: true }),
    bare: await openTestSite({ env: { PORT: String(port + 2) }, listen: true }),
  };
};

/** @param pages of whom it knows, signed in */
export const openSecondDesk = async (
  pages: Record<'elsewhere' | 'starter' | 'keeper', Page>,
): Promise<{ elsewhere: SecondDesk; stop: () => Promise<void> }> => {
  const { site, limited, bare } = await openSites();
  const { db, origin: url } = site;
  const people = await makePeople(site);
  const { sender, reviewer } = people;
  const letters = await sendLetters(site, people);
  const { keeper, other, disabled, starter } = await makeAdministered(site);
  const passkey = await makeAccount(site, reviewer);
  for (const cookie of [
    sender.cookie,
    reviewer.cookie,
    await halfwayCookie(site, reviewer.id),
    await parkLetter(site, people),
  ])
    await addCookie(pages.elsewhere, url, cookie);
  await cookieOf(db, { applicantId: sender.id });
  await addCookie(pages.starter, url, await halfwayCookie(site, starter.id));
  await addCookie(pages.keeper, url, keeper.cookie);
  const until = db`now() + make_interval(hours => ${HOURS})`;
  await db`update sessions set expires_at = ${until}`;
  // An applicant is asked for a code.
  await db`update sessions set proven_at = ${until} where staff_id is not null`;
  await db`update parked_forms set expires_at = ${until}`;
  return {
    elsewhere: {
      url,
      setupUrl: bare.origin,
      ...letters,
      passkey,
      members: { keeper: keeper.id, other: other.id, disabled: disabled.id },
      failure: (code) => `${url}/failing/${code}`,
      async askForCode(page) {
        const { id: captchaId } = newCaptcha(limited.deps);
        const mobile = freshMobile().replace('+98', '0');
        const typed = new URLSearchParams({ mobile, captcha: REAL_CAPTCHA, captchaId });
        const asked = await limited.post('/sign-in', typed);
        const [cookie = ''] = asked.headers.getSetCookie();
        await addCookie(page, limited.origin, cookie.split(';')[0] ?? '');
        return `${limited.origin}/sign-in/code`;
      },
      async renewUndo() {
        await db`
          update decisions set applies_at = now() + interval '60 seconds'
          where applies_at is not null and outcome is null`;
      },
      async drawLate(isDrawn) {
        await db`
          update previews set made_at = ${isDrawn ? db`now()` : null}
          where file_id in (select id from files where letter_id = ${letters.late})`;
      },
      async overtake(letterId, isOver) {
        await db`
          update letters set status = ${isOver ? 'withdrawn' : 'returned'},
            withdrawn_at = ${isOver ? db`now()` : null}
          where id = ${letterId}`;
      },
    },
    async stop() {
      await limited.stop();
      await Promise.all([site.stop(), bare.stop()]);
    },
  };
};
