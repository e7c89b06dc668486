/** What people see of letters. Whose letter it is, is part of every question. */
import type { FileStore } from '../../platform/files/file-store.ts';
import type { LetterEngine } from '../../platform/engine/letter-engine.ts';
import { addAuditEntry, letterStamps } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import type { Db } from '../../platform/base/database.ts';
import { findStandingDecision } from './decisions.sql.ts';
import type { DecisionRow } from './decisions.sql.ts';
import {
  countQueue,
  countQueues,
  findFile,
  findLetter,
  listApplicantLetters,
  listLettersById,
  listNumbered,
  listQueue,
  listReplies,
  listTimeline,
  listToSearch,
  listVersions,
} from './letters.sql.ts';
import type { LetterRow, QueueScope } from './letters.sql.ts';
import { listLetterMessages } from '../../platform/messages/messages.sql.ts';
import { countOtherDeciders, listRejectedBy } from './objections.sql.ts';
import { findApplicantId } from '../applicants/sign-in.sql.ts';
import { findInternalAnnulment } from '../register/register.sql.ts';
import { findStaffById } from '../staff/staff.sql.ts';
import { countOpenUnitActions, listInternalNotes } from './unit-actions.sql.ts';
import { toLatinDigits } from '../../platform/base/digits.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { isOpen } from '../../platform/files/file-checks.ts';
import type { StoredFile } from '../../platform/files/stored-file.ts';
import { readLetterNumber } from '../register/letter-number.ts';
import { maskMobile, parseMobile } from '../../platform/base/mobile.ts';
import type { Preview } from '../../platform/files/preview.ts';
import { foldText } from '../../platform/base/text.ts';
import { parseTrackingCode } from '../register/tracking-code.ts';
import { letterWorkflowId } from '../../../workflows/letter.contract.ts';
import type {
  Desk,
  InternalEntry,
  Letter,
  LetterSummary,
  LetterVersion,
  OpenDecision,
  QueueQuery,
  StaffLetter,
  StaffQueue,
} from '../desk.ts';
import { actorOf, doerOf } from '../staff/actor-of.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import type { AttachedFile, FileToSend } from '../../platform/files/stored-file.ts';
import type { CountDeadlines } from './create-deadlines.ts';
import type { DeadlineExplanation } from './deadlines.ts';
import { isOwnRejection } from './own-rejection.ts';
import { previewOf } from './preview-of.ts';
import { NO_LIMITS } from '../../platform/base/rate-limit.ts';
import type { RateLimit } from '../../platform/base/rate-limit.ts';
import { openStoredFile } from './read-stored-file.ts';

const QUEUE_PAGE = 50;
/** Letters of one sender that are found by their mobile number. */
const NUMBERED = 500;
/** What is not registered is no unit's business. */
const HIDDEN_FROM_UNITS = ['pending', 'returned', 'rejected', 'withdrawn'] as const;
/** A member who reads a letter again within this time, counted by the clock, is recorded once. */
const READ_AGAIN_MS = 15 * 60_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** As it stands on a letter's receipt; undefined: it is none. */
const submissionNumberIn = (search: string): string | undefined =>
  /^[0-9a-f]{8}-[0-9a-f]{4}$/.exec(toLatinDigits(search).trim().toLowerCase())?.[0];

/** An id from an address may be anything; only a UUID is worth asking the database for. */
export const findLetterById = (db: Db, letterId: string): Promise<LetterRow | undefined> =>
  UUID.test(letterId) ? findLetter(db, letterId) : Promise.resolve(undefined);

/** Unit staff act on what is registered and with their units; the others on every letter. */
export const mayActOn = (staff: StaffMember, letter: LetterRow): boolean =>
  staff.role !== 'unit' || (letter.status === 'approved' && staff.unitIds.includes(letter.unitId));

/** Unit staff also see what their units have referred to others. */
export const maySee = (staff: StaffMember, letter: LetterRow): boolean =>
  mayActOn(staff, letter) ||
  (letter.status === 'approved' && letter.referredFrom.some((id) => staff.unitIds.includes(id)));

