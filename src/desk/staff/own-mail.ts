import { cleanLine } from '../../platform/base/text.ts';
import type { Deps } from '../../platform/deps.ts';
import { auditOwnAct, ensureAsking, withMember } from './account-access.ts';
import type { AccountAccess } from './account-access.ts';
import { setMailSettings } from './staff-mail.sql.ts';
import { MAIL_KINDS } from './mail-settings.ts';

const MAX_LENGTH = 254;
/** Loose on purpose: the mail server has the last word. */
const ADDRESS = /^[^\s@<>",;:\\[\]()]+@[a-z0-9-]+(\.[a-z0-9-]+)*$/i;

export type ChangeMailResult =
  | { outcome: 'changed' }
  | { outcome: 'invalid'; fields: { email: 'malformed' } };

export const changeMail = async (
  deps: Deps,
  {
    email: typed,
    kinds: chosen,
    from,
    ...access
  }: AccountAccess & { email: string; kinds: string[]; from: string | undefined },
): Promise<ChangeMailResult> => {
  const asking = await ensureAsking(deps, access);
  const email = cleanLine(typed);
  if (email !== '' && (email.length > MAX_LENGTH || !ADDRESS.test(email)))
    return { outcome: 'invalid', fields: { email: 'malformed' } };
  const kinds = MAIL_KINDS.filter((kind) => chosen.includes(kind));
  await withMember(deps, asking, async (tx, { id }) => {
    await setMailSettings(tx, { staffId: id, email: email === '' ? null : email, kinds });
    await auditOwnAct(tx, id, 'mail_changed', { from, details: { kind: kinds.join(' ') } });
  });
  return { outcome: 'changed' };
};
