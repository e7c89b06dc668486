/**
 * What the client knows, line by line on the disk before it goes on: what it sent, what it was
 * promised by a 303, what it has read on the confirmation page, and who was told to have decided.
 */
import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';

export type LedgerLine =
  | { type: 'signed-in'; mobile: string; token: string }
  | { type: 'sent'; key: string; mobile: string; subject: string; sha256: string }
  /** The 303 named this letter. */
  | { type: 'promised'; key: string; letterId: string }
  /** The page it led to was read. */
  | { type: 'acknowledged'; key: string; letterId: string }
  /** Before the correction of this round is sent; `sha256`: of the new file, null without one. */
  | {
      type: 'correcting';
      letterId: string;
      round: number;
      subject: string;
      sha256: string | null;
    }
  | { type: 'corrected'; letterId: string; round: number; told: 'accepted' | 'too-late' }
  /** Before a member of staff sends words that are for staff alone. */
  | { type: 'internal'; letterId: string; text: string }
  | { type: 'objecting'; letterId: string; text: string }
  | { type: 'objected'; letterId: string; text: string; told: 'accepted' | 'too-late' }
  | {
      type: 'decision';
      letterId: string;
      round: number;
      kind: 'approve' | 'reject' | 'return' | 'withdraw';
      /** The sender's mobile number of a withdrawal. */
      by: string;
      reason?: string;
      /**
       * `accepted`: 303. `undoable`: 303, and it can be taken back, also by a withdrawal. `too-late`:
       * 409, somebody was first. `refused`: 403, it is their own rejection that is objected to.
       * `signalled`: through the engine.
       */
      told: 'accepted' | 'undoable' | 'too-late' | 'refused' | 'signalled';
    }
  | {
      type: 'undo';
      letterId: string;
      round: number;
      decisionId: string;
      by: string;
      told: 'undone' | 'too-late';
    }
  | {
      type: 'action';
      letterId: string;
      kind: 'reply' | 'close';
      text: string;
      sha256?: string;
      told: 'accepted' | 'too-late';
    };

export interface Ledger {
  file: string;
  /** On the disk when this returns. */
  write(line: LedgerLine): void;
  close(): void;
}

export const openLedger = (file: string): Ledger => {
  const descriptor = openSync(file, 'a', 0o600);
  return {
    file,
    write(line) {
      writeSync(descriptor, `${JSON.stringify(line)}\n`);
      fsyncSync(descriptor);
    },
    close: () => closeSync(descriptor),
  };
};

export const readLedger = (file: string): LedgerLine[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as LedgerLine);

export const linesOf = <Type extends LedgerLine['type']>(
  lines: LedgerLine[],
  type: Type,
): Extract<LedgerLine, { type: Type }>[] =>
  lines.filter((line): line is Extract<LedgerLine, { type: Type }> => line.type === type);
