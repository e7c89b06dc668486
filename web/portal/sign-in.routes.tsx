import { Hono } from 'hono';
import type { Context } from 'hono';
import { DomainError } from '../../src/platform/base/errors.ts';
import { KNOWN_BROWSER_DAYS } from '../../src/desk/staff/known-browsers.ts';
import type { StartSignInResult } from '../../src/desk/desk.ts';
import type { Problems } from '../components/error-summary.tsx';
import { readByteRange } from '../http/byte-range.ts';
import { page } from '../components/layout.tsx';
import type { Cookies } from '../http/cookies.ts';
import type { AppEnv, RouteDeps } from '../env.ts';
import { ensureWhole, type FormReader } from '../http/form-reader.ts';
import { createClientAddress, limitByAddress } from '../middleware/rate-limit.ts';
import { requireApplicant } from '../middleware/sessions.ts';
import { GUESSED, noteEvent } from '../security-events.ts';
import { CodePage } from './code.page.tsx';
import { takePage } from './return-page.ts';
import { SignInPage } from './sign-in.page.tsx';

// Longer than a code lives, so that a late one is told from a wrong one.
const CHALLENGE_SECONDS = 2 * 3600;
const VISIT_SECONDS = 24 * 3600;
const KNOWN_SECONDS = KNOWN_BROWSER_DAYS * 24 * 3600;

