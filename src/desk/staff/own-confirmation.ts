import type { Tx } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import { auditOwnAct, ceremonyOf, ensureAsking } from './account-access.ts';
import type { Asking } from './account-access.ts';
import { isRightPassword } from './passwords.ts';
import { askToSign, useCode, usePasskeyAnswer } from './second-factors.ts';
import { renewStaffSession } from './staff-sessions.ts';
import type { RequestFacts } from './staff-sessions.ts';
import { hasSecondFactor, lockStaff } from './staff.sql.ts';

export interface ConfirmationProblems {
  password?: 'missing' | 'wrong';
  code?: 'missing' | 'wrong';
}

type Confirmed = { outcome: 'confirmed'; sessionToken: string };

/**
 * By the password, unless the identity provider has just confirmed the member, and by the second
 * factor if there is one.
 * @throws DomainError too_many with fact `seconds`
 */
export const confirmAccount = async (
  deps: Deps,
  {
    sessionToken,
    password,
    code,
    from,
  }: { sessionToken: string; password: string; code: string } & RequestFacts,
): Promise<Confirmed | { outcome: 'invalid'; fields: ConfirmationProblems }> => {
  const { db, rateLimits } = deps;
  const asking = await ensureAsking(deps, { sessionToken });
  const { member } = asking;
  const missing = missingProofs(deps, asking, { password, code });
  if (Object.keys(missing).length > 0) return { outcome: 'invalid', fields: missing };
  await rateLimits.take('second_factor', member.id);
  // The code is checked, and used up, only after the right password.
  const right = asking.identityProven || (await isRightPassword(member.passwordHash, password));
  const result = right
    ? await db.begin((tx) => renewByCode(deps, tx, { asking, sessionToken, code, from }))
    : { password: 'wrong' as const };
  if (typeof result !== 'string') {
    const details = { why: 'password' in result ? 'password' : 'second_factor' };
    await db.begin((tx) =>
      auditOwnAct(tx, member.id, 'staff_confirmation_refused', { from, details }),
    );
    return { outcome: 'invalid', fields: result };
  }
  await rateLimits.giveBack('second_factor', member.id);
  return { outcome: 'confirmed', sessionToken: result };
};

export const askConfirmPasskey = async (
  deps: Deps,
  sessionToken: string,
): Promise<object | undefined> => {
  const { member } = await ensureAsking(deps, { sessionToken });
  return askToSign(deps, member, ceremonyOf({ sessionToken }, 'confirm'));
};

export const confirmAccountByPasskey = async (
  deps: Deps,
  { sessionToken, answer, from }: { sessionToken: string; answer: string } & RequestFacts,
): Promise<Confirmed | { outcome: 'invalid' }> => {
  const { member } = await ensureAsking(deps, { sessionToken });
  await deps.rateLimits.take('second_factor', member.id);
  const ceremony = ceremonyOf({ sessionToken }, 'confirm');
  const proven = await usePasskeyAnswer(deps, member, { ...ceremony, answer });
  const renewed = await deps.db.begin(async (tx) => {
    if (!proven) {
      const details = { why: 'passkey' };
      await auditOwnAct(tx, member.id, 'staff_confirmation_refused', { from, details });
      return undefined;
    }
    await auditOwnAct(tx, member.id, 'staff_confirmed', { from, details: { by: proven } });
    return renewStaffSession(tx, { sessionToken, secondFactor: proven, proven: true });
  });
  if (renewed === undefined) return { outcome: 'invalid' };
  await deps.rateLimits.giveBack('second_factor', member.id);
  return { outcome: 'confirmed', sessionToken: renewed };
};

const needsCode = ({ config }: Deps, { member }: Asking): boolean =>
  config.STAFF_SECOND_FACTOR !== 'off' && hasSecondFactor(member);

const missingProofs = (
  deps: Deps,
  asking: Asking,
  { password, code }: { password: string; code: string },
): ConfirmationProblems => ({
  ...(password === '' && !asking.identityProven && { password: 'missing' as const }),
  ...(needsCode(deps, asking) && code.trim() === '' && { code: 'missing' as const }),
});

const renewByCode = async (
  deps: Deps,
  tx: Tx,
  {
    asking,
    sessionToken,
    code,
    from,
  }: { asking: Asking; sessionToken: string; code: string; from: string | undefined },
): Promise<string | { code: 'wrong' }> => {
  const { id } = asking.member;
  const locked = await lockStaff(tx, id);
  const proven = locked && needsCode(deps, asking) ? await useCode(deps, tx, locked, code) : null;
  if (proven === undefined) return { code: 'wrong' };
  if (proven === 'recovery_code') await auditOwnAct(tx, id, 'recovery_code_used', { from });
  const renewed = await renewStaffSession(tx, { sessionToken, secondFactor: proven, proven: true });
  if (renewed === undefined) throw new DomainError('not_allowed');
  const details = { by: proven ?? 'password' };
  await auditOwnAct(tx, id, 'staff_confirmed', { from, details });
  return renewed;
};
