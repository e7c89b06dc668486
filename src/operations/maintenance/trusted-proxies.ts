import { BlockList, isIP } from 'node:net';
import type { Deps } from '../../platform/deps.ts';
import { addUntrustedProxy } from './untrusted-proxy.sql.ts';

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

export const trustsProxy = (trustedProxies: string[]): ((address: string) => boolean) => {
  const proxies = new BlockList();
  for (const proxy of trustedProxies) {
    const [address = '', prefix] = proxy.split('/');
    if (prefix === undefined) proxies.addAddress(address, family(address));
    else proxies.addSubnet(address, Number(prefix), family(address));
  }
  return (address) => isIP(address) !== 0 && proxies.check(address, family(address));
};

export const noteUntrustedProxy = ({ db }: Deps, address: string): Promise<void> =>
  addUntrustedProxy(db, address);
