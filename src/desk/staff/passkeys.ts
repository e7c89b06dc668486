/**
 * Passkeys (WebAuthn level 3). The authenticator asks for a finger, a face or a PIN each time: user
 * verification is required, so that a passkey is something one has and something one is or knows.
 */
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';

export interface Passkey {
  credentialId: Buffer;
  /** COSE */
  publicKey: Buffer;
  /** 0: the authenticator does not count. */
  signCount: number;
  transports: string[];
}

/** For `navigator.credentials`, as JSON; its challenge is kept by the caller and good once. */
export interface PasskeyOptions {
  challenge: string;
  options: object;
}

export interface Passkeys {
  askToCreate(input: {
    /** A UUID: nothing of the person goes to the authenticator but these two names. */
    staffId: string;
    username: string;
    name: string;
    known: Pick<Passkey, 'credentialId' | 'transports'>[];
  }): Promise<PasskeyOptions>;
  /** Undefined: it does not answer this challenge at this desk, or is malformed. Never throws. */
  readCreated(input: { challenge: string; answer: string }): Promise<Passkey | undefined>;
  askToSign(input: {
    known: Pick<Passkey, 'credentialId' | 'transports'>[];
  }): Promise<PasskeyOptions>;
  /** Which passkey an answer says that it is of; undefined: it is malformed. */
  credentialIdOf(answer: string): Buffer | undefined;
  /** The new count of signatures; undefined: not signed by this passkey, or its count went back. */
  readSigned(input: {
    challenge: string;
    answer: string;
    passkey: Passkey;
  }): Promise<number | undefined>;
}

/** ES256, EdDSA and RS256: all that authenticators have. */
const ALGORITHMS = [-7, -8, -257];

const parse = (answer: string): unknown => {
  try {
    return JSON.parse(answer);
  } catch {
    return undefined;
  }
};

/** @param origin address that people type; its host is what passkeys are bound to */
export const createPasskeys = ({
  origin,
  name,
  timeoutMs,
}: {
  origin: string;
  name: string;
  timeoutMs: number;
}): Passkeys => {
  const rpID = new URL(origin).hostname;
  const known = (passkeys: Pick<Passkey, 'credentialId' | 'transports'>[]) =>
    passkeys.map(({ credentialId, transports }) => ({
      id: credentialId.toString('base64url'),
      transports,
    }));
  const expected = (challenge: string) => ({
    expectedChallenge: challenge,
    expectedOrigin: origin,
    expectedRPID: rpID,
    requireUserVerification: true,
  });

  return {
    async askToCreate({ staffId, username, name: displayName, known: others }) {
      const options = await generateRegistrationOptions({
        rpID,
        rpName: name,
        userID: new Uint8Array(Buffer.from(staffId.replaceAll('-', ''), 'hex')),
        userName: username,
        userDisplayName: displayName,
        timeout: timeoutMs,
        attestationType: 'none',
        excludeCredentials: known(others),
        authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
        supportedAlgorithmIDs: ALGORITHMS,
      });
      return { challenge: options.challenge, options };
    },

    async readCreated({ challenge, answer }) {
      try {
        const { verified, registrationInfo } = await verifyRegistrationResponse({
          ...expected(challenge),
          response: parse(answer) as RegistrationResponseJSON,
          supportedAlgorithmIDs: ALGORITHMS,
        });
        if (!verified) return undefined;
        const { id, publicKey, counter, transports } = registrationInfo.credential;
        return {
          credentialId: Buffer.from(id, 'base64url'),
          publicKey: Buffer.from(publicKey),
          signCount: counter,
          transports: transports ?? [],
        };
      } catch {
        // The library says by an error what does not fit; all of it comes from the browser.
        return undefined;
      }
    },

    async askToSign({ known: passkeys }) {
      const options = await generateAuthenticationOptions({
        rpID,
        allowCredentials: known(passkeys),
        timeout: timeoutMs,
        userVerification: 'required',
      });
      return { challenge: options.challenge, options };
    },

    credentialIdOf(answer) {
      const read = parse(answer);
      if (typeof read !== 'object' || read === null || !('id' in read)) return undefined;
      const { id } = read;
      return typeof id === 'string' && /^[\w-]{1,2000}$/.test(id)
        ? Buffer.from(id, 'base64url')
        : undefined;
    },

    async readSigned({ challenge, answer, passkey }) {
      try {
        const { verified, authenticationInfo } = await verifyAuthenticationResponse({
          ...expected(challenge),
          response: parse(answer) as AuthenticationResponseJSON,
          credential: {
            id: passkey.credentialId.toString('base64url'),
            publicKey: new Uint8Array(passkey.publicKey),
            counter: passkey.signCount,
          },
        });
        return verified ? authenticationInfo.newCounter : undefined;
      } catch {
        return undefined;
      }
    },
  };
};
