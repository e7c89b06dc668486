import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import type { FailureConverter, Payload, SerializationContext } from '@temporalio/common';
import { expect, test } from 'vitest';
import { letterWorkflowId } from '../../../workflows/letter.contract.ts';
import { FAILURE_CONVERTER_PATH } from './data-converter.ts';
import { DeskPayloadCodec, isEncrypted } from './payload-codec.ts';

const REASON = 'نشانی ناقص است and the street is missing';

const contextOf = (letterId: string): SerializationContext => ({
  type: 'workflow',
  namespace: 'default',
  workflowId: letterWorkflowId(letterId),
});

const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const valueOf = (payload: Payload | undefined): unknown =>
  defaultPayloadConverter.fromPayload(payload as Payload);

const bytesOf = (payload: Payload): string =>
  Buffer.concat([
    ...Object.values(payload.metadata ?? {}).map((value) => Buffer.from(value ?? [])),
    Buffer.from(payload.data ?? []),
  ]).toString('latin1');

const openCodec = () => {
  const keys = new Map<string, Buffer>();
  const deskKey = randomBytes(32);
  const letterKeys = { find: async (letterId: string) => keys.get(letterId) };
  const addLetter = (): string => {
    const letterId = randomUUID();
    keys.set(letterId, randomBytes(32));
    return letterId;
  };
  return {
    codec: new DeskPayloadCodec({ letterKeys, deskKeys: [deskKey] }),
    keys,
    deskKey,
    addLetter,
  };
};

test('what was said comes back, and nothing of it can be read on the way', async () => {
  const { codec, addLetter } = openCodec();
  const context = contextOf(addLetter());
  const said = [{ by: 'ali', reason: REASON }, null, undefined, 'x', new Uint8Array([0, 1, 0])];
  const sealed = await codec.encode(said.map(payloadOf), context);
  for (const payload of sealed) {
    expect(isEncrypted(payload)).toBe(true);
    expect(bytesOf(payload)).not.toContain('street');
    expect(bytesOf(payload)).not.toContain('json/plain');
  }
  const opened = await codec.decode(sealed, context);
  expect(opened.map(valueOf)).toEqual(said);
});

test('the same words are another text each time', async () => {
  const { codec, addLetter } = openCodec();
  const context = contextOf(addLetter());
  const sealed = await codec.encode([payloadOf('yes'), payloadOf('yes')], context);
  expect(bytesOf(sealed[0] as Payload)).not.toBe(bytesOf(sealed[1] as Payload));
});

test('what came in the clear is read as it is', async () => {
  const { codec, addLetter } = openCodec();
  const clear = payloadOf({ by: 'ali' });
  expect(await codec.decode([clear], contextOf(addLetter()))).toEqual([clear]);
});

test('after erasure a payload says so, and is nothing that a signal could be', async () => {
  const { codec, keys, addLetter } = openCodec();
  const letterId = addLetter();
  const sealed = await codec.encode(
    [payloadOf({ by: 'ali', reason: REASON })],
    contextOf(letterId),
  );
  keys.delete(letterId);
  const [opened] = await codec.decode(sealed, contextOf(letterId));
  expect(valueOf(opened)).toEqual({ unreadable: 'the key of this letter was erased' });
});

test('a payload of one letter says nothing in the workflow of another', async () => {
  const { codec, addLetter } = openCodec();
  const sealed = await codec.encode([payloadOf({ by: 'ali' })], contextOf(addLetter()));
  const [opened] = await codec.decode(sealed, contextOf(addLetter()));
  expect(valueOf(opened)).toEqual({ unreadable: 'this payload was made for another workflow' });
});

test('a changed payload is found out, whatever was changed', async () => {
  const { codec, addLetter } = openCodec();
  const [one, other] = [addLetter(), addLetter()];
  const [sealed] = (await codec.encode([payloadOf({ by: 'ali' })], contextOf(one))) as [Payload];
  const data = Buffer.from(sealed.data as Uint8Array);
  const flipped = Buffer.from(data);
  flipped[20] = (flipped[20] ?? 0) ^ 1;
  const forged: Payload[] = [
    { ...sealed, data: flipped },
    { ...sealed, data: data.subarray(0, 9) },
    { ...sealed, data: data.subarray(0, -1) },
    { metadata: sealed.metadata ?? {} },
    {
      ...sealed,
      metadata: { ...sealed.metadata, workflow: Buffer.from(letterWorkflowId(other)) },
    },
  ];
  for (const payload of await codec.decode(forged))
    expect(valueOf(payload)).toEqual({ unreadable: 'this payload was changed or is not whole' });
});

test('a letter without a key of its own, and a payload of nobody, are under the key of the desk', async () => {
  const { codec, deskKey } = openCodec();
  const old = contextOf(randomUUID());
  const sealed = [
    ...(await codec.encode([payloadOf({ by: 'ali' })], old)),
    ...(await codec.encode([payloadOf({ by: 'ali' })])),
  ];
  expect(sealed.map((payload) => codec.ownerOf(payload))).toEqual([old.workflowId, '']);
  expect(codec.ownerOf(payloadOf('yes'))).toBeNull();
  for (const payload of await codec.decode(sealed, old))
    expect(valueOf(payload)).toEqual({ by: 'ali' });
  // Another process of the same desk, after its master secret was changed.
  const again = new DeskPayloadCodec({
    letterKeys: { find: async () => undefined },
    deskKeys: [randomBytes(32), deskKey],
  });
  expect((await again.decode(sealed)).map(valueOf)).toEqual([{ by: 'ali' }, { by: 'ali' }]);
});

test('with another master secret it is an error that a right one mends, not a lost word', async () => {
  const { codec } = openCodec();
  const sealed = await codec.encode([payloadOf('yes')]);
  const deskKey = createHash('sha256').update('another').digest();
  const letterKeys = { find: async () => undefined };
  const wrong = new DeskPayloadCodec({ letterKeys, deskKeys: [deskKey] });
  await expect(wrong.decode(sealed)).rejects.toThrow(/no key is called "desk [0-9a-f]{8}"/);
});

test('while no key can be asked for a failure is told without its words, and nothing else is', async () => {
  const { codec, deskKey, addLetter } = openCodec();
  const letterId = addLetter();
  const context = contextOf(letterId);
  const { failureConverter } = (await import(FAILURE_CONVERTER_PATH)) as {
    failureConverter: FailureConverter;
  };
  const failed = failureConverter.errorToFailure(new Error(REASON), defaultPayloadConverter);
  const told = failed.encodedAttributes as Payload;
  const [sealed] = (await codec.encode([told], context)) as [Payload];
  const [opened] = await codec.decode([sealed], context);
  expect(valueOf(opened)).toMatchObject({ message: REASON });
  expect(Object.keys(opened?.metadata ?? {})).toEqual(['encoding']);

  const away = {
    find: () => Promise.reject(new Error('the database is away')),
  };
  const alone = new DeskPayloadCodec({ letterKeys: away, deskKeys: [deskKey] });
  await expect(alone.encode([payloadOf({ by: 'ali' })], context)).rejects.toThrow('away');
  const untold = await alone.encode([told], context);
  const [read] = (await codec.decode(untold, context)).map(valueOf);
  expect(read).toEqual({ message: expect.stringContaining('key'), stack_trace: '' });
});
