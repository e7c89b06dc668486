import { randomUUID } from 'node:crypto';
import { DomainError } from '../../platform/base/errors.ts';
import { readOrganisationName } from '../../platform/base/organisation.sql.ts';
import { cleanLine } from '../../platform/base/text.ts';
import type { Deps } from '../../platform/deps.ts';
import { seal, unseal } from '../../platform/sealing/secrets.ts';
import {
  auditOwnAct,
  ceremonyOf,
  continueSetup,
  ensureMayChange,
  withMember,
} from './account-access.ts';
import type { AccountAccess, Changed } from './account-access.ts';
import { askToRegister, makeRecoveryCodes, readNewPasskey } from './second-factors.ts';
import {
  addPasskeyRow,
  listPasskeys,
  removePasskeyRow,
  renamePasskeyRow,
} from './staff-access.sql.ts';
import type { RequestFacts } from './staff-sessions.ts';
import { hasSecondFactor, setTotpSecret } from './staff.sql.ts';
import type { StaffRow } from './staff.sql.ts';
import { makeTotpSecret, totpStep, totpUri } from './totp.ts';

const MAX_PASSKEY_NAME = 60;

export const proposeTotp = async (
  deps: Deps,
  access: AccountAccess,
): Promise<{ setup: string; secret: string; uri: string }> => {
  const { member } = await ensureMayChange(deps, access);
  const secret = makeTotpSecret();
  const until = Date.now() + deps.config.limits.staffSignInMinutes * 60_000;
  const setup = seal(deps.keys.secondFactor, `${member.id} ${secret}`, until);
  return { setup, secret, uri: await uriOf(deps, member, secret) };
};

export const readTotpSetup = async (
  deps: Deps,
  { setup, ...access }: AccountAccess & { setup: string },
): Promise<{ secret: string; uri: string } | undefined> => {
  const { member } = await ensureMayChange(deps, access);
  const secret = openSetup(deps, member, setup);
  return secret === undefined ? undefined : { secret, uri: await uriOf(deps, member, secret) };
};

export const confirmTotp = async (
  deps: Deps,
  {
    setup,
    code,
    userAgent,
    from,
    ...access
  }: AccountAccess & { setup: string; code: string } & RequestFacts,
): Promise<Changed<'missing' | 'wrong' | 'expired'>> => {
  const asking = await ensureMayChange(deps, access);
  return withMember(deps, asking, async (tx, member) => {
    const secret = openSetup(deps, member, setup);
    if (secret === undefined) return { outcome: 'invalid', problem: 'expired' };
    if (code.trim() === '') return { outcome: 'invalid', problem: 'missing' };
    const step = totpStep(secret, code);
    if (step === undefined) return { outcome: 'invalid', problem: 'wrong' };
    const staffId = member.id;
    await setTotpSecret(tx, { id: staffId, secret, step });
    await auditOwnAct(tx, staffId, 'second_factor_added', { from, details: { factor: 'totp' } });
    const next = { access, staffId, secondFactor: 'totp', userAgent, from } as const;
    return { outcome: 'changed', ...(await continueSetup(deps, tx, next)) };
  });
};

export const removeTotp = async (
  deps: Deps,
  { userAgent: _userAgent, from, ...access }: AccountAccess & RequestFacts,
): Promise<Changed<'last'>> => {
  const asking = await ensureMayChange(deps, access);
  return withMember(deps, asking, async (tx, member) => {
    if (member.totpSecret === null) return { outcome: 'changed' };
    if (isLastFactor(deps, { ...member, totpSecret: null }))
      return { outcome: 'invalid', problem: 'last' };
    await setTotpSecret(tx, { id: member.id, secret: null, step: 0 });
    const details = { factor: 'totp' };
    await auditOwnAct(tx, member.id, 'second_factor_removed', { from, details });
    return { outcome: 'changed' };
  });
};

export const askNewPasskey = async (deps: Deps, access: AccountAccess): Promise<object> => {
  const { member } = await ensureMayChange(deps, access);
  return askToRegister(deps, member, ceremonyOf(access, 'add'));
};

