import { Hono } from 'hono';
import type { Context } from 'hono';
import {
  confirmSignIn,
  findSignIn,
  newProof,
  resendCode,
  startSignIn,
} from '../../src/desk/applicants/applicant-sign-in.ts';
import type { StartSignInResult } from '../../src/desk/applicants/applicant-sign-in.ts';
import { findApplicant, signOut } from '../../src/desk/applicants/applicant-sessions.ts';
import { newCaptcha } from '../../src/desk/applicants/captcha/captcha.ts';
import { countAddress } from '../../src/desk/staff/address-limits.ts';
import { KNOWN_BROWSER_DAYS } from '../../src/desk/staff/known-browsers.ts';
import { DomainError } from '../../src/platform/base/errors.ts';
import type { Problems } from '../components/error-summary.tsx';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import type { AppEnv, RouteDeps } from '../env.ts';
import type { FormReader } from '../http/form-reader.ts';
import { createClientAddress, limitByAddress } from '../middleware/rate-limit.ts';
import { requireApplicant } from '../middleware/sessions.ts';
import { readForm, requestFacts } from '../route-parts.ts';
import type { RouteParts } from '../route-parts.ts';
import { GUESSED, noteEvent } from '../security-events.ts';
import { registerCaptcha } from './captcha.routes.ts';
import { CodePage } from './code.page.tsx';
import { takePage } from './return-page.ts';
import { SignInPage } from './sign-in.page.tsx';

type Visit = Context<AppEnv>;

// Longer than a code lives, so that a late one is told from a wrong one.
const CHALLENGE_SECONDS = 2 * 3600;
const VISIT_SECONDS = 24 * 3600;
const KNOWN_SECONDS = KNOWN_BROWSER_DAYS * 24 * 3600;

export const createSignInRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const parts = { deps, cookies, forms };
  const addressOf = createClientAddress(deps.site);
  const browserTokenOf = (c: Visit) => cookies.read(c, 'known');
  const limitCodes = limitByAddress({ deps, addressOf, limit: 'codes', browserTokenOf });
  const limitChecks = limitByAddress({ deps, addressOf, limit: 'checks', browserTokenOf });
  const routes = new Hono<AppEnv>();
  routes.get('/', (c) => showSignIn(parts, c));
  routes.get('/sign-in', (c) => c.redirect('/', 303));
  routes.post('/sign-in', limitCodes, (c) => postSignIn(parts, c, addressOf(c)));
  routes.get('/sign-in/picture', (c) => c.redirect('/', 303));
  routes.post('/sign-in/picture', (c) => postNewPicture(parts, c));
  routes.get('/sign-in/code', (c) => showCode(parts, c));
  routes.post('/sign-in/code', (c) => postCode(parts, c, addressOf(c)));
  routes.get('/sign-in/code/resend', (c) => c.redirect('/sign-in/code', 303));
  routes.post('/sign-in/code/resend', limitCodes, (c) => postResend(parts, c, addressOf(c)));
  routes.post('/sign-out', (c) => postSignOut(parts, c));
  // Asked by the script that warns before the end: asking is what makes the session longer.
  routes.get('/session', requireApplicant(deps, cookies), (c) =>
    c.json({ seconds: c.var.applicant.sessionSeconds ?? 0 }),
  );
  registerCaptcha(routes, deps, limitChecks);
  routes.get('/proof', limitChecks, async (c) =>
    c.json(await newProof(deps, { address: addressOf(c), browserToken: browserTokenOf(c) })),
  );
  return routes;
};

const showSignIn = async (parts: RouteParts, c: Visit) => {
  const token = parts.cookies.read(c, 'sid');
  if (token !== undefined && (await findApplicant(parts.deps, token)))
    return c.redirect('/letters', 303);
  const mobile = await mobileUnderWay(parts, c);
  return c.html(signInPage(parts, c, { mobile, notice: c.req.query('notice') }));
};

const postSignIn = async (parts: RouteParts, c: Visit, address: string) => {
  const { deps, cookies } = parts;
  const form = await readForm(parts, c);
  const typed = {
    mobile: form.field('mobile'),
    captchaId: form.field('captchaId'),
    captchaAnswer: form.field('captcha'),
    proof: form.field('proof'),
  };
  if (!keepsCookies(c)) return c.html(signInPage(parts, c, { ...typed, needsCookies: true }), 422);
  const browserToken = cookies.read(c, 'known');
  const result = await startSignIn(deps, { ...typed, address, browserToken });
  if (result.outcome === 'sent') {
    cookies.write(c, 'challenge', result.challengeToken, CHALLENGE_SECONDS);
    return c.redirect(`/sign-in/code${result.crowded ? '?notice=codes_delayed' : ''}`, 303);
  }
  if (result.fields.captcha === 'wrong') noteEvent(c, 'captcha_wrong');
  const proof = result.proofStands ? typed.proof : '';
  const problems = problemsOf(c, result);
  return c.html(signInPage(parts, c, { mobile: typed.mobile, proof, problems }), 422);
};

const postNewPicture = async (parts: RouteParts, c: Visit) => {
  const form = await parts.forms.readFields(c);
  const typed = { mobile: form.field('mobile'), proof: form.field('proof') };
  return c.html(signInPage(parts, c, typed));
};

