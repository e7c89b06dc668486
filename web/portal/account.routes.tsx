import { Hono } from 'hono';
import type { Context } from 'hono';
import { DomainError } from '../../src/domain/errors.ts';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../cookies.ts';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import { ensureWhole, type FormReader } from '../form-reader.ts';
import { isUuid } from '../letter-address.ts';
import { requireApplicant } from '../middleware/sessions.ts';
import { OwnAccountPage } from './account.page.tsx';

const HOME = '/account';

/** An applicant's own account: where they are signed in. */
export const createOwnAccountRoutes = (
  { desk }: RouteDeps,
  cookies: Cookies,
  forms: FormReader,
) => {
  const routes = new Hono<ApplicantEnv>();
  routes.use(requireApplicant(desk, cookies));

  const home = (c: Context<ApplicantEnv>, notice?: string) =>
    c.redirect(notice === undefined ? HOME : `${HOME}?notice=${notice}`, 303);

  const readForm = async (c: Context<ApplicantEnv>): Promise<{ sessionToken: string }> => {
    ensureWhole(await forms.readFields(c));
    return { sessionToken: cookies.read(c, 'sid') ?? '' };
  };

  routes.get('/', async (c) => {
    const { view, applicant } = c.var;
    const sessions = await desk.listApplicantSessions(cookies.read(c, 'sid') ?? '');
    const notice = c.req.query('notice');
    return c.html(
      page(
        <OwnAccountPage view={view} applicant={applicant} sessions={sessions} notice={notice} />,
      ),
    );
  });

  routes.get('/sessions/end-others', (c) => home(c));

  routes.post('/sessions/end-others', async (c) => {
    const asking = await readForm(c);
    const { ended } = await desk.endOtherApplicantSessions({ ...asking, from: c.var.from });
    return home(c, ended > 0 ? 'sessions_ended' : 'sessions_none');
  });

  routes.get('/sessions/:session/end', (c) => home(c));

  routes.post('/sessions/:session/end', async (c) => {
    const sessionId = c.req.param('session');
    if (!isUuid(sessionId)) throw new DomainError('not_found');
    const asking = await readForm(c);
    const { own } = await desk.endApplicantSession({ ...asking, sessionId, from: c.var.from });
    if (!own) return home(c, 'sessions_ended');
    cookies.remove(c, 'sid');
    c.header('clear-site-data', '"cache"');
    return c.redirect('/?notice=signed_out', 303);
  });

  return routes;
};
