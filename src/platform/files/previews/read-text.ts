import type { FileType } from '../stored-file.ts';
import type { FilePool } from '../pool/file-pool.ts';
import type { ZipLimits } from '../checks/zip-directory.ts';
import type { DocumentText } from './document-text.ts';

export interface TextLimits extends ZipLimits {
  length: number;
  seconds: number;
  memoryBytes: number;
}

// The part exists as bytes, as text and in pieces.
const COPIES = 8;

export const readText = async (
  pool: Pick<FilePool, 'run'>,
  { type, bytes }: { type: FileType; bytes: Buffer },
  { owner, limits: given, patience = 1 }: { owner: string; limits: TextLimits; patience?: number },
): Promise<DocumentText | 'broken' | 'costly'> => {
  const { length, seconds, memoryBytes, ...limits } = given;
  const end = await pool.run({
    name: 'readText',
    input: { type, bytes, limits, length, mostBytes: Math.floor(memoryBytes / COPIES) },
    owner,
    limits: { cpuSeconds: seconds * patience, memoryBytes },
  });
  return end.how === 'costly' ? 'costly' : (end.result ?? 'broken');
};
