/**
 * A desk in memory, for tests and previews of the pages: it answers like the real one and keeps
 * nothing. One applicant and one letter list; decisions apply at once unless `engineAway` is set.
 */
import { createHash, randomUUID } from 'node:crypto';
import { publicText } from '../platform/base/audience.ts';
import { DomainError } from '../platform/base/errors.ts';
import { FILE_EXTENSIONS, type StoredFile } from '../platform/files/stored-file.ts';
import { makeTrackingCode, parseTrackingCode } from '../desk/register/tracking-code.ts';
import type { Api } from '../operations/integrations/api.ts';
import type { DeadlineExplanation } from '../desk/letters/deadlines.ts';
import { maySeeStuckWork } from '../desk/desk.ts';
import type { ParkedForm } from '../desk/staff/parked-forms.ts';
import type {
  ActOnLetter,
  Desk,
  LetterSummary,
  StaffLetter,
  StaffQueue,
  StockReason,
  StuckPiece,
  Unit,
} from '../desk/desk.ts';
import type { OutboxMessage } from '../platform/messages/delivery-receipts.ts';
import type { StaffMember } from '../desk/staff/staff-member.ts';
import type { AttachedFile, HeldFor } from '../platform/files/stored-file.ts';
import { contentOf } from './file-content.ts';
import { createFakeAdministration } from './fake-administration.ts';
import { createFakeFigures } from './fake-figures.ts';
import { createFakeLetterReceipts } from './fake-letter-receipts.ts';
import { createFakeStaffAccess } from './fake-staff-access.ts';
import type { FakeStaffAccess } from './fake-staff-access.ts';

export const GOOD_CAPTCHA = '12345';
export const GOOD_CODE = '654321';
export const GOOD_PROOF = '{"good":"proof"}';
export const GOOD_SETUP_CODE = '7K3M-9QRT-2XAB';
export const GOOD_PASSWORD = 'correct horse battery';
export const APPLICANT_SESSION = 'applicant-session';
/** Of the same applicant, and over. */
export const ENDED_SESSION = 'ended-session';

export interface FakeDesk {
  desk: Desk;
  units: Unit[];
  /** Newest first. */
  letters: StaffLetter[];
  files: Map<string, Buffer>;
  /** Files that are kept for a form, by person and form. */
  held: Map<string, StoredFile>;
  /** Files that were received and taken away again. */
  discarded: StoredFile[];
  outbox: OutboxMessage[];
  /** How staff get in, and what their accounts are like. */
  staffAccess: FakeStaffAccess;
  /** There is no administrator yet. */
  canBeSetUp: boolean;
  stuck: StuckPiece[];
  /** Names of colleagues who have a letter open, by its id. */
  readers: Map<string, string[]>;
  stockReasons: StockReason[];
  /** Decisions are only recorded, and the latest status is the record's. */
  engineAway: boolean;
  /** How long a decision can be taken back; 0: it is applied at once. */
  undoSeconds: number;
  /** Every call but `health` fails as it does without a database. */
  databaseAway: boolean;
  /** A letter as a test wants it; the rest is filled in. */
  addLetter(letter?: Partial<StaffLetter>): StaffLetter;
}

export const FAKE_STAFF: Record<StaffMember['role'], StaffMember> = {
  reviewer: {
    id: randomUUID(),
    username: 'maryam',
    name: 'مریم رضایی',
    role: 'reviewer',
    unitIds: [],
  },
  unit: { id: randomUUID(), username: 'reza', name: 'رضا کاظمی', role: 'unit', unitIds: [] },
  admin: { id: randomUUID(), username: 'admin', name: 'مدیر سامانه', role: 'admin', unitIds: [] },
  auditor: {
    id: randomUUID(),
    username: 'nasrin',
    name: 'نسرین ملکی',
    role: 'auditor',
    unitIds: [],
  },
};

