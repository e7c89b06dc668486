/** Addresses of the settings that may hold a password. */

const ENCODE =
  'percent-encode the user name and the password (@ as %40, # as %23, % as %25, / as %2F)';

const isDecodable = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

/**
 * A character of a password that an address cannot hold makes another address of it, whose host or
 * path is a part of the password. Undefined: the address is read as it was meant.
 */
export const credentialProblem = (address: string): string | undefined => {
  const [, rest] = /^[a-z][a-z0-9+.-]*:\/\/(.*)$/is.exec(address) ?? [];
  if (rest === undefined) return undefined;
  const authority = rest.split(/[/?#]/)[0] ?? '';
  const userinfo = authority.slice(0, Math.max(0, authority.lastIndexOf('@')));
  const beyond = rest.slice(authority.length).split('?')[0] ?? '';
  const isMeant =
    URL.canParse(address) &&
    !userinfo.includes('@') &&
    isDecodable(userinfo) &&
    !/[@#]/.test(beyond) &&
    !rest.includes('#');
  return isMeant ? undefined : ENCODE;
};

/** What stands between `//` and `@` goes, wherever an address is quoted. */
export const withoutCredentials = (text: string): string =>
  text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/"'@]*(?:@[^\s/"'@]*)*@/gi, '$1[credentials]@');
