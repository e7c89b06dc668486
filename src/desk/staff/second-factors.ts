import { createHmac, randomBytes } from 'node:crypto';
import type { Passkeys } from './passkeys.ts';
import type { Db, Handle, Tx } from '../../platform/base/database.ts';
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
import {
  formatRecoveryCode,
  makeRecoveryCode,
  parseRecoveryCode,
  RECOVERY_CODES,
} from './recovery-code.ts';
import { sameBytes } from '../../platform/sealing/secrets.ts';
import type { SecondFactorKind } from './staff-access.ts';
import { totpStep } from './totp.ts';

/** Bound to the purpose, and to who asked: the hash of the token of a session or sign-in. */
export interface Ceremony {
  boundTo: Buffer;
  purpose: 'sign_in' | 'confirm' | 'add';
}

export interface SecondFactors {
  /** Uses up the one-time code or the recovery code that was typed; undefined: it is neither. */
  useCode(tx: Handle, member: StaffRow, typed: string): Promise<SecondFactorKind | undefined>;
  /** Undefined: the member has no passkey. */
  askToSign(member: StaffRow, ceremony: Ceremony): Promise<object | undefined>;
  askToCreate(member: StaffRow, ceremony: Ceremony): Promise<object>;
  /** Uses up the challenge, also when the answer is wrong. */
  useAnswer(
    member: StaffRow,
    ceremony: Ceremony & { answer: string },
  ): Promise<SecondFactorKind | undefined>;
  readCreated(
    ceremony: Ceremony & { answer: string },
  ): Promise<Awaited<ReturnType<Passkeys['readCreated']>>>;
  /** In groups of four; only their hashes are kept. */
  issueRecoveryCodes(tx: Tx, staffId: string): Promise<string[]>;
}

/** The one place that knows what counts as a second factor and how each is used up. */
export const createSecondFactors = ({
  db,
  key,
  passkeys,
  challengeMinutes,
  log,
}: {
  db: Db;
  /** Of the hashes of recovery codes. */
  key: Buffer;
  passkeys: Passkeys;
  challengeMinutes: number;
  log: { warn(fields: object, message: string): void };
}): SecondFactors => {
  const hashCode = (staffId: string, code: string): Buffer =>
    createHmac('sha256', key).update(`recovery code:${staffId}:${code}`).digest();

  const keep = async (
    { boundTo, purpose }: Ceremony,
    { challenge, options }: { challenge: string; options: object },
  ): Promise<object> => {
    await setPasskeyChallenge(db, { boundTo, purpose, challenge, minutes: challengeMinutes });
    return options;
  };

  return {
    async useCode(tx, { id, totpSecret }, typed) {
      // An empty one is damaged, and anyone could reckon its codes.
      const step = totpSecret ? totpStep(totpSecret, typed) : undefined;
      if (step !== undefined) return (await useTotpStep(tx, { id, step })) ? 'totp' : undefined;
      const code = parseRecoveryCode(typed);
      if (code === undefined) return undefined;
      const used = await useRecoveryCode(tx, { staffId: id, codeHash: hashCode(id, code) });
      return used ? 'recovery_code' : undefined;
    },

    async askToSign(member, ceremony) {
      const known = await listPasskeys(db, member.id);
      if (known.length === 0) return undefined;
      return keep(ceremony, await passkeys.askToSign({ known }));
    },

    async askToCreate({ id, username, name }, ceremony) {
      const known = await listPasskeys(db, id);
      return keep(ceremony, await passkeys.askToCreate({ staffId: id, username, name, known }));
    },

    async useAnswer({ id: staffId }, { answer, ...ceremony }) {
      const challenge = await takePasskeyChallenge(db, ceremony);
      const credentialId = passkeys.credentialIdOf(answer);
      if (challenge === undefined || credentialId === undefined) return undefined;
      const passkey = (await listPasskeys(db, staffId)).find((known) =>
        sameBytes(known.credentialId, credentialId),
      );
      if (!passkey) return undefined;
      const { id, signCount: before } = passkey;
      const signCount = await passkeys.readSigned({ challenge, answer, passkey });
      if (signCount !== undefined && (await usePasskey(db, { id, before, signCount })))
        return 'passkey';
      // One whose count goes back may have been copied.
      const facts = { event: 'passkey_refused', staffId, passkeyId: id, signCount: before };
      log.warn(facts, 'a passkey was refused');
      return undefined;
    },

    async readCreated({ answer, ...ceremony }) {
      const challenge = await takePasskeyChallenge(db, ceremony);
      return challenge === undefined ? undefined : passkeys.readCreated({ challenge, answer });
    },

    async issueRecoveryCodes(tx, staffId) {
      const codes = Array.from({ length: RECOVERY_CODES }, () => makeRecoveryCode(randomBytes(24)));
      await setRecoveryCodes(tx, {
        staffId,
        hashes: codes.map((code) => hashCode(staffId, code)),
      });
      return codes.map(formatRecoveryCode);
    },
  };
};
