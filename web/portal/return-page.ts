// The page an applicant was on when the session ended, for the same user's next sign-in in this
// browser. Only pages of the desk, never a choice of another site's form.
import type { Context } from 'hono';
import type { RouteDeps } from '../env.ts';
import type { Cookies } from '../http/cookies.ts';
import { returnToParkedForm } from '../../src/desk/staff/parked-forms.ts';
import { findApplicant } from '../../src/desk/applicants/applicant-sessions.ts';

const PAGE = /^\/(account|letters(\/new|\/[0-9a-f-]{36})?)$/;
const SECONDS = 3600;
const HOME = '/letters';

// `/letters/ID/file` leads to the letter's page, anything below `/account` to the account.
const pageOf = (path: string): string => {
  const page = path.startsWith('/account/') ? '/account' : path.split('/').slice(0, 3).join('/');
  return PAGE.test(page) ? page : HOME;
};

export const rememberPage = (
  c: Context,
  cookies: Cookies,
  applicantId: string,
  page = pageOf(c.req.path),
): void => cookies.write(c, 'next', `${applicantId}:${page}`, SECONDS);

// Deletes the cookie. Another user starts on the home page.
export const takePage = async (
  c: Context,
  cookies: Cookies,
  deps: RouteDeps,
  sessionToken: string,
): Promise<string> => {
  const remembered = cookies.read(c, 'next');
  cookies.remove(c, 'next');
  const [applicantId = '', page = ''] = remembered?.split(/:(.*)/s) ?? [];
  const applicant = await findApplicant(deps, sessionToken);
  const parked = cookies.read(c, 'parked');
  if (applicant && parked !== undefined) {
    const holder = { applicantId: applicant.id };
    const back = await returnToParkedForm(deps, { token: parked, holder });
    if (back !== undefined) return back;
  }
  return applicant?.id === applicantId && PAGE.test(page) ? page : HOME;
};
