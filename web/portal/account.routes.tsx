import { Hono } from 'hono';
import type { Context } from 'hono';
import {
  confirmApplicant,
  endApplicantSession,
  endOtherApplicantSessions,
  findConfirmation,
  listApplicantSessions,
  resendConfirmation,
  sendConfirmation,
} from '../../src/desk/applicants/applicant-account.ts';
import type { EndSessionsResult } from '../../src/desk/applicants/applicant-account.ts';
import { countAddress } from '../../src/desk/staff/address-limits.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import { isUuid } from '../../src/platform/base/uuid.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import type { ApplicantEnv, RouteDeps } from '../env.ts';
import type { FormReader } from '../http/form-reader.ts';
import { createClientAddress } from '../middleware/rate-limit.ts';
import { createKeptForms } from '../middleware/kept-forms.tsx';
import { requireApplicant } from '../middleware/sessions.ts';
import { readForm } from '../route-parts.ts';
import type { RouteParts } from '../route-parts.ts';
import { GUESSED, noteEvent } from '../security-events.ts';
import { OwnAccountPage } from './account.page.tsx';
import { ConfirmPage } from './confirm.page.tsx';

type Visit = Context<ApplicantEnv>;

const HOME = '/account';
const CONFIRM = `${HOME}/confirm`;
// As long as the cookie of a sign-in under way.
const CONFIRM_SECONDS = 2 * 3600;

type Ending = 'others' | { sessionId: string };

interface UnderWay {
  ending: Ending;
  confirmToken: string;
}

export const createOwnAccountRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const parts = { deps, cookies, forms };
  const addressOf = createClientAddress(deps.site);
  const routes = new Hono<ApplicantEnv>();
  routes.use(requireApplicant(deps, cookies, createKeptForms(deps, cookies, forms)));
  routes.get('/', (c) => showAccount(parts, c));
  routes.get('/sessions/end-others', (c) => home(c));
  routes.post('/sessions/end-others', (c) => endOrConfirm(parts, c, 'others', addressOf(c)));
  routes.get('/sessions/:session/end', (c) => home(c));
  routes.post('/sessions/:session/end', (c) => {
    const sessionId = c.req.param('session');
    if (!isUuid(sessionId)) throw new DomainError('not_found');
    return endOrConfirm(parts, c, { sessionId }, addressOf(c));
  });
  routes.get('/confirm', (c) => showConfirm(parts, c));
  routes.post('/confirm', (c) => postConfirm(parts, c));
  routes.get('/confirm/resend', (c) => home(c));
  routes.post('/confirm/resend', (c) => postResend(parts, c, addressOf(c)));
  return routes;
};

const showAccount = async ({ deps, cookies }: RouteParts, c: Visit) => {
  const { view, applicant } = c.var;
  const sessions = await listApplicantSessions(deps, tokenOf(cookies, c));
  const notice = c.req.query('notice');
  return c.html(page(<OwnAccountPage {...{ view, applicant, sessions, notice }} />));
};

const endOrConfirm = async (parts: RouteParts, c: Visit, ending: Ending, address: string) => {
  const { deps, cookies } = parts;
  await readForm(parts, c);
  const sessionToken = tokenOf(cookies, c);
  const done = answerTo(parts, c, ending, await end(parts, c, ending, sessionToken));
  if (done) return done;
  await countAddress(deps, {
    limit: 'codes',
    address,
    browserToken: cookies.read(c, 'known'),
  });
  const { confirmToken } = await sendConfirmation(deps, {
    sessionToken,
    confirmToken: cookies.read(c, 'confirm'),
  });
  cookies.write(c, 'confirm', confirmToken, CONFIRM_SECONDS);
  return c.redirect(`${CONFIRM}?end=${nameOf(ending)}`, 303);
};

const showConfirm = async (parts: RouteParts, c: Visit) => {
  const asked = underWay(parts, c);
  return asked ? c.html(await confirmPage(parts, c, asked)) : home(c);
};

