/**
 * Who may see and do what: every route of the router's own list has a row here, asked of the real
 * desk on a real database. The engine is away, so what is allowed is recorded.
 */
import { InternalText, publicText } from '../src/platform/base/audience.ts';
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addStaff } from '../src/desk/staff/staff.sql.ts';
import { FilePool, PREVIEW_POOL } from '../src/platform/files/pool/file-pool.ts';
import { addTestApplicant, addTestStaff, addTestUnit } from '../src/testing/letters.ts';
import { createTestLog } from '../src/testing/log-alarm.ts';
import {
  cookieOf,
  freshMobile,
  makeRealHome,
  REAL_CAPTCHA,
  startRealSite,
} from '../src/testing/real-site.ts';
import type { RealHome, RealSite } from '../src/testing/real-site.ts';
import { addressOf, allowedAt, METHODS, routesOf } from '../src/testing/routes.ts';
import type { Route } from '../src/testing/routes.ts';
import { sampleFile } from '../src/testing/sample-files.ts';
import type { StaffMember } from '../src/desk/staff/staff-member.ts';
import { recordDecision } from '../src/desk/letters/record-decision.ts';
import { recordUnitAction } from '../src/desk/letters/record-unit-action.ts';
import { hashPassword } from '../src/desk/staff/passwords.ts';
import { makeTotpSecret } from '../src/desk/staff/totp.ts';
import { submitLetter } from '../src/desk/letters/submit-letter.ts';
import { resubmitLetter } from '../src/desk/letters/resubmit-letter.ts';
import { makeNextPreview } from '../src/desk/letters/make-previews.ts';
import { noteReader } from '../src/desk/letters/presence.ts';
import { receiveFile } from '../src/platform/files/receive-file.ts';
import { getLetterReceipt } from '../src/desk/proof/letter-receipts.ts';
import { answerQuestion } from '../src/desk/letters/answer-question.ts';
import { isUuid } from '../src/platform/base/uuid.ts';
import { actOnLetter } from '../src/desk/letters/act-on-letter.ts';
import { signOut } from '../src/desk/applicants/applicant-sessions.ts';
import { newCaptcha } from '../src/desk/applicants/captcha/captcha.ts';

/** `foreign…`: the same person, and the letter of somebody else or of another unit. */
const VIEWERS = [
  'signedOut',
  'applicant',
  'foreignApplicant',
  'reviewer',
  'unit',
  'foreignUnit',
  'admin',
  'auditor',
] as const;
type Viewer = (typeof VIEWERS)[number];
/** A status, for a redirect with its address; ids are written `ID`. */
type Row = Record<Viewer, string>;

const SIGN_IN = '303 /?notice=sign_in_first';
const STAFF_SIGN_IN = '303 /staff?notice=sign_in_first';
const NOT_FOUND = '404';
const FORBIDDEN = '403';
const NO_KEY = '401';
const HANDED_BACK = '401';

const everybody = (answer: string): Row =>
  Object.fromEntries(VIEWERS.map((viewer) => [viewer, answer])) as Row;
const applicants = (own: string, foreign = NOT_FOUND): Row => ({
  ...everybody(SIGN_IN),
  applicant: own,
  foreignApplicant: foreign,
});
const staff = (answers: Pick<Row, 'reviewer' | 'unit' | 'foreignUnit' | 'admin' | 'auditor'>) => ({
  ...everybody(STAFF_SIGN_IN),
  ...answers,
});
const allStaff = (answer: string): Row =>
  staff({ reviewer: answer, unit: answer, foreignUnit: answer, admin: answer, auditor: answer });
/** Everyone who may see the letter; unit staff only while it is with their unit. */
const readers = (answer: string): Row => ({ ...allStaff(answer), foreignUnit: NOT_FOUND });
const deciders = (answer: string): Row =>
  staff({
    reviewer: answer,
    unit: FORBIDDEN,
    foreignUnit: NOT_FOUND,
    admin: answer,
    auditor: FORBIDDEN,
  });
const bulkDeciders = (answer: string): Row =>
  staff({
    reviewer: answer,
    unit: FORBIDDEN,
    foreignUnit: FORBIDDEN,
    admin: answer,
    auditor: FORBIDDEN,
  });
const helpers = (answer: string): Row =>
  staff({
    reviewer: answer,
    unit: FORBIDDEN,
    foreignUnit: FORBIDDEN,
    admin: answer,
    auditor: answer,
  });
const actors = (answer: string): Row =>
  staff({
    reviewer: FORBIDDEN,
    unit: answer,
    foreignUnit: NOT_FOUND,
    admin: answer,
    auditor: FORBIDDEN,
  });

/** Who is not signed in has what was typed handed back. */
const typed = (row: Row): Row =>
  Object.fromEntries(
    Object.entries(row).map(([viewer, answer]) => [
      viewer,
      answer === SIGN_IN || answer === STAFF_SIGN_IN ? HANDED_BACK : answer,
    ]),
  ) as Row;

const administrators = (answer: string, auditor = FORBIDDEN): Row => ({
  ...allStaff(FORBIDDEN),
  admin: answer,
  auditor,
});
const MEMBERS_CONFIRM = '303 /staff/account/confirm?next=members';
const REASONS_CONFIRM = '303 /staff/account/confirm?next=reasons';

const BRANDING_CONFIRM = '303 /staff/account/confirm?next=branding';
const TEXTS_CONFIRM = '303 /staff/account/confirm?next=texts';
const KEYS_CONFIRM = '303 /staff/account/confirm?next=keys';
const WEBHOOKS_CONFIRM = '303 /staff/account/confirm?next=webhooks';
const PEOPLE_CONFIRM = '303 /staff/account/confirm?next=people';
const WEBHOOK = '303 /staff/admin/webhooks/ID';

const OWN_ACCOUNT = '303 /staff/account';
const confirmFirst = (next: string): Row => allStaff(`303 /staff/account/confirm?next=${next}`);

const BACK_TO_LETTER = '303 /staff/letters/ID';
const DECIDED = '303 /staff/letters/ID?notice=decision_recorded';
const ACTED = '303 /staff/letters/ID?notice=action_recorded';
const RELATED = '303 /staff/letters/ID?notice=related';

