import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import type { Db } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import {
  ensureOpen,
  ensureWhole,
  findOwnLetter,
  findVisibleLetter,
} from '../letters/letter-access.ts';
import { listFiles } from '../letters/letter-files.sql.ts';
import type { LetterRow } from '../letters/letters.sql.ts';
import { readStoredFile } from '../letters/read-stored-file.ts';
import type { StaffMember } from '../staff/staff-member.ts';
import { makeReceipt } from './letter-receipts.ts';
import type { LetterReceipt } from './letter-receipts.ts';
import { printSheet, sheetLimits } from './print/print-sheet.ts';
import { stampPage } from './print/stamp-page.ts';
import type { Sheet } from './sheet.ts';

export type LetterReader = { applicantId: string } | { staff: StaffMember };

export interface LetterStamp extends LetterReceipt {
  kind: 'registered';
  letterNumber: string;
  registeredOn: string;
  trackingCode: string;
  annulledAt: Date | null;
}

/**
 * The stored file stays as it is. What cannot be drawn gives a sheet that says so.
 * @param input.write `shown` false: a whole sheet without a page of the letter
 * @throws DomainError not_found, also for a letter without a number; damaged, erased, file_waiting,
 *   file_infected; unavailable while many others wait
 */
export const stampLetter = async (
  deps: Deps,
  {
    reader,
    letterId,
    write,
    from,
  }: {
    reader: LetterReader;
    letterId: string;
    write: (stamp: LetterStamp, shown: boolean) => Sheet;
    from?: string | undefined;
  },
): Promise<{ stamp: LetterStamp; pdf: Buffer }> => {
  const { db, filePool, config } = deps;
  const { letterNumber, registeredOn, trackingCode, erasedAt } = await letterFor(
    db,
    reader,
    letterId,
  );
  if (letterNumber === null || registeredOn === null || trackingCode === null)
    throw new DomainError('not_found');
  if (erasedAt !== null) throw new DomainError('erased');
  const files = await listFiles(db, { letterId });
  const [file] = files;
  if (!file) throw new DomainError('not_found');
  ensureOpen(file);
  const { receipt, row } = await makeReceipt(
    deps,
    'registered',
    letterId,
    files.map(({ name }) => name),
  );
  const number = { kind: 'registered', letterNumber, registeredOn, trackingCode } as const;
  const stamp: LetterStamp = { ...receipt, ...number, annulledAt: row.annulledAt };
  const actor = actorOf(reader);
  const options = { owner: `${actor.kind}:${actor.id}`, limits: sheetLimits(config) };
  const bytes = () => readStoredFile(deps, letterId, file);
  const stamped = await stampPage(
    filePool,
    () => write(stamp, true),
    { type: file.type, bytes },
    { ...options, pixels: config.limits.maxImageMegapixels * 1e6 },
  );
  const pdf = stamped ?? (await printSheet(filePool, write(stamp, false), options));
  const details = { fileId: file.id, stamped: true };
  await addAuditEntry(db, { letterId, actor, action: 'downloaded', details, from });
  return { stamp, pdf };
};

const letterFor = async (db: Db, reader: LetterReader, letterId: string): Promise<LetterRow> => {
  const letter =
    'staff' in reader
      ? await findVisibleLetter(db, { staff: reader.staff, letterId })
      : await findOwnLetter(db, { applicantId: reader.applicantId, letterId });
  ensureWhole(letter);
  return letter;
};

const actorOf = (reader: LetterReader): Actor =>
  'staff' in reader
    ? { kind: 'staff', id: reader.staff.id }
    : { kind: 'applicant', id: reader.applicantId };
