/** Letter receipts: signed from the record, printed, and checked against it. */
import type { DrawPages } from '../../platform/files/previews/draw-pages.ts';
import type { FileStore } from '../../platform/files/file-store.ts';
import type { PrintSheet } from './print/print-sheet.ts';
import { stampPage } from './print/stamp-page.ts';
import { addAuditEntry } from '../../platform/audit/audit.sql.ts';
import type { Actor } from '../../platform/audit/audit.sql.ts';
import type { Db } from '../../platform/base/database.ts';
import {
  addReceiptKey,
  findReceiptKey,
  findReceiptRow,
  listReceiptKeys,
} from './letter-receipts.sql.ts';
import type { ReceiptRow } from './letter-receipts.sql.ts';
import { findFile } from '../letters/letters.sql.ts';
import type { LetterRow } from '../letters/letters.sql.ts';
import { DomainError } from '../../platform/base/errors.ts';
import type {
  CheckedReceipt,
  LetterReader,
  LetterReceipt,
  LetterReceipts,
  LetterStamp,
  ReceiptFacts,
  ReceiptKind,
} from './letter-receipts.ts';
import { ensureOpen, ensureWhole, findLetterById, maySee } from '../letters/read-letters.ts';
import { readStoredFile } from '../letters/read-stored-file.ts';
import {
  isSignedBy,
  makeReceiptToken,
  pemOf,
  readReceiptToken,
  signingKeyOf,
} from './receipt-token.ts';
import type { ReceiptStatement } from './receipt-token.ts';

/** The first two groups of a UUID. */
const SUBMISSION_NUMBER_LENGTH = 13;

/** What a receipt of this kind says of the letter; undefined: there is none of this kind. */
const statementOf = (row: ReceiptRow, kind: ReceiptKind): ReceiptStatement | undefined => {
  const { letterId, round, bytes, sha256 } = row;
  if (kind === 'submitted') return { kind, letterId, round, at: row.submittedAt, bytes, sha256 };
  // It was registered as it stood in its last round.
  if (row.registeredAt === null || round !== row.newestRound) return undefined;
  return { kind, letterId, round, at: row.registeredAt, bytes, sha256 };
};

const factsOf = ({ letterId, ...statement }: ReceiptStatement): ReceiptFacts => ({
  ...statement,
  submissionNumber: letterId.slice(0, SUBMISSION_NUMBER_LENGTH),
});

const isSame = (a: ReceiptStatement, b: ReceiptStatement): boolean =>
  a.at.getTime() === b.at.getTime() && a.bytes === b.bytes && a.sha256 === b.sha256;

/** What the record says of a genuine receipt. */
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

/** Of the operator's command line too; it only reads. Undefined: not signed by this desk. */
export const checkReceiptToken = async (
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

export const createLetterReceipts = ({
  db,
  files,
  seed,
  printSheet,
  drawPages,
}: {
  db: Db;
  files: Pick<FileStore, 'read'>;
  /** Of the signing key, 32 bytes. */
  seed: Buffer;
  printSheet: PrintSheet;
  /** The first page, as JPEG. */
  drawPages: DrawPages;
}): LetterReceipts => {
  const key = signingKeyOf(seed);

  /** What nobody could check is not given out. */
  const publishKey = async (): Promise<void> => {
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

  const receiptOf = async (
    kind: ReceiptKind,
    { letterId, fileName }: { letterId: string; fileName: string },
  ): Promise<{ receipt: LetterReceipt; row: ReceiptRow }> => {
    const row = await findReceiptRow(db, { letterId });
    const statement = row && statementOf(row, kind);
    if (!statement) throw new DomainError('not_found');
    await publishKey();
    const receipt = {
      ...factsOf(statement),
      letterId,
      token: makeReceiptToken(key, statement),
      unit: row.unit,
      fileName: row.erasedAt === null ? fileName : '',
      isStamped: row.registeredAt !== null,
    };
    return { receipt, row };
  };

  const letterFor = async (reader: LetterReader, letterId: string): Promise<LetterRow> => {
    const letter = await findLetterById(db, letterId);
    const isTheirs =
      letter &&
      ('staff' in reader
        ? maySee(reader.staff, letter)
        : letter.applicantId === reader.applicantId);
    if (!isTheirs) throw new DomainError('not_found');
    ensureWhole(letter);
    return letter;
  };

  const ownReceipt = async (applicantId: string, letterId: string): Promise<LetterReceipt> => {
    await letterFor({ applicantId }, letterId);
    const file = await findFile(db, { letterId });
    if (file) ensureWhole(file);
    return (await receiptOf('submitted', { letterId, fileName: file?.name ?? '' })).receipt;
  };

  const printed = async (pdf: Promise<Buffer | undefined>): Promise<Buffer> => {
    const bytes = await pdf;
    if (!bytes) throw new Error('a sheet of our own words was not printed');
    return bytes;
  };

  return {
    letterReceipt: ({ applicantId, letterId }) => ownReceipt(applicantId, letterId),

    async printReceipt({ applicantId, letterId, write }) {
      const receipt = await ownReceipt(applicantId, letterId);
      return {
        receipt,
        pdf: await printed(printSheet(write(receipt), { owner: `applicant:${applicantId}` })),
      };
    },

    async stampLetter({ reader, letterId, write, from }) {
      const letter = await letterFor(reader, letterId);
      const { letterNumber, registeredOn, trackingCode } = letter;
      if (letterNumber === null || registeredOn === null || trackingCode === null)
        throw new DomainError('not_found');
      if (letter.erasedAt !== null) throw new DomainError('erased');
      const file = await findFile(db, { letterId });
      if (!file) throw new DomainError('not_found');
      ensureOpen(file);
      const { receipt, row } = await receiptOf('registered', { letterId, fileName: file.name });
      const { annulledAt } = row;
      const number = { kind: 'registered', letterNumber, registeredOn, trackingCode } as const;
      const stamp: LetterStamp = { ...receipt, ...number, annulledAt };
      const actor: Actor =
        'staff' in reader
          ? { kind: 'staff', id: reader.staff.id }
          : { kind: 'applicant', id: reader.applicantId };
      const details = { fileId: file.id, stamped: true };
      const owner = `${actor.kind}:${actor.id}`;
      const bytes = () => readStoredFile({ db, files }, letterId, file);
      const pdf =
        (await stampPage({ drawPages, printSheet }, () => write(stamp, true), {
          type: file.type,
          bytes,
          owner,
        })) ?? (await printed(printSheet(write(stamp, false), { owner })));
      await addAuditEntry(db, { letterId, actor, action: 'downloaded', details, from });
      return { stamp, pdf };
    },

    async checkReceipt(token) {
      const checked = await checkReceiptToken(db, token);
      if (!checked) return undefined;
      const { letterId: _letter, keyId: _key, ...receipt } = checked;
      return receipt;
    },

    async receiptKeys() {
      await publishKey();
      const keys = await listReceiptKeys(db);
      return keys.map(({ id, publicKey, firstUsedAt }) => ({
        id: id.toString('hex'),
        pem: pemOf(publicKey),
        firstUsedAt,
      }));
    },
  };
};