const TABLE: Record<string, Row> = {
  'GET /assets/*': everybody('200'),
  'GET /.well-known/security.txt': everybody('200'),
  'GET /health/live': everybody('200'),
  'GET /health/open': everybody('200'),
  'GET /health/ready': everybody('200'),
  // To be read by anybody.
  'GET /help': everybody('200'),
  'GET /accessibility': everybody('200'),
  'GET /privacy': everybody('200'),
  // A receipt says nothing personal: whoever holds it may ask what it is.
  'GET /verify': everybody('200'),
  'GET /verify/key': everybody('200'),
  'GET /verify/:receipt': everybody('200'),
  'POST /verify/:receipt': everybody('200'),
  // Not mounted in production.
  'GET /design': everybody('200'),

  // Only where messages go to the outbox of the desk, which production refuses.
  'GET /dev/outbox': everybody('200'),
  'GET /dev/outbox.json': everybody('200'),
  // What is posted here is a form: only signed JSON is read, of whoever can sign.
  'POST /sms/receipts': everybody('415'),
  // Not of a page of the desk: who may, from Temporal UI, stands in codec.http.test.ts.
  'POST /staff/codec/decode': everybody(FORBIDDEN),
  'POST /staff/codec/encode': everybody(FORBIDDEN),
  'OPTIONS /staff/codec/decode': everybody(FORBIDDEN),
  'OPTIONS /staff/codec/encode': everybody(FORBIDDEN),
  'POST /csp-reports': everybody('415'),
  // Of other systems: no session opens them. Who may by which key stands in api/api.http.test.ts.
  'GET /api/openapi.json': everybody('200'),
  'GET /api/v1/status': everybody(NO_KEY),
  'GET /api/v1/letters': everybody(NO_KEY),
  'GET /api/v1/letters/:id': everybody(NO_KEY),
  'GET /api/v1/letters/:id/file': everybody(NO_KEY),
  'GET /api/v1/letters/:id/files/:file': everybody(NO_KEY),
  'GET /api/v1/letters/:id/versions/:round/file': everybody(NO_KEY),
  'GET /api/v1/letters/:id/versions/:round/files/:file': everybody(NO_KEY),
  'GET /api/v1/letters/:id/replies/:number/file': everybody(NO_KEY),
  'GET /api/v1/register-entries': everybody(NO_KEY),
  'GET /api/v1/units': everybody(NO_KEY),
  'GET /api/v1/staff': everybody(NO_KEY),
  'POST /api/v1/letters': everybody(NO_KEY),
  'POST /api/v1/letters/:id/approval': everybody(NO_KEY),
  'POST /api/v1/letters/:id/rejection': everybody(NO_KEY),
  'POST /api/v1/letters/:id/return': everybody(NO_KEY),
  'POST /api/v1/letters/:id/updates': everybody(NO_KEY),
  'POST /api/v1/letters/:id/notes': everybody(NO_KEY),
  'POST /api/v1/letters/:id/referrals': everybody(NO_KEY),
  'POST /api/v1/letters/:id/replies': everybody(NO_KEY),
  'POST /api/v1/letters/:id/closing': everybody(NO_KEY),
  'POST /api/v1/units': everybody(NO_KEY),
  'PATCH /api/v1/units/:unit': everybody(NO_KEY),

  'GET /': {
    ...everybody('200'),
    applicant: '303 /letters',
    foreignApplicant: '303 /letters',
  },
  'GET /sign-in': everybody('303 /'),
  'GET /sign-in/picture': everybody('303 /'),
  'POST /sign-in': everybody('303 /sign-in/code'),
  'POST /sign-in/picture': everybody('200'),
  'GET /sign-in/code': everybody('303 /'),
  'POST /sign-in/code': everybody('303 /?notice=code_expired'),
  'GET /sign-in/code/resend': everybody('303 /sign-in/code'),
  'POST /sign-in/code/resend': everybody('303 /?notice=code_expired'),
  'POST /sign-out': everybody('303 /?notice=signed_out'),
  'GET /captcha/:file{.+\\.png}': everybody('200'),
  'GET /captcha/:sound{.+\\.wav}': everybody('200'),
  'GET /proof': everybody('200'),

  'GET /letters': applicants('200', '200'),
  // A code that no letter has.
  'POST /letters': applicants('200', '200'),
  'GET /session': applicants('200', '200'),
  // Of one's own account; a session of somebody else is no error, and stays.
  'GET /account': applicants('200', '200'),
  'GET /account/sessions/end-others': applicants('303 /account', '303 /account'),
  // The sessions of this table were not opened by a code a short time ago.
  'POST /account/sessions/end-others': applicants(
    '303 /account/confirm?end=others',
    '303 /account/confirm?end=others',
  ),
  'GET /account/sessions/:session/end': applicants('303 /account', '303 /account'),
  'POST /account/sessions/:session/end': applicants(
    '303 /account/confirm?end=ID',
    '303 /account/confirm?end=ID',
  ),
  // Without a code that was sent there is nothing to confirm.
  'GET /account/confirm': applicants('303 /account', '303 /account'),
  'POST /account/confirm': applicants('303 /account', '303 /account'),
  'GET /account/confirm/resend': applicants('303 /account', '303 /account'),
  'POST /account/confirm/resend': applicants('303 /account', '303 /account'),
  'GET /letters/new': applicants('200', '200'),
  'POST /letters/new': typed(
    applicants('303 /letters/ID?notice=submitted', '303 /letters/ID?notice=submitted'),
  ),
  'GET /letters/:id': applicants('200'),
  'GET /letters/:id/file': applicants('200'),
  'GET /letters/:id/files/:n': applicants('200'),
  'GET /letters/:id/deadline': applicants('200'),
  'GET /letters/:id/receipt': applicants('200'),
  'GET /letters/:id/receipt.pdf': applicants('200'),
  'GET /letters/:id/stamped.pdf': applicants('200'),
  'GET /letters/:id/events': applicants('200'),
  // Back to a letter that is decided.
  'GET /letters/:id/withdrawal': applicants('303 /letters/ID'),
  'POST /letters/:id/withdrawal': applicants('303 /letters/ID?notice=withdrawal_recorded'),
  'GET /letters/:id/objection': applicants('303 /letters/ID'),
  'POST /letters/:id/objection': typed(applicants('303 /letters/ID?notice=objected')),
  // It is answered, and can be reopened.
  'GET /letters/:id/follow-up': applicants('200'),
  'POST /letters/:id/follow-up': typed(applicants('303 /letters/ID?notice=reopened_recorded')),
  'GET /letters/:id/answer': applicants('303 /letters/ID'),
  'POST /letters/:id/answer': typed(applicants('303 /letters/ID?notice=answer_recorded')),
  'GET /letters/:id/answers/:answer/file': applicants('200'),
  'GET /letters/:id/correction': applicants('303 /letters/ID'),
  'POST /letters/:id/correction': typed(applicants('303 /letters/ID?notice=resubmitted')),
  'GET /letters/:id/replies/:number/file': applicants('200'),
  'GET /letters/:id/replies/:number/preview/:page': applicants('200'),

  // The sign-in or the queue, with what the role may see: looked at below.
  'GET /staff': everybody('200'),
  // There is an administrator: nothing is left to set up.
  'GET /staff/setup': everybody(NOT_FOUND),
  'POST /staff/setup': everybody(NOT_FOUND),
  'GET /staff/sign-in': everybody('303 /staff'),
  'POST /staff/sign-in': everybody('422'),
  // The provider is away, and nobody has a sign-in there.
  'GET /staff/single-sign-on': everybody('503'),
  'GET /staff/single-sign-on/callback': everybody('303 /staff?notice=sign_on_time_over'),
  'GET /staff/second-factor': everybody('303 /staff'),
  'POST /staff/second-factor': everybody('303 /staff'),
  'GET /staff/second-factor/passkey': everybody('303 /staff'),
  'POST /staff/second-factor/passkey': everybody('303 /staff'),
  'GET /staff/second-factor/recovery': everybody('303 /staff'),
  'POST /staff/second-factor/recovery': everybody('303 /staff'),
  'POST /staff/sign-out': everybody('303 /staff?notice=signed_out'),

  'GET /staff/session': allStaff('200'),
  'GET /staff/bulk': allStaff('303 /staff'),
  'GET /staff/bulk/new': bulkDeciders('200'),
  'POST /staff/bulk/new': bulkDeciders('422'),
  // None has this id.
  'GET /staff/bulk/:bulk': allStaff(NOT_FOUND),
  'GET /staff/bulk/:bulk/cancellation': allStaff('303 /staff/bulk/ID'),
  'POST /staff/bulk/:bulk/cancellation': allStaff(NOT_FOUND),
  'GET /staff/people': helpers('200'),
  'GET /staff/people/:person': helpers('200'),
  'GET /staff/people/:person/moves': allStaff('303 /staff/people/ID'),
  'POST /staff/people/:person/moves': typed(bulkDeciders(PEOPLE_CONFIRM)),
  'GET /staff/people/:person/move-decision': allStaff('303 /staff/people/ID'),
  // Of no proposal.
  'POST /staff/people/:person/move-decision': bulkDeciders(NOT_FOUND),
  'GET /staff/people/:person/name': allStaff('303 /staff/people/ID'),
  'POST /staff/people/:person/name': typed(bulkDeciders('422')),
  'GET /staff/events': allStaff('200'),
  'GET /staff/next': staff({
    reviewer: '303 /staff/letters/ID?filter=pending',
    unit: '303 /staff/letters/ID?filter=with_unit',
    foreignUnit: '303 /staff/letters/ID?filter=with_unit',
    admin: '303 /staff/letters/ID?filter=pending',
    auditor: '303 /staff?filter=pending&notice=none_free',
  }),
  // Of one's own account; the sessions of this table were not proven a short time ago.
  'GET /staff/account': allStaff('200'),
  'GET /staff/account/confirm': allStaff('200'),
  'POST /staff/account/confirm': allStaff('422'),
  // The provider is away here too.
  'GET /staff/account/confirm/single-sign-on': allStaff('503'),
  'GET /staff/account/confirm/passkey': allStaff(NOT_FOUND),
  'POST /staff/account/confirm/passkey': allStaff('422'),
  'GET /staff/account/password': allStaff('200'),
  'POST /staff/account/password': allStaff('422'),
  'GET /staff/account/mail': allStaff(OWN_ACCOUNT),
  'POST /staff/account/mail': allStaff('303 /staff/account?notice=mail_changed'),
  'GET /staff/account/absences': allStaff(OWN_ACCOUNT),
  'POST /staff/account/absences': confirmFirst('account'),
  'GET /staff/account/absences/cancellation': allStaff(OWN_ACCOUNT),
  // None is named.
  'POST /staff/account/absences/cancellation': confirmFirst('account'),
  'GET /staff/account/totp': confirmFirst('totp'),
  'POST /staff/account/totp': confirmFirst('totp'),
  'GET /staff/account/totp/removal': allStaff(OWN_ACCOUNT),
  'POST /staff/account/totp/removal': confirmFirst('account'),
  'GET /staff/account/passkeys': confirmFirst('passkeys'),
  'GET /staff/account/passkeys/options': confirmFirst('passkeys'),
  'POST /staff/account/passkeys': confirmFirst('passkeys'),
  'GET /staff/account/passkeys/:passkey/name': confirmFirst('account'),
  'POST /staff/account/passkeys/:passkey/name': confirmFirst('account'),
  'GET /staff/account/passkeys/:passkey/removal': allStaff(OWN_ACCOUNT),
  'POST /staff/account/passkeys/:passkey/removal': confirmFirst('account'),
  'GET /staff/account/recovery-codes': confirmFirst('recovery-codes'),
  'POST /staff/account/recovery-codes': confirmFirst('recovery-codes'),
  'GET /staff/account/sessions/end-others': allStaff(OWN_ACCOUNT),
  'POST /staff/account/sessions/end-others': confirmFirst('account'),
  'GET /staff/account/sessions/:session/end': allStaff(OWN_ACCOUNT),
  'POST /staff/account/sessions/:session/end': confirmFirst('account'),

  'GET /staff/letters/:id': readers('200'),
  'GET /staff/letters/:id/file': readers('200'),
  'GET /staff/letters/:id/files/:n': readers('200'),
  'GET /staff/letters/:id/files/:n/preview/:page': readers('200'),
  'GET /staff/letters/:id/versions/:round/files/:n': readers('200'),
  'GET /staff/letters/:id/deadline': readers('200'),
  'GET /staff/letters/:id/stamped.pdf': readers('200'),
  'GET /staff/letters/:id/preview/:page': readers('200'),
  'GET /staff/letters/:id/replies/:number/file': readers('200'),
  'GET /staff/letters/:id/replies/:number/preview/:page': readers('200'),
  'GET /staff/letters/:id/versions/:round/file': readers('200'),
  'GET /staff/letters/:id/answers/:answer/file': readers('200'),
  'POST /staff/letters/:id/readers': readers('200'),
  // To the letter's page, which then looks at who asks.
  'GET /staff/letters/:id/approval': allStaff(BACK_TO_LETTER),
  'GET /staff/letters/:id/rejection': allStaff(BACK_TO_LETTER),
  'GET /staff/letters/:id/return': allStaff(BACK_TO_LETTER),
  'GET /staff/letters/:id/undo': allStaff(BACK_TO_LETTER),
  'GET /staff/letters/:id/turns': allStaff(BACK_TO_LETTER),
  'GET /staff/letters/:id/viewer': readers(`${BACK_TO_LETTER}#sheet-1`),
  'GET /staff/letters/:id/updates': allStaff(BACK_TO_LETTER),
  'GET /staff/letters/:id/notes': allStaff(BACK_TO_LETTER),
  'GET /staff/letters/:id/referrals': allStaff(BACK_TO_LETTER),
  'GET /staff/letters/:id/referral-withdrawal': allStaff(BACK_TO_LETTER),
  'GET /staff/letters/:id/related': allStaff(BACK_TO_LETTER),
  'GET /staff/letters/:id/release': allStaff(BACK_TO_LETTER),
  'GET /staff/letters/:id/rework': allStaff(BACK_TO_LETTER),
  // Of a letter without one.
  'GET /staff/letters/:id/held-reply/file': allStaff(NOT_FOUND),
  'GET /staff/letters/:id/replies': allStaff(BACK_TO_LETTER),
  'GET /staff/letters/:id/questions': allStaff(BACK_TO_LETTER),
  'GET /staff/letters/:id/question-withdrawal': allStaff(BACK_TO_LETTER),
  'GET /staff/letters/:id/consultations': allStaff(BACK_TO_LETTER),
  'GET /staff/letters/:id/consultation-withdrawal': allStaff(BACK_TO_LETTER),
  'GET /staff/letters/:id/opinions': allStaff(BACK_TO_LETTER),
  'GET /staff/letters/:id/annulment': allStaff(BACK_TO_LETTER),
  // Asks whether to close a letter that was answered.
  'GET /staff/letters/:id/closing': {
    ...actors('200'),
    reviewer: BACK_TO_LETTER,
    auditor: BACK_TO_LETTER,
  },
  'POST /staff/letters/:id/approval': deciders(DECIDED),
  'POST /staff/letters/:id/rejection': typed(deciders(DECIDED)),
  'POST /staff/letters/:id/return': typed(deciders(DECIDED)),
  // Of no decision.
  'POST /staff/letters/:id/undo': allStaff(NOT_FOUND),
  // Of a page that has not been drawn.
  'POST /staff/letters/:id/turns': { ...allStaff(NOT_FOUND), auditor: FORBIDDEN },
  'POST /staff/letters/:id/updates': typed(actors(ACTED)),
  'POST /staff/letters/:id/notes': typed(actors(ACTED)),
  'POST /staff/letters/:id/referrals': typed(actors(ACTED)),
  'POST /staff/letters/:id/replies': typed(actors(ACTED)),
  'POST /staff/letters/:id/questions': typed(actors(ACTED)),
  'POST /staff/letters/:id/question-withdrawal': actors(ACTED),
  'POST /staff/letters/:id/referral-withdrawal': actors(ACTED),
  'POST /staff/letters/:id/consultations': typed(actors(ACTED)),
  'POST /staff/letters/:id/consultation-withdrawal': actors(ACTED),
  // Of a unit that is asked: what it may stands in staff/consultation.http.test.ts.
  'POST /staff/letters/:id/opinions': typed(actors('409')),
  'POST /staff/letters/:id/related': typed({ ...deciders(RELATED), unit: RELATED }),
  // Of no reply that waits.
  'POST /staff/letters/:id/release': actors('409'),
  'POST /staff/letters/:id/rework': typed(actors('409')),
  'POST /staff/letters/:id/closing': typed(actors(ACTED)),
  'POST /staff/letters/:id/annulment': typed({
    ...actors(FORBIDDEN),
    admin: '303 /staff/letters/ID?notice=annulled',
  }),

  'GET /staff/keys': allStaff('200'),
  'POST /staff/keys': allStaff('303 /staff/keys?notice=keys_on'),

  'GET /staff/admin': administrators('200', '200'),
  'GET /staff/admin/members': administrators('200', '200'),
  'GET /staff/admin/units': administrators('200', '200'),
  'GET /staff/admin/reasons': administrators('200', '200'),
  'GET /staff/admin/calendar': administrators('200', '200'),
  'GET /staff/admin/calendar/hours': administrators('303 /staff/admin/calendar'),
  // Nothing typed: nobody would work on any day.
  'POST /staff/admin/calendar/hours': administrators('422'),
  'GET /staff/admin/calendar/days': administrators('303 /staff/admin/calendar'),
  'POST /staff/admin/calendar/days': administrators('422'),
  'GET /staff/admin/calendar/solar': administrators('303 /staff/admin/calendar'),
  // Without the version that was seen.
  'POST /staff/admin/calendar/solar': administrators('409'),
  'GET /staff/admin/calendar/removal': administrators('303 /staff/admin/calendar'),
  'POST /staff/admin/calendar/removal': administrators(NOT_FOUND),
  'GET /staff/admin/process': administrators('200', '200'),
  'GET /staff/admin/statistics': administrators('200', '200'),
  'GET /staff/admin/statistics.csv': administrators('200', '200'),
  'GET /staff/admin/units/new': administrators('200'),
  'POST /staff/admin/units/new': administrators('422'),
  'GET /staff/admin/units/:unit': administrators('200'),
  'POST /staff/admin/units/:unit': administrators('422'),
  'GET /staff/admin/units/:unit/retirement': administrators('303 /staff/admin/units/ID'),
  // Asked once more.
  'POST /staff/admin/units/:unit/retirement': administrators('200'),
  'GET /staff/admin/members/new': administrators(MEMBERS_CONFIRM),
  'POST /staff/admin/members/new': administrators(MEMBERS_CONFIRM),
  'GET /staff/admin/members/:member': administrators(MEMBERS_CONFIRM),
  'POST /staff/admin/members/:member': administrators(MEMBERS_CONFIRM),
  'GET /staff/admin/members/:member/acts': administrators('303 /staff/admin/members/ID'),
  'POST /staff/admin/members/:member/acts': administrators(MEMBERS_CONFIRM),
  'GET /staff/admin/members/:member/absences': administrators('303 /staff/admin/members/ID'),
  'POST /staff/admin/members/:member/absences': administrators(MEMBERS_CONFIRM),
  'GET /staff/admin/members/:member/absences/cancellation': administrators(
    '303 /staff/admin/members/ID',
  ),
  'POST /staff/admin/members/:member/absences/cancellation': administrators(MEMBERS_CONFIRM),
  'GET /staff/admin/reasons/new': administrators(REASONS_CONFIRM),
  'POST /staff/admin/reasons/new': administrators(REASONS_CONFIRM),
  'GET /staff/admin/reasons/:reason': administrators(REASONS_CONFIRM),
  'POST /staff/admin/reasons/:reason': administrators(REASONS_CONFIRM),
  'GET /staff/admin/reasons/:reason/retirement': administrators('303 /staff/admin/reasons/ID'),
  'POST /staff/admin/reasons/:reason/retirement': administrators(REASONS_CONFIRM),
  'GET /staff/admin/branding': administrators(BRANDING_CONFIRM, '200'),
  'POST /staff/admin/branding': administrators(BRANDING_CONFIRM),
  'GET /staff/admin/branding/logo': administrators('303 /staff/admin/branding'),
  'POST /staff/admin/branding/logo': administrators(BRANDING_CONFIRM),
  'GET /staff/admin/branding/receipt': administrators('303 /staff/admin/branding'),
  'POST /staff/admin/branding/receipt': administrators(BRANDING_CONFIRM),
  'GET /staff/admin/texts': administrators('200', '200'),
  'GET /staff/admin/texts/:text': administrators(TEXTS_CONFIRM),
  'POST /staff/admin/texts/:text': administrators(TEXTS_CONFIRM),
  'GET /staff/admin/registers': administrators('200', '200'),
  'GET /staff/admin/registers/new': administrators('200'),
  'POST /staff/admin/registers/new': administrators('422'),
  'GET /staff/admin/registers/:register': administrators('200'),
  'POST /staff/admin/registers/:register': administrators('422'),
  'GET /staff/admin/registers/:register/units': administrators('303 /staff/admin/registers/main'),
  // No unit chosen.
  'POST /staff/admin/registers/:register/units': administrators(NOT_FOUND),
  'GET /staff/admin/keys': administrators('200', '200'),
  'GET /staff/admin/keys/new': administrators(KEYS_CONFIRM),
  'POST /staff/admin/keys/new': administrators(KEYS_CONFIRM),
  'GET /staff/admin/keys/:key': administrators(KEYS_CONFIRM),
  'GET /staff/admin/keys/:key/retirement': administrators('303 /staff/admin/keys/ID'),
  'POST /staff/admin/keys/:key/retirement': administrators(KEYS_CONFIRM),
  'GET /staff/admin/webhooks': administrators('200', '200'),
  'GET /staff/admin/webhooks/new': administrators(WEBHOOKS_CONFIRM),
  'POST /staff/admin/webhooks/new': administrators(WEBHOOKS_CONFIRM),
  'GET /staff/admin/webhooks/:webhook': administrators(NOT_FOUND, NOT_FOUND),
  'GET /staff/admin/webhooks/:webhook/test': administrators(WEBHOOK),
  'POST /staff/admin/webhooks/:webhook/test': administrators(NOT_FOUND),
  'GET /staff/admin/webhooks/:webhook/redelivery': administrators(WEBHOOK),
  'POST /staff/admin/webhooks/:webhook/redelivery': administrators(WEBHOOK),
  'GET /staff/admin/webhooks/:webhook/retirement': administrators(WEBHOOK),
  'POST /staff/admin/webhooks/:webhook/retirement': administrators(WEBHOOKS_CONFIRM),
  'GET /staff/admin/audit': administrators('200', '200'),
  'GET /staff/admin/audit/entries.csv': administrators('200', '200'),

  'GET /staff/admin/stuck': {
    ...allStaff(FORBIDDEN),
    admin: '200',
    auditor: '200',
  },
  'GET /staff/admin/stuck/retry': allStaff('303 /staff/admin/stuck'),
  'POST /staff/admin/stuck/retry': {
    ...allStaff(FORBIDDEN),
    admin: '303 /staff/admin/stuck?notice=retry_recorded',
  },
};

