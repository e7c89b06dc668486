import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { LetterEngine } from './letter-engine.ts';

/** A port where nobody listens. */
const closedPort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
};

test('closed while a call is tried again and again, it waits for the call and nothing is thrown elsewhere', async () => {
  const thrown: unknown[] = [];
  const hear = (error: unknown) => thrown.push(error);
  process.on('uncaughtException', hear);
  const engine = new LetterEngine({
    connection: { address: `127.0.0.1:${await closedPort()}` },
    namespace: 'default',
  });
  let ended = false;
  const asked = engine.check(2_500).then(
    () => 'answered',
    () => {
      ended = true;
      return 'away';
    },
  );
  // One try has failed, and the next is waited for.
  await expect(engine.check(300)).rejects.toThrow('DEADLINE_EXCEEDED');
  await engine.close();
  expect(ended).toBe(true);
  expect(await asked).toBe('away');
  expect(thrown).toEqual([]);
  process.off('uncaughtException', hear);
});
