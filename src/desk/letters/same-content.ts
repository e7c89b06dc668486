import type { Handle } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { isSameFile } from '../../platform/files/held-uploads.ts';
import type { HeldFor } from '../../platform/files/stored-file.ts';
import type { ResubmitLetter } from './resubmit-letter.ts';
import type { SubmissionRow } from './submissions.sql.ts';

export const isSameContent = async (
  deps: Deps,
  db: Handle,
  {
    earlier,
    which,
    draft: { subject, unitId, file },
  }: {
    earlier: SubmissionRow;
    which: HeldFor;
    draft: Pick<ResubmitLetter, 'subject' | 'unitId' | 'file'>;
  },
): Promise<boolean> =>
  earlier.subject === subject &&
  earlier.unitId === unitId &&
  (await isSameFile(deps, db, { which, file, sha256: earlier.sha256 }));
