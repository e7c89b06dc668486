import { randomUUID } from 'node:crypto';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Db, Tx } from '../../platform/base/database.ts';
import { endSessionsOf, listSessionsOf } from './sessions.sql.ts';
import {
  addPasskey,
  endSignInsOf,
  findSignIn,
  listPasskeys,
  removePasskey,
  renamePasskey,
} from './staff-access.sql.ts';
import type { SignInRow } from './staff-access.sql.ts';
import { hasIdentity } from './staff-identities.sql.ts';
import {
  findStaffById,
  hasSecondFactor,
  lockStaff,
  setStaffPassword,
  setTotpSecret,
} from './staff.sql.ts';
import type { StaffRow } from './staff.sql.ts';
import type { AuditAction } from '../../platform/audit/audit-action.ts';
import type { AuditDetails } from '../../platform/audit/audit-detail.ts';
import { DomainError } from '../../platform/base/errors.ts';
import { passwordProblem } from './password.ts';
import { cleanLine } from '../../platform/base/text.ts';
import type { Passwords } from './passwords.ts';
import type { RateLimit } from '../../platform/base/rate-limit.ts';
import type { Ceremony, SecondFactors } from './second-factors.ts';
import { hashToken, seal, unseal } from '../../platform/sealing/secrets.ts';
import type {
  AccountAccess,
  ChosenPasswordProblem,
  RequestFacts,
  SecondFactorKind,
  StaffAccess,
  StaffAccount,
} from './staff-access.ts';
import type { StaffSessions } from './staff-sessions.ts';
import { goOnWithSignIn, missingSetup, SignInEnded, toMember } from './staff-sign-in.ts';
import type { SecondFactorPolicy } from './staff-sign-in.ts';
import { makeTotpSecret, totpStep, totpUri } from './totp.ts';

const LONGEST_PASSKEY_NAME = 60;

/** Who asks, and what they may do just now. */
interface Asking {
  member: StaffRow;
  state: 'session' | 'setup';
  mayChange: boolean;
  tokenHash: Buffer;
  /** The identity provider has just said who it is. */
  identityProven: boolean;
  /** Until the session ends, when nobody asks with it again. */
  secondsLeft?: number;
}

type ProvenFactor = 'totp' | 'passkey';

/** A member's own account, and the first set-up. */
export const createStaffAccount = ({
  db,
  key,
  policy,
  passwords,
  factors,
  sessions,
  idleMinutes,
  signInMinutes,
  orgName,
  limits,
  hasProvider,
}: {
  db: Db;
  /** Seals a secret that is proposed and not yet confirmed. */
  key: Buffer;
  policy: SecondFactorPolicy;
  passwords: Passwords;
  factors: SecondFactors;
  sessions: StaffSessions;
  idleMinutes: number;
  signInMinutes: number;
  orgName: string;
  limits: RateLimit;
  /** Staff may sign in at an identity provider. */
  hasProvider: boolean;
}): Pick<
  StaffAccess,
  | 'findAccount'
  | 'confirmAccount'
  | 'askConfirmPasskey'
  | 'confirmAccountByPasskey'
  | 'changePassword'
  | 'proposeTotp'
  | 'readTotpSetup'
  | 'confirmTotp'
  | 'removeTotp'
  | 'askNewPasskey'
  | 'addPasskey'
  | 'renamePasskey'
  | 'removePasskey'
  | 'issueRecoveryCodes'
  | 'listOwnSessions'
  | 'endOwnSession'
  | 'endOtherSessions'
