import type { InternalText } from '../../platform/base/audience.ts';
import type { Db } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { maskMobile } from '../../platform/base/mobile.ts';
import type { Deps } from '../../platform/deps.ts';
import type { Preview } from '../../platform/files/preview.ts';
import type { AttachedFile } from '../../platform/files/stored-file.ts';
import type { DeliveryState } from '../../platform/messages/delivery.ts';
import { listLetterMessages } from '../../platform/messages/messages.sql.ts';
import { letterWorkflowId } from '../../../workflows/letter.contract.ts';
import { findInternalAnnulment } from '../register/register.sql.ts';
import { deciderOf, isSameDoer, unitDoerOf } from '../staff/actor-of.ts';
import { isOfUnit } from '../staff/staff-member.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { findStaffById } from '../staff/staff.sql.ts';
import { findStandingDecision } from './decisions.sql.ts';
import type { DecisionRow } from './decisions.sql.ts';
import { listRungsOfLetter } from './deadline-ladder.sql.ts';
import { readConsultations } from './consultations.ts';
import type { Consultation } from './consultations.ts';
import type { FiredRung } from './rungs.ts';
import { readRelated } from './relate-letters.ts';
import type { RelatedLetter } from './relate-letters.ts';
import { findVisibleLetter, maySee, recordReading } from './letter-access.ts';
import { attachedFile, readDetail } from './letter-detail.ts';
import type { Letter } from './letter-detail.ts';
import { previewOf } from './letter-previews.ts';
import type { DecisionKind } from './letter.ts';
import { listFiles } from './letter-files.sql.ts';
import type { LetterRow } from './letters.sql.ts';
import { countOtherDeciders } from './objections.sql.ts';
import { isOwnRejection } from './conflict-of-interest.ts';
import { countOpenUnitActions, findReferral, listInternalNotes } from './unit-actions.sql.ts';
import { listVersions } from './letter-detail.sql.ts';
import { listUnreleasedReplies } from './unreleased-replies.sql.ts';
import type { UnreleasedReplyRow } from './unreleased-replies.sql.ts';

export interface StaffLetter extends Letter {
  previews: Preview[];
  internalEntries: InternalEntry[];
  consultations: Consultation[];
  rungs: FiredRung[];
  heldReply?: HeldReply;
  related: RelatedLetter[];
  sentBackReply?: InternalText;
  versions: LetterVersion[];
  addressedUnit: string;
  /** `+98912•••6789` */
  maskedMobile: string;
  isOwn: boolean;
  otherDeciders?: number;
  decidedBy: string | null;
  recallableId?: string;
  needsAttention: string | null;
  openDecision: OpenDecision | null;
  openActions: number;
  messages: {
    kind: string;
    state: 'pending' | 'sending' | 'sent' | 'failed';
    delivery: DeliveryState | null;
    at: Date;
  }[];
  workflowUrl: string | null;
}

export interface OpenDecision {
  kind: DecisionKind;
  by: string;
  at: Date;
  undoSeconds?: number;
  undoId?: string;
}

export interface HeldReply {
  id: string;
  at: Date;
  by: string;
  text: InternalText;
  file: AttachedFile | null;
  isOwn: boolean;
  damaged?: boolean;
}

export interface LetterVersion {
  round: number;
  senderName: string;
  subject: string;
  addressedUnit: string;
  replacedAt: Date;
  files: AttachedFile[];
}

export interface InternalEntry {
  kind: 'note' | 'refer' | 'annul' | 'consult' | 'opine' | 'unconsult' | 'rework' | 'reply';
  at: Date;
  by: string;
  unit?: string;
  asked?: string[];
  note: InternalText | null;
  damaged?: boolean;
}

export const getStaffLetter = async (
  deps: Deps,
  { staff, letterId, from }: { staff: StaffMember; letterId: string; from?: string | undefined },
): Promise<StaffLetter> => {
  const { db } = deps;
  const row = await findVisibleLetter(db, { staff, letterId });
  const [letter, member, standing, openActions, messages, files, notes, unreleased, rungs, asked] =
    await Promise.all([
      readDetail(deps, row),
      findStaffById(db, staff.id),
      findStandingDecision(db, letterId),
      countOpenUnitActions(db, letterId),
      listLetterMessages(db, letterId),
      listFiles(db, { letterId }),
      row.erasedAt === null ? listInternalEntries(db, letterId) : [],
      row.erasedAt === null ? listUnreleasedReplies(db, letterId) : [],
      listRungsOfLetter(db, letterId),
      readConsultations(db, deps.config, letterId),
    ]);
  const isOwnObjected =
    row.status === 'pending' && (await isOwnRejection(db, row, deciderOf(staff)));
  const recallableId = await findRecallable(db, row, staff);
  await recordReading(db, { staff, letterId, from });
  return {
    ...letter,
    ...(isOwnObjected && {
      isOwnRejection: true,
      otherDeciders: await countOtherDeciders(db, staff),
    }),
    addressedUnit: row.addressedUnit,
    related: await readRelated(db, letterId, (other) => maySee(staff, other)),
    maskedMobile: maskMobile(row.mobile),
    isOwn: row.mobile !== '' && row.mobile === member?.mobile,
    decidedBy: row.decidedBy,
    ...(recallableId !== undefined && { recallableId }),
    needsAttention: row.needsAttention,
    openDecision: standing?.outcome === null ? openDecisionOf(standing, staff) : null,
    openActions,
    messages,
    internalEntries: [...notes, ...sentBackOf(row, unreleased)],
    ...heldOf(row, unreleased, staff),
    ...sentBackReplyOf(row, letter, unreleased),
    consultations: asked,
    rungs: [...rungs, ...asked.flatMap(overdueOpinion)],
    previews: await Promise.all(files.map((file) => previewOf(deps, row, file))),
    versions: await readVersions(db, row),
    workflowUrl: staff.role === 'admin' ? workflowUrl(deps, letterId) : null,
  };
};

