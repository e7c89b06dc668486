import { hash, verify } from '@node-rs/argon2';
import { Secret, TOTP } from 'otpauth';
import type { Db } from '../db/client.ts';
import { addSession, findSession } from '../db/sessions.ts';
import { findStaffById, findStaffByUsername, useTotpStep } from '../db/staff.ts';
import type { StaffRow } from '../db/staff.ts';
import { toLatinDigits } from '../domain/digits.ts';
import type { Desk, StaffMember, StaffSignInResult } from './desk.ts';
import { NO_LIMITS } from './rate-limit.ts';
import type { RateLimit } from './rate-limit.ts';
import { hashToken, makeToken, seal, unseal } from './secrets.ts';
import { createTurns } from './turns.ts';

/** Argon2id at the floor that OWASP's password storage sheet names. */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };
// One hash takes 19 MiB and most of a core for some 80 ms: two at once leave room for the pages.
const HASHES = { atOnce: 2, waiting: 16 };
const TOTP_PERIOD_SECONDS = 30;
const SECOND_FACTOR_MS = 5 * 60_000;

export const hashPassword = (password: string): Promise<string> => hash(password, ARGON2);

/** Base 32 of 160 random bits. */
export const makeTotpSecret = (): string => new Secret({ size: 20 }).base32;

/** Undefined: not base 32, or too short to be safe. */
export const parseTotpSecret = (typed: string): string | undefined => {
  try {
    const secret = Secret.fromBase32(typed.replace(/[\s-]/g, '').toUpperCase());
    return secret.bytes.length >= 10 ? secret.base32 : undefined;
  } catch {
    return undefined;
  }
};

const totpFor = (username: string, secret: string): TOTP =>
  new TOTP({ issuer: 'Pishkhan', label: username, secret, period: TOTP_PERIOD_SECONDS });

/** `otpauth://…`, which an authenticator app reads. */
export const totpUri = (username: string, secret: string): string =>
  totpFor(username, secret).toString();

const toMember = ({ id, username, name, role, unitIds }: StaffRow): StaffMember => ({
  id,
  username,
  name,
  role,
  unitIds,
});

export const createStaffSignIn = ({
  db,
  key,
  secondFactor,
  sessionHours,
  sessionIdleMinutes,
  limits = NO_LIMITS,
}: {
  db: Db;
  key: Buffer;
  secondFactor: 'required' | 'optional' | 'off';
  sessionHours: number;
  sessionIdleMinutes: number;
  limits?: RateLimit;
}): Pick<Desk, 'staffSignIn' | 'staffSecondFactor' | 'findStaff'> => {
  // An unknown user name costs as much time as a wrong password.
  const decoy = hashPassword(makeToken().token);
  const takeTurn = createTurns(HASHES);

  const openSession = async (staffId: string): Promise<StaffSignInResult> => {
    const { token, tokenHash } = makeToken();
    await addSession(db, { tokenHash, staffId, hours: sessionHours });
    return { outcome: 'signed_in', sessionToken: token };
  };

  return {
    async staffSignIn({ username, password }) {
      const name = username.trim().toLowerCase();
      await limits.take('staff_of_name', name);
      const member = await findStaffByUsername(db, name);
      const expected = member?.passwordHash ?? (await decoy);
      const right = await takeTurn(() => verify(expected, password));
      if (!member || !right || member.disabledAt) return { outcome: 'invalid' };
      await limits.giveBack('staff_of_name', name);
      if (secondFactor === 'off') return openSession(member.id);
      if (member.totpSecret)
        return {
          outcome: 'second_factor',
          pendingToken: seal(key, member.id, Date.now() + SECOND_FACTOR_MS),
        };
      return secondFactor === 'required'
        ? { outcome: 'second_factor_missing' }
        : openSession(member.id);
    },

    async staffSecondFactor({ pendingToken, code }) {
      const staffId = unseal(key, pendingToken, Date.now());
      const member = staffId ? await findStaffById(db, staffId) : undefined;
      if (!member?.totpSecret || member.disabledAt) return { outcome: 'invalid' };
      await limits.take('second_factor', member.id);
      const token = toLatinDigits(code).replace(/[^0-9]/g, '');
      const delta = totpFor(member.username, member.totpSecret).validate({ token, window: 1 });
      if (delta === null) return { outcome: 'invalid' };
      const step = Math.floor(Date.now() / 1000 / TOTP_PERIOD_SECONDS) + delta;
      if (!(await useTotpStep(db, { id: member.id, step }))) return { outcome: 'invalid' };
      await limits.giveBack('second_factor', member.id);
      return openSession(member.id);
    },

    async findStaff(sessionToken) {
      const session = await findSession(db, {
        tokenHash: hashToken(sessionToken),
        idleMinutes: sessionIdleMinutes,
      });
      const member = session?.staffId ? await findStaffById(db, session.staffId) : undefined;
      return member && !member.disabledAt ? toMember(member) : undefined;
    },
  };
};
