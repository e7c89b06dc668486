/**
 * 72 bytes and a signature: the part after `/verify/`. docs/letter-receipts.md tells how anybody
 * checks one without the desk.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto';

export type ReceiptKind = 'submitted' | 'registered';

export interface ReceiptStatement {
  kind: ReceiptKind;
  letterId: string;
  round: number;
  at: Date;
  bytes: number;
  sha256: string;
}

export interface SigningKey {
  /** 8 bytes. */
  id: Buffer;
  /** 32 bytes. */
  publicKey: Buffer;
  privateKey: KeyObject;
}

/** Parsed, not verified. */
export interface ReadToken {
  keyId: Buffer;
  statement: ReceiptStatement;
  signed: Buffer;
  signature: Buffer;
}

const VERSION = 1;
const KINDS: readonly ReceiptKind[] = ['submitted', 'registered'];
const STATEMENT_BYTES = 72;
const SIGNATURE_BYTES = 64;
/** RFC 8410: what precedes the 32 bytes of an Ed25519 key in DER. */
const PRIVATE_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

export const keyIdOf = (publicKey: Buffer): Buffer =>
  createHash('sha256').update(publicKey).digest().subarray(0, 8);

/** @param seed 32 bytes; the same seed gives the same key */
export const signingKeyOf = (seed: Buffer): SigningKey => {
  const privateKey = createPrivateKey({
    key: Buffer.concat([PRIVATE_PREFIX, seed]),
    format: 'der',
    type: 'pkcs8',
  });
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const publicKey = Buffer.from(spki.subarray(PUBLIC_PREFIX.length));
  return { id: keyIdOf(publicKey), publicKey, privateKey };
};

const publicKeyOf = (publicKey: Buffer): KeyObject =>
  createPublicKey({
    key: Buffer.concat([PUBLIC_PREFIX, publicKey]),
    format: 'der',
    type: 'spki',
  });

export const pemOf = (publicKey: Buffer): string =>
  publicKeyOf(publicKey).export({ format: 'pem', type: 'spki' }).toString();

const encode = (keyId: Buffer, statement: ReceiptStatement): Buffer => {
  const bytes = Buffer.alloc(STATEMENT_BYTES);
  bytes.writeUInt8(VERSION, 0);
  bytes.writeUInt8(KINDS.indexOf(statement.kind) + 1, 1);
  keyId.copy(bytes, 2);
  bytes.write(statement.letterId.replaceAll('-', ''), 10, 'hex');
  bytes.writeUInt16BE(statement.round, 26);
  bytes.writeUIntBE(statement.at.getTime(), 28, 6);
  bytes.writeUIntBE(statement.bytes, 34, 6);
  bytes.write(statement.sha256, 40, 'hex');
  return bytes;
};

/** Deterministic: 182 characters of base64url. */
export const makeReceiptToken = (key: SigningKey, statement: ReceiptStatement): string => {
  const signed = encode(key.id, statement);
  return Buffer.concat([signed, sign(null, signed, key.privateKey)]).toString('base64url');
};

/** Undefined: malformed, or not the canonical spelling. */
export const readReceiptToken = (token: string): ReadToken | undefined => {
  const bytes = Buffer.from(token, 'base64url');
  if (bytes.length !== STATEMENT_BYTES + SIGNATURE_BYTES) return undefined;
  if (bytes.toString('base64url') !== token) return undefined;
  const kind = KINDS[bytes.readUInt8(1) - 1];
  if (bytes.readUInt8(0) !== VERSION || kind === undefined) return undefined;
  const id = bytes.toString('hex', 10, 26);
  return {
    keyId: bytes.subarray(2, 10),
    statement: {
      kind,
      letterId: id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
      round: bytes.readUInt16BE(26),
      at: new Date(bytes.readUIntBE(28, 6)),
      bytes: bytes.readUIntBE(34, 6),
      sha256: bytes.toString('hex', 40, 72),
    },
    signed: bytes.subarray(0, STATEMENT_BYTES),
    signature: bytes.subarray(STATEMENT_BYTES),
  };
};

export const isSignedBy = ({ keyId, signed, signature }: ReadToken, publicKey: Buffer): boolean =>
  keyIdOf(publicKey).equals(keyId) && verify(null, signed, publicKeyOf(publicKey), signature);
