/**
 * Where the heads of the registers go, out of reach of whoever can write the database: a file that
 * only grows, and optionally an address. A line may be there twice; it is the same line.
 */
import { mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { OperatorError } from '../../platform/base/errors.ts';
import { formatHead, parseHead } from '../register/register-head.ts';
import type { RegisterHead } from '../register/register-head.ts';

export interface HeadOutlets {
  /** Durable when it returns. */
  append(heads: RegisterHead[]): Promise<void>;
  /** False: no address is set. @throws when the address did not take it */
  post(head: RegisterHead): Promise<boolean>;
}

const POST_MS = 10_000;

export const createHeadOutlets = ({
  file,
  url,
}: {
  file: string;
  /** Empty: none. */
  url: string;
}): HeadOutlets => ({
  async append(heads) {
    await mkdir(path.dirname(file), { recursive: true });
    const handle = await open(file, 'a', 0o644);
    try {
      await handle.appendFile(heads.map((head) => `${formatHead(head)}\n`).join(''));
      await handle.sync();
    } finally {
      await handle.close();
    }
  },

  async post(head) {
    if (url === '') return false;
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...head, line: formatHead(head) }),
      signal: AbortSignal.timeout(POST_MS),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the address answered ${response.status}`);
    return true;
  },
});

export interface HeadLine {
  /** From 1. */
  number: number;
  /** Undefined: the line is not a head. */
  head: RegisterHead | undefined;
}

/**
 * The lines of a file of published heads; undefined when there is no such file.
 * @throws OperatorError when it is there and cannot be read
 */
export const readHeadFile = async (file: string): Promise<HeadLine[] | undefined> => {
  try {
    const lines = (await readFile(file, 'utf8')).split('\n');
    return lines
      .map((line, index) => ({ number: index + 1, line: line.trim() }))
      .filter(({ line }) => line !== '')
      .map(({ number, line }) => ({ number, head: parseHead(line) }));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new OperatorError(`The file of heads cannot be read: ${file}`, error);
  }
};
