/**
 * Whether an address is on the public internet: webhooks must not reach the internal network
 * (SSRF).
 */
import { BlockList, isIP } from 'node:net';

/** From the IANA special-purpose address registries. */
const SPECIAL_V4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
];
const GLOBAL_V6 = '2000::/3';
const SPECIAL_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'];

const listOf = (subnets: string[], family: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [address = '', prefix] = subnet.split('/');
    list.addSubnet(address, Number(prefix), family);
  }
  return list;
};

export const createIsPublic = (): ((address: string) => boolean) => {
  const special4 = listOf(SPECIAL_V4, 'ipv4');
  const special6 = listOf(SPECIAL_V6, 'ipv6');
  const global6 = listOf([GLOBAL_V6], 'ipv6');
  return (address) => {
    const version = isIP(address);
    if (version === 4) return !special4.check(address, 'ipv4');
    return version === 6 && global6.check(address, 'ipv6') && !special6.check(address, 'ipv6');
  };
};
