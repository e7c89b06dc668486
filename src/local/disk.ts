import { statfsSync } from 'node:fs';
import { OperatorError } from '../platform/base/errors.ts';

const LEAST_BYTES = 64 * 1024;

// The disk itself is asked: on a full one no program can log why it ended.
export const diskIsFull = (dir: string): boolean => {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize < LEAST_BYTES;
};

export const diskFull = (place: string): OperatorError =>
  new OperatorError(`The disk of ${place} is full: make room on it and start again.`);
