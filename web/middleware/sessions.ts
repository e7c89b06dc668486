import type { Context, Next } from 'hono';
import { createMiddleware } from 'hono/factory';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import type { Holder } from '../../src/platform/files/stored-file.ts';
import type { AccountAccess } from '../../src/desk/staff/account-access.ts';
import type { Cookies } from '../http/cookies.ts';
import type { AccountEnv, ApplicantEnv, AppEnv, StaffEnv, RouteDeps } from '../env.ts';
import { rememberPage } from '../portal/return-page.ts';
import type { KeptForms } from './kept-forms.tsx';
import { findAccount } from '../../src/desk/staff/own-account.ts';
import { findStaff } from '../../src/desk/staff/staff-sessions.ts';
import { findEndedSessionHolder } from '../../src/desk/staff/parked-forms.ts';
import { findApplicant } from '../../src/desk/applicants/applicant-sessions.ts';

const plain = (c: Context<ApplicantEnv> | Context<StaffEnv> | Context<AccountEnv>) =>
  c as unknown as Context<AppEnv>;

const around = async (
  c: Context<ApplicantEnv> | Context<StaffEnv> | Context<AccountEnv>,
  next: Next,
  kept: KeptForms | undefined,
  holder: Holder,
): Promise<void> => {
  await kept?.restore(plain(c), holder);
  await next();
  await kept?.settle(plain(c), holder);
};

const showSession = (
  c: Context<ApplicantEnv> | Context<StaffEnv> | Context<AccountEnv>,
  area: 'portal' | 'staff',
  seconds: number | undefined,
): void => {
  if (seconds === undefined) return;
  plain(c).set('view', { ...c.var.view, session: { area, seconds } });
};

export const requireApplicant = (deps: RouteDeps, cookies: Cookies, kept?: KeptForms) =>
  createMiddleware<ApplicantEnv>(async (c, next) => {
    const token = cookies.read(c, 'sid');
    const applicant = token === undefined ? undefined : await findApplicant(deps, token);
    if (!applicant) {
      const rescued = await kept?.rescue(plain(c), 'portal', token);
      if (rescued) return rescued;
      const ended = token === undefined ? undefined : await findEndedSessionHolder(deps, token);
      if (!ended || !('applicantId' in ended)) return c.redirect('/?notice=sign_in_first', 303);
      rememberPage(c, cookies, ended.applicantId);
      return c.redirect('/?notice=session_ended', 303);
    }
    c.set('applicant', applicant);
    showSession(c, 'portal', applicant.sessionSeconds);
    return around(c, next, kept, { applicantId: applicant.id });
  });

export const findMemberInSetup = async (
  deps: RouteDeps,
  cookies: Cookies,
  c: Context,
): Promise<StaffMember | undefined> => {
  const pendingToken = cookies.read(c, 'staff_pending');
  const account =
    pendingToken === undefined ? undefined : await findAccount(deps, { pendingToken });
  return account?.state === 'setup' ? account.staff : undefined;
};

export const requireAccount = (deps: RouteDeps, cookies: Cookies, kept?: KeptForms) =>
  createMiddleware<AccountEnv>(async (c, next) => {
    const sessionToken = cookies.read(c, 'staff_sid');
    const pendingToken = cookies.read(c, 'staff_pending');
    const ways: AccountAccess[] = [
      ...(sessionToken === undefined ? [] : [{ sessionToken }]),
      ...(pendingToken === undefined ? [] : [{ pendingToken }]),
    ];
    for (const access of ways) {
      const account = await findAccount(deps, access);
      if (!account) continue;
      c.set('account', account);
      c.set('access', access);
      showSession(c, 'staff', account.staff.sessionSeconds);
      return around(c, next, kept, { staffId: account.staff.id });
    }
    const rescued = await kept?.rescue(plain(c), 'staff', sessionToken);
    if (rescued) return rescued;
    return c.redirect('/staff?notice=sign_in_first', 303);
  });

/**
 * @param options.keepsOpen false for background requests of the page, which must not extend the
 *   session
 * @param options.kept left out where posted forms hold nothing to keep
 */
export const requireStaff = (
  deps: RouteDeps,
  cookies: Cookies,
  { keepsOpen = true, kept }: { keepsOpen?: boolean; kept?: KeptForms } = {},
) =>
  createMiddleware<StaffEnv>(async (c, next) => {
    const token = cookies.read(c, 'staff_sid');
    const staff = token === undefined ? undefined : await findStaff(deps, token, { keepsOpen });
    if (!staff) {
      const inSetup = await findMemberInSetup(deps, cookies, c);
      if (inSetup) {
        await kept?.keep(plain(c), { staffId: inSetup.id });
        return c.redirect('/staff/account', 303);
      }
      const rescued = await kept?.rescue(plain(c), 'staff', token);
      return rescued ?? c.redirect('/staff?notice=sign_in_first', 303);
    }
    c.set('staff', staff);
    showSession(c, 'staff', staff.sessionSeconds);
    return around(c, next, kept, { staffId: staff.id });
  });