const PENDING_FIRST = /\/(approval|rejection|return|withdrawal)$/;

let home: RealHome;
let site: RealSite;
let people: Record<'reviewer' | 'unit' | 'admin' | 'auditor', StaffMember>;
let sender: string;
let otherSender: string;
let units: { own: string; foreign: string; third: string };
let letters: { own: string; foreign: string };
/** Of the letters that have one, by their ids. */
const answers = new Map<string, string>();
let style: string;
let receipt: string;

beforeAll(async () => {
  home = await makeRealHome();
  site = await startRealSite(home, {
    env: {
      RATE_LIMITS: 'off',
      OIDC_ISSUER: 'http://127.0.0.1:9',
      OIDC_CLIENT_ID: 'desk',
      OIDC_CLIENT_SECRET: 'secret',
      SMS_RECEIPTS_SECRET: 's'.repeat(32),
    },
  });
  const { db } = site;
  sender = await addTestApplicant(db, freshMobile());
  otherSender = await addTestApplicant(db, freshMobile());
  const [own, foreign, third] = [
    await addTestUnit(db),
    await addTestUnit(db),
    await addTestUnit(db),
  ];
  units = { own, foreign, third };
  people = {
    reviewer: await addTestStaff(db, { role: 'reviewer' }),
    unit: await addTestStaff(db, { role: 'unit', unitIds: [own] }),
    admin: await addTestStaff(db, { role: 'admin' }),
    auditor: await addTestStaff(db, { role: 'auditor' }),
  };
  letters = { own: await makeAnswered('own'), foreign: await makeAnswered('foreign') };
  receipt = (await getLetterReceipt(site.deps, { applicantId: sender, letterId: letters.own }))
    .token;
  const filePool = new FilePool(PREVIEW_POOL);
  const previewing = { ...site.deps, filePool, log: createTestLog('previews') };
  while (await makeNextPreview(previewing));
  filePool.close();
  const html = await (await site.app.request('http://desk.test/')).text();
  style = /href="\/assets\/(desk-[^"]+)"/.exec(html)?.[1] ?? '';
});
afterAll(async () => {
  await site.stop();
  await home.remove();
});

