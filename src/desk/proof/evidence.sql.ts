import type { Handle } from '../../platform/base/database.ts';
import { openReason } from '../letters/decisions.sql.ts';
import {
  letterSeal,
  openMobile,
  readLetterSeal,
  subkeyOf,
} from '../../platform/base/record-seals.sql.ts';
import { openBody } from '../letters/unit-actions.sql.ts';

export interface EvidenceLetter {
  id: string;
  senderName: string;
  subject: string;
  addressedUnit: string;
  unit: string;
  status: string;
  step: string | null;
  submittedAt: Date;
  decidedAt: Date | null;
  decidedBy: string | null;
  rejectionReason: string | null;
  round: number;
  returnReason: string | null;
  returnedAt: Date | null;
  withdrawnAt: Date | null;
  objection: string | null;
  objectedAt: Date | null;
  letterNumber: string | null;
  trackingCode: string | null;
  registeredAt: Date | null;
  registeredOn: string | null;
  mobile: string;
  erasedAt: Date | null;
  /**
   * Opens the sealed details of the letter's audit trail and nothing else; base64url. Null: none,
   * or erased.
   */
  auditKey: string | null;
}

export const findEvidenceLetter = async (
  db: Handle,
  id: string,
): Promise<EvidenceLetter | undefined> => {
  const [row] = await db<
    (Omit<EvidenceLetter, 'mobile' | 'auditKey'> & {
      applicantId: string;
      mobileSealed: string | null;
      sealedKey: Buffer | null;
    })[]
  >`
    select l.id, l.sender_name, l.subject, a.name as addressed_unit, u.name as unit, l.status,
      l.step, l.submitted_at, l.decided_at, l.decided_by, l.rejection_reason, l.round,
      l.return_reason, l.returned_at, l.withdrawn_at, l.objection,
      l.objected_at, l.letter_number, l.tracking_code, l.registered_at, l.registered_on, l.applicant_id,
      p.mobile_sealed, k.sealed_key, k.erased_at
    from letters l
      join units u on u.id = l.unit_id
      join units a on a.id = l.addressed_unit_id
      join applicants p on p.id = l.applicant_id
      left join letter_keys k on k.letter_id = l.id
    where l.id = ${id}`;
  if (!row) return undefined;
  const { applicantId, mobileSealed, sealedKey, ...letter } = row;
  const seal = letterSeal(db, { letterId: id, sealedKey });
  const { rejectionReason, returnReason, objection } = letter;
  return {
    ...letter,
    senderName: seal.open(letter.senderName, 'letters.sender_name'),
    subject: seal.open(letter.subject, 'letters.subject'),
    rejectionReason: rejectionReason && seal.open(rejectionReason, 'letters.rejection_reason'),
    returnReason: returnReason && seal.open(returnReason, 'letters.return_reason'),
    objection: objection && seal.open(objection, 'letters.objection'),
    mobile: openMobile(db, { id: applicantId, mobileSealed }),
    auditKey:
      sealedKey && subkeyOf(db.seals.unwrapLetterKey(sealedKey, id), 'audit').toString('base64url'),
  };
};

export const listEvidenceDecisions = async (db: Handle, letterId: string) => {
  const rows = await db<
    {
      id: string;
      kind: string;
      unit: string | null;
      reason: string | null;
      staffId: string | null;
      decidedBy: string;
      decidedAt: Date;
      outcome: string | null;
      refusal: string | null;
      round: number | null;
      sealedKey: Buffer | null;
    }[]
  >`
    select d.id, d.kind, u.name as unit, d.reason, d.staff_id, d.decided_by, d.decided_at,
      d.outcome, d.refusal, d.round, k.sealed_key
    from decisions d left join units u on u.id = d.unit_id
      left join letter_keys k on k.letter_id = d.letter_id
    where d.letter_id = ${letterId} order by d.decided_at, d.id`;
  return rows.map(({ sealedKey, ...row }) => ({
    ...row,
    reason: openReason(db, { ...row, letterId, sealedKey }),
  }));
};

