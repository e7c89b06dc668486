import { randomUUID } from 'node:crypto';
import { ensureApplicant } from '../../desk/applicants/sign-in.sql.ts';
import { submitLetter } from '../../desk/letters/submit-letter.ts';
import type { SubmitLetter } from '../../desk/letters/submit-letter.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import type { ApiKey } from './api-keys.ts';

export interface SubmitForSender extends Omit<SubmitLetter, 'applicantId' | 'by'> {
  key: ApiKey;
  mobile: string;
}

export const submitForSender = async (
  deps: Deps,
  { key, mobile, ...letter }: SubmitForSender,
): Promise<{ letterId: string }> => {
  if (key.unitId !== null) throw new DomainError('not_allowed');
  const applicantId = await ensureApplicant(deps.db, { id: randomUUID(), mobile });
  return submitLetter(deps, { ...letter, applicantId, by: { kind: 'key', id: key.id } });
};
