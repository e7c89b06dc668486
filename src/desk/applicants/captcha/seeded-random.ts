import { createHash } from 'node:crypto';

export type Random = (from: number, to: number) => number;

export const drawBytes = (seed: Buffer, length: number): Buffer =>
  createHash('shake256', { outputLength: length }).update(seed).digest();

/** Seeded, so that reloading shows no second view to average. */
export const createRandom = (seed: Buffer): Random => {
  const stream = drawBytes(seed, 1024);
  let position = 0;
  return (from, to) => {
    const value = stream.readUInt16BE(position) / 0xffff;
    position = (position + 2) % (stream.length - 1);
    return from + value * (to - from);
  };
};