const showCode = async (parts: RouteParts, c: Visit) => {
  if (parts.cookies.read(c, 'challenge') === undefined) return c.redirect('/', 303);
  return c.html(await codePage(parts, c, { notice: c.req.query('notice') }));
};

const postCode = async (parts: RouteParts, c: Visit, address: string) => {
  const { deps, cookies } = parts;
  const challengeToken = cookies.read(c, 'challenge');
  if (challengeToken === undefined) return c.redirect('/?notice=code_expired', 303);
  const form = await readForm(parts, c);
  const result = await confirmSignIn(deps, {
    challengeToken,
    code: form.field('code'),
    ...requestFacts(c),
    previousToken: cookies.read(c, 'sid'),
  });
  if (result.outcome === 'invalid') {
    if (GUESSED.has(result.why)) noteEvent(c, 'code_wrong');
    const isSentAgain =
      result.why === 'expired' && (await sendAgain(parts, c, { challengeToken, address }));
    const words = c.var.view.text.code.problems;
    const problems = { code: isSentAgain ? words.sent_again : words[result.why] };
    return c.html(await codePage(parts, c, { problems }), 422);
  }
  cookies.remove(c, 'challenge');
  // Outlives the session: what is sent after its end is then still known to be its owner's.
  cookies.write(c, 'sid', result.sessionToken, (deps.site.sessionHours + 1) * 3600);
  cookies.write(c, 'known', result.browserToken, KNOWN_SECONDS);
  return c.redirect(await takePage(c, cookies, deps, result.sessionToken), 303);
};

const postResend = async (parts: RouteParts, c: Visit, address: string) => {
  const challengeToken = parts.cookies.read(c, 'challenge');
  if (challengeToken === undefined) return c.redirect('/?notice=code_expired', 303);
  const result = await resendCode(parts.deps, { challengeToken, address });
  switch (result.outcome) {
    case 'sent': {
      const notice = result.crowded ? 'codes_delayed' : 'code_sent';
      return c.redirect(`/sign-in/code?notice=${notice}`, 303);
    }
    case 'expired':
      return c.redirect('/?notice=code_expired', 303);
    case 'wait':
      c.header('retry-after', String(result.seconds));
      return c.html(await codePage(parts, c, { waitSeconds: result.seconds }), 429);
  }
};

const postSignOut = async ({ deps, cookies }: RouteParts, c: Visit) => {
  const token = cookies.read(c, 'sid');
  if (token !== undefined) await signOut(deps, token, c.var.from);
  cookies.remove(c, 'sid');
  cookies.remove(c, 'next');
  cookies.remove(c, 'parked');
  c.header('clear-site-data', '"cache"');
  return c.redirect('/?notice=signed_out', 303);
};

/** Sign-in needs cookies from page to page: without them each round would cost an SMS. */
const keepsCookies = (c: Visit): boolean => c.req.header('cookie') !== undefined;

const signInPage = (
  { deps, cookies }: RouteParts,
  c: Visit,
  props: Omit<Parameters<typeof SignInPage>[0], 'view' | 'captchaId'> & { captchaId?: string },
) => {
  if (!keepsCookies(c)) cookies.write(c, 'visit', '1', VISIT_SECONDS);
  return page(<SignInPage view={c.var.view} captchaId={newCaptcha(deps).id} {...props} />);
};

const problemsOf = (
  c: Visit,
  { fields }: Extract<StartSignInResult, { outcome: 'invalid' }>,
): Problems => {
  const words = c.var.view.text.signIn.problems;
  return {
    ...(fields.mobile && { mobile: words.mobile[fields.mobile] }),
    ...(fields.captcha && { captcha: words.captcha[fields.captcha] }),
  };
};

const codePage = async (
  { deps, cookies }: RouteParts,
  c: Visit,
  state: { problems?: Problems; notice?: string | undefined; waitSeconds?: number } = {},
) => {
  const { codeMinutes, resendSeconds } = deps.site;
  const token = cookies.read(c, 'challenge');
  const underWay = token === undefined ? undefined : await findSignIn(deps, token);
  return page(
    <CodePage
      view={c.var.view}
      mobile={underWay?.mobile}
      codeMinutes={codeMinutes}
      resendSeconds={state.waitSeconds ?? underWay?.resendSeconds ?? resendSeconds}
      {...state}
    />,
  );
};

/** For a late code, as opposed to a wrong one: sends a new one at once, within the limits. */
const sendAgain = async (
  { deps, cookies }: RouteParts,
  c: Visit,
  { challengeToken, address }: { challengeToken: string; address: string },
): Promise<boolean> => {
  try {
    const browserToken = cookies.read(c, 'known');
    await countAddress(deps, { limit: 'codes', address, browserToken });
    return (await resendCode(deps, { challengeToken, address })).outcome === 'sent';
  } catch (error) {
    if (error instanceof DomainError) return false;
    throw error;
  }
};

const mobileUnderWay = async ({ deps, cookies }: RouteParts, c: Visit): Promise<string> => {
  const token = cookies.read(c, 'challenge');
  const isBack = c.req.query('number') === 'kept' || c.req.query('notice') === 'code_expired';
  if (token === undefined || !isBack) return '';
  return (await findSignIn(deps, token))?.mobile ?? '';
};