const receivedFile = async () => {
  const { name, bytes } = await sampleFile('pdf');
  const received = await receiveFile(site.deps, { stream: Readable.from([bytes]), fileName: name });
  if (!received.ok) throw new Error(received.problem);
  return received.file;
};

const makePending = async (whose: 'own' | 'foreign'): Promise<string> => {
  const { letterId } = await submitLetter(site.deps, {
    applicantId: whose === 'own' ? sender : otherSender,
    submissionKey: randomUUID(),
    senderName: `فرستنده ${whose}`,
    unitId: units[whose],
    subject: `canary-${whose}`,
    files: [await receivedFile()],
  });
  return letterId;
};

const makeApproved = async (whose: 'own' | 'foreign'): Promise<string> =>
  approved(await makePending(whose));

/** It was corrected before, so that there is an earlier version of it. */
const makeCorrected = async (whose: 'own' | 'foreign'): Promise<string> => {
  const letterId = await makeReturned(whose);
  await resubmitLetter(site.deps, {
    applicantId: whose === 'own' ? sender : otherSender,
    letterId,
    round: 1,
    unitId: units[whose],
    subject: `canary-${whose}`,
    files: [await receivedFile()],
  });
  return letterId;
};

const approved = async (letterId: string): Promise<string> => {
  const decision = { kind: 'approve' as const, decisionId: randomUUID(), by: 'آزمون' };
  await recordDecision(site.deps, { letterId, decision });
  return letterId;
};

