import { createHmac, randomBytes } from 'node:crypto';
import type { Handle, Tx } from '../../platform/base/database.ts';
import type { Deps } from '../../platform/deps.ts';
import { sameBytes } from '../../platform/sealing/secrets.ts';
import {
  credentialIdOf,
  readRegistration,
  readSignature,
  registrationOptions,
  signingOptions,
} from './passkeys.ts';
import type { Passkey, PasskeyOptions } from './passkeys.ts';
import {
  formatRecoveryCode,
  makeRecoveryCode,
  parseRecoveryCode,
  RECOVERY_CODES,
} from './recovery-code.ts';
import {
  listPasskeys,
  setPasskeyChallenge,
  setRecoveryCodes,
  takePasskeyChallenge,
  usePasskey,
  useRecoveryCode,
} from './staff-access.sql.ts';
import { useTotpStep } from './staff.sql.ts';
import type { StaffRow } from './staff.sql.ts';
import { totpStep } from './totp.ts';

export type SecondFactorKind = 'totp' | 'passkey' | 'recovery_code' | 'identity_provider';

/** Bound to the purpose and to the asker: the hash of a session's or sign-in's token. */
export interface Ceremony {
  boundTo: Buffer;
  purpose: 'sign_in' | 'confirm' | 'add';
}

export const useCode = async (
  deps: Pick<Deps, 'keys'>,
  tx: Handle,
  { id, totpSecret }: Pick<StaffRow, 'id' | 'totpSecret'>,
  typed: string,
): Promise<SecondFactorKind | undefined> => {
  // An empty one is damaged, and anyone could compute its codes.
  const step = totpSecret ? totpStep(totpSecret, typed) : undefined;
  if (step !== undefined) return (await useTotpStep(tx, { id, step })) ? 'totp' : undefined;
  const code = parseRecoveryCode(typed);
  if (code === undefined) return undefined;
  const used = await useRecoveryCode(tx, { staffId: id, codeHash: hashCode(deps, id, code) });
  return used ? 'recovery_code' : undefined;
};

export const askToSign = async (
  deps: Deps,
  member: StaffRow,
  ceremony: Ceremony,
): Promise<object | undefined> => {
  const known = await listPasskeys(deps.db, member.id);
  if (known.length === 0) return undefined;
  return keepChallenge(deps, ceremony, await signingOptions(deps, known));
};

export const askToRegister = async (
  deps: Deps,
  { id: staffId, username, name }: StaffRow,
  ceremony: Ceremony,
): Promise<object> => {
  const known = await listPasskeys(deps.db, staffId);
  const asked = await registrationOptions(deps, { staffId, username, name, known });
  return keepChallenge(deps, ceremony, asked);
};

/** Uses up the challenge, also when the answer is wrong. */
export const usePasskeyAnswer = async (
  deps: Deps,
  { id: staffId }: StaffRow,
  { answer, ...ceremony }: Ceremony & { answer: string },
): Promise<SecondFactorKind | undefined> => {
  const { db, log } = deps;
  const challenge = await takePasskeyChallenge(db, ceremony);
  const credentialId = credentialIdOf(answer);
  if (challenge === undefined || credentialId === undefined) return undefined;
  const passkey = (await listPasskeys(db, staffId)).find((known) =>
    sameBytes(known.credentialId, credentialId),
  );
  if (!passkey) return undefined;
  const { id, signCount: before } = passkey;
  const signCount = await readSignature(deps, { challenge, answer, passkey });
  if (signCount !== undefined && (await usePasskey(db, { id, before, signCount })))
    return 'passkey';
  // A passkey whose count goes back may have been copied.
  const facts = { event: 'passkey_refused', staffId, passkeyId: id, signCount: before };
  log.warn(facts, 'a passkey was refused');
  return undefined;
};

export const readNewPasskey = async (
  deps: Deps,
  { answer, ...ceremony }: Ceremony & { answer: string },
): Promise<Passkey | undefined> => {
  const challenge = await takePasskeyChallenge(deps.db, ceremony);
  return challenge === undefined ? undefined : readRegistration(deps, { challenge, answer });
};

export const makeRecoveryCodes = async (
  deps: Pick<Deps, 'keys'>,
  tx: Tx,
  staffId: string,
): Promise<string[]> => {
  const codes = Array.from({ length: RECOVERY_CODES }, () => makeRecoveryCode(randomBytes(24)));
  const hashes = codes.map((code) => hashCode(deps, staffId, code));
  await setRecoveryCodes(tx, { staffId, hashes });
  return codes.map(formatRecoveryCode);
};

const hashCode = ({ keys }: Pick<Deps, 'keys'>, staffId: string, code: string): Buffer =>
  createHmac('sha256', keys.secondFactor).update(`recovery code:${staffId}:${code}`).digest();

const keepChallenge = async (
  { db, config }: Deps,
  { boundTo, purpose }: Ceremony,
  { challenge, options }: PasskeyOptions,
): Promise<object> => {
  const minutes = config.limits.staffSignInMinutes;
  await setPasskeyChallenge(db, { boundTo, purpose, challenge, minutes });
  return options;
};