export const listEvidenceVersions = async (db: Handle, letterId: string) => {
  const seal = await readLetterSeal(db, letterId);
  const rows = await db<
    {
      round: number;
      senderName: string;
      subject: string;
      addressedUnit: string;
      replacedAt: Date;
    }[]
  >`
    select v.round, v.sender_name, v.subject, u.name as addressed_unit, v.replaced_at
    from letter_versions v join units u on u.id = v.addressed_unit_id
    where v.letter_id = ${letterId} order by v.round`;
  return rows.map((row) => ({
    ...row,
    senderName: seal.open(row.senderName, 'letters.sender_name'),
    subject: seal.open(row.subject, 'letters.subject'),
  }));
};

export const listEvidenceActions = async (db: Handle, letterId: string) => {
  const rows = await db<
    {
      id: string;
      kind: string;
      toUnit: string | null;
      text: string | null;
      staffId: string | null;
      actedBy: string;
      actingUnit: string;
      actedAt: Date;
      outcome: string | null;
      refusal: string | null;
      replyNumber: number | null;
      sealedKey: Buffer | null;
    }[]
  >`
    select r.id, r.kind, u.name as to_unit,
      -- A reply that was not released is internal.
      case when r.kind <> 'reply' or r.reply_number is not null then r.body end as text, r.staff_id, r.acted_by, r.acting_unit,
      r.acted_at, r.outcome, r.refusal, r.reply_number, k.sealed_key
    from unit_actions r left join units u on u.id = r.unit_id
      left join letter_keys k on k.letter_id = r.letter_id
    where r.letter_id = ${letterId} order by r.acted_at, r.id`;
  return rows.map(({ sealedKey, ...row }) => ({
    ...row,
    text: openBody(db, { id: row.id, letterId, body: row.text, sealedKey }),
  }));
};

export const listEvidenceActors = (db: Handle, letterId: string) =>
  db<{ id: string; username: string; name: string; role: string }[]>`
    select id, username, name, role from staff
    where id in (
      select staff_id from decisions where letter_id = ${letterId}
      union select staff_id from unit_actions where letter_id = ${letterId})
      or id::text in (
        select actor from audit_entries where letter_id = ${letterId} and actor_kind = 'staff')
    order by username`;

export interface EvidenceFile {
  /** Of a letter's own file: the round that brought it, and its place among those of the round. */
  round: number;
  position: number;
  replyNumber: number | null;
  unitActionId: string | null;
  name: string;
  type: string;
  bytes: number;
  sha256: string;
  storageKey: string;
  /** base64url; never part of a bundle. */
  key?: string;
}

export const listEvidenceFiles = async (db: Handle, letterId: string): Promise<EvidenceFile[]> => {
  const seal = await readLetterSeal(db, letterId);
  const rows = await db<(EvidenceFile & { id: string; sealedKey: string | null })[]>`
    select f.round, f.position, r.reply_number, f.unit_action_id, f.name, f.type, f.bytes::float8 as bytes, f.sha256,
      f.storage_key, f.id, f.sealed_key
    from files f left join unit_actions r on r.id = f.unit_action_id
    where f.letter_id = ${letterId}
      and (r.kind is distinct from 'reply' or r.reply_number is not null)
    order by f.created_at, f.id`;
  return rows.map(({ id, sealedKey, ...row }) => ({
    ...row,
    name: seal.open(row.name, `files.name:${id}`),
    ...(sealedKey !== null && { key: seal.open(sealedKey, `files.key:${id}`) }),
  }));
};

export const listEvidenceMessages = (db: Handle, letterId: string) =>
  db<
    {
      id: string;
      kind: string;
      outcome: string;
      state: string;
      attempts: number;
      createdAt: Date;
      sentAt: Date | null;
    }[]
  >`
    select id, kind, outcome_key as outcome, state, attempts, created_at, sent_at
    from messages where letter_id = ${letterId} order by created_at, id`;
