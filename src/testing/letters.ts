/** Letters and people for tests, written the way the desk writes them. */
import { randomUUID } from 'node:crypto';
import type { Db } from '../platform/base/database.ts';
import { addStaff } from '../desk/staff/staff.sql.ts';
import { ensureApplicant } from '../desk/applicants/sign-in.sql.ts';
import { addUnitRow } from '../desk/administration/units.sql.ts';
import type { StoredFile } from '../platform/files/stored-file.ts';
import type { StaffMember } from '../desk/staff/staff-member.ts';
import { hashPassword } from '../desk/staff/passwords.ts';
import { testDeps } from './test-deps.ts';
import { submitLetter } from '../desk/letters/submit-letter.ts';
import type { FileStore } from '../platform/files/file-store.ts';

export const addTestUnit = async (db: Db, name = `واحد ${randomUUID()}`): Promise<string> => {
  const unit = await addUnitRow(db, { id: randomUUID(), name });
  if (!unit) throw new Error('the unit name is taken');
  return unit.id;
};

export const addTestStaff = async (
  db: Db,
  {
    role,
    name,
    unitIds = [],
    mobile = null,
    password,
    totpSecret = null,
  }: {
    role: StaffMember['role'];
    name?: string;
    unitIds?: string[];
    mobile?: string | null;
    /** Left out: nobody can sign in with any. */
    password?: string;
    totpSecret?: string | null;
  },
): Promise<StaffMember> => {
  const id = randomUUID();
  const member = {
    id,
    username: `u-${id.slice(0, 8)}`,
    name: name ?? `کارمند ${id.slice(0, 4)}`,
    role,
    unitIds,
  };
  const passwordHash = password === undefined ? 'none' : await hashPassword(password);
  await addStaff(db, { ...member, mobile, passwordHash, totpSecret });
  return member;
};

export const addTestApplicant = (db: Db, mobile = '+989123456789'): Promise<string> =>
  ensureApplicant(db, { id: randomUUID(), mobile });

export const fileRow = (): StoredFile => ({
  id: randomUUID(),
  name: 'نامه.pdf',
  type: 'pdf',
  bytes: 10,
  sha256: 'a'.repeat(64),
  storageKey: randomUUID(),
});

/** A store for tests that ask nothing of the files themselves. */
export const noFiles = { remove: async () => {} } as unknown as FileStore;

export const submitTestLetter = async (
  db: Db,
  {
    unitId,
    applicantId,
    submissionKey = randomUUID(),
    wake = () => {},
    file = fileRow(),
    files = [file],
  }: {
    unitId: string;
    applicantId: string;
    submissionKey?: string;
    wake?: () => void;
    file?: StoredFile;
    files?: StoredFile[];
  },
): Promise<string> => {
  const { letterId } = await submitLetter(testDeps(db, { files: noFiles, wake }), {
    applicantId,
    submissionKey,
    senderName: 'شرکت نمونه',
    unitId,
    subject: 'درخواست',
    files,
  });
  return letterId;
};