/** No key opens anything here: other systems are tried on the real desk. */
const NO_API: Api = {
  openKey: () => Promise.resolve(undefined),
  listApiLetters: () => Promise.resolve({ letters: [], more: false }),
  listApiRegister: () => Promise.resolve({ entries: [], more: false }),
  answerOnce: () => Promise.resolve({ outcome: 'other_request' }),
  addUnitByKey: () => Promise.reject(new DomainError('not_allowed')),
  renameUnitByKey: () => Promise.reject(new DomainError('not_allowed')),
  retireUnitByKey: () => Promise.reject(new DomainError('not_allowed')),
};

/** One day of each kind. */
const explainFakeDeadline = ({ id, submittedAt, deadline }: StaffLetter): DeadlineExplanation => {
  if (!deadline) throw new DomainError('not_found');
  return {
    letterId: id,
    ...deadline,
    workingDays: 2,
    submittedAt,
    days: [
      { day: '2026-11-18', count: 'after_hours' },
      { day: '2026-11-19', count: 'weekend' },
      { day: '2026-11-20', count: 'holiday', name: 'روز نمونه' },
      { day: '2026-11-21', count: 'arrival' },
      { day: '2026-11-22', count: 'counted', number: 1 },
      { day: '2026-11-23', count: 'paused' },
      { day: '2026-11-24', count: 'counted', number: 2, name: 'روز جبرانی' },
    ],
    week: [0, 1, 2, 3, 4, 5, 6].map((weekday) =>
      weekday === 4 || weekday === 5 ? null : { opens: 480, closes: 960 },
    ),
  };
};

const EMPTY_PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGP4//8/AwAI/AL+hc2rNAAAAABJRU5ErkJggg==',
  'base64',
);

const STOCK_REASONS: Omit<StockReason, 'id'>[] = [
  { kind: 'reject', text: 'این درخواست در کار این سازمان نیست.' },
  { kind: 'reject', text: 'همین درخواست پیش‌تر ثبت شده است.' },
  { kind: 'return', text: 'نامه امضا ندارد؛ نامه‌ی امضاشده را بفرستید.' },
];

const readAll = async (stream: NodeJS.ReadableStream): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
};

