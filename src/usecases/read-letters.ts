/** What people see of letters. Whose letter it is, is part of every question. */
import type { FileStore } from '../adapters/files/file-store.ts';
import type { LetterEngine } from '../adapters/temporal/letter-engine.ts';
import { addAuditEntry, letterStamps } from '../db/audit.ts';
import type { Actor } from '../db/audit.ts';
import type { Db } from '../db/client.ts';
import { findStandingDecision } from '../db/decisions.ts';
import {
  countQueues,
  findFile,
  findLetter,
  listApplicantLetters,
  listQueue,
  listReplies,
  listTimeline,
} from '../db/letters.ts';
import type { LetterRow } from '../db/letters.ts';
import { listLetterMessages } from '../db/messages.ts';
import { countOpenUnitActions } from '../db/unit-actions.ts';
import { DomainError } from '../domain/errors.ts';
import { isOpen } from '../domain/file-checks.ts';
import { maskMobile } from '../domain/mobile.ts';
import { parseTrackingCode } from '../domain/tracking-code.ts';
import { letterWorkflowId } from '../../workflows/letter.contract.ts';
import type {
  AttachedFile,
  Desk,
  FileToSend,
  Letter,
  LetterSummary,
  StaffLetter,
  StaffMember,
  TimelineEntry,
} from './desk.ts';
import { NO_LIMITS } from './rate-limit.ts';
import type { RateLimit } from './rate-limit.ts';

const QUEUE_LIMIT = 200;
/** What is not registered is no unit's business. */
const HIDDEN_FROM_UNITS = ['pending', 'returned', 'rejected', 'withdrawn'] as const;
/** A member who reads a letter again within this time, counted by the clock, is recorded once. */
const READ_AGAIN_MS = 15 * 60_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** An id from an address may be anything; only a UUID is worth asking the database for. */
export const findLetterById = (db: Db, letterId: string): Promise<LetterRow | undefined> =>
  UUID.test(letterId) ? findLetter(db, letterId) : Promise.resolve(undefined);

/** Unit staff see what is registered and with their units; the others see every letter. */
export const maySee = (staff: StaffMember, letter: LetterRow): boolean =>
  staff.role !== 'unit' || (letter.status === 'approved' && staff.unitIds.includes(letter.unitId));

const summaryOf = (row: LetterRow): LetterSummary => ({
  id: row.id,
  senderName: row.senderName,
  subject: row.subject,
  unit: row.unit,
  unitId: row.unitId,
  status: row.status,
  step: row.step,
  submittedAt: row.submittedAt,
  decidedAt: row.decidedAt,
  rejectionReason: row.erasedAt === null ? row.rejectionReason : null,
  round: row.round,
  returnReason: row.erasedAt === null ? row.returnReason : null,
  returnedAt: row.returnedAt,
  withdrawnAt: row.withdrawnAt,
  letterNumber: row.letterNumber,
  trackingCode: row.trackingCode,
  registeredAt: row.registeredAt,
  registeredOn: row.registeredOn,
  replies: row.erasedAt === null ? row.replies : 0,
  erasedAt: row.erasedAt,
});

const attached = ({
  name,
  type,
  bytes,
  sha256,
  scan = 'none',
  flags = [],
}: AttachedFile): AttachedFile => ({ name, type, bytes, sha256, scan, flags });

/** @throws DomainError file_waiting, file_infected */
export const ensureOpen = (file: Pick<AttachedFile, 'scan'>): void => {
  if (isOpen(file)) return;
  throw new DomainError(file.scan === 'infected' ? 'file_infected' : 'file_waiting');
};

export const createReadLetters = ({
  db,
  files,
  engine,
  statusQueryMs,
  workflowUrl,
  limits = NO_LIMITS,
}: {
  db: Db;
  files: FileStore;
  engine: LetterEngine;
  statusQueryMs: number;
  /** Address of a workflow in Temporal UI, by its id. */
  workflowUrl: (workflowId: string) => string | null;
  limits?: RateLimit;
}): Pick<
  Desk,
  | 'listLetters'
  | 'getLetter'
  | 'latestStatus'
  | 'readLetterFile'
  | 'staffQueue'
  | 'getStaffLetter'
  | 'readStaffFile'
