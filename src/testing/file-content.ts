import { buffer } from 'node:stream/consumers';
import type { FileContent } from '../platform/files/file-store.ts';

export const contentOf = (bytes: Buffer): FileContent => ({
  bytes: bytes.length,
  async *pieces() {
    yield bytes;
  },
});

export const bytesOf = (content: FileContent): Promise<Buffer> => buffer(content.pieces());