export const addPasskey = async (
  deps: Deps,
  {
    name,
    answer,
    userAgent,
    from,
    ...access
  }: AccountAccess & { name: string; answer: string } & RequestFacts,
): Promise<Changed<'refused' | 'known'>> => {
  const asking = await ensureMayChange(deps, access);
  const created = await readNewPasskey(deps, { ...ceremonyOf(access, 'add'), answer });
  if (!created) return { outcome: 'invalid', problem: 'refused' };
  return withMember(deps, asking, async (tx, member) => {
    const staffId = member.id;
    const passkeyId = randomUUID();
    const called = cutName(name) || `${member.username} ${member.passkeys + 1}`;
    if (!(await addPasskeyRow(tx, { id: passkeyId, staffId, name: called, ...created })))
      return { outcome: 'invalid', problem: 'known' };
    const details = { factor: 'passkey', passkeyId };
    await auditOwnAct(tx, staffId, 'second_factor_added', { from, details });
    const next = { access, staffId, secondFactor: 'passkey', userAgent, from } as const;
    return { outcome: 'changed', ...(await continueSetup(deps, tx, next)) };
  });
};

export const renamePasskey = async (
  deps: Deps,
  {
    passkeyId,
    name,
    userAgent: _userAgent,
    from,
    ...access
  }: AccountAccess & { passkeyId: string; name: string } & RequestFacts,
): Promise<void> => {
  const asking = await ensureMayChange(deps, access);
  await withMember(deps, asking, async (tx, { id: staffId }) => {
    if (!(await renamePasskeyRow(tx, { id: passkeyId, staffId, name: cutName(name) })))
      throw new DomainError('not_found');
    await auditOwnAct(tx, staffId, 'passkey_renamed', { from, details: { passkeyId } });
  });
};

export const removePasskey = async (
  deps: Deps,
  {
    passkeyId,
    userAgent: _userAgent,
    from,
    ...access
  }: AccountAccess & { passkeyId: string } & RequestFacts,
): Promise<Changed<'last'>> => {
  const asking = await ensureMayChange(deps, access);
  return withMember(deps, asking, async (tx, member) => {
    const known = await listPasskeys(tx, member.id);
    if (!known.some(({ id }) => id === passkeyId)) throw new DomainError('not_found');
    if (isLastFactor(deps, { ...member, passkeys: member.passkeys - 1 }))
      return { outcome: 'invalid', problem: 'last' };
    await removePasskeyRow(tx, { id: passkeyId, staffId: member.id });
    const details = { factor: 'passkey', passkeyId };
    await auditOwnAct(tx, member.id, 'second_factor_removed', { from, details });
    return { outcome: 'changed' };
  });
};

/** Shown only here; earlier codes are dead. */
export const issueRecoveryCodes = async (
  deps: Deps,
  { userAgent: _userAgent, from, ...access }: AccountAccess & RequestFacts,
): Promise<string[]> => {
  const asking = await ensureMayChange(deps, access);
  return withMember(deps, asking, async (tx, member) => {
    // They are a way back to a factor, so there is one first.
    if (asking.state === 'setup' || !hasSecondFactor(member)) throw new DomainError('not_allowed');
    const codes = await makeRecoveryCodes(deps, tx, member.id);
    const details = { codes: codes.length };
    await auditOwnAct(tx, member.id, 'recovery_codes_issued', { from, details });
    return codes;
  });
};

const isLastFactor = ({ config }: Deps, left: Pick<StaffRow, 'totpSecret' | 'passkeys'>): boolean =>
  config.STAFF_SECOND_FACTOR === 'required' && !hasSecondFactor(left);

const openSetup = ({ keys }: Deps, member: StaffRow, setup: string): string | undefined => {
  const opened = unseal(keys.secondFactor, setup, Date.now());
  const [staffId, secret] = opened?.split(' ') ?? [];
  return staffId === member.id ? secret : undefined;
};

const uriOf = async ({ db }: Deps, { username }: StaffRow, secret: string): Promise<string> =>
  totpUri(username, secret, await readOrganisationName(db));

const cutName = (name: string): string => [...cleanLine(name)].slice(0, MAX_PASSKEY_NAME).join('');