/** Entry of the applicant: guide rows 2 and 3. */
export const createSignInRoutes = (deps: RouteDeps, cookies: Cookies, forms: FormReader) => {
  const { desk, site } = deps;
  const routes = new Hono<AppEnv>();
  const addressOf = createClientAddress(site);
  const browserTokenOf = (c: Context<AppEnv>) => cookies.read(c, 'known');
  const limitCodes = limitByAddress({ desk, addressOf, limit: 'codes', browserTokenOf });
  const limitChecks = limitByAddress({ desk, addressOf, limit: 'checks', browserTokenOf });

  /** Sign-in goes from page to page by cookies: without them each round would cost an SMS. */
  const keepsCookies = (c: Context<AppEnv>): boolean => c.req.header('cookie') !== undefined;

  const signInPage = (
    c: Context<AppEnv>,
    props: Omit<Parameters<typeof SignInPage>[0], 'view' | 'captchaId'> & { captchaId?: string },
  ) => {
    if (!keepsCookies(c)) cookies.write(c, 'visit', '1', VISIT_SECONDS);
    return page(<SignInPage view={c.var.view} captchaId={desk.newCaptcha().id} {...props} />);
  };

  const problemsOf = (
    c: Context<AppEnv>,
    { fields }: Extract<StartSignInResult, { outcome: 'invalid' }>,
  ): Problems => {
    const words = c.var.view.text.signIn.problems;
    return {
      ...(fields.mobile && { mobile: words.mobile[fields.mobile] }),
      ...(fields.captcha && { captcha: words.captcha[fields.captcha] }),
    };
  };

  const codePage = async (
    c: Context<AppEnv>,
    state: { problems?: Problems; notice?: string | undefined; waitSeconds?: number } = {},
  ) => {
    const token = cookies.read(c, 'challenge');
    const underWay = token === undefined ? undefined : await desk.findSignIn(token);
    return page(
      <CodePage
        view={c.var.view}
        mobile={underWay?.mobile}
        codeMinutes={site.codeMinutes}
        resendSeconds={state.waitSeconds ?? underWay?.resendSeconds ?? site.resendSeconds}
        {...state}
      />,
    );
  };

  /** A late code, told from a wrong one: a new code is sent at once, within the limits. */
  const sendAgain = async (c: Context<AppEnv>, challengeToken: string): Promise<boolean> => {
    try {
      const address = addressOf(c);
      const browserToken = cookies.read(c, 'known');
      await desk.countAddress({ limit: 'codes', address, browserToken });
      return (await desk.resendCode({ challengeToken, address })).outcome === 'sent';
    } catch (error) {
      if (error instanceof DomainError) return false;
      throw error;
    }
  };

  /** The number of a sign-in under way, for who wants to correct it or came too late. */
  const mobileOf = async (c: Context<AppEnv>): Promise<string> => {
    const token = cookies.read(c, 'challenge');
    const isBack = c.req.query('number') === 'kept' || c.req.query('notice') === 'code_expired';
    if (token === undefined || !isBack) return '';
    return (await desk.findSignIn(token))?.mobile ?? '';
  };

  routes.get('/', async (c) => {
    const token = cookies.read(c, 'sid');
    if (token !== undefined && (await desk.findApplicant(token)))
      return c.redirect('/letters', 303);
    return c.html(signInPage(c, { mobile: await mobileOf(c), notice: c.req.query('notice') }));
  });

  routes.get('/sign-in', (c) => c.redirect('/', 303));
  routes.get('/sign-in/picture', (c) => c.redirect('/', 303));

  routes.post('/sign-in', limitCodes, async (c) => {
    const form = await forms.readFields(c);
    ensureWhole(form);
    const mobile = form.field('mobile');
    const proof = form.field('proof');
    const [captchaId, captchaAnswer] = [form.field('captchaId'), form.field('captcha')];
    if (!keepsCookies(c)) {
      const kept = { mobile, captchaId, captchaAnswer, proof };
      return c.html(signInPage(c, { ...kept, needsCookies: true }), 422);
    }
    const result = await desk.startSignIn({
      mobile,
      captchaId,
      captchaAnswer,
      proof,
      address: addressOf(c),
      browserToken: cookies.read(c, 'known'),
    });
    if (result.outcome === 'sent') {
      cookies.write(c, 'challenge', result.challengeToken, CHALLENGE_SECONDS);
      return c.redirect(`/sign-in/code${result.crowded ? '?notice=codes_delayed' : ''}`, 303);
    }
    if (result.fields.captcha === 'wrong') noteEvent(c, 'captcha_wrong');
    const keptProof = result.proofStands ? proof : '';
    const problems = problemsOf(c, result);
    return c.html(signInPage(c, { mobile, proof: keptProof, problems }), 422);
  });

  routes.post('/sign-in/picture', async (c) => {
    const form = await forms.readFields(c);
    return c.html(signInPage(c, { mobile: form.field('mobile'), proof: form.field('proof') }));
  });

  routes.get('/sign-in/code', async (c) => {
    if (cookies.read(c, 'challenge') === undefined) return c.redirect('/', 303);
    return c.html(await codePage(c, { notice: c.req.query('notice') }));
  });

  routes.post('/sign-in/code', async (c) => {
    const challengeToken = cookies.read(c, 'challenge');
    if (challengeToken === undefined) return c.redirect('/?notice=code_expired', 303);
    const form = await forms.readFields(c);
    ensureWhole(form);
    const result = await desk.confirmSignIn({
      challengeToken,
      code: form.field('code'),
      from: c.var.from,
      userAgent: c.req.header('user-agent'),
      previousToken: cookies.read(c, 'sid'),
    });
    if (result.outcome === 'invalid') {
      if (GUESSED.has(result.why)) noteEvent(c, 'code_wrong');
      const isSentAgain = result.why === 'expired' && (await sendAgain(c, challengeToken));
      const words = c.var.view.text.code.problems;
      const problem = isSentAgain ? words.sent_again : words[result.why];
      return c.html(await codePage(c, { problems: { code: problem } }), 422);
    }
    cookies.remove(c, 'challenge');
    // Outlives the session: what is sent after its end is then still known to be its owner's.
    cookies.write(c, 'sid', result.sessionToken, (site.sessionHours + 1) * 3600);
    cookies.write(c, 'known', result.browserToken, KNOWN_SECONDS);
    return c.redirect(await takePage(c, cookies, desk, result.sessionToken), 303);
  });

  routes.get('/sign-in/code/resend', (c) => c.redirect('/sign-in/code', 303));

  routes.post('/sign-in/code/resend', limitCodes, async (c) => {
    const challengeToken = cookies.read(c, 'challenge');
    if (challengeToken === undefined) return c.redirect('/?notice=code_expired', 303);
    const result = await desk.resendCode({ challengeToken, address: addressOf(c) });
    switch (result.outcome) {
      case 'sent':
        return c.redirect(
          `/sign-in/code?notice=${result.crowded ? 'codes_delayed' : 'code_sent'}`,
          303,
        );
      case 'expired':
        return c.redirect('/?notice=code_expired', 303);
      case 'wait':
        c.header('retry-after', String(result.seconds));
        return c.html(await codePage(c, { waitSeconds: result.seconds }), 429);
    }
  });

  routes.post('/sign-out', async (c) => {
    const token = cookies.read(c, 'sid');
    if (token !== undefined) await desk.signOut(token, c.var.from);
    cookies.remove(c, 'sid');
    cookies.remove(c, 'next');
    cookies.remove(c, 'parked');
    c.header('clear-site-data', '"cache"');
    return c.redirect('/?notice=signed_out', 303);
  });

  // Asked by the script that warns before the end: asking is what makes the session longer.
  routes.get('/session', requireApplicant(deps, cookies), (c) =>
    c.json({ seconds: c.var.applicant.sessionSeconds ?? 0 }),
  );

  routes.get('/captcha/:file{.+\\.png}', limitChecks, async (c) => {
    const id = c.req.param('file').slice(0, -'.png'.length);
    const picture = await desk.drawCaptcha(id);
    if (!picture) return c.body(null, 410);
    return c.body(picture as Uint8Array<ArrayBuffer>, 200, { 'content-type': 'image/png' });
  });

  // The same digits, read aloud in the language of the page.
  routes.get('/captcha/:sound{.+\\.wav}', limitChecks, async (c) => {
    const id = c.req.param('sound').slice(0, -'.wav'.length);
    const speech = await desk.speakCaptcha({ id, language: c.var.view.speech });
    if (!speech) return c.body(null, 404);
    const range = readByteRange(c.req.header('range'), speech.length);
    const headers = { 'content-type': 'audio/wav', 'accept-ranges': 'bytes' };
    if (range === 'none') return c.body(speech as Uint8Array<ArrayBuffer>, 200, headers);
    if (range === 'unsatisfiable')
      return c.body(null, 416, { 'content-range': `bytes */${speech.length}` });
    const { from, to } = range;
    return c.body(speech.subarray(from, to + 1) as Uint8Array<ArrayBuffer>, 206, {
      ...headers,
      'content-range': `bytes ${from}-${to}/${speech.length}`,
    });
  });

  routes.get('/proof', limitChecks, async (c) =>
    c.json(await desk.newProof({ address: addressOf(c), browserToken: cookies.read(c, 'known') })),
  );

  return routes;
};