const makeRejected = async (whose: 'own' | 'foreign'): Promise<string> => {
  const letterId = await makePending(whose);
  const decision = { kind: 'reject' as const, decisionId: randomUUID(), by: 'آزمون' };
  await recordDecision(site.deps, { letterId, decision: { ...decision, reason: 'امضا ندارد' } });
  return letterId;
};

const makeReturned = async (whose: 'own' | 'foreign'): Promise<string> => {
  const letterId = await makePending(whose);
  const decision = { kind: 'return' as const, decisionId: randomUUID(), by: 'آزمون' };
  await recordDecision(site.deps, { letterId, decision: { ...decision, reason: 'امضا ندارد' } });
  return letterId;
};

const makeAnswered = async (whose: 'own' | 'foreign'): Promise<string> => {
  const letterId = await ask(await approved(await makeCorrected(whose)));
  const formKey = randomUUID();
  const answered = { questionId: await openQuestionOf(letterId), text: `canary-${whose}` };
  await answerQuestion(site.deps, {
    applicantId: whose === 'own' ? sender : otherSender,
    letterId,
    ...answered,
    file: await receivedFile(),
    formKey,
  });
  answers.set(letterId, formKey);
  await applyActions(letterId);
  const action = {
    kind: 'reply' as const,
    text: publicText(`canary-${whose}`),
    file: await receivedFile(),
  };
  await actOnLetter(site.deps, { letterId, staff: people.admin, action });
  await applyActions(letterId);
  return letterId;
};

const applyActions = async (letterId: string): Promise<void> => {
  const rows = await site.db<{ id: string }[]>`
    select id from unit_actions where letter_id = ${letterId} and outcome is null`;
  for (const { id } of rows) await recordUnitAction(site.deps, { letterId, actionId: id });
};

