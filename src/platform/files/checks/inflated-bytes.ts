import { inflateSync } from 'node:zlib';

/** How many bytes these unpack to, as far as `most`; undefined: they are not packed so, or broken. */
export const inflatedBytes = (packed: Buffer, most: number): number | undefined => {
  try {
    return inflateSync(packed, { maxOutputLength: most }).length;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? most : undefined;
  }
};