> => {
  const ownLetter = async (applicantId: string, letterId: string): Promise<LetterRow> => {
    const row = await findLetterById(db, letterId);
    if (row?.applicantId !== applicantId) throw new DomainError('not_found');
    return row;
  };

  const staffLetter = async (staff: StaffMember, letterId: string): Promise<LetterRow> => {
    const row = await findLetterById(db, letterId);
    if (!row || !maySee(staff, row)) throw new DomainError('not_found');
    return row;
  };

  const wholeLetter = async (row: LetterRow): Promise<Letter> => {
    const [file, timeline, replies] = await Promise.all([
      findFile(db, { letterId: row.id }),
      listTimeline(db, row.id),
      listReplies(db, row.id),
    ]);
    if (!file) throw new Error(`letter ${row.id} has no file`);
    return {
      ...summaryOf(row),
      file: attached(file),
      timeline: timeline.map(({ action, at, details: { unit, text, letterNumber } }) => ({
        action: action as TimelineEntry['action'],
        at,
        details: {
          ...(unit !== undefined && { unit }),
          ...(text !== undefined && text !== '' && { text }),
          ...(letterNumber !== undefined && { letterNumber }),
        },
      })),
      replyList: (row.erasedAt === null ? replies : []).map((reply) => ({
        ...reply,
        file: reply.file && attached(reply.file),
      })),
    };
  };

  const sendFile = async (
    { id: letterId, erasedAt }: LetterRow,
    replyNumber: number | undefined,
    { actor, from }: { actor: Actor; from: string | undefined },
  ): Promise<FileToSend> => {
    if (erasedAt !== null) throw new DomainError('erased');
    const file = await findFile(db, {
      letterId,
      ...(replyNumber !== undefined && { replyNumber }),
    });
    if (!file) throw new DomainError('not_found');
    ensureOpen(file);
    const bytes = await files.read(file);
    await addAuditEntry(db, {
      letterId,
      actor,
      action: 'downloaded',
      details: { fileId: file.id },
      from,
    });
    return { file, bytes };
  };

  return {
    async listLetters({ applicantId, trackingCode: typed }) {
      if (typed === undefined)
        return (await listApplicantLetters(db, { applicantId })).map(summaryOf);
      await limits.take('tracking_misses', applicantId);
      const trackingCode = parseTrackingCode(typed);
      if (!trackingCode) return [];
      const found = await listApplicantLetters(db, { applicantId, trackingCode });
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
        row.status === 'rejected' || row.status === 'withdrawn' || row.step === 'closed';
      const state = ended ? undefined : await engine.status(letterId, statusQueryMs);
      const at = new Date();
      if (!state) {
        const { status, step, unit, letterNumber, trackingCode, registeredAt } = row;
        const why = ended ? 'ended' : 'engine_away';
        const known = { status, step, unit, letterNumber, trackingCode, registeredAt };
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
      };
    },

    async readLetterFile({ applicantId, letterId, replyNumber, from }) {
      const row = await ownLetter(applicantId, letterId);
      const actor: Actor = { kind: 'applicant', id: applicantId };
      return sendFile(row, replyNumber, { actor, from });
    },

    async staffQueue({ staff, filter }) {
      const scope = staff.role === 'unit' ? { unitIds: staff.unitIds } : {};
      const hidden = staff.role === 'unit' && HIDDEN_FROM_UNITS.some((queue) => queue === filter);
      const [letters, counts] = await Promise.all([
        hidden ? [] : listQueue(db, { queue: filter, limit: QUEUE_LIMIT, ...scope }),
        countQueues(db, scope),
      ]);
      return {
        letters: letters.map(summaryOf),
        counts:
          staff.role === 'unit'
            ? { ...counts, ...Object.fromEntries(HIDDEN_FROM_UNITS.map((queue) => [queue, 0])) }
            : counts,
      };
    },

    async getStaffLetter({ staff, letterId, from }): Promise<StaffLetter> {
      const row = await staffLetter(staff, letterId);
      const [letter, standing, openActions, messages] = await Promise.all([
        wholeLetter(row),
        findStandingDecision(db, letterId),
        countOpenUnitActions(db, letterId),
        listLetterMessages(db, letterId),
      ]);
      // Before it is shown, so that nobody reads unseen; not again for every reload of the page.
      await addAuditEntry(db, {
        letterId,
        actor: { kind: 'staff', id: staff.id },
        action: 'read',
        dedupKey: `${letterId}:read:${staff.id}:${Math.floor(Date.now() / READ_AGAIN_MS)}`,
        from,
      });
      return {
        ...letter,
        addressedUnit: row.addressedUnit,
        maskedMobile: maskMobile(row.mobile),
        decidedBy: row.decidedBy,
        needsAttention: row.needsAttention,
        openDecision:
          standing?.outcome === null
            ? { kind: standing.kind, by: standing.decidedBy, at: standing.decidedAt }
            : null,
        openActions,
        messages,
        workflowUrl: staff.role === 'admin' ? workflowUrl(letterWorkflowId(letterId)) : null,
      };
    },

    async readStaffFile({ staff, letterId, replyNumber, from }) {
      const row = await staffLetter(staff, letterId);
      return sendFile(row, replyNumber, { actor: { kind: 'staff', id: staff.id }, from });
    },
  };
};
