/**
 * Signed statements that a letter was submitted with certain files, or registered. They are made from
 * the record when they are asked for.
 */
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Db } from '../../platform/base/database.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type { Deps } from '../../platform/deps.ts';
import { ensureWhole, findOwnLetter } from '../letters/letter-access.ts';
import type { LetterRow } from '../letters/letters.sql.ts';
import { listFiles } from '../letters/letter-files.sql.ts';
import {
  addReceiptKey,
  findReceiptKey,
  findReceiptRow,
  listReceiptKeys,
} from './letter-receipts.sql.ts';
import type { ReceiptRow } from './letter-receipts.sql.ts';
import { printSheet, sheetLimits } from './print/print-sheet.ts';
import {
  isSignedBy,
  makeReceiptToken,
  pemOf,
  readReceiptToken,
  signingKeyOf,
} from './receipt-token.ts';
import type { FileStatement, ReceiptKind, ReceiptStatement, SigningKey } from './receipt-token.ts';
import type { Sheet } from './sheet.ts';

const SUBMISSION_NUMBER_LENGTH = 13;

export interface ReceiptFacts {
  kind: ReceiptKind;
  submissionNumber: string;
  round: number;
  at: Date;
  files: FileStatement[];
}

export interface LetterReceipt extends ReceiptFacts {
  letterId: string;
  /** Follows `/verify/` in the receipt's address. */
  token: string;
  unit: string;
  fileNames: string[];
  isStamped: boolean;
}

export interface OwnReceipt extends LetterReceipt {
  letter: Pick<LetterRow, 'subject' | 'erasedAt' | 'damaged'>;
}

export interface CheckedReceipt extends ReceiptFacts {
  /** Null: the record does not hold what the receipt says. */
  record: {
    unit: string;
    letterNumber: string | null;
    registeredOn: string | null;
    annulledAt: Date | null;
    withdrawnAt: Date | null;
    erasedAt: Date | null;
    isReplaced: boolean;
  } | null;
}

export interface ReceiptKey {
  id: string;
  pem: string;
  firstUsedAt: Date;
}

interface OwnLetterId {
  applicantId: string;
  letterId: string;
}

export const getLetterReceipt = async (deps: Deps, which: OwnLetterId): Promise<OwnReceipt> => {
  const letter = await findOwnLetter(deps.db, which);
  ensureWhole(letter);
  const files = await listFiles(deps.db, { letterId: letter.id });
  for (const file of files) ensureWhole(file);
  const names = files.map(({ name }) => name);
  const { receipt } = await makeReceipt(deps, 'submitted', letter.id, names);
  return { ...receipt, letter };
};

/**
 * The same words give the same bytes.
 * @throws DomainError not_found, damaged; unavailable while many others wait
 */
export const printReceipt = async (
  deps: Deps,
  { write, ...which }: OwnLetterId & { write: (receipt: LetterReceipt) => Sheet },
): Promise<{ receipt: LetterReceipt; pdf: Buffer }> => {
  const receipt = await getLetterReceipt(deps, which);
  const options = { owner: `applicant:${which.applicantId}`, limits: sheetLimits(deps.config) };
  return { receipt, pdf: await printSheet(deps.filePool, write(receipt), options) };
};

export const makeReceipt = async (
  deps: Deps,
  kind: ReceiptKind,
  letterId: string,
  fileNames: string[],
): Promise<{ receipt: LetterReceipt; row: ReceiptRow }> => {
  const row = await findReceiptRow(deps.db, { letterId });
  const statement = row && statementOf(row, kind);
  if (!statement) throw new DomainError('not_found');
  const key = signingKeyOf(deps.keys.letterReceipt);
  await publishKey(deps.db, key);
  const receipt = {
    ...factsOf(statement),
    letterId,
    token: makeReceiptToken(key, statement),
    unit: row.unit,
    fileNames: row.erasedAt === null ? fileNames : [],
    isStamped: row.registeredAt !== null,
  };
  return { receipt, row };
};

export const checkReceipt = async (
  { db }: Deps,
  token: string,
): Promise<CheckedReceipt | undefined> => {
  const signed = await findSignedReceipt(db, token);
  if (!signed) return undefined;
  const { letterId: _letter, keyId: _key, ...receipt } = signed;
  return receipt;
};

export const findSignedReceipt = async (
  db: Db,
  token: string,
): Promise<(CheckedReceipt & { letterId: string; keyId: string }) | undefined> => {
  const read = readReceiptToken(token);
  if (!read) return undefined;
  const publicKey = await findReceiptKey(db, read.keyId);
  if (!publicKey || !isSignedBy(read, publicKey)) return undefined;
  const { statement, keyId } = read;
  const { letterId, round } = statement;
  const row = await findReceiptRow(db, { letterId, round });
  const record = recordOf(row, statement);
  return { ...factsOf(statement), letterId, keyId: keyId.toString('hex'), record };
};

export const getReceiptKeys = async ({ db, keys }: Deps): Promise<ReceiptKey[]> => {
  await publishKey(db, signingKeyOf(keys.letterReceipt));
  const rows = await listReceiptKeys(db);
  return rows.map(({ id, publicKey, firstUsedAt }) => ({
    id: id.toString('hex'),
    pem: pemOf(publicKey),
    firstUsedAt,
  }));
};

/** Before anything is signed with it: a receipt that nobody could check is not given out. */
const publishKey = async (db: Db, key: SigningKey): Promise<void> => {
  if (await findReceiptKey(db, key.id)) return;
  await db.begin(async (tx) => {
    if (!(await addReceiptKey(tx, key))) return;
    await addAuditEntry(tx, {
      actor: { kind: 'operator', id: 'desk' },
      action: 'receipt_key_added',
      details: { key: key.id.toString('hex'), publicKey: key.publicKey.toString('hex') },
    });
  });
};

const statementOf = (row: ReceiptRow, kind: ReceiptKind): ReceiptStatement | undefined => {
  const { letterId, round, files } = row;
  if (kind === 'submitted') return { kind, letterId, round, at: row.submittedAt, files };
  // It was registered as it stood in its last round.
  if (row.registeredAt === null || round !== row.newestRound) return undefined;
  return { kind, letterId, round, at: row.registeredAt, files };
};

const factsOf = ({ letterId, ...statement }: ReceiptStatement): ReceiptFacts => ({
  ...statement,
  submissionNumber: letterId.slice(0, SUBMISSION_NUMBER_LENGTH),
});

const recordOf = (
  row: ReceiptRow | undefined,
  statement: ReceiptStatement,
): CheckedReceipt['record'] => {
  const recorded = row && statementOf(row, statement.kind);
  if (!row || !recorded || !isSame(recorded, statement)) return null;
  const isRegistered = statement.kind === 'registered';
  return {
    unit: row.unit,
    letterNumber: isRegistered ? row.letterNumber : null,
    registeredOn: isRegistered ? row.registeredOn : null,
    annulledAt: isRegistered ? row.annulledAt : null,
    withdrawnAt: row.withdrawnAt,
    erasedAt: row.erasedAt,
    isReplaced: row.round < row.newestRound,
  };
};

const isSame = (a: ReceiptStatement, b: ReceiptStatement): boolean =>
  a.at.getTime() === b.at.getTime() &&
  a.files.length === b.files.length &&
  a.files.every((file, index) => isSameFile(file, b.files[index]));

export const isSameFile = (one: FileStatement, other: FileStatement | undefined): boolean =>
  one.bytes === other?.bytes && one.sha256 === other.sha256;
