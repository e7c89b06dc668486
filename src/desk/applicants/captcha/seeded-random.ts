import { createHash } from 'node:crypto';

/** A number between the two, `from` and `to` included. */
export type Random = (from: number, to: number) => number;

/** Bytes that follow from `seed`. */
export const drawBytes = (seed: Buffer, length: number): Buffer =>
  createHash('shake256', { outputLength: length }).update(seed).digest();

/** Numbers that follow from `seed`, so that reloading shows no second view to average. */
export const createRandom = (seed: Buffer): Random => {
  const stream = drawBytes(seed, 1024);
  let position = 0;
  return (from, to) => {
    const value = stream.readUInt16BE(position) / 0xffff;
    position = (position + 2) % (stream.length - 1);
    return from + value * (to - from);
  };
};
