/**
 * What the desk knows of letter receipts: signed statements that a letter was submitted with a
 * certain file, or registered. They are made from the record when they are asked for. Not to be
 * taken for the receipts of SMS delivery.
 */
import type { Sheet } from './sheet.ts';
import type { StaffMember } from '../staff/staff-member.ts';

/** `submitted`: the letter was accepted. `registered`: it has its entry in the register. */
export type ReceiptKind = 'submitted' | 'registered';

/** What a receipt itself says; nothing of it is personal. */
export interface ReceiptFacts {
  kind: ReceiptKind;
  /** The beginning of the letter's id, as staff see it: `3f9a12c0-77ab`. */
  submissionNumber: string;
  /** 1, 2, …: which sending of the letter. */
  round: number;
  /** When it was accepted, or registered. */
  at: Date;
  /** Size and lower-case hex SHA-256 of the letter's file in that round. */
  bytes: number;
  sha256: string;
}

export interface LetterReceipt extends ReceiptFacts {
  letterId: string;
  /** Stands after `/verify/` in the receipt's address. */
  token: string;
  /** That the letter was addressed to. */
  unit: string;
  /** '' when it was erased. */
  fileName: string;
  /** The letter has its number, and its first page can be had under a stamp. */
  isStamped: boolean;
}

/** What stands in the stamp of a registered letter. */
export interface LetterStamp extends LetterReceipt {
  kind: 'registered';
  letterNumber: string;
  /** Jalali date as issued: `1405/09/01`. */
  registeredOn: string;
  /** 12 characters without hyphens. */
  trackingCode: string;
  annulledAt: Date | null;
}

/** A receipt that this desk has signed. */
export interface CheckedReceipt extends ReceiptFacts {
  /** What has become of the letter; null: the record does not hold what the receipt says. */
  record: {
    unit: string;
    /** Of a receipt of registration. */
    letterNumber: string | null;
    registeredOn: string | null;
    annulledAt: Date | null;
    withdrawnAt: Date | null;
    erasedAt: Date | null;
    /** It was sent again, corrected. */
    isReplaced: boolean;
  } | null;
}

/** Ed25519. */
export interface ReceiptKey {
  /** 16 hex digits. */
  id: string;
  pem: string;
  firstUsedAt: Date;
}

export type LetterReader = { applicantId: string } | { staff: StaffMember };

export interface LetterReceipts {
  /** Of the newest round. @throws not_found */
  letterReceipt(input: { applicantId: string; letterId: string }): Promise<LetterReceipt>;
  /**
   * The same as PDF; the same words give the same bytes.
   * @throws not_found; unavailable while many others wait
   */
  printReceipt(input: {
    applicantId: string;
    letterId: string;
    write: (receipt: LetterReceipt) => Sheet;
  }): Promise<{ receipt: LetterReceipt; pdf: Buffer }>;
  /**
   * The first page of a registered letter under a stamp, as PDF; the stored file stays as it is. Of
   * what cannot be drawn, a sheet that says so.
   * @param write `shown` false: a whole sheet without a page of the letter
   * @throws not_found also for a letter without a number; erased, file_waiting, file_infected;
   *   unavailable while many others wait
   */
  stampLetter(input: {
    reader: LetterReader;
    letterId: string;
    write: (stamp: LetterStamp, shown: boolean) => Sheet;
    from?: string | undefined;
  }): Promise<{ stamp: LetterStamp; pdf: Buffer }>;
  /** Undefined: this desk has signed nothing of the kind. */
  checkReceipt(token: string): Promise<CheckedReceipt | undefined>;
  /** The newest first; the key in force is among them. */
  receiptKeys(): Promise<ReceiptKey[]>;
}
