// For `FormReader`: the file is hashed and not stored.
import { createHash } from 'node:crypto';
import type { UploadedFiles } from '../http/form-reader.ts';

export const HASH_ONLY: UploadedFiles = {
  async receiveFile({ stream, fileName }) {
    const hash = createHash('sha256');
    let bytes = 0;
    for await (const chunk of stream) {
      const part = Buffer.from(chunk as Uint8Array);
      hash.update(part);
      bytes += part.length;
    }
    const sha256 = hash.digest('hex');
    // Whatever it is: its type is not looked at, and it stands nowhere.
    return {
      ok: true,
      file: { id: '', name: fileName, type: 'pdf', bytes, sha256, storageKey: '' },
    };
  },
  discardFile: () => Promise.resolve(),
};
