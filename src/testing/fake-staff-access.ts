/** How staff get in, on the fake desk: tokens are `staff-<username>`, codes are the good ones. */
import { randomUUID } from 'node:crypto';
import { DomainError } from '../platform/base/errors.ts';
import type { StaffMember } from '../desk/staff/staff-member.ts';
import type {
  AccountAccess,
  PendingSignIn,
  StaffAccess,
  StaffAccount,
  StaffSession,
} from '../desk/staff/staff-access.ts';

/** The second step of a sign-in, and a first set-up. */
export const PENDING = 'pending-token';
export const SETUP = 'setup-token';
/** A single sign-on under way. */
export const SIGN_ON = 'sign-on-token';
export const SIGN_ON_URL = 'https://identity.test/authorize?state=1';

const BROWSER = 'staff-browser';
const SECRET = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP';
const PASSKEY_OPTIONS = { challenge: 'Y2hhbGxlbmdl', rpId: 'localhost' };
const URI = `otpauth://totp/Pishkhan:maryam?secret=${SECRET}`;

export interface FakeStaffAccess {
  access: StaffAccess;
  /** What an account is like, beyond whose it is; a test changes it. */
  account: Omit<StaffAccount, 'staff' | 'state' | 'missing'>;
  ways: PendingSignIn['ways'];
}

