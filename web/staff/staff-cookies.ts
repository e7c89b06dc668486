import type { Context } from 'hono';
import type { NewToken } from '../../src/desk/staff/account-access.ts';
import { KNOWN_BROWSER_DAYS } from '../../src/desk/staff/known-browsers.ts';
import type { RouteParts } from '../route-parts.ts';

export const writeStaffTokens = (
  { deps: { site }, cookies }: RouteParts,
  c: Context,
  { sessionToken, browserToken, pendingToken }: NewToken,
): void => {
  if (sessionToken !== undefined) {
    cookies.remove(c, 'staff_pending');
    // Outlives the session: what is sent after its end is then still known to be its owner's.
    cookies.write(c, 'staff_sid', sessionToken, (site.staffSessionHours + 1) * 3600);
  }
  if (browserToken !== undefined)
    cookies.write(c, 'staff_known', browserToken, KNOWN_BROWSER_DAYS * 86_400);
  if (pendingToken !== undefined)
    cookies.write(c, 'staff_pending', pendingToken, site.staffSignInMinutes * 60);
};
