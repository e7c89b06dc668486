/**
 * The only reader of the environment. Every setting has a default, a meaning and a check; all
 * problems are reported at once, as one `OperatorError`.
 */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import path from 'node:path';
import { z } from 'zod';
import { credentialProblem } from './platform/base/credentials.ts';
import { contrastWithWhite, parseColour, TEXT_CONTRAST } from './platform/base/colour.ts';
import { OperatorError } from './platform/base/errors.ts';
import { FILE_LIMITS } from './platform/files/file-checks.ts';
import { PREVIEW_LIMITS, PREVIEW_TEXT_LENGTH } from './platform/files/preview.ts';
import { SHEET_LIMITS } from './desk/proof/sheet.ts';

const MEBIBYTE = 1024 * 1024;

interface Setting {
  /** Shown in the settings table of docs/operations.md. */
  doc: string;
  default: string;
  schema: z.ZodType<unknown, string>;
  /** Its value is never printed: it is a secret, or may hold one. */
  secret?: true;
}

const setting = <Output>(
  schema: z.ZodType<Output, string>,
  fallback: string,
  doc: string,
): { schema: z.ZodType<Output, string>; default: string; doc: string } => ({
  schema,
  default: fallback,
  doc,
});

/** An address or a text that holds a secret, or may hold one. */
const secret = <Output>(
  schema: z.ZodType<Output, string>,
  fallback: string,
  doc: string,
): { schema: z.ZodType<Output, string>; default: string; doc: string; secret: true } => ({
  schema: schema.superRefine((value, context) => {
    const problem = typeof value === 'string' ? credentialProblem(value) : undefined;
    if (problem !== undefined) context.addIssue(problem);
  }),
  default: fallback,
  doc,
  secret: true,
});

