/** The desk's cookies. With an https origin they carry the `__Host-` prefix and `Secure`. */
import type { Context } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';

/**
 * `sid` applicant, `staff_sid` staff, `challenge` a sign-in under way, `staff_pending` likewise;
 * `staff_known` that
 * this browser signed in before, as which member of staff; `visit` shows that this browser keeps cookies; `known` that it signed in before, with which number;
 * `confirm` a code that an applicant who is signed in was sent; `keys` whether the keys of the staff
 * desk are off;
 * `sign_on` a staff sign-in that is at the identity provider; `next` where an applicant was when the session ended; `parked` names forms that were sent after it.
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