const refer = async (letterId: string): Promise<string> => {
  const action = { kind: 'refer' as const, unitId: units.third, note: null };
  await actOnLetter(site.deps, { letterId, staff: people.admin, action });
  await applyActions(letterId);
  return letterId;
};

const ask = async (letterId: string): Promise<string> => {
  const action = { kind: 'ask' as const, text: publicText('کدام پلاک؟') };
  await actOnLetter(site.deps, { letterId, staff: people.admin, action });
  await applyActions(letterId);
  return letterId;
};

const openQuestionOf = async (letterId: string): Promise<string> => {
  const [row] = await site.db<{ id: string | null }[]>`
    select open_question_id as id from letters where id = ${letterId}`;
  return row?.id ?? '';
};

const ownNumber = async (): Promise<string> => {
  const [row] = await site.db<{ number: string }[]>`
    select letter_number as number from letters where id = ${letters.own}`;
  return row?.number ?? '';
};

const referralOf = async (letterId: string): Promise<string> => {
  const [row] = await site.db<{ id: string }[]>`
    select id from unit_actions where letter_id = ${letterId} and kind = 'refer'`;
  return row?.id ?? '';
};

const consult = async (letterId: string): Promise<string> => {
  const note = new InternalText('نظر شما چیست؟');
  const consulted = [{ unitId: units.third, workingDays: 3 }];
  const action = { kind: 'consult' as const, units: consulted, note };
  await actOnLetter(site.deps, { letterId, staff: people.admin, action });
  await applyActions(letterId);
  return letterId;
};

const consultationOf = async (letterId: string): Promise<string> => {
  const [row] = await site.db<{ id: string }[]>`
    select id from consultations where letter_id = ${letterId}`;
  return row?.id ?? '';
};

/** A session of its own for each request: some end it. */
const cookieFor = async (viewer: Viewer): Promise<Record<string, string>> => {
  if (viewer === 'signedOut') return { cookie: 'visit=1' };
  if (viewer === 'applicant' || viewer === 'foreignApplicant')
    return { cookie: await cookieOf(site.db, { applicantId: sender }) };
  const role = viewer === 'foreignUnit' ? 'unit' : viewer;
  return { cookie: await cookieOf(site.db, { staffId: people[role].id }) };
};

const bodyOf = async ({ path }: Route, letterId: string): Promise<FormData> => {
  const { name, bytes } = await sampleFile('pdf');
  const file = new File([new Uint8Array(bytes)], name);
  const fields: Record<string, string | File> = {
    mobile: freshMobile(),
    captchaId: newCaptcha(site.deps).id,
    captcha: REAL_CAPTCHA,
    code: '123456',
    username: 'nobody',
    password: 'wrong',
    senderName: 'فرستنده',
    unit: path.startsWith('/letters/') ? units.own : '',
    subject: 'موضوع',
    file,
    reason: 'دلیل',
    returnReason: 'امضا ندارد',
    objection: 'درست نیست',
    round: '1',
    note: 'یادداشت',
    update: 'در دست بررسی',
    closeReason: 'دلیل',
    annulReason: 'دلیل',
    nameReason: 'دلیل',
    moveReason: 'دلیل',
    confirmed: '1',
    referUnit: units.third,
    referText: 'ارجاع',
    replyText: 'پاسخ',
    reference: isUuid(letterId) ? await ownNumber() : '',
    heldReply: '00000000-0000-4000-8000-000000000000',
    reworkText: 'کوتاه‌تر',
    questionText: 'کدام پلاک؟',
    answerText: 'پلاک ۱۲',
    followUp: 'هنوز نرسیده است',
    question: isUuid(letterId) ? await openQuestionOf(letterId) : '',
    referral: isUuid(letterId) ? await referralOf(letterId) : '',
    consultUnit1: units.third,
    consultDays1: '3',
    consultText: 'نظر شما چیست؟',
    opinion: 'درست است',
    consultation: isUuid(letterId) ? await consultationOf(letterId) : '',
    letter: letterId,
  };
  const wanted: Record<string, string[]> = {
    '/sign-in': ['mobile', 'captchaId', 'captcha'],
    '/sign-in/picture': ['mobile'],
    '/sign-in/code': ['code'],
    '/letters': ['code'],
    '/letters/:id/correction': ['round', 'unit', 'subject', 'file'],
    '/letters/:id/objection': ['objection'],
    '/letters/:id/follow-up': ['followUp'],
    '/letters/:id/answer': ['question', 'answerText'],
    '/staff/letters/:id/questions': ['questionText'],
    '/staff/letters/:id/question-withdrawal': ['question'],
    '/staff/letters/:id/consultations': ['consultUnit1', 'consultDays1', 'consultText'],
    '/staff/letters/:id/consultation-withdrawal': ['consultation'],
    '/staff/letters/:id/opinions': ['opinion', 'consultation'],
    '/staff/letters/:id/return': ['returnReason'],
    '/letters/new': ['senderName', 'unit', 'subject', 'file'],
    '/staff/sign-in': ['username', 'password'],
    '/staff/second-factor': ['code'],
    '/staff/letters/:id/approval': ['unit'],
    '/staff/letters/:id/rejection': ['reason'],
    '/staff/letters/:id/updates': ['update'],
    '/staff/letters/:id/notes': ['note'],
    '/staff/letters/:id/closing': ['closeReason'],
    '/staff/letters/:id/annulment': ['annulReason', 'confirmed'],
    '/staff/letters/:id/referral-withdrawal': ['referral'],
    '/staff/letters/:id/related': ['reference'],
    '/staff/letters/:id/release': ['heldReply'],
    '/staff/letters/:id/rework': ['heldReply', 'reworkText'],
    '/staff/letters/:id/referrals': ['referUnit', 'referText'],
    '/staff/letters/:id/replies': ['replyText'],
    '/staff/people/:person/moves': ['moveReason'],
    '/staff/people/:person/name': ['nameReason'],
    '/staff/admin/stuck/retry': ['letter'],
    '/verify/:receipt': ['file'],
  };
  const data = new FormData();
  // A form without a field has no part, and then no end.
  data.set('left', '1');
  for (const field of wanted[path] ?? []) data.set(field, fields[field] ?? '');
  return data;
};

const send = async (
  route: Route,
  letterId: string,
  headers: Record<string, string>,
): Promise<Response> => {
  const captcha = newCaptcha(site.deps).id;
  const path = addressOf(route.path, {
    id: letterId,
    number: '1',
    page: '1',
    file: `${captcha}.png`,
    sound: `${captcha}.wav`,
    passkey: randomUUID(),
    bulk: randomUUID(),
    session: randomUUID(),
    unit: units.third,
    member: people.reviewer.id,
    person: sender,
    reason: randomUUID(),
    register: 'main',
    text: 'approved-fa',
    key: randomUUID(),
    webhook: randomUUID(),
    round: '1',
    n: '1',
    receipt,
    answer: answers.get(letterId) ?? randomUUID(),
    '*': style,
  });
  const { origin } = new URL(site.config.PUBLIC_ORIGIN);
  return site.app.request(`${origin}${path}`, {
    method: route.method,
    headers: { origin, ...headers },
    ...(route.method === 'POST' && { body: await bodyOf(route, letterId) }),
  });
};