const text = z.string();
const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`);
const optionalPort = z
  .string()
  .regex(/^\d*$/, 'must be a whole number')
  .transform((value) => (value === '' ? null : Number(value)))
  .refine((value) => value === null || (value >= 1 && value <= 65_535), 'must be from 1 to 65535');
const oneOf = <const Values extends readonly [string, ...string[]]>(values: Values) =>
  z.enum(values, `must be one of ${values.join(', ')}`) as z.ZodType<Values[number], string>;
const urlWith = (pattern: RegExp, hint: string) => z.string().regex(pattern, hint);

/** An empty default means "not set": what then holds stands in the doc text. */
export const SETTINGS = {
  NODE_ENV: setting(
    oneOf(['development', 'production', 'test']),
    'development',
    '`production` refuses everything that is only good for trying out',
  ),
  HOST: setting(text, '127.0.0.1', 'address the desk listens on'),
  PORT: setting(integer(1, 65535), '3000', 'port the desk listens on'),
  PUBLIC_ORIGIN: secret(
    urlWith(/^(https?:\/\/[^/\s]+)?$/, 'must be like https://desk.example.org'),
    '',
    'the address that people type, the only accepted origin and host; unset: `http://localhost:PORT`',
  ),
  DATA_DIR: setting(
    text,
    '.data',
    'all that the desk keeps on this machine when nothing else is configured',
  ),
  DATABASE_URL: secret(
    urlWith(/^(postgres(ql)?:\/\/\S+)?$/, 'must be like postgres://user:password@host:5432/name'),
    '',
    'PostgreSQL 15 or newer; unset: an embedded server under `DATA_DIR`',
  ),
  DATABASE_POOL: setting(integer(2, 200), '10', 'database connections of one process'),
  POSTGRES_PORT: setting(
    z.string().regex(/^\d*$/, 'must be a whole number'),
    '',
    'port of the embedded PostgreSQL, on loopback; unset: `PORT`+3',
  ),
  TEMPORAL_ADDRESS: setting(
    text,
    '',
    'host:port of a Temporal server (all standard `TEMPORAL_*` settings are read by the SDK); unset: a local server under `DATA_DIR`',
  ),
  TEMPORAL_NAMESPACE: setting(text, 'default', 'namespace of the letters'),
  TEMPORAL_CLI_PATH: setting(
    text,
    '',
    'a `temporal` binary for the local server; unset: found or obtained',
  ),
  TEMPORAL_PORT: setting(
    z.string().regex(/^\d*$/, 'must be a whole number'),
    '',
    'port of the local Temporal server, on loopback; unset: `PORT`+2',
  ),
  TEMPORAL_UI_PORT: setting(
    z.string().regex(/^\d*$/, 'must be a whole number'),
    '',
    'port of the local Temporal UI, on loopback; unset: `PORT`+1',
  ),
  TEMPORAL_UI_URL: secret(
    urlWith(/^(https?:\/\/\S+)?$/, 'must be an http address'),
    '',
    'address of Temporal UI, for the links in the desk; unset: that of the local server',
  ),
  CODEC_TOKEN_MINUTES: setting(
    integer(1, 1440),
    '30',
    'life of a token of `desk codec-token`, by which the `temporal` command line reads payloads',
  ),
  CODEC_MAX_KB: setting(
    integer(64, 65_536),
    '4096',
    'payloads that are opened at once for Temporal UI or its command line',
  ),
  CSP_REPORTS_PER_MINUTE: setting(
    integer(0, 10_000),
    '30',
    'reports of browsers on content that the policy stopped, logged in a minute; more are dropped',
  ),
  CSP_REPORT_KB: setting(integer(1, 1024), '32', 'largest body of such reports'),
  TEMPORAL_RETENTION_DAYS: setting(
    integer(1, 36500),
    '3650',
    'how long closed workflows stay readable in Temporal',
  ),
  FILES_URL: secret(
    urlWith(/^(file:.+)?$/, 'must be file:/path'),
    '',
    'where files are kept; unset: `file:DATA_DIR/files`',
  ),
  CLAMD_URL: secret(
    urlWith(
      /^(unix:\/\S+|tcp:\/\/(\[[^\]\s]+\]|[^\s/:]+):\d{1,5})?$/,
      'must be unix:/path or tcp://host:port',
    ),
    '',
    'the virus scanner clamd: `unix:/path` of its socket or `tcp://host:port`; unset: files are not scanned',
  ),
  SCAN_SECONDS: setting(
    integer(1, 9),
    '3',
    'how long «ثبت» waits for the scanner; a file that is not scanned by then is kept closed until it is',
  ),
  RESCAN_DAYS: setting(
    integer(0, 365),
    '7',
    'files younger than this are scanned once a day again, for viruses that were not known before; 0: never',
  ),
  REGISTER_HEAD_FILE: setting(
    text,
    '',
    'file to which the newest entry of each register is added once a day; unset: `register-heads.log` under `DATA_DIR`',
  ),
  REGISTER_HEAD_URL: secret(
    urlWith(/^(https?:\/\/\S+)?$/, 'must be an http address'),
    '',
    'address outside the organisation to which the same is posted as JSON; unset: none',
  ),
  SMS_URL: secret(
    urlWith(/^(outbox:$|webhook\+https?:\/\/\S+)/, 'must be outbox: or webhook+https://…'),
    'outbox:',
    'the SMS gateway',
  ),
  SMS_MAX_PARTS: setting(
    integer(1, 10),
    '3',
    'a rejection reason is cut so that its SMS stays within this many parts',
  ),
  SMS_TIMEOUT_MS: setting(
    integer(100, 120_000),
    '10000',
    'how long the gateway may take to answer',
  ),
  SMS_RECEIPTS_SECRET: secret(
    z
      .string()
      .refine(
        (value) =>
          secretsOf(value).length <= 2 && secretsOf(value).every((one) => one.length >= 32),
        'must be one secret of at least 32 characters, or the new and the old one parted by a space',
      ),
    '',
    'secret by which the gateway signs delivery receipts (`POST /sms/receipts`); two, parted by a space, while one takes the place of the other; unset: receipts are not read',
  ),
  SMS_RECEIPTS_HOURS: setting(
    integer(1, 168),
    '12',
    'a receipt that was signed longer ago is a replay and changes nothing',
  ),
  SMS_RECEIPTS_KB: setting(integer(1, 1024), '64', 'largest body of receipts'),
  FORGED_RECEIPTS: setting(
    integer(1, 10_000),
    '60',
    'receipts with a wrong signature from one client address in 10 minutes',
  ),
  SECRET_KEY: secret(
    text,
    '',
    'master secret, at least 32 characters, from which the others derive; unset: `SECRET_KEY_FILE`',
  ),
  SECRET_KEY_FILE: setting(
    text,
    '',
    'file holding the master secret; unset: made under `DATA_DIR` (refused in production)',
  ),
  SECRET_KEY_OLD_FILE: setting(
    text,
    '',
    'file holding the master secret before this one, while what it sealed is sealed anew (`desk reseal`)',
  ),
  CAPTCHA_TEST_CODE: secret(
    z.string().regex(/^\d*$/, 'must be digits'),
    '',
    'a fixed security code for automated runs; refused in production',
  ),
  CAPTCHA_MINUTES: setting(integer(1, 60), '10', 'life of a displayed security code'),
  CODE_MINUTES: setting(integer(1, 10), '5', 'life of an SMS code'),
  CODE_TRIES: setting(integer(1, 10), '5', 'wrong tries before an SMS code is dead'),
  CODE_RESEND_SECONDS: setting(integer(5, 600), '60', 'wait before a code may be sent again'),
  CODE_SENDS_PER_HOUR: setting(integer(1, 100), '5', 'codes for one mobile number in an hour'),
  CODE_SENDS_PER_DAY: setting(integer(1, 1000), '10', 'codes for one mobile number in a day'),
  SESSION_IDLE_MINUTES: setting(
    integer(1, 1440),
    '30',
    'a session ends after this long without a request',
  ),
  SESSION_HOURS: setting(integer(1, 72), '12', 'a session ends after this long in any case'),
  PROVEN_MINUTES: setting(
    integer(1, 60),
    '10',
    'how long after a code by SMS applicants may end their other sessions',
  ),
  RATE_LIMITS: setting(
    oneOf(['on', 'off']),
    'on',
    '`off` for load and automated runs; refused in production',
  ),
  DRAIN_SECONDS: setting(
    integer(0, 300),
    '0',
    'how long `web` goes on answering after SIGTERM while `/health/ready` and `/health/open` say 503, so that a proxy leads new requests elsewhere',
  ),
  TRUSTED_PROXY: setting(
    z.string().refine(isProxyList, 'must be IP addresses or CIDR ranges, parted by commas'),
    '',
    'proxies whose `X-Forwarded-For` names the client: addresses or CIDR ranges, parted by commas; unset: none, the client is who connects',
  ),
  CODES_PER_ADDRESS: setting(
    integer(1, 100_000),
    '300',
    'sign-in codes asked for from one client address (IPv6: /64) in 10 minutes; many people may share one',
  ),
  CODES_OF_DESK: setting(
    integer(1, 1_000_000),
    '600',
    'sign-in codes sent by the whole desk in 10 minutes; beyond, none is sent and an alarm is logged',
  ),
  RECEIPT_CHECKS: setting(
    integer(1, 100_000),
    '120',
    'checks of letter receipts and files at `/verify` from one client address (IPv6: /64) in 10 minutes',
  ),
  CODES_PER_OPERATOR: setting(
    integer(1, 1_000_000),
    '400',
    'the same for the numbers of one operator, such as 0912',
  ),
  CODES_PER_PREFIX: setting(
    integer(1, 1_000_000),
    '100',
    'the same for 10,000 neighbouring numbers, all but the last four digits of which are one',
  ),
  CODE_ALARM_SENDS: setting(
    integer(0, 1_000_000),
    '100',
    'from so many people in an hour whose code could have come, the share of those who typed it is watched; 0: never',
  ),
  CODE_ALARM_PERCENT: setting(
    integer(1, 100),
    '30',
    'under this share there is an alarm, for then codes are asked for to run up the bill, or do not arrive',
  ),
  STAFF_SIGN_IN_TRIES: setting(
    integer(1, 1000),
    '10',
    'failed staff sign-ins in 10 minutes: of one user name, of one address, and of one browser that signed in before',
  ),
  TRACKING_MISSES: setting(
    integer(1, 10_000),
    '20',
    'searches of one applicant for a tracking code that find nothing, in an hour',
  ),
  API_READS_PER_MINUTE: setting(
    integer(1, 1_000_000),
    '600',
    'requests of one key of another system in a minute that read',
  ),
  API_WRITES_PER_MINUTE: setting(
    integer(1, 1_000_000),
    '120',
    'requests of one key of another system in a minute that change something',
  ),
  API_PAGE: setting(
    integer(1, 1000),
    '100',
    'most letters, or entries of a register, in one answer to another system',
  ),
  API_BODY_KB: setting(integer(32, 1024), '64', 'largest JSON body of another system'),
  API_REPEAT_HOURS: setting(
    integer(1, 720),
    '24',
    'how long the answer to an `Idempotency-Key` is kept',
  ),
  ANSWER_WORKING_DAYS: setting(
    integer(0, 365),
    '10',
    'working days within which a letter is to be answered, shown to its sender and to staff; 0: no deadline is promised',
  ),
  OBJECTION_DAYS: setting(
    integer(0, 365),
    '10',
    'working days within which a sender can object to a rejection, once; 0: they cannot',
  ),
  TEST_WORKING_DAY_SECONDS: setting(
    z
      .string()
      .regex(/^\d*$/, 'must be a whole number')
      .transform(Number)
      .refine((value) => value <= 86_400, 'must be at most 86400'),
    '',
    'length of a working day for automated runs, whatever the calendar says; refused in production',
  ),
  CALENDAR_DAYS: setting(
    integer(10, 10_000),
    '500',
    'most holidays and extra working days in the working calendar',
  ),
  WEBHOOK_TIMEOUT_MS: setting(
    integer(100, 120_000),
    '10000',
    'how long another system may take to answer a webhook',
  ),
  WEBHOOK_POLL_MS: setting(
    integer(100, 60_000),
    '1000',
    'how often a worker looks for webhooks to be sent',
  ),
  WEBHOOK_RETRY_SECONDS: setting(
    integer(1, 3600),
    '5',
    'wait before a webhook is tried the second time; each further wait is twice as long, up to a day',
  ),
  WEBHOOK_RETRY_HOURS: setting(
    integer(1, 720),
    '72',
    'what happened longer ago and was not delivered is given up',
  ),
  WEBHOOK_LOG_DAYS: setting(integer(1, 3650), '30', 'how long the log of webhooks is kept'),
  WEBHOOK_PRIVATE: setting(
    oneOf(['off', 'on']),
    'off',
    '`on`: webhooks may go to addresses of the own network and of this machine',
  ),
  MAX_LETTERS_PER_DAY: setting(integer(1, 10_000), '20', 'letters of one applicant in 24 hours'),
  STAFF_SESSION_IDLE_MINUTES: setting(
    integer(1, 1440),
    '30',
    'a session of staff ends after this long without a request',
  ),
  STAFF_SESSION_HOURS: setting(
    integer(1, 24),
    '8',
    'a session of staff ends after this long in any case',
  ),
  STAFF_SIGN_IN_MINUTES: setting(
    integer(2, 60),
    '15',
    'how long staff may take for the second step of a sign-in, and for the first set-up',
  ),
  STAFF_PROVEN_MINUTES: setting(
    integer(1, 60),
    '10',
    'how long after a proof of identity staff may change their factors and end sessions',
  ),
  STAFF_ONE_TIME_HOURS: setting(
    integer(1, 720),
    '72',
    'how long a password of the operator opens the first set-up of a member',
  ),
  STAFF_SECOND_FACTOR: setting(
    z
      .string()
      .regex(/^(required|optional|off)?$/, 'must be required, optional or off') as z.ZodType<
      string,
      string
    >,
    '',
    'second factor of staff (TOTP or passkey); unset: `required` in production, else `optional`; `off` refused in production',
  ),
  OIDC_ISSUER: secret(
    urlWith(/^(https?:\/\/\S+)?$/, 'must be like https://identity.example.org/realms/main'),
    '',
    'OpenID Connect issuer at which staff may sign in; unset: no single sign-on',
  ),
  OIDC_CLIENT_ID: setting(text, '', 'name of this desk at the identity provider'),
  OIDC_CLIENT_SECRET: secret(
    text,
    '',
    'its secret; the address to send people back to is `PUBLIC_ORIGIN/staff/single-sign-on/callback`',
  ),
  OIDC_NAME: setting(text, 'OpenID', 'name of the identity provider, on the button'),
  OIDC_USERNAME_CLAIM: setting(
    text,
    'preferred_username',
    'claim that holds the user name of this desk; it links a person at the first sign-in',
  ),
  OIDC_SECOND_FACTOR: setting(
    text,
    '',
    'values of `acr` or `amr`, parted by commas, by which the provider says that it asked for a second factor; unset: the desk asks for its own',
  ),
  ORG_NAME: setting(
    text,
    'سازمان نمونه',
    'name of the organisation, on every page; unset: the name given to `setup`',
  ),
  ORG_NAME_EN: setting(text, '', 'its name on English pages; unset: `ORG_NAME`'),
  ORG_LOGO_FILE: setting(
    text,
    '',
    'its logo: SVG, or PNG of 64 to 2000 pixels, up to 200 kB; unset: the emblem of the desk',
  ),
  ORG_COLOUR: setting(
    z.string().superRefine((hex, context) => {
      const problem = colourProblem(hex);
      if (problem !== undefined) context.addIssue(problem);
    }),
    '#0b5b66',
    'its colour, for buttons, links and edges; white text on it must have a contrast of 4.5:1. The shades of the dark theme follow from it',
  ),
  ORG_HELP_PHONE: setting(
    z.string().regex(/^([+\d][\d\s()/-]{2,30})?$/, 'must be a telephone number in Latin digits'),
    '',
    'telephone of the help line, at the foot of every page',
  ),
  SECURITY_CONTACT: setting(
    z
      .string()
      .regex(/^((mailto:|tel:|https:\/\/)\S+)?$/, 'must start with mailto:, tel: or https://'),
    '',
    'where vulnerabilities are reported (`/.well-known/security.txt`), such as mailto:security@example.org; unset: the page `/help`',
  ),
  ORG_HELP_HOURS: setting(text, '', 'when it answers, such as «شنبه تا چهارشنبه، ۸ تا ۱۵»'),
  ORG_HELP_HOURS_EN: setting(text, '', 'the same in English; unset: as in Persian'),
  ORG_ADDRESS: setting(text, '', 'postal address of the secretariat, at the foot of every page'),
  ORG_ADDRESS_EN: setting(text, '', 'the same in English; unset: as in Persian'),
  ORG_TIME_ZONE: setting(
    z.string().refine(isTimeZone, 'must be an IANA time zone such as Asia/Tehran'),
    'Asia/Tehran',
    'time zone of dates, and of the year of a register',
  ),
  ORG_LOCALE: setting(oneOf(['fa', 'en']), 'fa', 'language of the first visit and of SMS texts'),
  MAX_FILE_MB: setting(integer(1, 100), '10', 'largest file'),
  MAX_IMAGE_MEGAPIXELS: setting(
    integer(1, 1000),
    String(FILE_LIMITS.pixels / 1e6),
    'largest picture in millions of pixels; at most 50 (150 in black and white) of a TIFF page, a progressive JPEG, a HEIF',
  ),
  MAX_PAGES: setting(
    integer(1, 100_000),
    String(FILE_LIMITS.pages),
    'most pages of a PDF or a TIFF',
  ),
  MAX_DOCX_PARTS: setting(
    integer(10, 60_000),
    String(FILE_LIMITS.zipEntries),
    'most parts in the archive that a DOCX is',
  ),
  MAX_DOCX_MB: setting(
    integer(1, 2000),
    String(FILE_LIMITS.unpackedBytes / MEBIBYTE),
    'largest DOCX unpacked',
  ),
  MAX_DOCX_RATIO: setting(
    integer(10, 10_000),
    String(FILE_LIMITS.zipRatio),
    'how many times larger than packed a part of a DOCX may be',
  ),
  FILE_CHECK_SECONDS: setting(
    integer(1, 60),
    String(FILE_LIMITS.seconds),
    'longest time for reading one file to decide on it',
  ),
  FILE_CHECK_MB: setting(
    integer(64, 8192),
    String(FILE_LIMITS.memoryBytes / MEBIBYTE),
    'memory for reading one PDF to decide on it',
  ),
  PREVIEWS: setting(
    oneOf(['on', 'off']),
    'on',
    '`off`: workers draw no pictures of the pages of letters, and reviewers download the files',
  ),
  PREVIEW_PDF_PAGES: setting(
    integer(1, 200),
    String(PREVIEW_LIMITS.pdfPages),
    'pages of a PDF that are drawn, from the first',
  ),
  PREVIEW_TIFF_PAGES: setting(
    integer(1, 200),
    String(PREVIEW_LIMITS.tiffPages),
    'the same of a TIFF',
  ),
  PREVIEW_WIDTH: setting(
    integer(300, 4000),
    String(PREVIEW_LIMITS.width),
    'widest picture of a page, in pixels',
  ),
  PREVIEW_TEXT_LENGTH: setting(
    integer(1000, 1_000_000),
    String(PREVIEW_TEXT_LENGTH),
    'characters of the text of a DOCX or DOC that are shown, from its beginning',
  ),
  PREVIEW_SECONDS: setting(
    integer(1, 120),
    String(PREVIEW_LIMITS.seconds),
    'longest time for drawing the pages of one file; what is not drawn by then is left out',
  ),
  PREVIEW_MB: setting(
    integer(64, 8192),
    String(PREVIEW_LIMITS.memoryBytes / MEBIBYTE),
    'memory for drawing one PDF, or for reading the text of one document',
  ),
  PREVIEW_POLL_MS: setting(
    integer(100, 60_000),
    '1000',
    'how often an idle worker looks for files whose pages are to be drawn',
  ),
  PRINT_SECONDS: setting(
    integer(1, 60),
    String(SHEET_LIMITS.seconds),
    'longest time for printing one letter receipt or stamped page as PDF; a page that takes longer is left out of it',
  ),
  PRINT_MB: setting(
    integer(64, 8192),
    String(SHEET_LIMITS.memoryBytes / MEBIBYTE),
    'memory for printing one',
  ),
  HELD_UPLOAD_MINUTES: setting(
    integer(5, 1440),
    '60',
    'how long a good file, or a letter sent after the session had ended, is kept for its form',
  ),
  HELD_UPLOADS: setting(
    integer(1, 20),
    '3',
    'files kept so for one person; of more the oldest goes',
  ),
  MAX_SUBJECT_LENGTH: setting(integer(10, 1000), '200', 'longest subject, in characters'),
  MAX_NAME_LENGTH: setting(integer(10, 500), '120', 'longest sender name, in characters'),
  MAX_TEXT_LENGTH: setting(
    integer(100, 20_000),
    '4000',
    'longest reason, note or reply text, in characters',
  ),
  MAX_STOCK_REASON_LENGTH: setting(
    integer(50, 2000),
    '400',
    'longest reason for reviewers to pick, in characters',
  ),
  STOCK_REASONS: setting(
    integer(1, 200),
    '30',
    'most reasons that reviewers can pick from, for rejections and for returns each',
  ),
  PRESENCE_SECONDS: setting(
    integer(0, 600),
    '90',
    'how long a colleague counts as having a letter open after the page last said so; 0: nobody is told',
  ),
  UNDO_SECONDS: setting(
    integer(0, 60),
    '5',
    'how long a decision made in the desk can be taken back before it is applied; 0: it is applied at once',
  ),
  DECISION_WAIT_MS: setting(
    integer(0, 30_000),
    '4000',
    'how long a page waits for the outcome of a decision',
  ),
  SEARCH_LETTERS: setting(
    integer(100, 100_000),
    '2000',
    'in how many of the newest letters staff find words of subject and sender; numbers and tracking codes are found in all',
  ),
  FIGURES_REJECTIONS: setting(
    integer(100, 100_000),
    '5000',
    'of how many of the newest rejections the figures tell how often each ready reason was the one',
  ),
  STATUS_QUERY_MS: setting(
    integer(100, 30_000),
    '2000',
    'how long «latest status» waits for the workflow before it shows the record',
  ),
  RETAIN_REJECTED_DAYS: setting(
    integer(0, 36500),
    '365',
    'days after which the content of a rejected letter is erased; 0: never',
  ),
  RETAIN_WITHDRAWN_DAYS: setting(
    integer(0, 36500),
    '90',
    'the same of a letter that its sender withdrew',
  ),
  RETAIN_CLOSED_DAYS: setting(
    integer(0, 36500),
    '0',
    'the same of a registered letter, after it was closed; its entry in the register stays',
  ),
  RETAIN_MESSAGES_DAYS: setting(
    integer(0, 36500),
    '90',
    'days after which number and text of a sent SMS are erased; 0: with its letter',
  ),
  RETAIN_APPLICANTS_DAYS: setting(
    integer(0, 36500),
    '30',
    'days after which the number of a person is erased who has no letter, or none that is not erased; 0: never',
  ),
  EVENTS_POLL_MS: setting(
    integer(100, 60_000),
    '1000',
    'how often a web process looks for news of letters whose pages are open; it looks only while there are any',
  ),
  EVENTS_ALIVE_SECONDS: setting(
    integer(1, 300),
    '20',
    'how often an open page is told that its line still stands; less than a proxy waits',
  ),
  EVENTS_PER_SESSION: setting(
    integer(1, 100),
    '6',
    'open pages of one session that are told of news',
  ),
  EVENTS_PER_PROCESS: setting(
    integer(1, 100_000),
    '1000',
    'the same of one web process; pages beyond show news when they are loaded anew',
  ),
  BACKUP_WITHIN_HOURS: setting(
    integer(0, 10_000),
    '0',
    '`doctor` fails when no `backup` was made within so many hours; 0: backups are made by other means',
  ),
  SWEEP_MINUTES: setting(
    integer(0, 1440),
    '5',
    'how often the desk looks for letters, signals and files that nobody attends to; 0: never',
  ),
  WORKER_CACHED_WORKFLOWS: setting(
    integer(10, 10_000),
    '300',
    'workflows a worker keeps in memory',
  ),
  METRICS_PORT: setting(
    optionalPort,
    '',
    'port on which each process tells a Prometheus how it fares, at `/metrics`; `npm start`: of `web`, that of `worker` is the next one; unset: none',
  ),
  METRICS_HOST: setting(
    text,
    '127.0.0.1',
    'address it listens on for that; never one that the public reaches',
  ),
  METRICS_CACHE_SECONDS: setting(
    integer(0, 300),
    '5',
    'figures of the record that are younger than this are given out again',
  ),
  METRICS_TIMEOUT_MS: setting(
    integer(100, 10_000),
    '2000',
    'how long the record may take to tell them',
  ),
  ENGINE_METRICS_PORT: setting(
    optionalPort,
    '',
    "port of `METRICS_HOST` on which a `worker` tells the Temporal SDK's own metrics; unset: none",
  ),
  LOG_LEVEL: setting(
    oneOf(['debug', 'info', 'warn', 'error']),
    'info',
    'least severe line that is logged',
  ),
} satisfies Record<string, Setting>;

