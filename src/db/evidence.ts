/** What an evidence bundle holds of a letter, read from the record. */
import type { Handle } from './client.ts';

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
  letterNumber: string | null;
  trackingCode: string | null;
  registeredAt: Date | null;
  registeredOn: string | null;
  mobile: string;
}

export const findEvidenceLetter = async (
  db: Handle,
  id: string,
): Promise<EvidenceLetter | undefined> => {
  const [row] = await db<EvidenceLetter[]>`
    select l.id, l.sender_name, l.subject, a.name as addressed_unit, u.name as unit, l.status,
      l.step, l.submitted_at, l.decided_at, l.decided_by, l.rejection_reason, l.letter_number,
      l.tracking_code, l.registered_at, l.registered_on, p.mobile
    from letters l
      join units u on u.id = l.unit_id
      join units a on a.id = l.addressed_unit_id
      join applicants p on p.id = l.applicant_id
    where l.id = ${id}`;
  return row;
};

export const listEvidenceDecisions = (db: Handle, letterId: string) =>
  db<
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
    }[]
  >`
    select d.id, d.kind, u.name as unit, d.reason, d.staff_id, d.decided_by, d.decided_at,
      d.outcome, d.refusal
    from decisions d left join units u on u.id = d.unit_id
    where d.letter_id = ${letterId} order by d.decided_at, d.id`;

export const listEvidenceActions = (db: Handle, letterId: string) =>
  db<
    {
      id: string;
      kind: string;
      toUnit: string | null;
      text: string | null;
      staffId: string;
      actedBy: string;
      actingUnit: string;
      actedAt: Date;
      outcome: string | null;
      refusal: string | null;
      replyNumber: number | null;
    }[]
  >`
    select r.id, r.kind, u.name as to_unit, r.body as text, r.staff_id, r.acted_by, r.acting_unit,
      r.acted_at, r.outcome, r.refusal, r.reply_number
    from unit_actions r left join units u on u.id = r.unit_id
    where r.letter_id = ${letterId} order by r.acted_at, r.id`;

/** Staff who appear in the letter's decisions, actions or audit trail. */
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
  /** Null: the letter's own file. */
  replyNumber: number | null;
  unitActionId: string | null;
  name: string;
  type: string;
  bytes: number;
  sha256: string;
  storageKey: string;
}

export const listEvidenceFiles = (db: Handle, letterId: string): Promise<EvidenceFile[]> =>
  db<EvidenceFile[]>`
    select r.reply_number, f.unit_action_id, f.name, f.type, f.bytes::float8 as bytes, f.sha256,
      f.storage_key
    from files f left join unit_actions r on r.id = f.unit_action_id
    where f.letter_id = ${letterId} order by f.created_at, f.id`;

/** What was told and when, without the words. */
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