/** The text of a reply that was never released is as internal as a note. */
const sentBackOf = (
  { heldReplyId }: LetterRow,
  unreleased: UnreleasedReplyRow[],
): InternalEntry[] =>
  unreleased
    .filter(({ id }) => id !== heldReplyId)
    .map(({ at, by, unit, text: note, damaged }) => ({
      kind: 'reply',
      at,
      by,
      unit,
      note,
      ...(damaged && { damaged }),
    }));

const heldOf = (
  { heldReplyId, unitId }: LetterRow,
  unreleased: UnreleasedReplyRow[],
  staff: StaffMember,
): Pick<StaffLetter, 'heldReply'> => {
  const held = unreleased.find(({ id }) => id === heldReplyId);
  if (!held) return {};
  const { id, at, by, text, file, damaged } = held;
  const isOwn = isSameDoer(held, unitDoerOf(staff, unitId));
  const heldReply = { id, at, by, text, file: file && attachedFile(file), isOwn };
  return { heldReply: { ...heldReply, ...(damaged && { damaged }) } };
};

const sentBackReplyOf = (
  { heldReplyId }: LetterRow,
  { replyList }: Letter,
  unreleased: UnreleasedReplyRow[],
): Pick<StaffLetter, 'sentBackReply'> => {
  const newest = unreleased.at(-1);
  const sentAt = replyList.at(-1)?.at;
  if (!newest || newest.id === heldReplyId || (sentAt && sentAt > newest.at)) return {};
  return { sentBackReply: newest.text };
};

const findRecallable = async (
  db: Db,
  { id: letterId, step, unitId, referredFrom }: LetterRow,
  staff: StaffMember,
): Promise<string | undefined> => {
  const isOfSender = (id: string): boolean =>
    staff.role === 'admin' || (isOfUnit(staff) && staff.unitIds.includes(id));
  if (step === null || step === 'closed' || !referredFrom.some(isOfSender)) return undefined;
  const referral = await findReferral(db, { letterId });
  const isOpen = referral?.toId === unitId && !referral.isTakenUp && !referral.isWithdrawn;
  return isOpen && isOfSender(referral.fromId) ? referral.id : undefined;
};

export const findStaffLetter = async (
  deps: Deps,
  which: { staff: StaffMember; letterId: string; from?: string | undefined },
): Promise<StaffLetter | undefined> => {
  try {
    return await getStaffLetter(deps, which);
  } catch (error) {
    if (error instanceof DomainError && error.code === 'not_found') return undefined;
    throw error;
  }
};

export const overdueOpinion = ({ overdueAt, unit }: Consultation): FiredRung[] =>
  overdueAt === null ? [] : [{ rung: 'consultation_overdue', firedAt: overdueAt, unit }];

const listInternalEntries = async (db: Db, letterId: string): Promise<InternalEntry[]> => {
  const [notes, annulment] = await Promise.all([
    listInternalNotes(db, letterId),
    findInternalAnnulment(db, letterId),
  ]);
  return annulment ? [...notes, { kind: 'annul', ...annulment }] : notes;
};

const readVersions = async (
  db: Db,
  { id: letterId, round, erasedAt }: LetterRow,
): Promise<LetterVersion[]> => {
  if (round === 1 || erasedAt !== null) return [];
  const versions: LetterVersion[] = [];
  for (const version of await listVersions(db, letterId)) {
    const files = await listFiles(db, { letterId, round: version.round });
    versions.push({ ...version, files: files.map(attachedFile) });
  }
  return versions;
};

const openDecisionOf = (
  { id, kind, decidedBy, decidedAt, undoSeconds, staffId }: DecisionRow,
  staff: StaffMember,
): OpenDecision => ({
  kind,
  by: decidedBy,
  at: decidedAt,
  ...(undoSeconds !== null && { undoSeconds, ...(staffId === staff.id && { undoId: id }) }),
});

const workflowUrl = (
  { config: { TEMPORAL_UI_URL, TEMPORAL_NAMESPACE } }: Deps,
  letterId: string,
): string | null =>
  TEMPORAL_UI_URL
    ? `${TEMPORAL_UI_URL}/namespaces/${TEMPORAL_NAMESPACE}/workflows/${letterWorkflowId(letterId)}`
    : null;
