/**
 * WebAuthn level 3. User verification (finger, face or PIN) is required, so that a passkey is
 * something one has and something one is or knows.
 */
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { readOrganisationName } from '../../platform/base/organisation.sql.ts';
import type { Deps } from '../../platform/deps.ts';

export interface Passkey {
  credentialId: Buffer;
  /** COSE */
  publicKey: Buffer;
  /** 0: the authenticator does not count. */
  signCount: number;
  transports: string[];
}

/** For `navigator.credentials`, as JSON; the caller keeps its challenge, which is valid once. */
export interface PasskeyOptions {
  challenge: string;
  options: object;
}

type KnownPasskey = Pick<Passkey, 'credentialId' | 'transports'>;
type Settings = Pick<Deps, 'config'>;

/** ES256, EdDSA and RS256: what authenticators support. */
const ALGORITHMS = [-7, -8, -257];

export const registrationOptions = async (
  { config, db }: Settings & Pick<Deps, 'db'>,
  {
    staffId,
    username,
    name,
    known,
  }: {
    /** A UUID: apart from it the authenticator learns only the two names. */
    staffId: string;
    username: string;
    name: string;
    known: KnownPasskey[];
  },
): Promise<PasskeyOptions> => {
  const options = await generateRegistrationOptions({
    rpID: rpIdOf({ config }),
    rpName: await readOrganisationName(db),
    userID: new Uint8Array(Buffer.from(staffId.replaceAll('-', ''), 'hex')),
    userName: username,
    userDisplayName: name,
    timeout: timeoutOf({ config }),
    attestationType: 'none',
    excludeCredentials: known.map(descriptorOf),
    authenticatorSelection: { residentKey: 'preferred', userVerification: 'required' },
    supportedAlgorithmIDs: ALGORITHMS,
  });
  return { challenge: options.challenge, options };
};

/** Undefined: it does not answer this challenge at this desk, or is malformed. Never throws. */
export const readRegistration = async (
  settings: Settings,
  { challenge, answer }: { challenge: string; answer: string },
): Promise<Passkey | undefined> => {
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      ...expected(settings, challenge),
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
    // The library reports every mismatch by an error; all of it comes from the browser.
    return undefined;
  }
};

export const signingOptions = async (
  settings: Settings,
  known: KnownPasskey[],
): Promise<PasskeyOptions> => {
  const options = await generateAuthenticationOptions({
    rpID: rpIdOf(settings),
    allowCredentials: known.map(descriptorOf),
    timeout: timeoutOf(settings),
    userVerification: 'required',
  });
  return { challenge: options.challenge, options };
};

export const credentialIdOf = (answer: string): Buffer | undefined => {
  const read = parse(answer);
  if (typeof read !== 'object' || read === null || !('id' in read)) return undefined;
  const { id } = read;
  return typeof id === 'string' && /^[\w-]{1,2000}$/.test(id)
    ? Buffer.from(id, 'base64url')
    : undefined;
};

export const readSignature = async (
  settings: Settings,
  { challenge, answer, passkey }: { challenge: string; answer: string; passkey: Passkey },
): Promise<number | undefined> => {
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      ...expected(settings, challenge),
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
};

const rpIdOf = ({ config }: Settings): string => new URL(config.PUBLIC_ORIGIN).hostname;

const timeoutOf = ({ config }: Settings): number => config.limits.staffSignInMinutes * 60_000;

const expected = ({ config }: Settings, challenge: string) => ({
  expectedChallenge: challenge,
  expectedOrigin: config.PUBLIC_ORIGIN,
  expectedRPID: rpIdOf({ config }),
  requireUserVerification: true,
});

const descriptorOf = ({ credentialId, transports }: KnownPasskey) => ({
  id: credentialId.toString('base64url'),
  transports,
});

const parse = (answer: string): unknown => {
  try {
    return JSON.parse(answer);
  } catch {
    return undefined;
  }
};
