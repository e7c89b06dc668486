/**
 * 72 bytes, 38 more for each further file, and a signature: the part after `/verify/`. docs/letter-receipts.md tells how anybody
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
  files: FileStatement[];
}

export interface FileStatement {
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

/** 1: one file; 2: several. */
const versionOf = (files: number): number => (files === 1 ? 1 : 2);
const KINDS: readonly ReceiptKind[] = ['submitted', 'registered'];
const HEAD_BYTES = 34;
const FILE_BYTES = 38;
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
  const { files } = statement;
  const bytes = Buffer.alloc(HEAD_BYTES + files.length * FILE_BYTES);
  bytes.writeUInt8(versionOf(files.length), 0);
  bytes.writeUInt8(KINDS.indexOf(statement.kind) + 1, 1);
  keyId.copy(bytes, 2);
  bytes.write(statement.letterId.replaceAll('-', ''), 10, 'hex');
  bytes.writeUInt16BE(statement.round, 26);
  bytes.writeUIntBE(statement.at.getTime(), 28, 6);
  for (const [index, file] of files.entries()) {
    const at = HEAD_BYTES + index * FILE_BYTES;
    bytes.writeUIntBE(file.bytes, at, 6);
    bytes.write(file.sha256, at + 6, 'hex');
  }
  return bytes;
};

/** The same statement and key give the same token: for one file 182 characters of base64url. */
export const makeReceiptToken = (key: SigningKey, statement: ReceiptStatement): string => {
  const signed = encode(key.id, statement);
  return Buffer.concat([signed, sign(null, signed, key.privateKey)]).toString('base64url');
};

/** Undefined: malformed, or not the canonical spelling. */
export const readReceiptToken = (token: string): ReadToken | undefined => {
  const bytes = Buffer.from(token, 'base64url');
  const files = (bytes.length - HEAD_BYTES - SIGNATURE_BYTES) / FILE_BYTES;
  if (!Number.isInteger(files) || files < 1) return undefined;
  if (bytes.toString('base64url') !== token) return undefined;
  const kind = KINDS[bytes.readUInt8(1) - 1];
  if (bytes.readUInt8(0) !== versionOf(files) || kind === undefined) return undefined;
  const id = bytes.toString('hex', 10, 26);
  const starts = Array.from({ length: files }, (_, index) => HEAD_BYTES + index * FILE_BYTES);
  return {
    keyId: bytes.subarray(2, 10),
    statement: {
      kind,
      letterId: id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
      round: bytes.readUInt16BE(26),
      at: new Date(bytes.readUIntBE(28, 6)),
      files: starts.map((at) => ({
        bytes: bytes.readUIntBE(at, 6),
        sha256: bytes.toString('hex', at + 6, at + FILE_BYTES),
      })),
    },
    signed: bytes.subarray(0, -SIGNATURE_BYTES),
    signature: bytes.subarray(-SIGNATURE_BYTES),
  };
};

export const isSignedBy = ({ keyId, signed, signature }: ReadToken, publicKey: Buffer): boolean =>
  keyIdOf(publicKey).equals(keyId) && verify(null, signed, publicKeyOf(publicKey), signature);
