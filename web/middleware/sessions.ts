import { createMiddleware } from 'hono/factory';
import type { Desk } from '../../src/usecases/desk.ts';
import type { Cookies } from '../cookies.ts';
import type { ApplicantEnv, StaffEnv } from '../env.ts';

/** Goes on with `c.var.applicant`; without a session to the sign-in page. */
export const requireApplicant = (desk: Desk, cookies: Cookies) =>
  createMiddleware<ApplicantEnv>(async (c, next) => {
    const token = cookies.read(c, 'sid');
    const applicant = token === undefined ? undefined : await desk.findApplicant(token);
    if (!applicant) return c.redirect('/?notice=sign_in_first', 303);
    c.set('applicant', applicant);
    return next();
  });

/** Goes on with `c.var.staff`; without a session to the staff sign-in. */
export const requireStaff = (desk: Desk, cookies: Cookies) =>
  createMiddleware<StaffEnv>(async (c, next) => {
    const token = cookies.read(c, 'staff_sid');
    const staff = token === undefined ? undefined : await desk.findStaff(token);
    if (!staff) return c.redirect('/staff?notice=sign_in_first', 303);
    c.set('staff', staff);
    return next();
  });
