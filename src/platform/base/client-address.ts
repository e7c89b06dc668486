const groupsOf = (address: string): string[] => {
  const [before = '', after] = address.split('::');
  const left = before === '' ? [] : before.split(':');
  const right = after === undefined || after === '' ? [] : after.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0');
  const groups = [...left, ...(after === undefined ? [] : zeros), ...right];
  return groups.map((group) => group.replace(/^0+(?=.)/, ''));
};

/**
 * What a client is counted under, nearest first: an IPv4 address and its /24; for IPv6 the /64 of
 * one customer, the /48 of a site and the /32 of a small provider. Empty for an unknown address.
 */
export const addressGroups = (address: string): string[] => {
  const plain = address.toLowerCase().replace(/%.*$/, '');
  if (plain === '') return [];
  const ipv4 = /^(?:::ffff:)?((\d{1,3}\.\d{1,3}\.\d{1,3})\.\d{1,3})$/.exec(plain);
  if (ipv4) return [ipv4[1] ?? '', `${ipv4[2]}.0/24`];
  if (!plain.includes(':')) return [plain];
  const groups = groupsOf(plain);
  return [64, 48, 32].map((bits) => `${groups.slice(0, bits / 16).join(':')}::/${bits}`);
};

export const addressGroup = (address: string): string => addressGroups(address)[0] ?? '';