const secretsOf = (value: string): string[] => value.split(/\s+/).filter(Boolean);

const proxiesOf = (list: string): string[] => list.split(/[\s,]+/).filter(Boolean);

function isProxyList(list: string): boolean {
  return proxiesOf(list).every((proxy) => {
    const [address = '', prefix, ...rest] = proxy.split('/');
    const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
    const isPrefix = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits);
    return bits > 0 && isPrefix && rest.length === 0;
  });
}

function colourProblem(hex: string): string | undefined {
  const colour = parseColour(hex);
  if (!colour) return 'must be like #0b5b66';
  const found = contrastWithWhite(colour);
  if (found >= TEXT_CONTRAST) return undefined;
  return `white text on it is hard to read: contrast ${found.toFixed(1)}:1, at least ${TEXT_CONTRAST}:1 is needed; take a darker shade`;
}

function isTimeZone(name: string): boolean {
  try {
    Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

type Parsed = { [Name in keyof typeof SETTINGS]: z.output<(typeof SETTINGS)[Name]['schema']> };

export interface Config extends Omit<
  Parsed,
  'POSTGRES_PORT' | 'TEMPORAL_PORT' | 'TEMPORAL_UI_PORT' | 'STAFF_SECOND_FACTOR'
> {
  POSTGRES_PORT: number;
  TEMPORAL_PORT: number;
  TEMPORAL_UI_PORT: number;
  STAFF_SECOND_FACTOR: 'required' | 'optional' | 'off';
  /** `TRUSTED_PROXY`, one by one. */
  trustedProxies: string[];
  /** `SMS_RECEIPTS_SECRET`, one by one. */
  receiptSecrets: string[];
  /** ORG_NAME is set, and not only its default. */
  hasOwnName: boolean;
  /** True when no DATABASE_URL is given. */
  embeddedPostgres: boolean;
  /** True when nothing points to a Temporal server. */
  embeddedTemporal: boolean;
  production: boolean;
}

/**
 * What a running `npm start` left in `DATA_DIR/runtime.json`, so that the command line finds its
 * servers without being told the ports again.
 */
const RUNTIME_SETTINGS = [
  'HOST',
  'PORT',
  'PUBLIC_ORIGIN',
  'POSTGRES_PORT',
  'TEMPORAL_PORT',
  'TEMPORAL_UI_PORT',
] as const;

const readRuntime = (dataDir: string): Record<string, string> => {
  try {
    const runtime: unknown = JSON.parse(readFileSync(runtimeFile(dataDir), 'utf8'));
    return z.record(z.string(), z.string()).parse(runtime);
  } catch {
    return {};
  }
};

export const runtimeFile = (dataDir: string): string => path.join(dataDir, 'runtime.json');

export const runtimeSettings = (config: Config): Record<string, string> =>
  Object.fromEntries(RUNTIME_SETTINGS.map((name) => [name, String(config[name])]));

/**
 * @param useRuntime take unset ports from a running desk's `runtime.json` (command line), instead
 *   of the defaults (`npm start`)
 * @throws OperatorError naming every setting that is wrong
 */
export const readConfig = (
  env: Record<string, string | undefined>,
  { useRuntime = false }: { useRuntime?: boolean } = {},
): Config => {
  const problems: string[] = [];
  const dataDir = path.resolve(env.DATA_DIR || SETTINGS.DATA_DIR.default);
  const runtime = useRuntime ? readRuntime(dataDir) : {};
  const values: Record<string, unknown> = {};
  for (const [name, entry] of Object.entries<Setting>(SETTINGS)) {
    const { schema, default: fallback } = entry;
    const given = env[name]?.trim() || runtime[name] || fallback;
    const result = schema.safeParse(given);
    if (result.success) values[name] = result.data;
    else {
      const problem = result.error.issues[0]?.message ?? 'is wrong';
      problems.push(`${name}: ${problem}${entry.secret ? '' : ` (got "${given}")`}`);
    }
  }
  if (problems.length === 0) return finish(values as Parsed, env, dataDir, problems);
  throw new OperatorError(`Settings that are wrong:\n  ${problems.join('\n  ')}`);
};

/** Of the same site as the desk: else a browser does not send the desk's cookie from there. */
const localUiUrl = ({ PUBLIC_ORIGIN, TEMPORAL_UI_PORT }: Config): string => {
  const { hostname } = new URL(PUBLIC_ORIGIN);
  return `http://${hostname === '127.0.0.1' ? hostname : 'localhost'}:${TEMPORAL_UI_PORT}`;
};

const finish = (
  values: Parsed,
  env: Record<string, string | undefined>,
  dataDir: string,
  problems: string[],
): Config => {
  const production = values.NODE_ENV === 'production';
  const port = (given: string, offset: number): number => Number(given || values.PORT + offset);
  const config: Config = {
    ...values,
    DATA_DIR: dataDir,
    PUBLIC_ORIGIN: values.PUBLIC_ORIGIN || `http://localhost:${values.PORT}`,
    FILES_URL: values.FILES_URL || `file:${path.join(dataDir, 'files')}`,
    REGISTER_HEAD_FILE: values.REGISTER_HEAD_FILE || path.join(dataDir, 'register-heads.log'),
    POSTGRES_PORT: port(values.POSTGRES_PORT, 3),
    TEMPORAL_PORT: port(values.TEMPORAL_PORT, 2),
    TEMPORAL_UI_PORT: port(values.TEMPORAL_UI_PORT, 1),
    STAFF_SECOND_FACTOR: (values.STAFF_SECOND_FACTOR ||
      (production ? 'required' : 'optional')) as Config['STAFF_SECOND_FACTOR'],
    trustedProxies: proxiesOf(values.TRUSTED_PROXY),
    receiptSecrets: secretsOf(values.SMS_RECEIPTS_SECRET),
    hasOwnName: Boolean(env.ORG_NAME?.trim()),
    embeddedPostgres: values.DATABASE_URL === '',
    embeddedTemporal:
      !values.TEMPORAL_ADDRESS && !env.TEMPORAL_PROFILE && !env.TEMPORAL_CONFIG_FILE,
    production,
  };
  if (config.embeddedTemporal) {
    config.TEMPORAL_ADDRESS = `127.0.0.1:${config.TEMPORAL_PORT}`;
    config.TEMPORAL_UI_URL ||= localUiUrl(config);
  }
  if (new URL(config.PUBLIC_ORIGIN).origin !== config.PUBLIC_ORIGIN)
    problems.push(
      `PUBLIC_ORIGIN: must have no path and no default port (try ${new URL(config.PUBLIC_ORIGIN).origin})`,
    );
  // The SDK would quote it in the error of its first call.
  if (/[^\x20-\x7e]/.test(env.TEMPORAL_API_KEY ?? ''))
    problems.push('TEMPORAL_API_KEY: may hold printable ASCII characters only');
  if (production) {
    if (config.CAPTCHA_TEST_CODE) problems.push('CAPTCHA_TEST_CODE: is refused in production');
    if (config.TEST_WORKING_DAY_SECONDS)
      problems.push('TEST_WORKING_DAY_SECONDS: is refused in production');
    if (config.RATE_LIMITS === 'off') problems.push('RATE_LIMITS: off is refused in production');
    if (config.SMS_URL === 'outbox:')
      problems.push('SMS_URL: outbox: is refused in production; name a gateway');
    if (config.OIDC_ISSUER.startsWith('http:'))
      problems.push('OIDC_ISSUER: must be https in production');
    if (config.STAFF_SECOND_FACTOR === 'off')
      problems.push('STAFF_SECOND_FACTOR: off is refused in production');
    if (!config.SECRET_KEY && !config.SECRET_KEY_FILE)
      problems.push('SECRET_KEY_FILE: a master secret is required in production');
  }
  const provider = [config.OIDC_ISSUER, config.OIDC_CLIENT_ID, config.OIDC_CLIENT_SECRET];
  if (provider.includes('') && provider.some((value) => value !== ''))
    problems.push('OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET: all three or none');
  if (config.SECRET_KEY && config.SECRET_KEY.length < 32)
    problems.push('SECRET_KEY: must have at least 32 characters');
  const ports = [config.PORT];
  if (config.embeddedPostgres) ports.push(config.POSTGRES_PORT);
  if (config.embeddedTemporal) ports.push(config.TEMPORAL_PORT, config.TEMPORAL_UI_PORT);
  if (new Set(ports).size !== ports.length)
    problems.push(
      `PORT, TEMPORAL_UI_PORT, TEMPORAL_PORT, POSTGRES_PORT: must differ (got ${ports.join(', ')})`,
    );
  if (problems.length > 0)
    throw new OperatorError(`Settings that are wrong:\n  ${problems.join('\n  ')}`);
  return config;
};
