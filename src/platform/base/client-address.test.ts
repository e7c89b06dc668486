import { expect, test } from 'vitest';
import { addressGroup, addressGroups } from './client-address.ts';

test('an IPv4 address is counted whole, however it is written', () => {
  expect(addressGroup('192.0.2.7')).toBe('192.0.2.7');
  expect(addressGroup('::ffff:192.0.2.7')).toBe('192.0.2.7');
  expect(addressGroup('::FFFF:192.0.2.7')).toBe('192.0.2.7');
});

test('an IPv6 address is counted by its /64, however it is written', () => {
  for (const address of [
    '2001:db8:1:2::1',
    '2001:0DB8:0001:0002:ffff:1:2:3',
    '2001:db8:1:2:a:b:c:d%eth0',
  ])
    expect(addressGroup(address)).toBe('2001:db8:1:2::/64');
  expect(addressGroup('2001:db8::5')).toBe('2001:db8:0:0::/64');
  expect(addressGroup('::1')).toBe('0:0:0:0::/64');
  expect(addressGroup('2001:db8:1:3::1')).not.toBe(addressGroup('2001:db8:1:2::1'));
});

test('the networks around an address are wider and wider', () => {
  expect(addressGroups('192.0.2.7')).toEqual(['192.0.2.7', '192.0.2.0/24']);
  expect(addressGroups('2001:db8:1:2::1')).toEqual([
    '2001:db8:1:2::/64',
    '2001:db8:1::/48',
    '2001:db8::/32',
  ]);
  expect(addressGroups('')).toEqual([]);
});