export const createFakeStaffAccess = ({
  members,
  code: goodCode,
  password: goodPassword,
}: {
  members: () => StaffMember[];
  code: string;
  password: string;
}): FakeStaffAccess => {
  const fake: FakeStaffAccess = {
    access: undefined as never,
    account: {
      mayChange: true,
      passwordChangedAt: new Date('2026-11-01T08:00:00Z'),
      totp: true,
      passkeys: [
        {
          id: '5c6e0e5e-3a8e-4f0e-9a35-0d6a3b1c7f10',
          name: 'کلید امنیتی آبی (YubiKey 5C)',
          createdAt: new Date('2026-10-01T08:00:00Z'),
          lastUsedAt: null,
        },
      ],
      recoveryCodes: 3,
      mayRemoveLast: false,
      singleSignOn: 'linked',
    },
    ways: { totp: true, passkey: true, recoveryCode: true },
  };
  const sessions: StaffSession[] = [true, false].map((own) => ({
    id: randomUUID(),
    userAgent: own
      ? 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0'
      : null,
    createdAt: new Date(),
    lastSeenAt: new Date(),
    secondFactor: own ? 'totp' : null,
    own,
  }));

  const findStaff = (token: string): StaffMember | undefined =>
    members().find(({ username }) => token === `staff-${username}`);
  const find = (access: AccountAccess): StaffAccount | undefined => {
    const setup = 'pendingToken' in access;
    const staff = setup ? members()[0] : findStaff(access.sessionToken);
    if (!staff || (setup && access.pendingToken !== SETUP)) return undefined;
    return {
      ...fake.account,
      staff,
      state: setup ? 'setup' : 'session',
      missing: setup ? ['password', 'second_factor'] : [],
      ...(setup && { totp: false, passkeys: [], recoveryCodes: 0, passwordChangedAt: null }),
    };
  };
  const ask = async (access: AccountAccess): Promise<StaffAccount> => {
    const account = find(access);
    if (!account?.mayChange) throw new DomainError('not_allowed');
    return account;
  };
  const changed = async <Result>(access: AccountAccess, result: Result): Promise<Result> => {
    await ask(access);
    return result;
  };
  const secondFactor = (pendingToken: string, isRight: boolean) =>
    Promise.resolve(
      isRight && pendingToken !== SETUP
        ? { outcome: 'signed_in' as const, sessionToken: 'staff-admin', browserToken: BROWSER }
        : { outcome: 'invalid' as const },
    );

  fake.access = {
    staffSignIn: ({ username, password }) => {
      if (password !== goodPassword) return Promise.resolve({ outcome: 'invalid' });
      if (username === 'totp')
        return Promise.resolve({ outcome: 'second_factor', pendingToken: PENDING });
      if (username === 'new') return Promise.resolve({ outcome: 'setup', pendingToken: SETUP });
      return Promise.resolve({
        outcome: 'signed_in',
        sessionToken: `staff-${username}`,
        browserToken: BROWSER,
      });
    },
    findPendingSignIn: (pendingToken) =>
      Promise.resolve({
        needs: pendingToken === SETUP ? 'setup' : 'second_factor',
        ways: fake.ways,
      }),
    staffSecondFactor: ({ pendingToken, code }) => secondFactor(pendingToken, code === goodCode),
    askSignInPasskey: () => Promise.resolve(fake.ways.passkey ? PASSKEY_OPTIONS : undefined),
    staffPasskey: ({ pendingToken, answer }) => secondFactor(pendingToken, answer === goodCode),
    beginSingleSignOn: () => Promise.resolve({ url: SIGN_ON_URL, token: SIGN_ON }),
    finishSingleSignOn: ({ token, callback }) =>
      Promise.resolve(
        token !== SIGN_ON
          ? { outcome: 'expired' }
          : callback.searchParams.get('code') === goodCode
            ? { outcome: 'signed_in', sessionToken: 'staff-admin', browserToken: BROWSER }
            : { outcome: 'invalid' },
      ),
    findStaff: (token) => Promise.resolve(findStaff(token)),
    staffSignOut: () => Promise.resolve(),
    findAccount: (access) => Promise.resolve(find(access)),
    confirmAccount: ({ sessionToken, password, code }) =>
      Promise.resolve(
        password === goodPassword && code === goodCode
          ? { outcome: 'confirmed', sessionToken }
          : {
              outcome: 'invalid',
              fields: password === goodPassword ? { code: 'wrong' } : { password: 'wrong' },
            },
      ),
    askConfirmPasskey: () => Promise.resolve(PASSKEY_OPTIONS),
    confirmAccountByPasskey: ({ sessionToken, answer }) =>
      Promise.resolve(
        answer === goodCode ? { outcome: 'confirmed', sessionToken } : { outcome: 'invalid' },
      ),
    changePassword: ({ current, password }) => {
      if (current !== goodPassword)
        return Promise.resolve({ outcome: 'invalid', fields: { current: 'wrong' } });
      return Promise.resolve(
        password.length < 12
          ? { outcome: 'invalid', fields: { password: 'too_short' } }
          : { outcome: 'changed' },
      );
    },
    proposeTotp: (access) => changed(access, { setup: 'sealed', secret: SECRET, uri: URI }),
    readTotpSetup: ({ setup, ...access }) =>
      changed(access, setup === 'sealed' ? { secret: SECRET, uri: URI } : undefined),
    confirmTotp: ({ setup, code, userAgent: _userAgent, from: _from, ...access }) => {
      if (setup !== 'sealed') return changed(access, { outcome: 'invalid', problem: 'expired' });
      return changed(
        access,
        code === goodCode
          ? { outcome: 'changed' }
          : { outcome: 'invalid', problem: code.trim() === '' ? 'missing' : 'wrong' },
      );
    },
    removeTotp: (access) => changed(access, { outcome: 'changed' }),
    askNewPasskey: (access) => changed(access, PASSKEY_OPTIONS),
    addPasskey: ({ answer, name: _name, userAgent: _userAgent, from: _from, ...access }) =>
      changed(
        access,
        answer === goodCode ? { outcome: 'changed' } : { outcome: 'invalid', problem: 'refused' },
      ),
    renamePasskey: async ({ passkeyId, ...access }) => {
      const { passkeys } = await ask(access);
      if (!passkeys.some(({ id }) => id === passkeyId)) throw new DomainError('not_found');
    },
    removePasskey: async ({ passkeyId, ...access }) => {
      const { passkeys } = await ask(access);
      if (!passkeys.some(({ id }) => id === passkeyId)) throw new DomainError('not_found');
      return { outcome: 'invalid', problem: 'last' };
    },
    issueRecoveryCodes: (access) =>
      changed(
        access,
        Array.from({ length: 10 }, (_, i) => `7K3M-9QRT-2XAB-0F4${i}-8HJN-5WYZ`),
      ),
    listOwnSessions: () => Promise.resolve(sessions),
    endOwnSession: async ({ sessionToken, sessionId }) => {
      await ask({ sessionToken });
      return { own: sessions.some(({ id, own }) => own && id === sessionId) };
    },
    endOtherSessions: ({ sessionToken }) => changed({ sessionToken }, { ended: 1 }),
  };
  return fake;
};
