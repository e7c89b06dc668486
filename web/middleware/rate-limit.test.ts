import { Hono } from 'hono';
import { expect, test } from 'vitest';
import type { AppEnv } from '../env.ts';
import { createClientAddress } from './rate-limit.ts';

const addressSeen = async (
  trustedProxies: string[],
  remoteAddress: string,
  forwardedFor?: string,
): Promise<string> => {
  const addressOf = createClientAddress({ trustedProxies });
  const app = new Hono<AppEnv>().get('/', (c) => c.text(addressOf(c)));
  const headers = forwardedFor === undefined ? {} : { 'x-forwarded-for': forwardedFor };
  const env = { incoming: { socket: { remoteAddress } } };
  return (await app.request('/', { headers }, env)).text();
};

test('without a trusted proxy the client is who connects, whatever is forwarded', async () => {
  expect(await addressSeen([], '192.0.2.1', '203.0.113.9')).toBe('192.0.2.1');
  expect(await addressSeen(['10.0.0.0/8'], '192.0.2.1', '203.0.113.9')).toBe('192.0.2.1');
});

test('behind a trusted proxy the client is the last address that is no proxy', async () => {
  const proxies = ['10.0.0.0/8', '2001:db8:ffff::/48', '127.0.0.1'];
  expect(await addressSeen(proxies, '10.1.2.3', '203.0.113.9')).toBe('203.0.113.9');
  expect(await addressSeen(proxies, '::ffff:10.1.2.3', '203.0.113.9')).toBe('203.0.113.9');
  expect(await addressSeen(proxies, '127.0.0.1', '1.1.1.1, 203.0.113.9, 10.9.9.9')).toBe(
    '203.0.113.9',
  );
  expect(await addressSeen(proxies, '2001:db8:ffff::1', '2001:db8::7')).toBe('2001:db8::7');
});

test('what is no address is never taken for one', async () => {
  const proxies = ['10.0.0.0/8'];
  expect(await addressSeen(proxies, '10.1.2.3')).toBe('10.1.2.3');
  expect(await addressSeen(proxies, '10.1.2.3', '203.0.113.9, unknown')).toBe('10.1.2.3');
  expect(await addressSeen(proxies, '10.1.2.3', '203.0.113.9, "x", 10.0.0.9')).toBe('10.0.0.9');
  expect(await addressSeen(proxies, '10.1.2.3', '1,'.repeat(5000))).toBe('10.1.2.3');
});
