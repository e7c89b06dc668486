/** Seals what an older version, or a desk with sealing off, has written in clear: some at a time. */
import type { FileStore } from '../../platform/files/file-store.ts';
import { isDatabaseAway, isDatabaseRefusal } from '../../platform/base/database.ts';
import type { Db } from '../../platform/base/database.ts';
import { lockLetter } from '../../desk/letters/letters.sql.ts';
import { sealApplicant } from '../../desk/applicants/sign-in.sql.ts';
import { sealStaff } from '../../desk/staff/staff.sql.ts';
import {
  listClearApplicants,
  listClearFiles,
  listUnsealedLetters,
  replaceClearFile,
  sealLetterTexts,
} from './reseal.sql.ts';
import type { ClearFile } from './reseal.sql.ts';
import type { Logger } from '../../platform/base/logger.ts';

export interface SealReport {
  letters: number;
  applicants: number;
  staff: number;
  files: number;
  /** Could not be read, and stay in clear. */
  failed: number;
}

/** Does nothing while sealing is off. */
export type SealRecord = (signal?: AbortSignal) => Promise<SealReport>;

const LETTERS = 500;
const APPLICANTS = 1_000;
const FILES = 50;

export const createSealRecord = ({
  db,
  files,
  log,
}: {
  db: Db;
  files: Pick<FileStore, 'read' | 'write' | 'remove'>;
  log: Logger;
}): SealRecord => {
  const sealFile = async (file: ClearFile): Promise<boolean> => {
    const { storageKey, key } = await files.write(await files.read(file));
    const replaced =
      key !== undefined &&
      (await db.begin(async (tx) => {
        await lockLetter(tx, file.letterId);
        return replaceClearFile(tx, { file, storageKey, key });
      }));
    // One that stays is named by no row, and goes with the sweep.
    await files.remove(replaced ? file.storageKey : storageKey).catch(() => {});
    return replaced;
  };

  return async (signal) => {
    const report = { letters: 0, applicants: 0, staff: 0, files: 0, failed: 0 };
    if (!db.seals.on) return report;
    const staff = await sealStaff(db);
    report.staff = staff.changed;
    report.failed += staff.damaged;
    for (const applicant of await listClearApplicants(db, APPLICANTS)) {
      try {
        await sealApplicant(db, applicant);
        report.applicants += 1;
      } catch (error) {
        // The number is there twice: a process of an older version wrote it once more.
        if (!isDatabaseRefusal(error)) throw error;
        report.failed += 1;
        log.warn({ err: error, applicantId: applicant.id }, 'a number could not be sealed');
      }
    }
    for (const letterId of await listUnsealedLetters(db, LETTERS)) {
      if (signal?.aborted) return report;
      try {
        await db.begin(async (tx) => {
          await lockLetter(tx, letterId);
          await sealLetterTexts(tx, letterId);
        });
        report.letters += 1;
      } catch (error) {
        // Its key is damaged.
        if (isDatabaseAway(error)) throw error;
        report.failed += 1;
        log.warn({ err: error, letterId }, 'the texts of a letter could not be sealed');
      }
    }
    let after: string | undefined;
    while (report.files < FILES && !signal?.aborted) {
      const page = await listClearFiles(db, { limit: FILES, after });
      for (const file of page) {
        try {
          if (await sealFile(file)) report.files += 1;
        } catch (error) {
          report.failed += 1;
          log.warn({ err: error, fileId: file.id }, 'a stored file could not be encrypted');
        }
      }
      after = page.at(-1)?.id;
      if (page.length < FILES) break;
    }
    return report;
  };
};
