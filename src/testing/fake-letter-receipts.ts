/** Letter receipts of the desk in memory: really signed, and printed as a PDF of no pages. */
import { createHash } from 'node:crypto';
import { DomainError } from '../platform/base/errors.ts';
import type { LetterReceipt, LetterReceipts, LetterStamp } from '../desk/proof/letter-receipts.ts';
import type { StaffLetter } from '../desk/desk.ts';
import {
  isSignedBy,
  makeReceiptToken,
  pemOf,
  readReceiptToken,
  signingKeyOf,
} from '../desk/proof/receipt-token.ts';
import type { ReceiptStatement } from '../desk/proof/receipt-token.ts';

export const createFakeLetterReceipts = (
  find: (letterId: string) => StaffLetter,
): LetterReceipts => {
  const key = signingKeyOf(createHash('sha256').update('a desk in memory').digest());

  const receiptOf = (letterId: string, kind: ReceiptStatement['kind']): LetterReceipt => {
    const letter = find(letterId);
    const { bytes, sha256, name } = letter.file;
    const at = kind === 'registered' ? letter.registeredAt : letter.submittedAt;
    if (at === null) throw new DomainError('not_found');
    const statement = { kind, letterId, round: letter.round, at, bytes, sha256 };
    return {
      ...statement,
      submissionNumber: letterId.slice(0, 13),
      token: makeReceiptToken(key, statement),
      unit: letter.addressedUnit,
      fileName: letter.erasedAt === null ? name : '',
      isStamped: letter.letterNumber !== null,
    };
  };
  const pdf = Buffer.from('%PDF-1.7');

  return {
    letterReceipt: async ({ letterId }) => receiptOf(letterId, 'submitted'),
    printReceipt: async ({ letterId, write }) => {
      const receipt = receiptOf(letterId, 'submitted');
      write(receipt);
      return { receipt, pdf };
    },
    stampLetter: async ({ letterId, write }) => {
      const { letterNumber, registeredOn, trackingCode, erasedAt } = find(letterId);
      if (letterNumber === null || registeredOn === null || trackingCode === null)
        throw new DomainError('not_found');
      if (erasedAt !== null) throw new DomainError('erased');
      const number = { kind: 'registered', letterNumber, registeredOn, trackingCode } as const;
      const stamp: LetterStamp = {
        ...receiptOf(letterId, 'registered'),
        ...number,
        annulledAt: null,
      };
      write(stamp, true);
      return { stamp, pdf };
    },
    checkReceipt: async (token) => {
      const read = readReceiptToken(token);
      if (!read || !isSignedBy(read, key.publicKey)) return undefined;
      const { letterId, ...facts } = read.statement;
      const letter = find(letterId);
      const isRegistered = facts.kind === 'registered';
      return {
        ...facts,
        submissionNumber: letterId.slice(0, 13),
        record: {
          unit: letter.addressedUnit,
          letterNumber: isRegistered ? letter.letterNumber : null,
          registeredOn: isRegistered ? letter.registeredOn : null,
          annulledAt: null,
          withdrawnAt: letter.withdrawnAt,
          erasedAt: letter.erasedAt,
          isReplaced: facts.round < letter.round,
        },
      };
    },
    receiptKeys: async () => [
      { id: key.id.toString('hex'), pem: pemOf(key.publicKey), firstUsedAt: new Date(0) },
    ],
  };
};
