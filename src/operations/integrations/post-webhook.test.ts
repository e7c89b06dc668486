import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { postWebhook } from './post-webhook.ts';
import { createIsPublic } from './public-address.ts';

test.each([
  '8.8.8.8',
  '185.143.233.5',
  '172.32.0.1',
  '2a00:1450:4001:81b::200e',
  '2606:4700::1111',
])('%s is public', (address) => {
  expect(createIsPublic()(address)).toBe(true);
});

test.each([
  '127.0.0.1',
  '127.255.255.254',
  '0.0.0.0',
  '10.0.0.5',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '64:ff9b::7f00:1',
  'fc00::1',
  'fd12::1',
  'fe80::1',
  'ff02::1',
  '2002:7f00:1::',
  '2001:db8::1',
  'localhost',
  '',
])('%s is not public', (address) => {
  expect(createIsPublic()(address)).toBe(false);
});

test('an address of this machine is not connected to, in whatever spelling', async () => {
  let asked = 0;
  const server = createServer((_request, response) => {
    asked += 1;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const post = (host: string, allowPrivate: boolean): Promise<number> =>
    postWebhook(
      { url: `http://${host}:${port}/`, headers: {}, body: '{}' },
      { timeoutMs: 5_000, allowPrivate },
    );
  try {
    const hosts = ['127.0.0.1', 'localhost', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', '[::1]'];
    for (const host of hosts)
      await expect(post(host, false)).rejects.toThrow('the address is not public');
    expect(asked).toBe(0);
    expect(await post('localhost', true)).toBe(200);
    expect(asked).toBe(1);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
