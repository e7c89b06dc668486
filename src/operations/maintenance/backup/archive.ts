/**
 * A plain tar (POSIX ustar), so that any `tar` can read it. Parts are streamed and their sizes
 * filled in afterwards; the file gets its name only when complete. The reader rejects any byte that
 * the writer would not have written.
 */
import { createHash, randomUUID } from 'node:crypto';
import { access, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { OperatorError } from '../../../platform/base/errors.ts';
import { flushFolder } from '../../../platform/base/flush-folder.ts';

export interface ArchivePart {
  name: string;
  bytes: number;
  sha256: string;
}

export interface ArchiveWriter {
  add(
    name: string,
    content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<ArchivePart>;
  finish(): Promise<number>;
  drop(): Promise<void>;
}

const BLOCK = 512;
const CHUNK = 256 * 1024;
const NAME_BYTES = 100;
// Eleven octal digits, 8 GiB: more than any compressed table or file.
const SIZE_LIMIT = 8 ** 11;
const END = Buffer.alloc(2 * BLOCK);

const padding = (bytes: number): number => (BLOCK - (bytes % BLOCK)) % BLOCK;

const headerOf = ({
  name,
  bytes,
  seconds,
}: {
  name: string;
  bytes: number;
  seconds: number;
}): Buffer => {
  const block = Buffer.alloc(BLOCK);
  block.write(name, 0, NAME_BYTES, 'utf8');
  block.write('0000600\0', 100, 'latin1');
  for (const at of [108, 116]) block.write('0000000\0', at, 'latin1');
  block.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124, 'latin1');
  block.write(`${seconds.toString(8).padStart(11, '0')}\0`, 136, 'latin1');
  block.write('        0', 148, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
};

const writeAll = async (file: FileHandle, bytes: Uint8Array, at: number): Promise<void> => {
  for (let done = 0; done < bytes.length;)
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
};

const exists = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

const cannotBe = (file: string, what: string, error: unknown): OperatorError =>
  new OperatorError(
    `${file} cannot be ${what}: ${error instanceof Error ? error.message : String(error)}`,
    error,
  );

export const createArchive = async (
  target: string,
  { at, replace }: { at: Date; replace: boolean },
): Promise<ArchiveWriter> => {
  if (!replace && (await exists(target))) throw new OperatorError(`${target} exists already.`);
  const draft = `${target}.part-${randomUUID().slice(0, 8)}`;
  const seconds = Math.floor(at.getTime() / 1000);
  const file = await open(draft, 'wx', 0o600).catch((error: unknown) => {
    throw cannotBe(target, 'written', error);
  });
  let end = 0;
  let isOpen = true;

  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await file.close();
  };
  const append = async (bytes: Uint8Array): Promise<void> => {
    await writeAll(file, bytes, end).catch((error: unknown) => {
      throw cannotBe(target, 'written', error);
    });
    end += bytes.length;
  };

  return {
    async add(name, content) {
      if (Buffer.byteLength(name) > NAME_BYTES) throw new Error('a name of a part is too long');
      const start = end;
      const hash = createHash('sha256');
      let bytes = 0;
      end += BLOCK;
      for await (const piece of content) {
        hash.update(piece);
        bytes += piece.length;
        await append(piece);
      }
      if (bytes >= SIZE_LIMIT) throw new Error(`${name} is too large for one part`);
      await append(Buffer.alloc(padding(bytes)));
      await writeAll(file, headerOf({ name, bytes, seconds }), start);
      return { name, bytes, sha256: hash.digest('hex') };
    },

    async finish() {
      await append(END);
      await file.sync();
      await close();
      if (!replace && (await exists(target))) throw new OperatorError(`${target} exists already.`);
      await rename(draft, target);
      await flushFolder(path.dirname(path.resolve(target)));
      return end;
    },

    async drop() {
      await close();
      await rm(draft, { force: true });
    },
  };
};

export interface FoundPart {
  name: string;
  bytes: number;
  at: number;
}

export interface ArchiveReader {
  file: string;
  parts: FoundPart[];
  bytes: number;
  read(part: FoundPart): AsyncGenerator<Buffer>;
  close(): Promise<void>;
}

export const damaged = (file: string, what: string): OperatorError =>
  new OperatorError(`${file} is damaged: ${what}. Nothing was changed; use another copy of it.`);

export const openArchive = async (name: string): Promise<ArchiveReader> => {
  const file = await open(name, 'r').catch((error: unknown) => {
    throw cannotBe(name, 'read', error);
  });
  try {
    const { size } = await file.stat();
    return {
      file: name,
      bytes: size,
      parts: await findParts(file, { name, size }),
      read: (part) => readPart(file, part, name),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error instanceof OperatorError ? error : cannotBe(name, 'read', error);
  }
};

const readExactly = async (file: FileHandle, at: number, bytes: number): Promise<Buffer> => {
  const buffer = Buffer.alloc(bytes);
  let done = 0;
  while (done < bytes) {
    const { bytesRead } = await file.read(buffer, done, bytes - done, at + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return buffer.subarray(0, done);
};

const findParts = async (
  file: FileHandle,
  { name, size }: { name: string; size: number },
): Promise<FoundPart[]> => {
  const parts: FoundPart[] = [];
  const after = (): string => (parts.length > 0 ? ` after ${parts.at(-1)?.name}` : '');
  for (let at = 0; ;) {
    const block = await readExactly(file, at, BLOCK);
    if (block.length < BLOCK) throw damaged(name, `it is cut off${after()}`);
    if (block.equals(END.subarray(BLOCK))) {
      const rest = await readExactly(file, at, END.length + 1);
      if (!rest.equals(END)) throw damaged(name, `its end${after()} is not an end`);
      return parts;
    }
    const part = { ...readHeader(block), at: at + BLOCK };
    if (!headerOf(part).equals(block))
      throw damaged(name, `what stands${after()}, at byte ${at}, is not the header of a part`);
    const fill = padding(part.bytes);
    if (part.at + part.bytes + fill > size) throw damaged(name, `${part.name} is cut off`);
    const filled = await readExactly(file, part.at + part.bytes, fill);
    if (!filled.equals(Buffer.alloc(fill)))
      throw damaged(name, `${part.name} is followed by what does not belong there`);
    const { seconds: _seconds, ...found } = part;
    parts.push(found);
    at = part.at + part.bytes + fill;
  }
};

const readHeader = (block: Buffer): { name: string; bytes: number; seconds: number } => {
  const end = block.indexOf(0);
  const [bytes = 0, seconds = 0] = [124, 136].map((at) =>
    Number.parseInt(block.toString('latin1', at, at + 11), 8),
  );
  return {
    name: block.toString('utf8', 0, Math.min(end === -1 ? NAME_BYTES : end, NAME_BYTES)),
    bytes: bytes >= 0 ? bytes : 0,
    seconds: seconds >= 0 ? seconds : 0,
  };
};

async function* readPart(
  file: FileHandle,
  { at, bytes, name }: FoundPart,
  archive: string,
): AsyncGenerator<Buffer> {
  for (let done = 0; done < bytes;) {
    const piece = await readExactly(file, at + done, Math.min(CHUNK, bytes - done));
    if (piece.length === 0) throw damaged(archive, `${name} is cut off`);
    done += piece.length;
    yield piece;
  }
}
