import type { ChildProcess } from 'node:child_process';
import {
  type WriteStream,
  closeSync,
  createWriteStream,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  statSync,
} from 'node:fs';
import { createInterface } from 'node:readline';

const LOG_KEEP_BYTES = 10 * 1024 * 1024;
const PINO_WARN = 40;
const REOPEN_MS = 2000;
const MAX_BUFFERED_BYTES = 1024 * 1024;

export const copyToLog = (
  name: string,
  child: ChildProcess,
  logFile: string,
  say: (line: string) => void,
): void => {
  const log = openLog(logFile, say);
  let shown = '';
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    stream.on('data', (chunk: Buffer) => log.write(chunk));
    createInterface({ input: stream }).on('line', (line) => {
      const warning = warningOf(line);
      // A retry every second must not fill the console.
      if (warning === null || warning === shown) return;
      shown = warning;
      say(`${name} ${warning}`);
    });
  }
  child.once('close', () => log.end());
};

// A failed write loses log lines; without the error handler it would end the whole desk.
const openLog = (
  logFile: string,
  say: (line: string) => void,
): { write: (chunk: Buffer) => void; end: () => void } => {
  let file: WriteStream | null = null;
  let failedAt: number | null = null;
  const open = (): WriteStream => {
    const opened = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
    opened.on('error', (error) => {
      if (failedAt === null) say(`${logFile} cannot be written: ${error.message}`);
      failedAt = Date.now();
      if (file === opened) file = null;
    });
    return opened;
  };
  return {
    write: (chunk) => {
      if (file === null && failedAt !== null && Date.now() - failedAt < REOPEN_MS) return;
      file ??= open();
      if (file.writableLength < MAX_BUFFERED_BYTES) file.write(chunk);
    },
    end: () => file?.end(),
  };
};

export const warningOf = (line: string): string | null => {
  if (!line.startsWith('{')) return null;
  let entry: Record<string, unknown>;
  try {
    entry = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
  const { level, msg, err } = entry;
  if (typeof level !== 'number' || level < PINO_WARN) return null;
  const cause = (err as { message?: unknown } | undefined)?.message;
  const words = [msg, cause === msg ? undefined : cause].filter(
    (word) => typeof word === 'string' && word !== '',
  );
  return `${level > PINO_WARN ? 'error' : 'warning'}: ${words.join(': ').replaceAll(/\s+/g, ' ').slice(0, 300)}`;
};

export const rotateLargeLog = (file: string): void => {
  try {
    if (statSync(file).size > LOG_KEEP_BYTES) renameSync(file, `${file}.1`);
  } catch {
    // No log yet.
  }
};

export const lastLine = (file: string): string => {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return '';
  }
  try {
    const { size } = fstatSync(descriptor);
    const buffer = Buffer.alloc(Math.min(size, 4096));
    readSync(descriptor, buffer, 0, buffer.length, size - buffer.length);
    const lines = buffer
      .toString('utf8')
      .split('\n')
      .filter((line) => /\w/.test(line) && !/^\s+at |^Node\.js v/.test(line));
    const last = lines.at(-1)?.trim() ?? '';
    return (warningOf(last) ?? last).slice(0, 300);
  } finally {
    closeSync(descriptor);
  }
};
