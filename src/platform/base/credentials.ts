const ENCODE =
  'percent-encode the user name and the password (@ as %40, # as %23, % as %25, / as %2F)';
const UNREADABLE = 'must be an address of a host that can exist, with a port up to 65535';

const isDecodable = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

/**
 * A reserved character in a password shifts the URL's host or path into it. Undefined when the
 * address parses as intended.
 */
export const credentialProblem = (address: string): string | undefined => {
  const [, rest] = /^[a-z][a-z0-9+.-]*:\/\/(.*)$/is.exec(address) ?? [];
  if (rest === undefined) return undefined;
  const authority = rest.split(/[/?#]/)[0] ?? '';
  const userinfo = authority.slice(0, Math.max(0, authority.lastIndexOf('@')));
  const beyond = rest.slice(authority.length).split('?')[0] ?? '';
  const isMeant =
    !userinfo.includes('@') && isDecodable(userinfo) && !/[@#]/.test(beyond) && !rest.includes('#');
  if (isMeant && URL.canParse(address)) return undefined;
  return isMeant && (userinfo !== '' || !rest.includes('@')) ? UNREADABLE : ENCODE;
};

export const withoutCredentials = (text: string): string =>
  text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/"'@]*(?:@[^\s/"'@]*)*@/gi, '$1[credentials]@');