export const summaryOf = (row: LetterRow): LetterSummary => ({
  id: row.id,
  senderName: row.senderName,
  subject: row.subject,
  unit: row.unit,
  unitId: row.unitId,
  status: row.status,
  step: row.step,
  submittedAt: row.submittedAt,
  decidedAt: row.decidedAt,
  rejectionReason: row.erasedAt === null ? row.rejectionReason || null : null,
  round: row.round,
  returnReason: row.erasedAt === null ? row.returnReason || null : null,
  returnedAt: row.returnedAt,
  withdrawnAt: row.withdrawnAt,
  objectionUntil: row.objectionUntil,
  objectedAt: row.objectedAt,
  letterNumber: row.letterNumber,
  trackingCode: row.trackingCode,
  registeredAt: row.registeredAt,
  registeredOn: row.registeredOn,
  annulledAt: row.annulledAt,
  replies: row.erasedAt === null ? row.replies : 0,
  erasedAt: row.erasedAt,
  ...(row.damaged && { damaged: true }),
});

const attached = ({
  name,
  type,
  bytes,
  sha256,
  scan = 'none',
  flags = [],
  damaged = false,
}: AttachedFile): AttachedFile => ({
  name,
  type,
  bytes,
  sha256,
  scan,
  flags,
  ...(damaged && { damaged }),
});

/** @throws DomainError damaged */
export const ensureWhole = ({ damaged }: { damaged?: boolean | undefined }): void => {
  if (damaged) throw new DomainError('damaged');
};

/** @throws DomainError damaged, file_waiting, file_infected */
export const ensureOpen = (file: Pick<AttachedFile, 'scan' | 'damaged'>): void => {
  ensureWhole(file);
  if (isOpen(file)) return;
  throw new DomainError(file.scan === 'infected' ? 'file_infected' : 'file_waiting');
};

/** Before it is shown, so that nobody reads unseen; not again for every reload of the page. */
export const recordReading = (
  db: Db,
  { staff, letterId, from }: { staff: StaffMember; letterId: string; from: string | undefined },
): Promise<void> =>
  addAuditEntry(db, {
    letterId,
    actor: actorOf(staff),
    action: 'read',
    dedupKey: `${letterId}:read:${staff.id}:${Math.floor(Date.now() / READ_AGAIN_MS)}`,
    from,
  });

const openDecisionOf = (
  { id, kind, decidedBy, decidedAt, undoSeconds, staffId }: DecisionRow,
  staff: StaffMember,
): OpenDecision => ({
  kind,
  by: decidedBy,
  at: decidedAt,
  ...(undoSeconds !== null && { undoSeconds, ...(staffId === staff.id && { undoId: id }) }),
});

export const createReadLetters = ({
  db,
  files,
  engine,
  statusQueryMs,
  workflowUrl,
  limits = NO_LIMITS,
  previews = true,
  searchedLetters = 2000,
  deadlines,
}: {
  db: Db;
  files: FileStore;
  engine: LetterEngine;
  statusQueryMs: number;
  /** Address of a workflow in Temporal UI, by its id. */
  workflowUrl: (workflowId: string) => string | null;
  limits?: RateLimit;
  /** False: no worker makes any. */
  previews?: boolean;
  /** In how many of the newest letters words are looked for. */
  searchedLetters?: number;
  /** Left out: none is promised. */
  deadlines?: CountDeadlines;
}): Pick<
  Desk,
  | 'listLetters'
  | 'getLetter'
  | 'latestStatus'
  | 'readLetterFile'
  | 'staffQueue'
  | 'getStaffLetter'
  | 'readStaffFile'
  | 'explainOwnDeadline'
  | 'explainDeadline'
