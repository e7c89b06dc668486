import type { Tx } from '../../platform/base/database.ts';
import { readOrganisationName } from '../../platform/base/organisation.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import { auditOwnAct, continueSetup, ensureAsking, withMember } from './account-access.ts';
import type { AccountAccess, Asking, NewToken } from './account-access.ts';
import { passwordProblem } from './password.ts';
import type { PasswordProblem } from './password.ts';
import { hashPassword, isRightPassword } from './passwords.ts';
import type { SecondFactorKind } from './second-factors.ts';
import { endSessionsOf } from './sessions.sql.ts';
import { endSignInsOf, findSignIn } from './staff-access.sql.ts';
import { renewStaffSession } from './staff-sessions.ts';
import type { RequestFacts } from './staff-sessions.ts';
import { hasSecondFactor, setStaffPassword } from './staff.sql.ts';
import type { StaffRow } from './staff.sql.ts';

export type ChosenPasswordProblem = 'missing' | 'same' | PasswordProblem;

export type ChangePasswordResult =
  | ({ outcome: 'changed' } & NewToken)
  | {
      outcome: 'invalid';
      fields: { current?: 'missing' | 'wrong'; password?: ChosenPasswordProblem };
    };

/**
 * Ends all other sessions; this one goes on under the new token.
 * @throws DomainError too_many with fact `seconds`
 */
export const changePassword = async (
  deps: Deps,
  {
    current,
    password,
    userAgent,
    from,
    ...access
  }: AccountAccess & { current: string; password: string } & RequestFacts,
): Promise<ChangePasswordResult> => {
  const { db, rateLimits } = deps;
  const asking = await ensureAsking(deps, access);
  const { member } = asking;
  const problem = await chosenPasswordProblem(deps, member, { current, password });
  if (current === '')
    return {
      outcome: 'invalid',
      fields: { current: 'missing', ...(problem && { password: problem }) },
    };
  await rateLimits.take('second_factor', member.id);
  if (!(await isRightPassword(member.passwordHash, current))) {
    const details = { why: 'password' };
    await db.begin((tx) =>
      auditOwnAct(tx, member.id, 'staff_confirmation_refused', { from, details }),
    );
    return { outcome: 'invalid', fields: { current: 'wrong' } };
  }
  await rateLimits.giveBack('second_factor', member.id);
  if (problem) return { outcome: 'invalid', fields: { password: problem } };
  const passwordHash = await hashPassword(password);
  return withMember(deps, asking, async (tx, locked) => {
    // Somebody was first, with another password.
    if (locked.passwordHash !== member.passwordHash) throw new DomainError('not_allowed');
    await replacePassword(tx, asking, { passwordHash, from });
    return continueAfterChange(deps, tx, { asking, locked, access, userAgent, from });
  });
};

const chosenPasswordProblem = async (
  { db }: Deps,
  { username, name }: StaffRow,
  { current, password }: { current: string; password: string },
): Promise<ChosenPasswordProblem | undefined> => {
  if (password === '') return 'missing';
  if (password === current) return 'same';
  return passwordProblem(password, [username, name, await readOrganisationName(db)]);
};

const replacePassword = async (
  tx: Tx,
  { member: { id }, tokenHash }: Asking,
  { passwordHash, from }: { passwordHash: string; from: string | undefined },
): Promise<void> => {
  await setStaffPassword(tx, { id, passwordHash });
  const sessionsEnded = await endSessionsOf(tx, { owner: { staffId: id }, but: tokenHash });
  await endSignInsOf(tx, { staffId: id, but: tokenHash });
  await auditOwnAct(tx, id, 'password_changed', { from, details: { sessionsEnded } });
};

const continueAfterChange = async (
  deps: Deps,
  tx: Tx,
  {
    asking,
    locked,
    access,
    ...facts
  }: { asking: Asking; locked: StaffRow; access: AccountAccess } & RequestFacts,
): Promise<{ outcome: 'changed' } & NewToken> => {
  if ('pendingToken' in access) {
    const proven = (await findSignIn(tx, asking.tokenHash))?.secondFactor;
    if (!proven) return { outcome: 'changed' };
    const setup = { access, staffId: locked.id, secondFactor: proven as SecondFactorKind };
    return { outcome: 'changed', ...(await continueSetup(deps, tx, { ...setup, ...facts })) };
  }
  // The password alone proves who somebody is only where nothing else is asked for.
  const proven = deps.config.STAFF_SECOND_FACTOR === 'off' || !hasSecondFactor(locked);
  const { sessionToken } = access;
  const renewed = await renewStaffSession(tx, { sessionToken, secondFactor: null, proven });
  if (renewed === undefined) throw new DomainError('not_allowed');
  return { outcome: 'changed', sessionToken: renewed };
};
