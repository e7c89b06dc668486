import { Hono } from 'hono';
import type { Context } from 'hono';
import { DomainError } from '../../src/platform/base/errors.ts';
import type { EndSessionsResult } from '../../src/desk/applicants/applicant-account.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import { ensureWhole, type FormReader } from '../http/form-reader.ts';
import { createClientAddress } from '../middleware/rate-limit.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireApplicant } from '../middleware/sessions.ts';
import { GUESSED, noteEvent } from '../security-events.ts';
import { OwnAccountPage } from './account.page.tsx';
import { ConfirmPage } from './confirm.page.tsx';
import { isUuid } from '../../src/platform/base/uuid.ts';

const HOME = '/account';
const CONFIRM = `${HOME}/confirm`;
// As long as the cookie of a sign-in under way.
const CONFIRM_SECONDS = 2 * 3600;

/** Of an address: all sessions but this one, or the one with this id. */
type Ending = 'others' | { sessionId: string };

const endingOf = (named: string | undefined): Ending | undefined => {
  if (named === 'others') return named;
  return named !== undefined && isUuid(named) ? { sessionId: named } : undefined;
};

const nameOf = (ending: Ending): string => (ending === 'others' ? ending : ending.sessionId);

/** An applicant's own account: where they are signed in. */
export const createOwnAccountRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const { desk, site } = deps;
  const routes = new Hono<ApplicantEnv>();
  const addressOf = createClientAddress(site);
  routes.use(requireApplicant(deps, cookies, createKeptForms(deps, cookies, forms)));

  const home = (c: Context<ApplicantEnv>, notice?: string) =>
    c.redirect(notice === undefined ? HOME : `${HOME}?notice=${notice}`, 303);

  const tokenOf = (c: Context<ApplicantEnv>): string => cookies.read(c, 'sid') ?? '';

  const end = (
    c: Context<ApplicantEnv>,
    ending: Ending,
    sessionToken: string,
  ): Promise<EndSessionsResult> => {
    const asking = { sessionToken, from: c.var.from };
    return ending === 'others'
      ? desk.endOtherApplicantSessions(asking)
      : desk.endApplicantSession({ ...asking, sessionId: ending.sessionId });
  };

  /** Where it leads when it is done; undefined: a code is needed before. */
  const answerTo = (c: Context<ApplicantEnv>, ending: Ending, result: EndSessionsResult) => {
    if (result.outcome === 'unproven') return undefined;
    if (ending === 'others') return home(c, result.ended > 0 ? 'sessions_ended' : 'sessions_none');
    if (!result.own) return home(c, 'sessions_ended');
    cookies.remove(c, 'sid');
    c.header('clear-site-data', '"cache"');
    return c.redirect('/?notice=signed_out', 303);
  };

  /** Ends it, or sends a code and asks for it. */
  const endOrConfirm = async (c: Context<ApplicantEnv>, ending: Ending) => {
    ensureWhole(await forms.readFields(c));
    const sessionToken = tokenOf(c);
    const done = answerTo(c, ending, await end(c, ending, sessionToken));
    if (done) return done;
    await desk.countAddress({
      limit: 'codes',
      address: addressOf(c),
      browserToken: cookies.read(c, 'known'),
    });
    const { confirmToken } = await desk.sendConfirmation({
      sessionToken,
      confirmToken: cookies.read(c, 'confirm'),
    });
    cookies.write(c, 'confirm', confirmToken, CONFIRM_SECONDS);
    return c.redirect(`${CONFIRM}?end=${nameOf(ending)}`, 303);
  };

  /** Undefined: nothing is being confirmed. */
  const underWay = (c: Context<ApplicantEnv>) => {
    const ending = endingOf(c.req.query('end'));
    const confirmToken = cookies.read(c, 'confirm');
    return ending && confirmToken !== undefined ? { ending, confirmToken } : undefined;
  };

  const confirmPage = async (
    c: Context<ApplicantEnv>,
    { ending, confirmToken }: { ending: Ending; confirmToken: string },
    state: { problems?: Problems; waitSeconds?: number } = {},
  ) => {
    const { view, applicant } = c.var;
    const sent = await desk.findConfirmation({ sessionToken: tokenOf(c), confirmToken });
    return page(
      <ConfirmPage
        view={view}
        applicant={applicant}
        end={nameOf(ending)}
        codeMinutes={site.codeMinutes}
        resendSeconds={state.waitSeconds ?? sent?.resendSeconds ?? site.resendSeconds}
        notice={c.req.query('notice')}
        {...state}
      />,
    );
  };

  routes.get('/', async (c) => {
    const { view, applicant } = c.var;
    const sessions = await desk.listApplicantSessions(tokenOf(c));
    const notice = c.req.query('notice');
    return c.html(
      page(
        <OwnAccountPage view={view} applicant={applicant} sessions={sessions} notice={notice} />,
      ),
    );
  });

  routes.get('/sessions/end-others', (c) => home(c));
  routes.post('/sessions/end-others', (c) => endOrConfirm(c, 'others'));
  routes.get('/sessions/:session/end', (c) => home(c));

  routes.post('/sessions/:session/end', async (c) => {
    const sessionId = c.req.param('session');
    if (!isUuid(sessionId)) throw new DomainError('not_found');
    return endOrConfirm(c, { sessionId });
  });

  routes.get('/confirm', async (c) => {
    const asked = underWay(c);
    return asked ? c.html(await confirmPage(c, asked)) : home(c);
  });

  routes.post('/confirm', async (c) => {
    const asked = underWay(c);
    if (!asked) return home(c);
    const form = await forms.readFields(c);
    ensureWhole(form);
    const confirmed = await desk.confirmApplicant({
      sessionToken: tokenOf(c),
      confirmToken: asked.confirmToken,
      code: form.field('code'),
      from: c.var.from,
    });
    if (confirmed.outcome === 'invalid') {
      if (GUESSED.has(confirmed.why)) noteEvent(c, 'code_wrong');
      const problem = c.var.view.text.code.problems[confirmed.why];
      return c.html(await confirmPage(c, asked, { problems: { code: problem } }), 422);
    }
    const { sessionToken } = confirmed;
    cookies.remove(c, 'confirm');
    cookies.write(c, 'sid', sessionToken, (site.sessionHours + 1) * 3600);
    return answerTo(c, asked.ending, await end(c, asked.ending, sessionToken)) ?? home(c);
  });

  routes.get('/confirm/resend', (c) => home(c));

  routes.post('/confirm/resend', async (c) => {
    const asked = underWay(c);
    if (!asked) return home(c);
    ensureWhole(await forms.readFields(c));
    await desk.countAddress({
      limit: 'codes',
      address: addressOf(c),
      browserToken: cookies.read(c, 'known'),
    });
    const { ending, confirmToken } = asked;
    const sessionToken = tokenOf(c);
    const sent = await desk.resendConfirmation({ sessionToken, confirmToken });
    if (sent.outcome === 'wait') {
      c.header('retry-after', String(sent.seconds));
      return c.html(await confirmPage(c, asked, { waitSeconds: sent.seconds }), 429);
    }
    if (sent.outcome === 'expired') {
      const anew = await desk.sendConfirmation({ sessionToken });
      cookies.write(c, 'confirm', anew.confirmToken, CONFIRM_SECONDS);
    }
    return c.redirect(`${CONFIRM}?end=${nameOf(ending)}&notice=code_sent`, 303);
  });

  return routes;
};