export const createFakeDesk = (
  options: { drawCaptcha?: () => Promise<Buffer>; now?: () => Date } = {},
): FakeDesk => {
  const now = options.now ?? (() => new Date());
  const units: Unit[] = ['امور مالی', 'شهرسازی و معماری', 'روابط عمومی', 'حراست'].map((name) => ({
    id: randomUUID(),
    name,
    retired: false,
  }));
  const unitName = (id: string): string => units.find((unit) => unit.id === id)?.name ?? '';
  const submissions = new Map<string, string>();
  const held = new Map<string, StoredFile>();
  const parked = new Map<string, ParkedForm & { holder: string }>();
  const heldKey = ({ holder, formKey }: HeldFor): string => `${JSON.stringify(holder)} ${formKey}`;
  const takeHeld = (which: HeldFor): StoredFile => {
    const file = held.get(heldKey(which));
    if (!file) throw new DomainError('held_file_gone');
    held.delete(heldKey(which));
    return file;
  };
  let serial = 0;

  const fake: FakeDesk = {
    desk: undefined as never,
    staffAccess: undefined as never,
    units,
    letters: [],
    files: new Map(),
    held,
    discarded: [],
    outbox: [],
    canBeSetUp: true,
    stuck: [],
    readers: new Map(),
    stockReasons: STOCK_REASONS.map((reason) => ({ id: randomUUID(), ...reason })),
    engineAway: false,
    undoSeconds: 0,
    databaseAway: false,
    addLetter(letter = {}) {
      const unitId = letter.unitId ?? units[0]?.id ?? '';
      const file: AttachedFile = {
        name: 'نامه.pdf',
        type: 'pdf',
        bytes: 245_760,
        sha256: '0'.repeat(64),
      };
      const whole: StaffLetter = {
        id: randomUUID(),
        senderName: 'سارا احمدی',
        subject: 'درخواست بررسی صورت‌حساب',
        unit: unitName(unitId),
        unitId,
        status: 'pending',
        step: null,
        submittedAt: now(),
        decidedAt: null,
        rejectionReason: null,
        round: 1,
        returnReason: null,
        returnedAt: null,
        withdrawnAt: null,
        objectionUntil: null,
        objectedAt: null,
        objection: null,
        letterNumber: null,
        trackingCode: null,
        registeredAt: null,
        registeredOn: null,
        annulledAt: null,
        replies: letter.replyList?.length ?? 0,
        erasedAt: null,
        file,
        timeline: [{ action: 'submitted', at: now(), details: {} }],
        replyList: [],
        addressedUnit: unitName(unitId),
        maskedMobile: '+98912•••6789',
        isOwn: false,
        decidedBy: null,
        needsAttention: null,
        openDecision: null,
        openActions: 0,
        messages: [],
        internalEntries: [],
        preview: { state: 'made', kind: 'pages', pages: [{ width: 827, height: 1169 }], total: 1 },
        versions: [],
        workflowUrl: null,
        ...letter,
      };
      fake.letters.unshift(whole);
      return whole;
    },
  };

  const find = (letterId: string): StaffLetter => {
    const letter = fake.letters.find(({ id }) => id === letterId);
    if (!letter) throw new DomainError('not_found');
    return letter;
  };

  const approve = (letter: StaffLetter, unitId: string, by: string): void => {
    serial += 1;
    Object.assign(letter, {
      status: 'approved',
      step: 'with_unit',
      unitId,
      unit: unitName(unitId),
      decidedAt: now(),
      decidedBy: by,
      letterNumber: `1405/${serial}`,
      trackingCode: makeTrackingCode(Uint8Array.from({ length: 11 }, (_, i) => i * 7 + serial)),
      registeredAt: now(),
      registeredOn: '1405/09/01',
    } satisfies Partial<StaffLetter>);
    letter.timeline.push({
      action: 'approved',
      at: now(),
      details: { unit: unitName(unitId), letterNumber: `1405/${serial}` },
    });
  };

  const actions: {
    [Kind in ActOnLetter['action']['kind']]: (
      letter: StaffLetter,
      action: Extract<ActOnLetter['action'], { kind: Kind }>,
    ) => void;
  } = {
    update: (letter, { text }) =>
      void letter.timeline.push({
        action: 'updated',
        at: now(),
        details: { unit: letter.unit, text },
      }),
    note: (letter, { note }) =>
      void letter.internalEntries.push({
        kind: 'note',
        at: now(),
        by: 'مریم رضایی',
        unit: letter.unit,
        note,
      }),
    refer: (letter, { unitId, note }) => {
      if (note) {
        const entry = { kind: 'refer', at: now(), by: 'مریم رضایی', unit: letter.unit } as const;
        letter.internalEntries.push({ ...entry, note });
      }
      Object.assign(letter, { unitId, unit: unitName(unitId) });
      letter.timeline.push({ action: 'referred', at: now(), details: { unit: letter.unit } });
    },
    reply: (letter, { text, file }) => {
      letter.step = 'answered';
      letter.replies += 1;
      const sent = file === 'held' ? null : file;
      const reply = { number: letter.replies, text, at: now(), unit: letter.unit };
      letter.replyList.push({ ...reply, file: sent });
      letter.timeline.push({ action: 'replied', at: now(), details: { unit: letter.unit } });
    },
    close: (letter, { reason }) => {
      if (reason === null && letter.replies === 0) throw new DomainError('closing_reason_missing');
      letter.step = 'closed';
      const details = { ...(reason !== null && { text: reason }) };
      letter.timeline.push({ action: 'closed', at: now(), details });
    },
  };

  const inFilter = (letter: StaffLetter, filter: keyof StaffQueue['counts']): boolean =>
    (letter.step ?? letter.status) === filter;

  const readFile: Desk['readLetterFile'] = ({ letterId, replyNumber }) => {
    const letter = find(letterId);
    const attached =
      replyNumber === undefined ? letter.file : letter.replyList[replyNumber - 1]?.file;
    if (!attached) throw new DomainError('not_found');
    const file: StoredFile = { id: randomUUID(), storageKey: attached.sha256, ...attached };
    const bytes = fake.files.get(attached.sha256) ?? Buffer.from('%PDF-1.7');
    return Promise.resolve({ file, content: contentOf(bytes) });
  };

  const readPage = ({
    letterId,
    replyNumber,
    page,
  }: {
    letterId: string;
    replyNumber?: number;
    page: number;
  }): Buffer => {
    const letter = find(letterId);
    const preview =
      replyNumber === undefined ? letter.preview : letter.replyList[replyNumber - 1]?.preview;
    if (preview?.state !== 'made' || preview.kind !== 'pages' || !preview.pages[page - 1])
      throw new DomainError('not_found');
    return EMPTY_PNG;
  };

  const members = (): StaffMember[] =>
    Object.values(FAKE_STAFF).map((member) =>
      member.role === 'unit' ? { ...member, unitIds: units.map(({ id }) => id) } : member,
    );
  const staffAccess = createFakeStaffAccess({
    members,
    code: GOOD_CODE,
    password: GOOD_PASSWORD,
  });
  fake.staffAccess = staffAccess;

  const applicantSessions = [true, false].map((own) => ({
    id: randomUUID(),
    userAgent: own
      ? 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Mobile Safari/537.36'
      : null,
    createdAt: new Date(),
    lastSeenAt: new Date(),
    own,
  }));

  const desk: Desk = {
    ...createFakeFigures({ units, now }),
    ...createFakeAdministration({ units, members, reasons: () => fake.stockReasons, now }),
    ...createFakeLetterReceipts(find),
    ...NO_API,
    explainOwnDeadline: ({ letterId }) => Promise.resolve(explainFakeDeadline(find(letterId))),
    explainDeadline: ({ letterId }) => Promise.resolve(explainFakeDeadline(find(letterId))),
    countAddress: () => Promise.resolve(),
    noteUntrustedProxy: () => Promise.resolve(),
    takeReceipts: () => Promise.resolve({ outcome: 'forged' }),
    forgiveAddress: () => Promise.resolve(),
    startSignIn: ({ mobile, captchaAnswer, proof }) => {
      const isMobile = /^09\d{9}$/.test(mobile.trim());
      const isProven = proof === GOOD_PROOF;
      const fields = {
        ...(!isMobile && {
          mobile: mobile.trim() ? ('not_a_mobile' as const) : ('missing' as const),
        }),
        ...(!isProven &&
          captchaAnswer !== GOOD_CAPTCHA && {
            captcha: captchaAnswer ? ('wrong' as const) : ('missing' as const),
          }),
      };
      return Promise.resolve(
        Object.keys(fields).length > 0
          ? { outcome: 'invalid', fields, ...(isProven && { proofStands: true }) }
          : { outcome: 'sent', challengeToken: 'challenge-token', crowded: false },
      );
    },
    resendCode: () => Promise.resolve({ outcome: 'wait', seconds: 42 }),
    confirmSignIn: ({ code }) =>
      Promise.resolve(
        code === GOOD_CODE
          ? { outcome: 'signed_in', sessionToken: APPLICANT_SESSION, browserToken: 'browser-token' }
          : { outcome: 'invalid', why: code ? 'wrong' : 'missing' },
      ),
    findApplicant: (token) =>
      Promise.resolve(
        token === APPLICANT_SESSION
          ? { id: 'applicant', mobile: '+989123456789', sessionSeconds: 1800 }
          : undefined,
      ),
    findSignIn: () => Promise.resolve({ mobile: '09123456789', resendSeconds: 42 }),
    findEndedSession: (token) =>
      Promise.resolve(token === ENDED_SESSION ? { applicantId: 'applicant' } : undefined),
    signOut: () => Promise.resolve(),
    listApplicantSessions: () => Promise.resolve(applicantSessions),
    endApplicantSession: ({ sessionId }) =>
      Promise.resolve(
        applicantSessions.some(({ id, own }) => own && id === sessionId)
          ? { outcome: 'ended', ended: 1, own: true }
          : { outcome: 'unproven' },
      ),
    endOtherApplicantSessions: () => Promise.resolve({ outcome: 'unproven' }),
    sendConfirmation: () => Promise.resolve({ confirmToken: 'confirm-token' }),
    resendConfirmation: () => Promise.resolve({ outcome: 'wait', seconds: 42 }),
    findConfirmation: () => Promise.resolve({ resendSeconds: 42 }),
    confirmApplicant: ({ code }) =>
      Promise.resolve(
        code === GOOD_CODE
          ? { outcome: 'confirmed', sessionToken: APPLICANT_SESSION }
          : { outcome: 'invalid', why: code ? 'wrong' : 'missing' },
      ),
    newCaptcha: () => ({ id: `captcha.${randomUUID()}` }),
    drawCaptcha: (id) =>
      id.startsWith('captcha.')
        ? (options.drawCaptcha?.() ?? Promise.resolve(EMPTY_PNG))
        : Promise.resolve(undefined),
    speakCaptcha: ({ id, language }) =>
      Promise.resolve(id.startsWith('captcha.') ? Buffer.from(`RIFF in ${language}`) : undefined),
    newProof: () => Promise.resolve({ parameters: {}, signature: '' }),

    listUnits: () => Promise.resolve(units),
    submitLetter: async ({ applicantId, submissionKey, senderName, unitId, subject, file }) => {
      const earlier = submissions.get(submissionKey);
      if (earlier !== undefined) return { letterId: earlier };
      if (!units.some(({ id, retired }) => id === unitId && !retired))
        throw new DomainError('unit_not_available');
      const heldFor = { holder: { applicantId }, formKey: submissionKey };
      const sent = file === 'held' ? takeHeld(heldFor) : file;
      const { id } = fake.addLetter({ senderName, unitId, subject, file: sent });
      submissions.set(submissionKey, id);
      return { letterId: id };
    },
    findRepeat: ({ letterId }) => {
      const letter = find(letterId);
      const before = fake.letters.find(
        ({ id, file }) => id !== letterId && file.sha256 === letter.file.sha256,
      );
      return Promise.resolve(before && { letterId: before.id, submittedAt: before.submittedAt });
    },
    listLetters: ({ trackingCode }) => {
      if (trackingCode === undefined) return Promise.resolve<LetterSummary[]>(fake.letters);
      const code = parseTrackingCode(trackingCode);
      return Promise.resolve(
        fake.letters.filter((letter) => code !== undefined && letter.trackingCode === code),
      );
    },
    getLetter: ({ letterId }) =>
      Promise.resolve().then(() => {
        const letter = find(letterId);
        const withdrawalOpen = letter.openDecision?.kind === 'withdraw';
        return { ...letter, withdrawalOpen, stamp: letter.timeline.length };
      }),
    withdrawLetter: ({ letterId }) =>
      Promise.resolve().then(() => {
        const letter = find(letterId);
        const at = letter.decidedAt ?? now();
        if (letter.status === 'approved' || letter.status === 'rejected') {
          const kind = letter.status === 'approved' ? 'approve' : 'reject';
          const facts = { kind, by: letter.decidedBy ?? '', at: at.toISOString() };
          throw new DomainError('already_decided', facts);
        }
        if (fake.engineAway) {
          letter.openDecision = { kind: 'withdraw', by: 'applicant', at: now() };
          return { outcome: 'recorded' };
        }
        Object.assign(letter, { status: 'withdrawn', withdrawnAt: now() });
        letter.timeline.push({ action: 'withdrawn', at: now(), details: {} });
        return { outcome: 'applied' };
      }),
    resubmitLetter: ({
      applicantId,
      letterId,
      round,
      unitId,
      subject,
      file: asked,
      formKey = '',
    }) =>
      Promise.resolve().then(() => {
        const letter = find(letterId);
        if (letter.status !== 'returned' || letter.round !== round)
          throw new DomainError('not_open');
        if (!units.some(({ id, retired }) => id === unitId && !retired))
          throw new DomainError('unit_not_available');
        if (asked === null && letter.file.scan === 'infected')
          throw new DomainError('file_infected');
        const file =
          asked === 'held'
            ? takeHeld({ holder: { applicantId }, formKey })
            : (asked ?? letter.file);
        const unit = unitName(unitId);
        const changed = { subject, unitId, unit, addressedUnit: unit, file };
        Object.assign(letter, { ...changed, status: 'pending', round: round + 1 });
        letter.timeline.push({ action: 'resubmitted', at: now(), details: { unit } });
      }),
    objectToRejection: ({ letterId, text }) =>
      Promise.resolve().then(() => {
        const letter = find(letterId);
        if (letter.objectionUntil === null) throw new DomainError('not_open');
        const objected = { objection: text, objectedAt: now(), objectionUntil: null };
        const open = { rejectionReason: null, decidedAt: null, decidedBy: null };
        Object.assign(letter, { ...objected, ...open, status: 'pending', round: letter.round + 1 });
        const details = { text: publicText(text) };
        letter.timeline.push({ action: 'objected', at: now(), details });
      }),
    watchLetter: ({ letterId, since }) =>
      Promise.resolve().then(() => {
        const stamp = find(letterId).timeline.length;
        return {
          close: () => {},
          async *[Symbol.asyncIterator]() {
            if (stamp > since) yield stamp;
            else yield 'alive' as const;
          },
        };
      }),
    annulLetter: ({ letterId, reason, internalReason }) =>
      Promise.resolve().then(() => {
        const letter = find(letterId);
        if (letter.status !== 'approved' || letter.annulledAt) throw new DomainError('not_open');
        Object.assign(letter, { annulledAt: now(), step: 'closed' });
        letter.timeline.push({ action: 'annulled', at: now(), details: { text: reason } });
        if (internalReason)
          letter.internalEntries.push({
            kind: 'annul',
            at: now(),
            by: 'admin',
            note: internalReason,
          });
      }),
    latestStatus: ({ letterId }) => {
      const letter = find(letterId);
      const { status, step, unit, letterNumber, trackingCode, registeredAt } = letter;
      const annulled = letter.annulledAt !== null;
      const known = { status, step, unit, letterNumber, trackingCode, registeredAt, annulled };
      const state = { ...known, at: now() };
      if (fake.engineAway)
        return Promise.resolve({ source: 'record', why: 'engine_away', ...state });
      return Promise.resolve(
        step === 'closed' || status === 'rejected'
          ? { source: 'record', why: 'ended', ...state }
          : { source: 'workflow', why: 'answered', ...state },
      );
    },
    readLetterFile: (input) => Promise.resolve().then(() => readFile(input)),

    ...staffAccess.access,
    staffQueue: ({ filter, search = '' }) => {
      const count = (name: keyof StaffQueue['counts']): number =>
        fake.letters.filter((letter) => inFilter(letter, name)).length;
      const letters = fake.letters
        .filter((letter) =>
          search.trim() === ''
            ? inFilter(letter, filter)
            : `${letter.subject} ${letter.senderName}`.includes(search.trim()),
        )
        .toReversed();
      return Promise.resolve({
        letters,
        found: letters.length,
        page: 1,
        pages: 1,
        whole: true,
        counts: {
          pending: count('pending'),
          returned: count('returned'),
          with_unit: count('with_unit'),
          answered: count('answered'),
          closed: count('closed'),
          rejected: count('rejected'),
          withdrawn: count('withdrawn'),
          referred: 0,
        },
      });
    },
    getStaffLetter: ({ letterId }) => Promise.resolve().then(() => find(letterId)),
    readStaffFile: ({ letterId, replyNumber, round = 0 }) =>
      Promise.resolve().then(() => {
        const version = find(letterId).versions.find((one) => one.round === round);
        if (round !== 0 && !version) throw new DomainError('not_found');
        return readFile({
          applicantId: 'applicant',
          letterId,
          ...(replyNumber !== undefined && { replyNumber }),
        });
      }),
    readPreview: (which) => Promise.resolve().then(() => readPage(which)),
    readReplyPreview: (which) => Promise.resolve().then(() => readPage(which)),
    noteReader: ({ letterId }) => Promise.resolve(fake.readers.get(letterId) ?? []),
    listStockReasons: () => Promise.resolve(fake.stockReasons),
    decideLetter: ({ letterId, staff, decision, round }) =>
      Promise.resolve().then(() => {
        const letter = find(letterId);
        const isOfEarlierRound = round !== undefined && round !== letter.round;
        if (letter.status !== 'pending' || isOfEarlierRound) {
          const at = (letter.decidedAt ?? now()).toISOString();
          const kind = letter.status === 'withdrawn' ? 'withdraw' : 'approve';
          throw new DomainError('already_decided', { kind, by: letter.decidedBy ?? '', at });
        }
        if (fake.undoSeconds > 0) {
          const undo = { undoSeconds: fake.undoSeconds, undoId: randomUUID() };
          letter.openDecision = { kind: decision.kind, by: staff.name, at: now(), ...undo };
          return { outcome: 'undoable' };
        }
        if (fake.engineAway) {
          letter.openDecision = { kind: decision.kind, by: staff.name, at: now() };
          return { outcome: 'recorded' };
        }
        if (decision.kind === 'approve') {
          approve(letter, decision.unitId ?? letter.unitId, staff.name);
        } else if (decision.kind === 'return') {
          Object.assign(letter, {
            status: 'returned',
            returnReason: decision.reason,
            returnedAt: now(),
          } satisfies Partial<StaffLetter>);
          const details = { text: publicText(decision.reason) };
          letter.timeline.push({ action: 'returned', at: now(), details });
        } else {
          Object.assign(letter, {
            status: 'rejected',
            rejectionReason: decision.reason,
            decidedAt: now(),
            decidedBy: staff.name,
          } satisfies Partial<StaffLetter>);
          letter.timeline.push({ action: 'rejected', at: now(), details: {} });
        }
        return { outcome: 'applied', letter };
      }),
    undoDecision: ({ letterId, decisionId }) =>
      Promise.resolve().then(() => {
        const letter = find(letterId);
        if (letter.openDecision?.undoId !== decisionId) return 'too_late';
        letter.openDecision = null;
        return 'undone';
      }),
    actOnLetter: ({ letterId, staff, actionKey = '', action: asked }) =>
      Promise.resolve().then(() => {
        const letter = find(letterId);
        if (letter.status !== 'approved' || letter.step === 'closed')
          throw new DomainError('not_open');
        if (fake.engineAway) {
          letter.openActions += 1;
          return { outcome: 'recorded' };
        }
        const heldFor = { holder: { staffId: staff.id }, formKey: actionKey };
        const action =
          asked.kind === 'reply' && asked.file === 'held'
            ? { ...asked, file: takeHeld(heldFor) }
            : asked;
        (actions[action.kind] as (letter: StaffLetter, action: ActOnLetter['action']) => void)(
          letter,
          action,
        );
        return { outcome: 'applied', letter };
      }),

    stuckWork: ({ staff }) =>
      maySeeStuckWork(staff)
        ? Promise.resolve({
            at: now(),
            total: fake.stuck.length,
            pieces: fake.stuck,
            allFilesSeen: true,
          })
        : Promise.reject(new DomainError('not_allowed')),
    retryStuck: ({ staff, target }) => {
      if (staff.role !== 'admin') return Promise.reject(new DomainError('not_allowed'));
      const before = fake.stuck.length;
      fake.stuck = fake.stuck.filter((piece) =>
        'letterId' in target
          ? piece.letterId !== target.letterId
          : piece.kind !== 'file_without_row' || piece.id !== target.storageKey,
      );
      return Promise.resolve({ retried: fake.stuck.length < before });
    },

    outboxMessages: ({ mobile }) =>
      Promise.resolve(
        fake.outbox.filter(
          ({ to }) => mobile === undefined || to.endsWith(mobile.replace(/^0/, '')),
        ),
      ),
    mayBeSetUp: () => Promise.resolve(fake.canBeSetUp),
    setUp: ({ code }) =>
      Promise.resolve(
        code === GOOD_SETUP_CODE
          ? { outcome: 'done', unitId: randomUUID(), staffId: randomUUID() }
          : { outcome: 'invalid', fields: { code: 'wrong' } },
      ),
    health: () => {
      const part = (ok: boolean) => ({ ok, detail: ok ? 'ok' : 'away' });
      return Promise.resolve({
        ready: !fake.databaseAway,
        parts: {
          database: part(!fake.databaseAway),
          temporal: part(!fake.engineAway),
          worker: part(!fake.engineAway),
          outbox: part(true),
          files: part(true),
        },
      });
    },

    receiveFile: async ({ stream, fileName }) => {
      const type = FILE_EXTENSIONS[fileName.split('.').at(-1)?.toLowerCase() ?? ''];
      if (!type) return { ok: false, problem: 'wrong_extension' };
      const bytes = await readAll(stream);
      if (bytes.length === 0) return { ok: false, problem: 'empty' };
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      fake.files.set(sha256, bytes);
      return {
        ok: true,
        file: {
          id: randomUUID(),
          name: fileName,
          type,
          bytes: bytes.length,
          sha256,
          storageKey: sha256,
        },
      };
    },
    holdFile: async ({ file, ...which }) => void held.set(heldKey(which), file),
    findHeldFile: async (which) => held.get(heldKey(which)),
    moveHeldFile: async ({ holder, from, to }) => {
      const file = held.get(heldKey({ holder, formKey: from }));
      held.delete(heldKey({ holder, formKey: from }));
      if (file) held.set(heldKey({ holder, formKey: to }), file);
    },
    dropHeldFile: async (which) => void held.delete(heldKey(which)),
    parkForm: async ({ token = randomUUID(), holder, form }) => {
      parked.set(`${token} ${form.path}`, { ...form, holder: JSON.stringify(holder) });
      return token;
    },
    findParkedForm: async ({ token, holder, path }) => {
      const form = parked.get(`${token} ${path}`);
      return form?.holder === JSON.stringify(holder) ? form : undefined;
    },
    returnToParkedForm: async ({ token, holder }) =>
      [...parked].find(
        ([name, form]) => name.startsWith(token) && form.holder === JSON.stringify(holder),
      )?.[1].page,
    dropParkedForm: async ({ token, path }) => void parked.delete(`${token} ${path}`),
    decodePayloads: ({ payloads }) => Promise.resolve(payloads),
    encodePayloads: ({ payloads }) => Promise.resolve(payloads),
    discardFile: (file) => {
      fake.discarded.push(file);
      fake.files.delete(file.sha256);
      return Promise.resolve();
    },
  };

  fake.desk = new Proxy(desk, {
    get(target, name: keyof Desk) {
      if (fake.databaseAway && name !== 'health' && name !== 'newCaptcha')
        return () => Promise.reject(new DomainError('unavailable'));
      return target[name];
    },
  });
  return fake;
};
