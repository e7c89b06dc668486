/**
 * Who has a letter open, so that two colleagues do not work on it unawares. A sign and no lock:
 * whoever decides first has decided, whatever stands here.
 */
import type { Db } from '../../platform/base/database.ts';
import {
  dropGoneReaders,
  dropLetterReader,
  listOtherReaders,
  noteLetterReader,
} from './presence.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Desk } from '../desk.ts';
import { findLetterById, maySee } from './read-letters.ts';

export const createLetterReaders =
  ({
    db,
    seconds,
  }: {
    db: Db;
    /** 0: nobody is noted and nobody told. */ seconds: number;
  }): Desk['noteReader'] =>
  async ({ staff, letterId, hasLeft = false }) => {
    const letter = await findLetterById(db, letterId);
    if (!letter || !maySee(staff, letter)) throw new DomainError('not_found');
    if (seconds === 0) return [];
    const reader = { letterId, staffId: staff.id };
    // Auditors work on no letter.
    if (hasLeft) await dropLetterReader(db, reader);
    else if (staff.role !== 'auditor') await noteLetterReader(db, reader);
    if (hasLeft) return [];
    await dropGoneReaders(db, seconds);
    return (await listOtherReaders(db, { ...reader, seconds })).map(({ name }) => name);
  };
