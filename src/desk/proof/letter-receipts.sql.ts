import type { LetterStatus } from '../letters/letter.ts';
import type { FileStatement } from './receipt-token.ts';
import type { Handle } from '../../platform/base/database.ts';

/** Holds no personal data. */
export interface ReceiptRow {
  letterId: string;
  applicantId: string;
  round: number;
  newestRound: number;
  status: LetterStatus;
  unit: string;
  submittedAt: Date;
  files: FileStatement[];
  letterNumber: string | null;
  registeredAt: Date | null;
  registeredOn: string | null;
  annulledAt: Date | null;
  withdrawnAt: Date | null;
  erasedAt: Date | null;
}

export const findReceiptRow = async (
  db: Handle,
  { letterId, round }: { letterId: string; round?: number },
): Promise<ReceiptRow | undefined> => {
  const [row] = await db<ReceiptRow[]>`
    select l.id as letter_id, l.applicant_id, asked.round, sent.round as newest_round, l.status,
      u.name as unit, coalesce(before.replaced_at, l.submitted_at) as submitted_at,
      f.files, l.letter_number, l.registered_at, l.registered_on,
      n.annulled_at, l.withdrawn_at, k.erased_at
    from letters l
      -- An objection sends nothing again: its round has the receipt of the one before.
      cross join lateral (
        select l.round - count(o.round)::int as round from letter_versions o
        where o.letter_id = l.id and o.round = l.round - 1 and o.replaced_at = l.objected_at) sent
      cross join lateral (select coalesce(${round ?? null}::int, sent.round) as round) asked
      -- A round began when the one before it was replaced.
      left join letter_versions before
        on before.letter_id = l.id and before.round = asked.round - 1
      left join letter_versions v on v.letter_id = l.id and v.round = asked.round
      join units u on u.id = coalesce(v.addressed_unit_id, l.addressed_unit_id)
      -- A round that brought no files has those of the one before.
      cross join lateral (
        select json_agg(json_build_object('bytes', o.bytes, 'sha256', o.sha256)
          order by o.position) as files
        from files o where o.letter_id = l.id and o.unit_action_id is null
          and o.round <= asked.round
        group by o.round order by o.round desc limit 1) f
      left join register_entries e on e.letter_id = l.id
      left join register_annulments n
        on n.register = e.register and n.year = e.year and n.serial = e.serial
      left join letter_keys k on k.letter_id = l.id
    where l.id = ${letterId} and asked.round between 1 and sent.round`;
  return row;
};

export const addReceiptKey = async (
  db: Handle,
  { id, publicKey }: { id: Buffer; publicKey: Buffer },
): Promise<boolean> => {
  const rows = await db`
    insert into receipt_keys (id, public_key) values (${id}, ${publicKey})
    on conflict (id) do nothing returning id`;
  return rows.length === 1;
};

export const findReceiptKey = async (db: Handle, id: Buffer): Promise<Buffer | undefined> => {
  const [row] = await db<{ publicKey: Buffer }[]>`
    select public_key from receipt_keys where id = ${id}`;
  return row?.publicKey;
};

export interface ReceiptKeyRow {
  id: Buffer;
  publicKey: Buffer;
  firstUsedAt: Date;
}

export const listReceiptKeys = (db: Handle): Promise<ReceiptKeyRow[]> =>
  db<ReceiptKeyRow[]>`
    select id, public_key, first_used_at from receipt_keys order by first_used_at desc, id`;
