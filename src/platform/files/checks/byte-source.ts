// Readers of a format never hold the whole file.
import { open } from 'node:fs/promises';

export interface ByteSource {
  size: number;
  read(offset: number, length: number): Promise<Buffer>;
}

export const withBytes = async <Result>(
  file: string | Buffer,
  use: (source: ByteSource) => Promise<Result>,
): Promise<Result> => {
  if (typeof file !== 'string')
    return use({
      size: file.length,
      read: (offset, length) => Promise.resolve(file.subarray(offset, offset + length)),
    });
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    return await use({
      size,
      async read(offset, length) {
        const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
        if (buffer.length === 0) return buffer;
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
        return buffer.subarray(0, bytesRead);
      },
    });
  } finally {
    await handle.close();
  }
};
