import { openDetails, openNote } from '../../platform/audit/audit.sql.ts';
import type { Handle, Tx } from '../../platform/base/database.ts';
import { letterSealFor, readingSeal, readMobile } from '../../platform/base/record-seals.sql.ts';
import type { DeliveryState } from '../../platform/messages/delivery.ts';

export interface SenderRow {
  applicantId: string;
  mobile: string;
  senderName: string;
  submittedAt: Date;
  letters: number;
}

const bearsName = (db: Handle, name: string) =>
  db.seals
    .wordHashes(name)
    .map((words) => db`l.sender_words @> ${words}::text[]`)
    .reduce((either, one) => db`${either} or ${one}`);

/** Newest letter first. */
export const listSenders = async (
  db: Handle,
  { limit, ...which }: ({ name: string } | { applicantId: string }) & { limit: number },
): Promise<SenderRow[]> => {
  const isMeant =
    'name' in which ? bearsName(db, which.name) : db`l.applicant_id = ${which.applicantId}`;
  const rows = await db<
    (Omit<SenderRow, 'mobile'> & {
      id: string;
      mobileSealed: string | null;
      sealedKey: Buffer | null;
    })[]
  >`
    select l.id, l.applicant_id, p.mobile_sealed, l.sender_name, k.sealed_key, l.submitted_at,
      (select count(*)::int from letters o where o.applicant_id = l.applicant_id) as letters
    from letters l join applicants p on p.id = l.applicant_id
      left join letter_keys k on k.letter_id = l.id
    where (${isMeant}) order by l.submitted_at desc limit ${limit}`;
  return rows.map(({ id, sealedKey, mobileSealed, ...row }) => ({
    ...row,
    mobile: readMobile(db, { id: row.applicantId, mobileSealed }) ?? '',
    senderName: readingSeal(db, { letterId: id, sealedKey }).open(
      row.senderName,
      'letters.sender_name',
    ),
  }));
};

export interface AskedCodeRow {
  challengeId: string;
  askedAt: Date;
  attempts: number;
  usedAt: Date | null;
  expired: boolean;
  knownBrowser: boolean;
  sentAt: Date | null;
  state: 'pending' | 'sending' | 'sent' | 'failed' | null;
  delivery: DeliveryState | null;
  deliveryReason: string | null;
}

// A code and its SMS are written in one transaction, and so have the same time.
export const listAskedCodes = (
  db: Handle,
  { mobile, limit }: { mobile: string; limit: number },
): Promise<AskedCodeRow[]> =>
  db<AskedCodeRow[]>`
    select s.id as challenge_id, s.created_at as asked_at, s.attempts, s.used_at,
      s.expires_at <= now() as expired, s.known_browser, c.created_at as sent_at, m.state,
      m.delivery, m.delivery_reason
    from sign_in_challenges s left join sign_in_codes c on c.challenge_id = s.id
      left join messages m on m.kind = 'code' and m.created_at = c.created_at
        and m.recipient_hash = s.mobile_hash
    where s.mobile_hash in ${db(db.seals.mobileHashes(mobile))}
    order by s.created_at desc, c.created_at desc limit ${limit}`;

export interface SentMessageRow {
  letterId: string;
  letterNumber: string | null;
  kind: string;
  state: 'pending' | 'sending' | 'sent' | 'failed';
  delivery: DeliveryState | null;
  deliveryReason: string | null;
  at: Date;
}

export const listMessagesOf = (
  db: Handle,
  { applicantId, limit }: { applicantId: string; limit: number },
): Promise<SentMessageRow[]> =>
  db<SentMessageRow[]>`
    select m.letter_id, l.letter_number, m.kind, m.state, m.delivery, m.delivery_reason,
      coalesce(m.delivery_at, m.sent_at, m.created_at) as at
    from letters l join messages m on m.letter_id = l.id
    where l.applicant_id = ${applicantId}
    order by m.created_at desc limit ${limit}`;

export const countSessionsOf = async (
  db: Handle,
  { applicantId, idleMinutes }: { applicantId: string; idleMinutes: number },
): Promise<number> => {
  const [row] = await db<{ sessions: number }[]>`
    select count(*)::int as sessions from sessions
    where applicant_id = ${applicantId} and expires_at > now()
      and last_seen_at > now() - make_interval(mins => ${idleMinutes})`;
  return row?.sessions ?? 0;
};

// In one order, so that two who lock several letters do not wait for each other.
export const listLetterIds = async (
  tx: Tx,
  { applicantId }: { applicantId: string },
): Promise<string[]> => {
  const rows = await tx<{ id: string }[]>`
    select id from letters where applicant_id = ${applicantId} order by id`;
  return rows.map(({ id }) => id);
};

export const setSenderName = async (
  tx: Tx,
  { letterId, name }: { letterId: string; name: string },
): Promise<void> => {
  const seal = await letterSealFor(tx, letterId);
  await tx`
    update letters set sender_name = ${seal.seal(name, 'letters.sender_name')},
      sender_words = ${tx.seals.wordHashes(name)[0]}::text[]
    where id = ${letterId}`;
};

export interface NameCorrection {
  nameBefore: string;
  name: string;
  note: string;
  by: string;
  at: Date;
}

export const listNameCorrections = async (
  db: Handle,
  { applicantId, limit }: { applicantId: string; limit: number },
): Promise<NameCorrection[]> => {
  // Of the letters that one correction changed, one tells of it.
  const rows = await db<
    {
      letterId: string;
      sealedKey: Buffer;
      by: string;
      at: Date;
      details: Record<'nameBefore' | 'name' | 'note', string>;
    }[]
  >`
    select distinct on (a.at) a.letter_id, k.sealed_key, s.name as by, a.at, a.details
    from letters l join audit_entries a on a.letter_id = l.id
      join letter_keys k on k.letter_id = l.id join staff s on s.id::text = a.actor
    where l.applicant_id = ${applicantId} and a.action = 'name_corrected'
      and k.sealed_key is not null
    order by a.at desc, a.id limit ${limit}`;
  return rows.map(({ letterId, sealedKey, by, at, details }) => {
    const ofKey = { letterId, sealedKey };
    const { nameBefore, name } = openDetails(
      readingSeal(db, ofKey, 'audit'),
      'name_corrected',
      details,
    );
    const note = openNote(readingSeal(db, ofKey, 'internal'), 'name_corrected', details.note);
    return { nameBefore, name, note, by, at };
  });
};
