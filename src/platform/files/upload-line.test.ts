/** One person's uploads wait for one another unread, up to an end, and nobody else waits for them. */
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { createUploadLine } from './upload-line.ts';

const body = (): Readable => Readable.from(['file']);
const placeIn = (entered: unknown): (() => void) => {
  expect(entered).toBeTypeOf('function');
  return entered as () => void;
};

test('the next ones of a person wait in order, and others come in at once', async () => {
  const line = createUploadLine({ atOnce: 2, waiting: 2, waitMs: 60_000 });
  const first = placeIn(await line.enter('one', body()));
  placeIn(await line.enter('one', body()));
  const order: string[] = [];
  const third = line.enter('one', body()).finally(() => order.push('third'));
  const fourth = line.enter('one', body()).finally(() => order.push('fourth'));
  expect(await line.enter('one', body())).toBe('full');
  placeIn(await line.enter('other', body()));
  expect(order).toEqual([]);
  first();
  placeIn(await third)();
  placeIn(await fourth);
  expect(order).toEqual(['third', 'fourth']);
});

test('nobody waits for ever', async () => {
  const line = createUploadLine({ atOnce: 1, waiting: 1, waitMs: 30 });
  const place = placeIn(await line.enter('one', body()));
  expect(await line.enter('one', body())).toBe('late');
  place();
  placeIn(await line.enter('one', body()));
});

test('an upload that breaks off gives up its place in the line', async () => {
  const line = createUploadLine({ atOnce: 1, waiting: 1, waitMs: 60_000 });
  const place = placeIn(await line.enter('one', body()));
  const upload = body();
  const broken = line.enter('one', upload);
  upload.destroy();
  expect(await broken).toBe('gone');
  const next = line.enter('one', body());
  place();
  placeIn(await next);
});
