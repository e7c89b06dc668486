/** An authenticator in memory, for tests of passkeys without a browser: ES256, no attestation. */
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

export interface Authenticator {
  id: string;
  /** Signatures so far; a test may set it back. 0 with `counts: false`. */
  count: number;
  /** What a browser sends for `navigator.credentials.create`. */
  create(options: object, browser?: Partial<BrowserSide>): string;
  /** What it sends for `navigator.credentials.get`. */
  get(options: object, browser?: Partial<BrowserSide>): string;
}

interface BrowserSide {
  origin: string;
  rpId: string;
  /** A finger, a face or a PIN was asked for. */
  verified: boolean;
  challenge: string;
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
const sha256 = (bytes: string | Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const HAS_CREDENTIAL = 0x40;

/** CBOR of a byte string, a text, a small integer, and the head of a map. */
const head = (major: number, length: number): Buffer => {
  if (length < 24) return Buffer.from([(major << 5) | length]);
  if (length < 256) return Buffer.from([(major << 5) | 24, length]);
  return Buffer.from([(major << 5) | 25, length >> 8, length & 255]);
};
const byteString = (bytes: Uint8Array): Buffer => Buffer.concat([head(2, bytes.length), bytes]);
const textString = (text: string): Buffer =>
  Buffer.concat([head(3, text.length), Buffer.from(text)]);
const integer = (value: number): Buffer => (value < 0 ? head(1, -1 - value) : head(0, value));

export const createAuthenticator = ({
  origin,
  counts = true,
}: {
  origin: string;
  counts?: boolean;
}): Authenticator => {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const credentialId = randomBytes(32);
  const cose = Buffer.concat([
    head(5, 5),
    integer(1),
    integer(2),
    integer(3),
    integer(-7),
    integer(-1),
    integer(1),
    integer(-2),
    byteString(Buffer.from(x, 'base64url')),
    integer(-3),
    byteString(Buffer.from(y, 'base64url')),
  ]);

  const sideOf = (options: object, given: Partial<BrowserSide>): BrowserSide => ({
    origin,
    rpId: new URL(origin).hostname,
    verified: true,
    challenge: (options as { challenge: string }).challenge,
    ...given,
  });
  const clientData = (type: string, { challenge, origin: from }: BrowserSide): Buffer =>
    Buffer.from(JSON.stringify({ type, challenge, origin: from, crossOrigin: false }));
  const authenticatorData = (
    { rpId, verified }: BrowserSide,
    flags: number,
    rest: Uint8Array = Buffer.alloc(0),
  ): Buffer => {
    const count = Buffer.alloc(4);
    count.writeUInt32BE(own.count);
    const all = flags | USER_PRESENT | (verified ? USER_VERIFIED : 0);
    return Buffer.concat([sha256(rpId), Buffer.from([all]), count, rest]);
  };
  const answer = (response: Record<string, unknown>): string =>
    JSON.stringify({
      id: own.id,
      rawId: own.id,
      type: 'public-key',
      clientExtensionResults: {},
      response,
    });

  const own: Authenticator = {
    id: base64url(credentialId),
    count: 0,
    create(options, given = {}) {
      const side = sideOf(options, given);
      const length = Buffer.alloc(2);
      length.writeUInt16BE(credentialId.length);
      const data = authenticatorData(
        side,
        HAS_CREDENTIAL,
        Buffer.concat([Buffer.alloc(16), length, credentialId, cose]),
      );
      const attestation = Buffer.concat([
        head(5, 3),
        textString('fmt'),
        textString('none'),
        textString('attStmt'),
        head(5, 0),
        textString('authData'),
        byteString(data),
      ]);
      return answer({
        clientDataJSON: base64url(clientData('webauthn.create', side)),
        attestationObject: base64url(attestation),
        transports: ['internal'],
      });
    },
    get(options, given = {}) {
      if (counts) own.count += 1;
      const side = sideOf(options, given);
      const client = clientData('webauthn.get', side);
      const data = authenticatorData(side, 0);
      const signature = sign('sha256', Buffer.concat([data, sha256(client)]), privateKey);
      return answer({
        clientDataJSON: base64url(client),
        authenticatorData: base64url(data),
        signature: base64url(signature),
      });
    },
  };
  return own;
};
