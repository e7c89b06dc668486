/**
 * Copies stored files into another store while the desk runs. They stay sealed: what was written is
 * read again and has to be the bytes that were read. A file that is there is not copied again, so
 * the copy may be stopped at any moment and repeated.
 */
import { createHash } from 'node:crypto';
import type { Db } from '../../platform/base/database.ts';
import { findFileKey, listFileRows } from '../../platform/files/file-rows.sql.ts';
import type { StoredBytes } from '../../platform/files/stored-bytes.ts';
import { megabytes } from './backup/back-up.ts';

const DIGITS = '0123456789abcdef'.split('');
const AT_ONCE = 8;
const NAMED = 100;

export interface MoveReport {
  from: string[];
  to: string;
  copied: number;
  bytes: number;
  before: number;
  failed: string[];
  missing: string[];
}

interface Move {
  db: Db;
  from: StoredBytes[];
  to: StoredBytes;
  /** Also compares files that are there already. Either may be damaged: none is overwritten. */
  verify: boolean;
  say: (line: string) => void;
}

export const moveFiles = async (move: Move): Promise<MoveReport> => {
  const { from, to, say } = move;
  const report: MoveReport = {
    from: from.map(({ place }) => place),
    to: to.place,
    copied: 0,
    bytes: 0,
    before: 0,
    failed: [],
    missing: [],
  };
  for (const [index, digit] of DIGITS.entries()) {
    await moveDigit(move, digit, report, (line) =>
      say(`${Math.round((index / DIGITS.length) * 100)} %: ${line}`),
    );
    await to.settle();
  }
  return report;
};

const progressOf = ({ copied, bytes, before }: MoveReport): string =>
  `${copied} files copied (${megabytes(bytes)}), ${before} were there`;

const moveDigit = async (
  move: Move,
  digit: string,
  report: MoveReport,
  say: (line: string) => void,
): Promise<void> => {
  const { db, from, to } = move;
  // Rows first: a file is there before its row, so the lists that follow hold it.
  const rows = await listFileRows(db, digit);
  const there = new Set<string>();
  for await (const storageKey of to.list(digit)) there.add(storageKey);
  const seen = new Set(there);
  for (const source of from)
    await eachAtOnce(source.list(digit), async (storageKey) => {
      seen.add(storageKey);
      await moveOne(move, { source, storageKey, isThere: there.has(storageKey) }, report);
      say(progressOf(report));
    });
  for (const { storageKey } of rows)
    if (
      !seen.has(storageKey) &&
      report.missing.length < NAMED &&
      (await findFileKey(db, storageKey))
    )
      report.missing.push(storageKey);
};

const moveOne = async (
  { to, verify }: Move,
  { source, storageKey, isThere }: { source: StoredBytes; storageKey: string; isThere: boolean },
  report: MoveReport,
): Promise<void> => {
  if (isThere) {
    const [own, other] = verify
      ? [await hashOf(source, storageKey), await hashOf(to, storageKey)]
      : [undefined, undefined];
    if (own === undefined || own === other) report.before += 1;
    else report.failed.push(storageKey);
    return;
  }
  for (let attempt = 1; attempt <= 2; attempt += 1) {
    const result = await copy(source, to, storageKey);
    if (result === 'gone') return;
    if (result === 'differs') continue;
    report.copied += 1;
    report.bytes += result.bytes;
    return;
  }
  report.failed.push(storageKey);
};

const copy = async (
  source: StoredBytes,
  to: StoredBytes,
  storageKey: string,
): Promise<'gone' | 'differs' | { bytes: number }> => {
  const bytes = await source.bytesOf(storageKey);
  const content = bytes === undefined ? undefined : await source.open(storageKey);
  if (bytes === undefined || !content) return 'gone';
  const read = hashing(content);
  await to.put(storageKey, read.pieces, bytes);
  const isWhole = (await hashOf(to, storageKey)) === read.digest();
  // A letter that was erased meanwhile is to leave nothing here.
  const isGone = (await source.bytesOf(storageKey)) === undefined;
  if (!isWhole || isGone) await to.remove(storageKey);
  if (isGone) return 'gone';
  return isWhole ? { bytes } : 'differs';
};

const hashOf = async (store: StoredBytes, storageKey: string): Promise<string | undefined> => {
  const content = await store.open(storageKey);
  if (!content) return undefined;
  const { pieces, digest } = hashing(content);
  for await (const piece of pieces) void piece;
  return digest();
};

const hashing = (content: AsyncIterable<Buffer>) => {
  const hash = createHash('sha256');
  const pieces = async function* (): AsyncGenerator<Buffer> {
    for await (const piece of content) {
      hash.update(piece);
      yield piece;
    }
  };
  return { pieces: pieces(), digest: () => hash.digest('hex') };
};

const eachAtOnce = async (
  names: AsyncGenerator<string>,
  act: (name: string) => Promise<void>,
): Promise<void> => {
  const run = async (): Promise<void> => {
    for (let next = await names.next(); !next.done; next = await names.next())
      await act(next.value);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, run));
};