const postConfirm = async (parts: RouteParts, c: Visit) => {
  const { deps, cookies } = parts;
  const asked = underWay(parts, c);
  if (!asked) return home(c);
  const form = await readForm(parts, c);
  const confirmed = await confirmApplicant(deps, {
    sessionToken: tokenOf(cookies, c),
    confirmToken: asked.confirmToken,
    code: form.field('code'),
    from: c.var.from,
  });
  if (confirmed.outcome === 'invalid') {
    if (GUESSED.has(confirmed.why)) noteEvent(c, 'code_wrong');
    const problems = { code: c.var.view.text.code.problems[confirmed.why] };
    return c.html(await confirmPage(parts, c, asked, { problems }), 422);
  }
  const { sessionToken } = confirmed;
  cookies.remove(c, 'confirm');
  cookies.write(c, 'sid', sessionToken, (deps.site.sessionHours + 1) * 3600);
  const result = await end(parts, c, asked.ending, sessionToken);
  return answerTo(parts, c, asked.ending, result) ?? home(c);
};

const postResend = async (parts: RouteParts, c: Visit, address: string) => {
  const { deps, cookies } = parts;
  const asked = underWay(parts, c);
  if (!asked) return home(c);
  await readForm(parts, c);
  await countAddress(deps, { limit: 'codes', address, browserToken: cookies.read(c, 'known') });
  const { ending, confirmToken } = asked;
  const sessionToken = tokenOf(cookies, c);
  const sent = await resendConfirmation(deps, { sessionToken, confirmToken });
  if (sent.outcome === 'wait') {
    c.header('retry-after', String(sent.seconds));
    return c.html(await confirmPage(parts, c, asked, { waitSeconds: sent.seconds }), 429);
  }
  if (sent.outcome === 'expired') {
    const anew = await sendConfirmation(deps, { sessionToken });
    cookies.write(c, 'confirm', anew.confirmToken, CONFIRM_SECONDS);
  }
  return c.redirect(`${CONFIRM}?end=${nameOf(ending)}&notice=code_sent`, 303);
};

const home = (c: Visit, notice?: string) =>
  c.redirect(notice === undefined ? HOME : `${HOME}?notice=${notice}`, 303);

const tokenOf = (cookies: Cookies, c: Visit): string => cookies.read(c, 'sid') ?? '';

const endingOf = (named: string | undefined): Ending | undefined => {
  if (named === 'others') return named;
  return named !== undefined && isUuid(named) ? { sessionId: named } : undefined;
};

const nameOf = (ending: Ending): string => (ending === 'others' ? ending : ending.sessionId);

const underWay = ({ cookies }: RouteParts, c: Visit): UnderWay | undefined => {
  const ending = endingOf(c.req.query('end'));
  const confirmToken = cookies.read(c, 'confirm');
  return ending && confirmToken !== undefined ? { ending, confirmToken } : undefined;
};

const end = (
  { deps }: RouteParts,
  c: Visit,
  ending: Ending,
  sessionToken: string,
): Promise<EndSessionsResult> => {
  const asking = { sessionToken, from: c.var.from };
  return ending === 'others'
    ? endOtherApplicantSessions(deps, asking)
    : endApplicantSession(deps, { ...asking, sessionId: ending.sessionId });
};

const answerTo = ({ cookies }: RouteParts, c: Visit, ending: Ending, result: EndSessionsResult) => {
  if (result.outcome === 'unproven') return undefined;
  if (ending === 'others') return home(c, result.ended > 0 ? 'sessions_ended' : 'sessions_none');
  if (!result.own) return home(c, 'sessions_ended');
  cookies.remove(c, 'sid');
  c.header('clear-site-data', '"cache"');
  return c.redirect('/?notice=signed_out', 303);
};

const confirmPage = async (
  { deps, cookies }: RouteParts,
  c: Visit,
  { ending, confirmToken }: UnderWay,
  state: { problems?: Problems; waitSeconds?: number } = {},
) => {
  const { view, applicant } = c.var;
  const { codeMinutes, resendSeconds } = deps.site;
  const sent = await findConfirmation(deps, { sessionToken: tokenOf(cookies, c), confirmToken });
  return page(
    <ConfirmPage
      view={view}
      applicant={applicant}
      end={nameOf(ending)}
      codeMinutes={codeMinutes}
      resendSeconds={state.waitSeconds ?? sent?.resendSeconds ?? resendSeconds}
      notice={c.req.query('notice')}
      {...state}
    />,
  );
};
