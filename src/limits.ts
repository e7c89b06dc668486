/**
 * Limits and periods that few organisations need to change; the unit ends the name.
 * `LIMITS="codeMinutes=10 maxPages=500"` replaces single ones.
 */
import { FILE_LIMITS } from './platform/files/file-checks.ts';
import { PREVIEW_LIMITS, PREVIEW_TEXT_LENGTH } from './platform/files/preview.ts';
import { SHEET_LIMITS } from './desk/proof/sheet.ts';

const MEBIBYTE = 1024 * 1024;

const limit = (value: number, doc: string, { min = 1, max = 10_000_000 } = {}) => ({
  value,
  doc,
  min,
  max,
});

export const LIMITS = {
  // Sign-in of applicants
  captchaMinutes: limit(10, 'life of a displayed security code'),
  codeMinutes: limit(5, 'life of an SMS code'),
  codeTries: limit(5, 'wrong tries before an SMS code is dead'),
  codeResendSeconds: limit(60, 'wait before a code may be sent again'),
  codeSendsPerHour: limit(5, 'codes for one mobile number in an hour'),
  codeSendsPerDay: limit(10, 'codes for one mobile number in a day'),
  sessionIdleMinutes: limit(30, 'a session ends after this long without a request'),
  sessionHours: limit(12, 'a session ends after this long in any case'),
  provenMinutes: limit(10, 'how long after a code by SMS applicants may end their other sessions'),
  codesPerAddress: limit(
    300,
    'sign-in codes asked for from one client address (IPv6: /64) in 10 minutes; many people may share one',
  ),
  codesOfDesk: limit(
    600,
    'sign-in codes sent by the whole desk in 10 minutes; beyond, none is sent and an alarm is logged',
  ),
  codesPerOperator: limit(400, 'the same for the numbers of one operator, such as 0912'),
  codesPerPrefix: limit(
    100,
    'the same for 10,000 neighbouring numbers, all but the last four digits of which are one',
  ),
  codeAlarmSends: limit(
    100,
    'from so many people in an hour whose code could have come, the share of those who typed it is watched; 0: never',
    { min: 0 },
  ),
  codeAlarmPercent: limit(
    30,
    'under this share there is an alarm, for then codes are asked for to run up the bill, or do not arrive',
  ),

  // Sign-in of staff
  staffSignInTries: limit(
    10,
    'failed staff sign-ins in 10 minutes: of one user name, of one address, and of one browser that signed in before',
  ),
  staffSessionIdleMinutes: limit(30, 'a session of staff ends after this long without a request'),
  staffSessionHours: limit(8, 'a session of staff ends after this long in any case'),
  staffSignInMinutes: limit(
    15,
    'how long staff may take for the second step of a sign-in, and for the first set-up',
  ),
  staffProvenMinutes: limit(
    10,
    'how long after a proof of identity staff may change factors and settings, end sessions and move letters',
  ),
  staffOneTimeHours: limit(
    72,
    'how long a password of the operator opens the first set-up of a member',
  ),

  // Letters
  trackingMisses: limit(
    20,
    'searches of one applicant for a tracking code that find nothing, in an hour',
  ),
  calendarDays: limit(500, 'most holidays and extra working days in the working calendar'),
  mailPollMs: limit(2_000, 'how often a worker looks for e-mails to send'),
  digestPollMs: limit(60_000, 'how often a worker looks whether the working day has begun'),
  mailRetryHours: limit(72, 'an e-mail that the server does not take is given up after this long'),
  maxLettersPerDay: limit(20, 'letters of one applicant in 24 hours'),
  maxSubjectLength: limit(200, 'longest subject, in characters'),
  maxNameLength: limit(120, 'longest sender name, in characters'),
  maxTextLength: limit(4000, 'longest reason, note or reply text, in characters'),
  maxStockReasonLength: limit(400, 'longest reason for reviewers to pick, in characters'),
  stockReasons: limit(
    30,
    'most reasons that reviewers can pick from, for rejections and for returns each',
  ),
  presenceSeconds: limit(
    90,
    'how long a colleague counts as having a letter open after the page last reported it; 0: not shown',
    { min: 0 },
  ),
  claimSeconds: limit(
    300,
    'how long a letter that a member of staff has opened is handed to nobody else after the page last reported it',
  ),
  requestsInWork: limit(
    100,
    'requests that one web process works on at a time; further ones get 503 with `Retry-After`',
  ),
  decisionWaitMs: limit(4000, 'how long a page waits for the outcome of a decision', { min: 0 }),
  searchLetters: limit(
    2000,
    'in how many of the newest letters staff find words of subject and sender; numbers and tracking codes are found in all',
  ),
  statisticsRejections: limit(
    5000,
    'of how many of the newest rejections the statistics count the ready reasons',
  ),
  statusQueryMs: limit(
    2000,
    'how long «latest status» waits for the workflow before it shows the record',
  ),
  eventsPollMs: limit(
    1000,
    'how often a web process looks for news of letters and queues whose pages are open; it looks only while there are any',
    { min: 100 },
  ),
  eventsAliveSeconds: limit(
    20,
    'interval of keep-alive events on an open page; less than the idle timeout of a proxy',
  ),
  eventsPerSession: limit(
    6,
    'open pages of one session that receive live updates; of one person, three times as many',
  ),
  eventsPerProcess: limit(
    1000,
    'the same of one web process, of senders and of staff; pages beyond show news when they are loaded anew',
  ),

  // Files
  scanSeconds: limit(
    3,
    'how long «ثبت» waits for the scanner; a file that is not scanned by then is kept closed until it is',
    { max: 9 },
  ),
  rescanDays: limit(
    7,
    'files younger than this are scanned once a day again, for viruses that were not known before; 0: never',
    { min: 0 },
  ),
  maxImageMegapixels: limit(
    FILE_LIMITS.pixels / 1e6,
    'largest picture in millions of pixels; at most 50 (150 in black and white) of a TIFF page, a progressive JPEG, a HEIF',
  ),
  maxPages: limit(FILE_LIMITS.pages, 'most pages of a PDF or a TIFF'),
  maxDocxParts: limit(FILE_LIMITS.zipEntries, 'most parts in the archive that a DOCX is'),
  maxDocxMb: limit(FILE_LIMITS.unpackedBytes / MEBIBYTE, 'largest DOCX unpacked'),
  maxDocxRatio: limit(
    FILE_LIMITS.zipRatio,
    'how many times larger than packed a part of a DOCX may be',
  ),
  fileCheckSeconds: limit(FILE_LIMITS.seconds, 'longest time for reading one file to decide on it'),
  fileCheckMb: limit(
    FILE_LIMITS.memoryBytes / MEBIBYTE,
    'memory for reading one PDF to decide on it',
  ),
  previewPdfPages: limit(PREVIEW_LIMITS.pdfPages, 'pages of a PDF that are drawn, from the first'),
  previewTiffPages: limit(PREVIEW_LIMITS.tiffPages, 'the same of a TIFF'),
  previewWidth: limit(PREVIEW_LIMITS.width, 'widest picture of a page, in pixels'),
  previewTextLength: limit(
    PREVIEW_TEXT_LENGTH,
    'characters of the text of a DOCX or DOC that are shown, from its beginning',
  ),
  previewSeconds: limit(
    PREVIEW_LIMITS.seconds,
    'longest time for drawing the pages of one file; what is not drawn by then is left out',
  ),
  previewMb: limit(
    PREVIEW_LIMITS.memoryBytes / MEBIBYTE,
    'memory for drawing one PDF, or for reading the text of one document',
  ),
  previewPollMs: limit(
    1000,
    'how often an idle worker looks for files whose pages are to be drawn',
    { min: 100 },
  ),
  printSeconds: limit(
    SHEET_LIMITS.seconds,
    'longest time for printing one letter receipt or stamped page as PDF; a page that takes longer is left out of it',
  ),
  printMb: limit(SHEET_LIMITS.memoryBytes / MEBIBYTE, 'memory for printing one'),
  heldUploadMinutes: limit(
    60,
    'how long a good file, or a letter sent after the session had ended, is kept for its form',
  ),
  heldUploads: limit(
    10,
    'files kept so for one person, at least those of one form; beyond that, the oldest is removed',
  ),

  // Messages
  smsMaxParts: limit(3, 'a rejection reason is cut so that its SMS stays within this many parts'),
  smsTimeoutMs: limit(10_000, 'how long the gateway may take to answer'),
  smsReceiptsHours: limit(
    12,
    'a receipt that was signed longer ago is a replay and changes nothing',
  ),
  smsReceiptsKb: limit(64, 'largest body of receipts'),
  forgedReceipts: limit(
    60,
    'receipts with a wrong signature from one client address in 10 minutes',
  ),

  // Other systems
  codecTokenMinutes: limit(
    30,
    'life of a token of `desk codec-token`, by which the `temporal` command line reads payloads',
  ),
  codecMaxKb: limit(4096, 'payloads that are opened at once for Temporal UI or its command line'),
  cspReportsPerMinute: limit(
    30,
    'reports of browsers on content that the policy stopped, logged in a minute; more are dropped',
    { min: 0 },
  ),
  cspReportKb: limit(32, 'largest body of such reports'),
  receiptChecks: limit(
    120,
    'checks of letter receipts and files at `/verify` from one client address (IPv6: /64) in 10 minutes',
  ),
  apiReadsPerMinute: limit(600, 'requests of one key of another system in a minute that read'),
  apiWritesPerMinute: limit(
    120,
    'requests of one key of another system in a minute that change something',
  ),
  apiPage: limit(100, 'most letters, or entries of a register, in one answer to another system'),
  apiBodyKb: limit(64, 'largest JSON body of another system'),
  apiRepeatHours: limit(24, 'how long the answer to an `Idempotency-Key` is kept'),
  webhookTimeoutMs: limit(10_000, 'how long another system may take to answer a webhook'),
  webhookPollMs: limit(1000, 'how often a worker looks for webhooks to be sent', { min: 100 }),
  webhookRetrySeconds: limit(
    5,
    'wait before a webhook is tried the second time; each further wait is twice as long, up to a day',
  ),
  webhookRetryHours: limit(72, 'what happened longer ago and was not delivered is given up'),
  webhookLogDays: limit(30, 'how long the log of webhooks is kept'),

  // Operation
  temporalRetentionDays: limit(3650, 'how long closed workflows stay readable in Temporal'),
  retainRejectedDays: limit(
    365,
    'days after which the content of a rejected letter is erased; 0: never',
    { min: 0 },
  ),
  retainWithdrawnDays: limit(90, 'the same of a letter that its sender withdrew', { min: 0 }),
  retainClosedDays: limit(
    0,
    'the same of a registered letter, after it was closed; its entry in the register stays',
    { min: 0 },
  ),
  retainMessagesDays: limit(
    90,
    'days after which number and text of a sent SMS are erased; 0: with its letter',
    { min: 0 },
  ),
  retainApplicantsDays: limit(
    30,
    'days after which the number of a person is erased who has no letter, or none that is not erased; 0: never',
    { min: 0 },
  ),
  backupWithinHours: limit(
    0,
    '`doctor` fails when no `backup` was made within so many hours; 0: backups are made by other means',
    { min: 0 },
  ),
  sweepMinutes: limit(
    5,
    'how often the desk looks for letters, signals and files that nobody attends to; 0: never',
    { min: 0 },
  ),
  workerCachedWorkflows: limit(300, 'workflows a worker keeps in memory'),
  metricsCacheSeconds: limit(
    5,
    'figures of the record that are younger than this are given out again',
    { min: 0 },
  ),
  metricsTimeoutMs: limit(2000, 'how long the record may take to tell them'),
};

export type Limits = Record<keyof typeof LIMITS, number>;

const isLimit = (name: string): name is keyof Limits => Object.hasOwn(LIMITS, name);

export const readLimits = (text: string): Limits | string => {
  const limits = Object.fromEntries(
    Object.entries(LIMITS).map(([name, { value }]) => [name, value]),
  ) as Limits;
  for (const pair of text.split(/\s+/).filter(Boolean)) {
    const [name = '', value = ''] = pair.split('=', 2);
    if (!isLimit(name)) return `"${name}" is no limit; see docs/operations.md for their names`;
    const { min, max } = LIMITS[name];
    const isIn = /^\d+$/.test(value) && Number(value) >= min && Number(value) <= max;
    if (!isIn) return `${name} must be a whole number from ${min} to ${max}`;
    limits[name] = Number(value);
  }
  return limits;
};