const UUIDS = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

const answerOf = ({ status, headers }: Response): string =>
  `${status} ${headers.get('location')?.replace(UUIDS, 'ID') ?? ''}`.trim();

/** The letter that this viewer meets on this route; one of its own where it would be changed. */
const letterFor = (route: Route, viewer: Viewer): Promise<string> => {
  const whose = viewer.startsWith('foreign') ? 'foreign' : 'own';
  const isChange = route.method !== 'GET' && !route.path.startsWith('/api/');
  if (!isChange || !route.path.includes(':id')) return Promise.resolve(letters[whose]);
  if (route.path.endsWith('/correction')) return makeReturned(whose);
  if (route.path.endsWith('/objection')) return makeRejected(whose);
  if (route.path.endsWith('/follow-up')) return makeAnswered(whose);
  if (/\/(answer|question-withdrawal)$/.test(route.path)) return makeApproved(whose).then(ask);
  if (route.path.endsWith('/referral-withdrawal')) return makeApproved(whose).then(refer);
  if (/\/(consultation-withdrawal|opinions)$/.test(route.path))
    return makeApproved(whose).then(consult);
  const isUnit = viewer === 'unit' || viewer === 'foreignUnit';
  return PENDING_FIRST.test(route.path) && !isUnit ? makePending(whose) : makeApproved(whose);
};

/** Everything that a refused request must leave as it is. */
const stateOfDesk = async (): Promise<string> => {
  const [counts] = await site.db`
    select (select count(*) from letters) as letters, (select count(*) from decisions) as decisions,
      (select count(*) from unit_actions) as actions, (select count(*) from outbox) as outbox,
      (select count(*) from files) as files, (select count(*) from messages) as messages,
      (select count(*) from audit_entries where action not like '%\\_refused') as audited,
      (select string_agg(concat_ws('/', id, status, step, unit_id), ',' order by id) from letters)
        as standing`;
  const stored = await readdir(site.files, { recursive: true });
  return JSON.stringify([counts, stored.length]);
};

const routes = (): Route[] => routesOf(site.app);

test('every route has a row in the table, and every row a route', () => {
  expect(
    routes()
      .map(({ name }) => name)
      .sort(),
  ).toEqual(Object.keys(TABLE).sort());
});

test('every route answers every role as the table says, and a refusal changes nothing', async () => {
  const found: Record<string, Partial<Row>> = {};
  const changed: string[] = [];
  for (const route of routes()) {
    const row: Partial<Row> = {};
    for (const viewer of VIEWERS) {
      const letterId = await letterFor(route, viewer);
      const before = await stateOfDesk();
      const answer = answerOf(await send(route, letterId, await cookieFor(viewer)));
      row[viewer] = answer;
      const isRefused = /^4|sign_in_first/.test(answer);
      if (isRefused && (await stateOfDesk()) !== before) changed.push(`${route.name} ${viewer}`);
    }
    found[route.name] = row;
  }
  expect(found).toEqual(TABLE);
  expect(changed).toEqual([]);
}, 300_000);

test('a letter of somebody else looks like one that does not exist', async () => {
  const ids = /:id/;
  const compared: string[] = [];
  for (const route of routes().filter(({ path }) => ids.test(path))) {
    for (const viewer of ['foreignApplicant', 'foreignUnit'] as const) {
      if (TABLE[route.name]?.[viewer] !== NOT_FOUND) continue;
      const headers = await cookieFor(viewer);
      const unknownId = randomUUID();
      answers.set(unknownId, answers.get(letters.foreign) ?? '');
      const foreign = await send(route, letters.foreign, headers);
      const unknown = await send(route, unknownId, headers);
      expect(unknown.status).toBe(foreign.status);
      expect((await foreign.text()).replaceAll(letters.foreign, 'ID')).toBe(
        (await unknown.text()).replaceAll(unknownId, 'ID'),
      );
      expect([...foreign.headers.keys()]).toEqual([...unknown.headers.keys()]);
      compared.push(`${route.name} ${viewer}`);
    }
  }
  expect(compared).toHaveLength(57);
});

test('unit staff do not meet a letter before it is registered and with their unit', async () => {
  const pending = await makePending('own');
  const headers = await cookieFor('unit');
  for (const route of routes().filter(({ path }) => path.startsWith('/staff/letters/:id'))) {
    if (TABLE[route.name]?.unit === BACK_TO_LETTER) continue;
    const answer = await send(route, pending, headers);
    expect([route.name, answer.status]).toEqual([route.name, 404]);
  }
});

test('an id that no letter has is not found, whoever asks', async () => {
  const ofLetter = routes().filter(({ path }) => path.includes(':id') && !path.startsWith('/api/'));
  for (const route of ofLetter) {
    for (const viewer of ['applicant', 'reviewer', 'unit', 'admin', 'auditor'] as const) {
      const { status, headers } = await send(route, randomUUID(), await cookieFor(viewer));
      const isElsewhere = headers.get('location')?.includes('sign_in_first') ?? false;
      const isBack = [BACK_TO_LETTER, HANDED_BACK].includes(TABLE[route.name]?.[viewer] ?? '');
      expect([route.name, viewer, isElsewhere || isBack ? 404 : status]).toEqual([
        route.name,
        viewer,
        404,
      ]);
    }
  }
});

test('the session of one side opens nothing on the other side, nor does a password alone', async () => {
  const { db } = site;
  const applicant = (await cookieOf(db, { applicantId: sender })).replace('sid=', '');
  const admin = (await cookieOf(db, { staffId: people.admin.id })).replace('staff_sid=', '');
  const username = `u${randomUUID().slice(0, 8)}`;
  await addStaff(db, {
    id: randomUUID(),
    username,
    name: 'مدیر',
    role: 'admin',
    passwordHash: await hashPassword('correct horse battery'),
    totpSecret: makeTotpSecret(),
    unitIds: [],
  });
  const half = await site.app.request('http://desk.test/staff/sign-in', {
    method: 'POST',
    body: new URLSearchParams({ username, password: 'correct horse battery' }),
    headers: { origin: 'http://desk.test' },
  });
  const pending = half.headers.getSetCookie()[0]?.split(';')[0] ?? '';
  expect(pending).toMatch(/^staff_pending=/);
  const strangers = [
    `sid=${admin}; staff_sid=${applicant}`,
    pending,
    pending.replace('staff_pending', 'staff_sid'),
    'sid=; staff_sid=',
  ];
  for (const route of routes()) {
    const expected = TABLE[route.name]?.signedOut;
    if (![SIGN_IN, STAFF_SIGN_IN, HANDED_BACK].includes(expected ?? '')) continue;
    if (route.path.startsWith('/api/')) continue;
    for (const cookie of strangers)
      expect([route.name, answerOf(await send(route, letters.own, { cookie }))]).toEqual([
        route.name,
        expected,
      ]);
  }
});

