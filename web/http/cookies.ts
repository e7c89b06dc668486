/** With an https origin the cookies carry the `__Host-` prefix and `Secure`. */
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';

/**
 * Applicants: `sid` session, `challenge` sign-in in progress, `confirm` code sent to a signed-in
 * applicant, `visit` the browser keeps cookies, `known` the browser signed in before with a number,
 * `next` the page at which the session ended, `parked` forms kept after it.
 * Staff: `staff_sid` session, `staff_pending` sign-in in progress, `sign_on` sign-in at the identity
 * provider, `staff_known` the browser signed in before as a member, `keys` keyboard shortcuts are off.
 */
export type CookieName =
  | 'sid'
  | 'staff_sid'
  | 'challenge'
  | 'visit'
  | 'known'
  | 'confirm'
  | 'staff_pending'
  | 'staff_known'
  | 'keys'
  | 'sign_on'
  | 'next'
  | 'parked';

export interface Cookies {
  read(c: Context, name: CookieName): string | undefined;
  write(c: Context, name: CookieName, value: string, maxAgeSeconds: number): void;
  remove(c: Context, name: CookieName): void;
}

const TOKEN = /^[\x21-\x7e]{1,200}$/;

export const createCookies = (publicOrigin: string): Cookies => {
  const secure = publicOrigin.startsWith('https:');
  const fullName = (name: CookieName): string => (secure ? `__Host-${name}` : name);
  const attributes = { path: '/', httpOnly: true, sameSite: 'Lax', secure } as const;
  return {
    read(c, name) {
      const value = getCookie(c, fullName(name));
      return value !== undefined && TOKEN.test(value) ? value : undefined;
    },
    write(c, name, value, maxAge) {
      setCookie(c, fullName(name), value, { ...attributes, maxAge });
    },
    remove(c, name) {
      deleteCookie(c, fullName(name), attributes);
    },
  };
};
