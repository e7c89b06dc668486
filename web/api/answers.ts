import type { z } from '@hono/zod-openapi';
import type { LetterSummary } from '../../src/desk/letters/letter-summary.ts';
import { overdueOpinion } from '../../src/desk/letters/staff-letter.ts';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { formatTrackingCode } from '../../src/desk/register/tracking-code.ts';
import { FILE_TYPES } from '../../src/platform/files/stored-file.ts';
import { fileHref } from '../components/file-link.tsx';
import type { AttachedFile } from '../../src/platform/files/stored-file.ts';
import type * as schemas from './schemas.ts';

export const at = (instant: Date): string => instant.toISOString();
export const maybeAt = (instant: Date | null): string | null => instant && at(instant);

export const factsOf = (letter: LetterSummary): z.input<typeof schemas.LetterFacts> => ({
  id: letter.id,
  status: letter.status,
  step: letter.step,
  round: letter.round,
  unit: { id: letter.unitId, name: letter.unit },
  submittedAt: at(letter.submittedAt),
  decidedAt: maybeAt(letter.decidedAt),
  returnedAt: maybeAt(letter.returnedAt),
  withdrawnAt: maybeAt(letter.withdrawnAt),
  letterNumber: letter.letterNumber,
  trackingCode: letter.trackingCode && formatTrackingCode(letter.trackingCode),
  registeredAt: maybeAt(letter.registeredAt),
  registeredOn: letter.registeredOn,
  annulled: letter.annulledAt !== null,
  replies: letter.replies,
  reopened: letter.reopened,
  reopenUntil: maybeAt(letter.reopenUntil),
  closesAt: maybeAt(letter.closesAt),
  questionOpen: letter.isAsked,
  erased: letter.erasedAt !== null,
  damaged: letter.damaged ?? false,
});

const fileOf = (
  { name, type, bytes, sha256, scan = 'none' }: AttachedFile,
  href: string,
): z.input<typeof schemas.LetterFile> => ({
  name,
  mediaType: FILE_TYPES[type],
  bytes,
  sha256,
  scan,
  href,
});

const filesOf = (files: AttachedFile[], address: string): z.input<typeof schemas.LetterFile>[] =>
  files.map((file, index) => fileOf(file, fileHref(address, index + 1)));

const consultationsFor = (
  { unitId, consultations }: StaffLetter,
  { role, unitIds }: Pick<StaffMember, 'role' | 'unitIds'>,
): StaffLetter['consultations'] =>
  consultations.filter(
    (one) => role !== 'unit' || unitIds.includes(unitId) || unitIds.includes(one.unitId),
  );

const rungsFor = (
  { rungs }: StaffLetter,
  consultations: StaffLetter['consultations'],
): z.input<typeof schemas.Letter>['rungs'] =>
  [
    ...rungs.filter(({ rung }) => rung !== 'consultation_overdue'),
    ...consultations.flatMap(overdueOpinion),
  ].map(({ rung, firedAt, unit }) => ({ rung, at: at(firedAt), unit }));

export const letterOf = (
  letter: StaffLetter,
  staff: Pick<StaffMember, 'role' | 'unitIds'>,
): z.input<typeof schemas.Letter> => {
  const address = `/api/v1/letters/${letter.id}`;
  const consultations = consultationsFor(letter, staff);
  return {
    ...factsOf(letter),
    senderName: letter.senderName,
    mobile: letter.maskedMobile,
    subject: letter.subject,
    addressedUnit: letter.addressedUnit,
    rejectionReason: letter.rejectionReason,
    returnReason: letter.returnReason,
    objection: letter.objection,
    objectedAt: maybeAt(letter.objectedAt),
    objectionUntil: maybeAt(letter.objectionUntil),
    decidedBy: letter.decidedBy,
    openDecision: letter.openDecision && {
      kind: letter.openDecision.kind,
      by: letter.openDecision.by,
      at: at(letter.openDecision.at),
    },
    openActions: letter.openActions,
    deadline: letter.deadline
      ? { ...letter.deadline, dueAt: maybeAt(letter.deadline.dueAt) }
      : null,
    rungs: rungsFor(letter, consultations),
    consultations: consultations.map((one) => ({
      unit: { id: one.unitId, name: one.unit },
      askedAt: at(one.askedAt),
      dueAt: maybeAt(one.dueAt),
      endedAt: maybeAt(one.endedAt),
      outcome: one.outcome,
    })),
    heldReply: letter.heldReply ? { at: at(letter.heldReply.at), by: letter.heldReply.by } : null,
    file: fileOf(letter.files[0], `${address}/file`),
    files: filesOf(letter.files, address),
    versions: letter.versions.map((version) => {
      const files = filesOf(version.files, `${address}/versions/${version.round}`);
      const [file] = files;
      if (!file) throw new Error(`a version of letter ${letter.id} has no file`);
      return { ...version, replacedAt: at(version.replacedAt), file, files };
    }),
    timeline: letter.timeline.map((entry) => ({
      action: entry.action,
      at: at(entry.at),
      ...entry.details,
    })),
    replyList: letter.replyList.map((reply) => ({
      number: reply.number,
      text: reply.text,
      at: at(reply.at),
      unit: reply.unit,
      file: reply.file && fileOf(reply.file, `${address}/replies/${reply.number}/file`),
    })),
  };
};