> => {
  const ownLetter = async (applicantId: string, letterId: string): Promise<LetterRow> => {
    const row = await findLetterById(db, letterId);
    if (row?.applicantId !== applicantId) throw new DomainError('not_found');
    return row;
  };

  /** By the tracking code or the letter number, as the SMS has them. */
  const ownNumbered = async (applicantId: string, typed: string): Promise<LetterRow[]> => {
    const trackingCode = parseTrackingCode(typed);
    const names = [
      ...(trackingCode === undefined ? [] : [{ trackingCode }]),
      ...readLetterNumber(typed).map((letterNumber) => ({ letterNumber })),
    ];
    for (const name of names) {
      const found = await listApplicantLetters(db, { applicantId, ...name });
      if (found.length > 0) return found;
    }
    return [];
  };

  const staffLetter = async (staff: StaffMember, letterId: string): Promise<LetterRow> => {
    const row = await findLetterById(db, letterId);
    if (!row || !maySee(staff, row)) throw new DomainError('not_found');
    return row;
  };

  const explanationOf = async (row: LetterRow): Promise<DeadlineExplanation> => {
    const explanation = await deadlines?.explain(row);
    if (!explanation) throw new DomainError('not_found');
    return explanation;
  };

  const preview = ({ id, erasedAt }: LetterRow, file: StoredFile): Promise<Preview> =>
    previewOf({ db, files }, id, file, { isErased: erasedAt !== null, enabled: previews });

  /** Of a letter that was corrected: what it said before, with the file that it had then. */
  const versionsOf = async ({
    id: letterId,
    round,
    erasedAt,
  }: LetterRow): Promise<LetterVersion[]> => {
    if (round === 1 || erasedAt !== null) return [];
    const versions: LetterVersion[] = [];
    for (const version of await listVersions(db, letterId)) {
      const file = await findFile(db, { letterId, round: version.round });
      if (file) versions.push({ ...version, file: attached(file) });
    }
    return versions;
  };

  /** With the deadlines of those that wait for an answer. */
  const summariesOf = async (rows: LetterRow[]): Promise<LetterSummary[]> => {
    const found = await deadlines?.of(rows);
    return rows.map((row) => {
      const deadline = found?.get(row.id);
      return { ...summaryOf(row), ...(deadline && { deadline }) };
    });
  };

  /** A sender learns of a decision when it is applied, so only staff see an open one. */
  const staffSummariesOf = async (
    staff: StaffMember,
    rows: LetterRow[],
  ): Promise<LetterSummary[]> => {
    const objected = rows.filter(({ objectedAt, status }) => objectedAt && status === 'pending');
    const ids = objected.map(({ id }) => id);
    const [summaries, own] = await Promise.all([
      summariesOf(rows),
      listRejectedBy(db, ids, doerOf(staff)),
    ]);
    return summaries.map((summary, index) => ({
      ...summary,
      ...(rows[index]?.hasOpenDecision && { hasOpenDecision: true }),
      ...(own.includes(summary.id) && { isOwnRejection: true }),
    }));
  };

  const wholeLetter = async (row: LetterRow): Promise<Letter> => {
    const [file, timeline, replies, [summary]] = await Promise.all([
      findFile(db, { letterId: row.id }),
      listTimeline(db, row.id),
      listReplies(db, row.id),
      summariesOf([row]),
    ]);
    if (!file || !summary) throw new Error(`letter ${row.id} has no file`);
    return {
      ...summary,
      ...((row.damaged || file.damaged) && { damaged: true }),
      file: attached(file),
      objection: row.erasedAt === null ? row.objection || null : null,
      timeline,
      replyList: await Promise.all(
        (row.erasedAt === null ? replies : []).map(async (reply) => ({
          ...reply,
          file: reply.file && attached(reply.file),
          ...(reply.file && { preview: await preview(row, reply.file) }),
        })),
      ),
    };
  };

  const internalEntriesOf = async (letterId: string): Promise<InternalEntry[]> => {
    const [notes, annulment] = await Promise.all([
      listInternalNotes(db, letterId),
      findInternalAnnulment(db, letterId),
    ]);
    return annulment ? [...notes, { kind: 'annul', ...annulment }] : notes;
  };

  const pageOfQueue = async (
    staff: StaffMember,
    {
      filter,
      order,
      overdue = false,
      page,
      ...scope
    }: Omit<QueueQuery, 'search'> & QueueScope & { page: number },
  ): Promise<Omit<StaffQueue, 'counts'>> => {
    const hidden = staff.role === 'unit' && HIDDEN_FROM_UNITS.some((queue) => queue === filter);
    const due =
      deadlines && (overdue || order === 'due') && (filter === 'pending' || filter === 'with_unit')
        ? await deadlines.listDue({ queue: filter, overdue, ...scope })
        : undefined;
    if (due && order === 'newest') due.reverse();
    const found = hidden ? 0 : (due?.length ?? (await countQueue(db, { queue: filter, ...scope })));
    const pages = Math.max(1, Math.ceil(found / QUEUE_PAGE));
    const shown = Math.min(page, pages);
    const offset = (shown - 1) * QUEUE_PAGE;
    const read = (): Promise<LetterRow[]> =>
      due
        ? listLettersById(db, due.slice(offset, offset + QUEUE_PAGE))
        : listQueue(db, {
            queue: filter,
            order: order === 'due' ? undefined : order,
            limit: QUEUE_PAGE,
            offset,
            ...scope,
          });
    const letters = await staffSummariesOf(staff, found === 0 ? [] : await read());
    return { letters, found, page: shown, pages, whole: true };
  };

  /** By what names letters: the likeliest reading that any letter has. */
  const findNumbered = async (search: string, scope: QueueScope): Promise<LetterRow[]> => {
    const mobile = parseMobile(search);
    const codes = {
      trackingCode: parseTrackingCode(search),
      submissionNumber: submissionNumberIn(search),
      applicantId: mobile && (await findApplicantId(db, mobile)),
      limit: NUMBERED,
    };
    const [likeliest, ...others] = readLetterNumber(search);
    for (const letterNumber of [likeliest, ...others]) {
      const found = await listNumbered(db, { letterNumber, ...codes, ...scope });
      if (found.length > 0) return found;
    }
    return [];
  };

  /** Texts stand sealed in the record, so they are opened to be searched: of the newest letters. */
  const searchLetters = async (
    staff: StaffMember,
    {
      search,
      order = 'newest',
      page,
      ...scope
    }: Pick<QueueQuery, 'order'> & QueueScope & { search: string; page: number },
  ): Promise<Omit<StaffQueue, 'counts'>> => {
    const registered = staff.role === 'unit';
    const numbered = await findNumbered(search, scope);
    const isNumber = numbered.length > 0;
    const rows = isNumber
      ? numbered
      : await listToSearch(db, { limit: searchedLetters, registered, ...scope });
    const words = foldText(search).split(' ');
    const letters = rows
      .filter((row) => maySee(staff, row))
      .filter((row) => {
        const text = foldText(`${row.subject} ${row.senderName}`);
        return isNumber || words.every((word) => text.includes(word));
      });
    if (order === 'oldest') letters.reverse();
    const pages = Math.max(1, Math.ceil(letters.length / QUEUE_PAGE));
    const shown = Math.min(page, pages);
    return {
      letters: await staffSummariesOf(
        staff,
        letters.slice((shown - 1) * QUEUE_PAGE, shown * QUEUE_PAGE),
      ),
      found: letters.length,
      page: shown,
      pages,
      whole: isNumber || rows.length < searchedLetters,
    };
  };

  const sendFile = async (
    { id: letterId, erasedAt }: LetterRow,
    { replyNumber, round }: { replyNumber?: number | undefined; round?: number | undefined },
    { actor, from }: { actor: Actor; from: string | undefined },
  ): Promise<FileToSend> => {
    if (erasedAt !== null) throw new DomainError('erased');
    const file = await findFile(db, {
      letterId,
      ...(replyNumber !== undefined && { replyNumber }),
      ...(round !== undefined && { round }),
    });
    if (!file) throw new DomainError('not_found');
    ensureOpen(file);
    const content = await openStoredFile({ db, files }, letterId, file);
    await addAuditEntry(db, {
      letterId,
      actor,
      action: 'downloaded',
      details: { fileId: file.id },
      from,
    });
    return { file, content };
  };

  return {
    async listLetters({ applicantId, trackingCode: typed }) {
      if (typed === undefined)
        return (await listApplicantLetters(db, { applicantId })).map(summaryOf);
      await limits.take('tracking_misses', applicantId);
      const found = await ownNumbered(applicantId, typed);
      if (found.length > 0) await limits.giveBack('tracking_misses', applicantId);
      return found.map(summaryOf);
    },

    async getLetter({ applicantId, letterId }) {
      if (!UUID.test(letterId)) throw new DomainError('not_found');
      // Before the letter: what happens in between is told once more.
      const stamps = await letterStamps(db, [letterId]);
      const row = await ownLetter(applicantId, letterId);
      const [letter, standing] = await Promise.all([
        wholeLetter(row),
        findStandingDecision(db, letterId),
      ]);
      return {
        ...letter,
        withdrawalOpen: standing?.kind === 'withdraw' && standing.outcome === null,
        stamp: stamps.get(letterId) ?? 0,
      };
    },

    async latestStatus({ applicantId, letterId }) {
      const row = await ownLetter(applicantId, letterId);
      const ended =
        (row.status === 'rejected' && row.objectionUntil === null) ||
        row.status === 'withdrawn' ||
        row.step === 'closed';
      const state = ended ? undefined : await engine.status(letterId, statusQueryMs);
      const at = new Date();
      if (!state) {
        const { status, step, unit, letterNumber, trackingCode, registeredAt } = row;
        const annulled = row.annulledAt !== null;
        const why = ended ? 'ended' : 'engine_away';
        const known = { status, step, unit, letterNumber, trackingCode, registeredAt, annulled };
        return { source: 'record', why, at, ...known };
      }
      return {
        source: 'workflow',
        why: 'answered',
        at,
        status: state.status,
        step: state.step,
        unit: state.unit,
        letterNumber: state.letterNumber,
        trackingCode: state.trackingCode,
        registeredAt: state.registeredAt === null ? null : new Date(state.registeredAt),
        annulled: state.annulled,
      };
    },

    async readLetterFile({ applicantId, letterId, replyNumber, from }) {
      const row = await ownLetter(applicantId, letterId);
      const actor: Actor = { kind: 'applicant', id: applicantId };
      return sendFile(row, { replyNumber }, { actor, from });
    },

    async staffQueue({ staff, filter, search = '', unitId, order, overdue, page = 1 }) {
      const scope = staff.role === 'unit' ? { unitIds: staff.unitIds } : {};
      const counts = await countQueues(db, scope);
      const queue =
        foldText(search) === ''
          ? await pageOfQueue(staff, { ...scope, filter, unitId, order, overdue, page })
          : await searchLetters(staff, { ...scope, orReferred: true, search, unitId, order, page });
      return {
        ...queue,
        counts:
          staff.role === 'unit'
            ? { ...counts, ...Object.fromEntries(HIDDEN_FROM_UNITS.map((queue) => [queue, 0])) }
            : counts,
      };
    },

    async getStaffLetter({ staff, letterId, from }): Promise<StaffLetter> {
      const row = await staffLetter(staff, letterId);
      const [letter, member, standing, openActions, messages, file, internalEntries] =
        await Promise.all([
          wholeLetter(row),
          findStaffById(db, staff.id),
          findStandingDecision(db, letterId),
          countOpenUnitActions(db, letterId),
          listLetterMessages(db, letterId),
          findFile(db, { letterId }),
          row.erasedAt === null ? internalEntriesOf(letterId) : [],
        ]);
      const isOwnObjected =
        row.status === 'pending' && (await isOwnRejection(db, row, doerOf(staff)));
      await recordReading(db, { staff, letterId, from });
      return {
        ...letter,
        ...(isOwnObjected && {
          isOwnRejection: true,
          otherDeciders: await countOtherDeciders(db, staff.id),
        }),
        addressedUnit: row.addressedUnit,
        maskedMobile: maskMobile(row.mobile),
        isOwn: row.mobile !== '' && row.mobile === member?.mobile,
        decidedBy: row.decidedBy,
        needsAttention: row.needsAttention,
        openDecision: standing?.outcome === null ? openDecisionOf(standing, staff) : null,
        openActions,
        messages,
        internalEntries,
        preview: file ? await preview(row, file) : { state: 'none' },
        versions: await versionsOf(row),
        workflowUrl: staff.role === 'admin' ? workflowUrl(letterWorkflowId(letterId)) : null,
      };
    },

    async explainOwnDeadline({ applicantId, letterId }) {
      return explanationOf(await ownLetter(applicantId, letterId));
    },

    async explainDeadline({ staff, letterId }) {
      return explanationOf(await staffLetter(staff, letterId));
    },

    async readStaffFile({ staff, letterId, replyNumber, round, from }) {
      const row = await staffLetter(staff, letterId);
      if (round !== undefined && round >= row.round) throw new DomainError('not_found');
      return sendFile(row, { replyNumber, round }, { actor: actorOf(staff), from });
    },
  };
};
