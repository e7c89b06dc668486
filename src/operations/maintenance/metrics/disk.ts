import { statfs } from 'node:fs/promises';

/** Of the file system that holds `folder`, in bytes; `free`: what a program without rights may use. */
export const readDisk = async (folder: string): Promise<{ free: number; size: number }> => {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { free: bavail * bsize, size: blocks * bsize };
};
