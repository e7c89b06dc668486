import { inflateSync } from 'node:zlib';

export const inflatedBytes = (packed: Buffer, most: number): number | undefined => {
  try {
    return inflateSync(packed, { maxOutputLength: most }).length;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? most : undefined;
  }
};
