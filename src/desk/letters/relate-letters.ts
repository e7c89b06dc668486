import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import { beginInTime } from '../../platform/base/database.ts';
import type { Handle, Tx } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import { readLetterNumber } from '../register/letter-number.ts';
import { actorOf } from '../staff/actor-of.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { lockVisibleLetter, mayActOn, maySee } from './letter-access.ts';
import {
  addRelation,
  listIdsByNumber,
  listRelations,
  listSenderRelations,
} from './letter-relations.sql.ts';
import { RELATIONS } from './letter.ts';
import type { RelationKind } from './letter.ts';
import { listLettersById } from './letters.sql.ts';
import type { LetterRow } from './letters.sql.ts';

/** As typed: letter numbers, separated by commas or lines. */
export type TypedRelations = Partial<Record<RelationKind, string>>;

export interface RelatedLetter extends Pick<LetterRow, 'subject' | 'erasedAt' | 'damaged'> {
  id: string;
  kind: RelationKind;
  isEarlier: boolean;
  letterNumber: string | null;
}

const MAX_NUMBERS = 10;

interface Naming {
  letterId: string;
  typed: TypedRelations;
  applicantId?: string;
  staff?: StaffMember;
}

interface Relate extends Naming {
  by: Actor;
  from?: string | undefined;
}

/**
 * @returns how many letters are named
 * @throws DomainError number_unknown with fact `field`, also for a letter that who names it may not see
 */
export const addTypedRelations = async (tx: Tx, relate: Relate): Promise<number> => {
  const { letterId, by, from } = relate;
  const named = await listNamed(tx, relate);
  // In one order, for each row locks the earlier letter.
  for (const { kind, earlier } of named.toSorted((one, other) =>
    one.earlier.id.localeCompare(other.earlier.id),
  )) {
    const staffId = by.kind === 'staff' ? by.id : null;
    if (!(await addRelation(tx, { letterId, earlierId: earlier.id, kind, staffId }))) continue;
    const details = { kind, letterNumber: earlier.letterNumber };
    await addAuditEntry(tx, { letterId, actor: by, action: 'related', details, from });
  }
  return named.length;
};

/** Whether its sender named the same letters when sending it. */
export const isSameRelated = async (
  db: Handle,
  naming: { letterId: string; typed: TypedRelations; applicantId: string },
): Promise<boolean> => {
  const named = await listNamed(db, naming);
  const typed = new Set(named.map(({ kind, earlier }) => `${kind} ${earlier.id}`));
  const stored = await listSenderRelations(db, naming.letterId);
  return (
    stored.length === typed.size &&
    stored.every(({ kind, earlierId }) => typed.has(`${kind} ${earlierId}`))
  );
};

/** @throws DomainError number_unknown with fact `field` */
const listNamed = async (
  db: Handle,
  naming: Naming,
): Promise<{ kind: RelationKind; earlier: LetterRow }[]> => {
  const named = [];
  for (const kind of RELATIONS) {
    const typed = naming.typed[kind] ?? '';
    const numbers = typed.split(/[,،;؛\n]+/).filter((part) => part.trim() !== '');
    const unknown = new DomainError('number_unknown', { field: kind });
    if (numbers.length > MAX_NUMBERS) throw unknown;
    for (const number of numbers) {
      const earlier = await findNamed(db, number, naming);
      if (!earlier || earlier.id === naming.letterId) throw unknown;
      named.push({ kind, earlier });
    }
  }
  return named;
};

const findNamed = async (
  db: Handle,
  typed: string,
  { applicantId, staff }: Naming,
): Promise<LetterRow | undefined> => {
  const letterNumbers = readLetterNumber(typed);
  if (letterNumbers.length === 0) return undefined;
  const ids = await listIdsByNumber(db, { letterNumbers, applicantId });
  const rows = await listLettersById(db, ids);
  return rows.find((row) => staff === undefined || maySee(staff, row));
};

export const relateLetter = async (
  { db }: Deps,
  {
    staff,
    letterId,
    typed,
    from,
  }: { staff: StaffMember; letterId: string; typed: TypedRelations; from?: string | undefined },
): Promise<number> => {
  const relate = { letterId, typed, staff, by: actorOf(staff), from };
  return beginInTime(db, async (tx) => {
    const letter = await lockVisibleLetter(tx, { staff, letterId });
    if (staff.role === 'auditor' || !mayActOn(staff, letter)) throw new DomainError('not_allowed');
    if (letter.erasedAt !== null) throw new DomainError('erased');
    return addTypedRelations(tx, relate);
  });
};

/** Both ways; only letters that `mayRead` lets its reader see. */
export const readRelated = async (
  db: Handle,
  letterId: string,
  mayRead: (row: LetterRow) => boolean,
): Promise<RelatedLetter[]> => {
  const relations = await listRelations(db, letterId);
  if (relations.length === 0) return [];
  const otherOf = ({ letterId: later, earlierId }: (typeof relations)[number]): string =>
    later === letterId ? earlierId : later;
  const rows = await listLettersById(db, [...new Set(relations.map(otherOf))]);
  return relations.flatMap((relation) => {
    const row = rows.find(({ id }) => id === otherOf(relation));
    if (!row || !mayRead(row)) return [];
    const { id, subject, letterNumber, erasedAt, damaged } = row;
    const isEarlier = relation.letterId === letterId;
    const shown = { subject, letterNumber, erasedAt, ...(damaged && { damaged }) };
    return [{ id, kind: relation.kind, isEarlier, ...shown }];
  });
};