> => {
  /** A factor that is there is proven before anything is set up. */
  const isInSetup = (signIn: SignInRow | undefined, member: StaffRow): boolean =>
    signIn !== undefined &&
    (signIn.secondFactor !== null || !hasSecondFactor(member)) &&
    missingSetup(policy, member).length > 0;

  const findAsking = async (access: AccountAccess): Promise<Asking | undefined> => {
    if ('sessionToken' in access) {
      const found = await sessions.find(access.sessionToken);
      if (!found) return undefined;
      const { member, session } = found;
      const tokenHash = hashToken(access.sessionToken);
      const { proven: mayChange, identityProven, secondsLeft } = session;
      return { member, state: 'session', mayChange, identityProven, tokenHash, secondsLeft };
    }
    const tokenHash = hashToken(access.pendingToken);
    const signIn = await findSignIn(db, tokenHash);
    const member = signIn && (await findStaffById(db, signIn.staffId));
    if (!signIn || !member || member.disabledAt) return undefined;
    return isInSetup(signIn, member)
      ? { member, state: 'setup', mayChange: true, identityProven: false, tokenHash }
      : undefined;
  };

  /** @throws DomainError not_allowed when nobody asks, or the last proof is too long ago */
  const ask = async (access: AccountAccess, { change }: { change: boolean }): Promise<Asking> => {
    const asking = await findAsking(access);
    if (!asking || (change && !asking.mayChange)) throw new DomainError('not_allowed');
    return asking;
  };

  const tell = (
    tx: Tx,
    staffId: string,
    action: AuditAction,
    facts: RequestFacts,
    details: AuditDetails = {},
  ): Promise<void> =>
    addAuditEntry(tx, {
      actor: { kind: 'staff', id: staffId },
      action,
      details,
      from: facts.from,
    });

  /** In a first set-up: the next step, now that the second factor is proven. */
  const goOn = async (
    tx: Tx,
    access: AccountAccess,
    staffId: string,
    secondFactor: SecondFactorKind,
    facts: RequestFacts,
  ): Promise<{ sessionToken?: string; pendingToken?: string }> => {
    if (!('pendingToken' in access)) return {};
    const { pendingToken } = access;
    const signIn = { policy, sessions, staffId, pendingToken, secondFactor };
    const { outcome: _outcome, ...tokens } = await goOnWithSignIn(tx, { ...signIn, ...facts });
    return tokens;
  };

  /** Runs `act` with the member locked. @throws DomainError not_allowed as `ask` */
  const withMember = async <Result>(
    access: AccountAccess,
    { change }: { change: boolean },
    act: (tx: Tx, asking: Asking) => Promise<Result>,
  ): Promise<Result> => {
    const asking = await ask(access, { change });
    try {
      return await db.begin(async (tx) => {
        const member = await lockStaff(tx, asking.member.id);
        if (!member || member.disabledAt) throw new DomainError('not_allowed');
        // Two may be at it with the password of the operator: the first one to set up a factor is in.
        if (asking.state === 'setup' && !isInSetup(await findSignIn(tx, asking.tokenHash), member))
          throw new DomainError('not_allowed');
        return act(tx, { ...asking, member });
      });
    } catch (error) {
      if (error instanceof SignInEnded) throw new DomainError('not_allowed', {}, error);
      throw error;
    }
  };

  const change = <Result>(
    access: AccountAccess,
    act: (tx: Tx, asking: Asking) => Promise<Result>,
  ): Promise<Result> => withMember(access, { change: true }, act);

  const ceremonyOf = (access: AccountAccess, purpose: Ceremony['purpose']): Ceremony => ({
    boundTo: hashToken('sessionToken' in access ? access.sessionToken : access.pendingToken),
    purpose,
  });

  const isLast = (member: StaffRow, factor: ProvenFactor): boolean => {
    const left =
      factor === 'totp'
        ? { totpSecret: null, passkeys: member.passkeys }
        : { totpSecret: member.totpSecret, passkeys: member.passkeys - 1 };
    return policy === 'required' && !hasSecondFactor(left);
  };

  const chosenPasswordProblem = (
    member: StaffRow,
    { current, password }: { current: string; password: string },
  ): ChosenPasswordProblem | undefined => {
    if (password === '') return 'missing';
    if (password === current) return 'same';
    return passwordProblem(password, [member.username, member.name, orgName]);
  };

  const openSetup = (member: StaffRow, setup: string): string | undefined => {
    const opened = unseal(key, setup, Date.now());
    const [staffId, secret] = opened?.split(' ') ?? [];
    return staffId === member.id ? secret : undefined;
  };

  const singleSignOnOf = async ({
    member,
    state,
    identityProven,
  }: Asking): Promise<StaffAccount['singleSignOn']> => {
    if (!hasProvider || state === 'setup') return 'none';
    if (identityProven) return 'proven';
    return (await hasIdentity(db, member.id)) ? 'linked' : 'none';
  };

  const uriOf = ({ username }: StaffRow, secret: string): string =>
    totpUri(username, secret, orgName);

  return {
    async findAccount(access) {
      const asking = await findAsking(access);
      if (!asking) return undefined;
      const { member, state, mayChange } = asking;
      const passkeys = await listPasskeys(db, member.id);
      return {
        staff: {
          ...toMember(member),
          ...(asking.secondsLeft !== undefined && { sessionSeconds: asking.secondsLeft }),
        },
        state,
        missing: state === 'setup' ? missingSetup(policy, member) : [],
        mayChange,
        passwordChangedAt: member.passwordChangedAt,
        totp: member.totpSecret !== null,
        passkeys: passkeys.map(({ id, name, createdAt, lastUsedAt }) => ({
          id,
          name,
          createdAt,
          lastUsedAt,
        })),
        recoveryCodes: member.recoveryCodes,
        mayRemoveLast: policy !== 'required',
        singleSignOn: await singleSignOnOf(asking),
      };
    },

    async confirmAccount({ sessionToken, password, code, ...facts }) {
      const { member, identityProven } = await ask({ sessionToken }, { change: false });
      const needsCode = policy !== 'off' && hasSecondFactor(member);
      const missing = {
        ...(password === '' && !identityProven && { password: 'missing' as const }),
        ...(needsCode && code.trim() === '' && { code: 'missing' as const }),
      };
      if (Object.keys(missing).length > 0) return { outcome: 'invalid', fields: missing };
      await limits.take('second_factor', member.id);
      // The code is looked at, and used up, only after the right password.
      const right = identityProven || (await passwords.isRight(member.passwordHash, password));
      const result = await db.begin(async (tx) => {
        if (!right) return { password: 'wrong' as const };
        const locked = await lockStaff(tx, member.id);
        const proven = locked && needsCode ? await factors.useCode(tx, locked, code) : null;
        if (proven === undefined) return { code: 'wrong' as const };
        if (proven === 'recovery_code') await tell(tx, member.id, 'recovery_code_used', facts);
        const renewed = await sessions.renew(tx, {
          sessionToken,
          secondFactor: proven,
          proven: true,
        });
        if (renewed === undefined) throw new DomainError('not_allowed');
        await tell(tx, member.id, 'staff_confirmed', facts, { by: proven ?? 'password' });
        return renewed;
      });
      if (typeof result !== 'string') {
        await db.begin((tx) =>
          tell(tx, member.id, 'staff_confirmation_refused', facts, {
            why: 'password' in result ? 'password' : 'second_factor',
          }),
        );
        return { outcome: 'invalid', fields: result };
      }
      await limits.giveBack('second_factor', member.id);
      return { outcome: 'confirmed', sessionToken: result };
    },

    async askConfirmPasskey(sessionToken) {
      const { member } = await ask({ sessionToken }, { change: false });
      return factors.askToSign(member, ceremonyOf({ sessionToken }, 'confirm'));
    },

    async confirmAccountByPasskey({ sessionToken, answer, ...facts }) {
      const { member } = await ask({ sessionToken }, { change: false });
      await limits.take('second_factor', member.id);
      const ceremony = ceremonyOf({ sessionToken }, 'confirm');
      const proven = await factors.useAnswer(member, { ...ceremony, answer });
      const renewed = await db.begin(async (tx) => {
        if (!proven) {
          await tell(tx, member.id, 'staff_confirmation_refused', facts, { why: 'passkey' });
          return undefined;
        }
        await tell(tx, member.id, 'staff_confirmed', facts, { by: proven });
        return sessions.renew(tx, { sessionToken, secondFactor: proven, proven: true });
      });
      if (renewed === undefined) return { outcome: 'invalid' };
      await limits.giveBack('second_factor', member.id);
      return { outcome: 'confirmed', sessionToken: renewed };
    },

    async changePassword({ current, password, ...rest }) {
      const { userAgent, from, ...access } = rest;
      const facts = { userAgent, from };
      const { member } = await ask(access, { change: false });
      if (current === '') {
        const problem = chosenPasswordProblem(member, { current, password });
        return {
          outcome: 'invalid',
          fields: { current: 'missing', ...(problem && { password: problem }) },
        };
      }
      await limits.take('second_factor', member.id);
      if (!(await passwords.isRight(member.passwordHash, current))) {
        await db.begin((tx) =>
          tell(tx, member.id, 'staff_confirmation_refused', facts, { why: 'password' }),
        );
        return { outcome: 'invalid', fields: { current: 'wrong' } };
      }
      await limits.giveBack('second_factor', member.id);
      const problem = chosenPasswordProblem(member, { current, password });
      if (problem) return { outcome: 'invalid', fields: { password: problem } };
      const passwordHash = await passwords.hash(password);
      return withMember(access, { change: false }, async (tx, { member: locked, tokenHash }) => {
        // Somebody was first, with another password.
        if (locked.passwordHash !== member.passwordHash) throw new DomainError('not_allowed');
        await setStaffPassword(tx, { id: member.id, passwordHash });
        const sessionsEnded = await endSessionsOf(tx, { owner: ownerOf(member), but: tokenHash });
        await endSignInsOf(tx, { staffId: member.id, but: tokenHash });
        await tell(tx, member.id, 'password_changed', facts, { sessionsEnded });
        if ('pendingToken' in access) {
          const proven = (await findSignIn(tx, tokenHash))?.secondFactor;
          return {
            outcome: 'changed',
            ...(proven && (await goOn(tx, access, member.id, proven as SecondFactorKind, facts))),
          };
        }
        const { sessionToken } = access;
        // The password alone proves who somebody is only where nothing else is asked for.
        const isProof = policy === 'off' || !hasSecondFactor(locked);
        const renewed = await sessions.renew(tx, {
          sessionToken,
          secondFactor: null,
          proven: isProof,
        });
        if (renewed === undefined) throw new DomainError('not_allowed');
        return { outcome: 'changed', sessionToken: renewed };
      });
    },

    async proposeTotp(access) {
      const { member } = await ask(access, { change: true });
      const secret = makeTotpSecret();
      const until = Date.now() + signInMinutes * 60_000;
      const setup = seal(key, `${member.id} ${secret}`, until);
      return { setup, secret, uri: uriOf(member, secret) };
    },

    async readTotpSetup({ setup, ...access }) {
      const { member } = await ask(access, { change: true });
      const secret = openSetup(member, setup);
      return secret === undefined ? undefined : { secret, uri: uriOf(member, secret) };
    },

    confirmTotp({ setup, code, userAgent, from, ...access }) {
      const facts = { userAgent, from };
      return change(access, async (tx, { member }) => {
        const secret = openSetup(member, setup);
        if (secret === undefined) return { outcome: 'invalid', problem: 'expired' };
        if (code.trim() === '') return { outcome: 'invalid', problem: 'missing' };
        const step = totpStep(secret, code);
        if (step === undefined) return { outcome: 'invalid', problem: 'wrong' };
        await setTotpSecret(tx, { id: member.id, secret, step });
        await tell(tx, member.id, 'second_factor_added', facts, { factor: 'totp' });
        return { outcome: 'changed', ...(await goOn(tx, access, member.id, 'totp', facts)) };
      });
    },

    removeTotp({ userAgent, from, ...access }) {
      return change(access, async (tx, { member }) => {
        if (member.totpSecret === null) return { outcome: 'changed' };
        if (isLast(member, 'totp')) return { outcome: 'invalid', problem: 'last' };
        await setTotpSecret(tx, { id: member.id, secret: null, step: 0 });
        await tell(tx, member.id, 'second_factor_removed', { userAgent, from }, { factor: 'totp' });
        return { outcome: 'changed' };
      });
    },

    async askNewPasskey(access) {
      const { member } = await ask(access, { change: true });
      return factors.askToCreate(member, ceremonyOf(access, 'add'));
    },

    async addPasskey({ name, answer, userAgent, from, ...access }) {
      const facts = { userAgent, from };
      await ask(access, { change: true });
      const created = await factors.readCreated({ ...ceremonyOf(access, 'add'), answer });
      if (!created) return { outcome: 'invalid', problem: 'refused' };
      return change(access, async (tx, { member }) => {
        const id = randomUUID();
        const called = cutName(name) || `${member.username} ${member.passkeys + 1}`;
        if (!(await addPasskey(tx, { id, staffId: member.id, name: called, ...created })))
          return { outcome: 'invalid', problem: 'known' };
        await tell(tx, member.id, 'second_factor_added', facts, {
          factor: 'passkey',
          passkeyId: id,
        });
        return {
          outcome: 'changed',
          ...(await goOn(tx, access, member.id, 'passkey', facts)),
        };
      });
    },

    renamePasskey({ passkeyId, name, userAgent, from, ...access }) {
      return change(access, async (tx, { member }) => {
        const called = cutName(name);
        if (!(await renamePasskey(tx, { id: passkeyId, staffId: member.id, name: called })))
          throw new DomainError('not_found');
        await tell(tx, member.id, 'passkey_renamed', { userAgent, from }, { passkeyId });
      });
    },

    removePasskey({ passkeyId, userAgent, from, ...access }) {
      return change(access, async (tx, { member }) => {
        const known = await listPasskeys(tx, member.id);
        if (!known.some(({ id }) => id === passkeyId)) throw new DomainError('not_found');
        if (isLast(member, 'passkey')) return { outcome: 'invalid', problem: 'last' };
        await removePasskey(tx, { id: passkeyId, staffId: member.id });
        await tell(
          tx,
          member.id,
          'second_factor_removed',
          { userAgent, from },
          { factor: 'passkey', passkeyId },
        );
        return { outcome: 'changed' };
      });
    },

    issueRecoveryCodes({ userAgent, from, ...access }) {
      return change(access, async (tx, { member, state }) => {
        // They are a way back to a factor, so there is one first.
        if (state === 'setup' || !hasSecondFactor(member)) throw new DomainError('not_allowed');
        const codes = await factors.issueRecoveryCodes(tx, member.id);
        await tell(
          tx,
          member.id,
          'recovery_codes_issued',
          { userAgent, from },
          { codes: codes.length },
        );
        return codes;
      });
    },

    async listOwnSessions(sessionToken) {
      const { member, tokenHash } = await ask({ sessionToken }, { change: false });
      const rows = await listSessionsOf(db, { owner: ownerOf(member), tokenHash, idleMinutes });
      return rows.map((row) => ({
        ...row,
        secondFactor: row.secondFactor as SecondFactorKind | null,
      }));
    },

    endOwnSession({ sessionToken, sessionId, ...facts }) {
      return change({ sessionToken }, async (tx, { member, tokenHash }) => {
        const owner = ownerOf(member);
        const own = (await listSessionsOf(tx, { owner, tokenHash, idleMinutes })).some(
          (row) => row.own && row.id === sessionId,
        );
        const ended = await endSessionsOf(tx, { owner, id: sessionId });
        if (ended > 0) await tell(tx, member.id, 'staff_sessions_ended', facts, { sessions: 1 });
        return { own };
      });
    },

    endOtherSessions({ sessionToken, ...facts }) {
      return change({ sessionToken }, async (tx, { member, tokenHash }) => {
        const ended = await endSessionsOf(tx, { owner: ownerOf(member), but: tokenHash });
        if (ended > 0)
          await tell(tx, member.id, 'staff_sessions_ended', facts, { sessions: ended });
        return { ended };
      });
    },
  };
};

const ownerOf = ({ id }: StaffRow): { staffId: string } => ({ staffId: id });

const cutName = (name: string): string =>
  [...cleanLine(name)].slice(0, LONGEST_PASSKEY_NAME).join('');