test('a session that was signed out, left alone or has lasted too long opens nothing', async () => {
  const { db } = site;
  const member = await addTestStaff(db, { role: 'admin' });
  const ended = await cookieOf(db, { staffId: member.id });
  const idle = await cookieOf(db, { staffId: member.id });
  const disabled = await cookieOf(db, { staffId: member.id });
  const route = { method: 'GET', path: '/staff/letters/:id', name: 'GET /staff/letters/:id' };
  const look = async (cookie: string) => answerOf(await send(route, letters.own, { cookie }));
  expect(await look(ended)).toBe('200');
  await signOut(site.deps, ended.replace('staff_sid=', ''));
  expect(await look(ended)).toBe(STAFF_SIGN_IN);
  await db`
    update sessions set last_seen_at = now() - interval '31 minutes'
    where staff_id = ${member.id}`;
  expect(await look(idle)).toBe(STAFF_SIGN_IN);
  await db`update sessions set last_seen_at = now() where staff_id = ${member.id}`;
  expect(await look(disabled)).toBe('200');
  await db`update sessions set expires_at = now() where staff_id = ${member.id}`;
  expect(await look(disabled)).toBe(STAFF_SIGN_IN);
  await db`update sessions set expires_at = now() + interval '1 hour' where staff_id = ${member.id}`;
  expect(await look(disabled)).toBe('200');
  await db`update staff set disabled_at = now() where id = ${member.id}`;
  expect(await look(disabled)).toBe(STAFF_SIGN_IN);
});

test('an open page that says so by itself does not keep its session open', async () => {
  const { db } = site;
  const member = await addTestStaff(db, { role: 'reviewer' });
  const cookie = await cookieOf(db, { staffId: member.id });
  await db`
    update sessions set last_seen_at = now() - interval '29 minutes'
    where staff_id = ${member.id}`;
  const minutesAgo = async (): Promise<number> => {
    const [row] = await db<{ minutes: number }[]>`
      select round(extract(epoch from now() - last_seen_at) / 60)::int as minutes from sessions
      where staff_id = ${member.id}`;
    return row?.minutes ?? -1;
  };
  const path = '/staff/letters/:id/readers';
  const says = { method: 'POST', path, name: `POST ${path}` };
  expect(answerOf(await send(says, letters.own, { cookie }))).toBe('200');
  expect(await minutesAgo()).toBe(29);
  const reads = { method: 'GET', path: '/staff/letters/:id', name: 'GET /staff/letters/:id' };
  expect(answerOf(await send(reads, letters.own, { cookie }))).toBe('200');
  expect(await minutesAgo()).toBe(0);
});

test('a sender is not told who of the staff has the letter open', async () => {
  await noteReader(site.deps, { staff: people.reviewer, letterId: letters.own });
  const look = async (path: string, viewer: Viewer): Promise<string> =>
    (
      await site.app.request(`http://desk.test${path}`, { headers: await cookieFor(viewer) })
    ).text();
  const told = /data-readers|این نامه را باز کرده/;
  expect(told.test(await look(`/staff/letters/${letters.own}`, 'unit'))).toBe(true);
  const own = await look(`/letters/${letters.own}`, 'applicant');
  expect([told.test(own), own.includes(people.reviewer.name)]).toEqual([false, false]);
});

test('lists, queues and searches hold nothing of others', async () => {
  await makePending('own');
  await makePending('foreign');
  const read = async (path: string, viewer: Viewer): Promise<string> => {
    const headers = await cookieFor(viewer);
    return (await site.app.request(`http://desk.test${path}`, { headers })).text();
  };
  const own = await read('/letters', 'applicant');
  expect(own).toContain('canary-own');
  expect(own).not.toContain('canary-foreign');
  for (const filter of ['pending', 'with_unit', 'answered', 'closed', 'rejected']) {
    const queue = await read(`/staff?filter=${filter}`, 'unit');
    expect(queue).not.toContain('canary-foreign');
  }
  expect(await read('/staff?filter=answered', 'unit')).toContain('canary-own');
  expect(await read('/staff?filter=answered', 'reviewer')).toContain('canary-foreign');

  const codeOf = async (letterId: string): Promise<string> => {
    const [row] = await site.db<{ code: string }[]>`
      select tracking_code as code from letters where id = ${letterId}`;
    return row?.code ?? '';
  };
  const [mine, theirs] = [await codeOf(letters.own), await codeOf(letters.foreign)];
  expect(await read(`/letters?code=${mine}`, 'applicant')).toContain(letters.own);
  const foreign = await read(`/letters?code=${theirs}`, 'applicant');
  const unknown = await read('/letters?code=00000000000G', 'applicant');
  expect(foreign).not.toContain(letters.foreign);
  expect(foreign.replaceAll(theirs, 'CODE')).toBe(unknown.replaceAll('00000000000G', 'CODE'));
});

test('a method that a route does not have is answered 405 with those that it has, and changes nothing', async () => {
  const before = await stateOfDesk();
  const wrong: string[] = [];
  for (const path of new Set(routes().map((route) => route.path))) {
    const viewer = path.startsWith('/staff') ? 'admin' : 'applicant';
    const address = addressOf(path, {
      id: letters.own,
      number: '1',
      page: '1',
      file: 'x.png',
      sound: 'x.wav',
      passkey: 'x',
      bulk: 'x',
      unit: 'x',
      member: 'x',
      person: 'x',
      register: 'x',
      text: 'x',
      key: 'x',
      webhook: 'x',
      reason: 'x',
      round: '1',
      n: '1',
      receipt: 'x',
      session: 'x',
      answer: 'x',
      '*': style,
    });
    const allowed = allowedAt(routes(), address);
    // The desk is set up: no method finds that address any more.
    const expected = path === '/staff/setup' ? '404' : `405 ${allowed.join(', ')}`;
    for (const method of METHODS.filter((name) => !allowed.includes(name))) {
      const response = await site.app.request(`http://desk.test${address}`, {
        method,
        headers: {
          ...(await cookieFor(viewer)),
          origin: 'http://desk.test',
          'content-type': 'application/x-www-form-urlencoded',
        },
      });
      const found = `${response.status} ${response.headers.get('allow') ?? ''}`.trim();
      if (found !== expected) wrong.push(`${method} ${address}: ${found}, not ${expected}`);
    }
  }
  expect(wrong).toEqual([]);
  expect(await stateOfDesk()).toBe(before);
});

test('a HEAD request says what GET says, without the body', async () => {
  for (const route of routes().filter(({ method }) => method === 'GET')) {
    const viewer = route.path.startsWith('/staff') ? 'admin' : 'applicant';
    const got = await send(route, letters.own, await cookieFor(viewer));
    const head = await send({ ...route, method: 'HEAD' }, letters.own, await cookieFor(viewer));
    expect([route.name, answerOf(head), await head.text()]).toEqual([
      route.name,
      answerOf(got),
      '',
    ]);
    expect(head.headers.get('cache-control')).toBe(got.headers.get('cache-control'));
  }
});
