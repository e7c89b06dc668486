import { statfsSync } from 'node:fs';
import { OperatorError } from '../platform/base/errors.ts';

/** Less than any of the local servers needs to start. */
const LEAST_BYTES = 64 * 1024;

/** Asked of the disk itself: on a full one no program can write into its log why it ended. */
export const diskIsFull = (dir: string): boolean => {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize < LEAST_BYTES;
};

export const diskFull = (place: string): OperatorError =>
  new OperatorError(`The disk of ${place} is full: make room on it and start again.`);
