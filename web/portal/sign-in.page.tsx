import type { Problems } from '../components/error-summary.tsx';
import { ErrorSummary } from '../components/error-summary.tsx';
import { TextField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { Layout } from '../components/layout.tsx';
import { Notice, NoticeBox } from '../components/notice.tsx';
import type { View } from '../view.ts';

interface SignInPageProps {
  view: View;
  captchaId: string;
  captchaAnswer?: string;
  mobile?: string;
  proof?: string;
  problems?: Problems;
  notice?: string | undefined;
  needsCookies?: boolean;
}

// For users who cannot see the picture: audio digits or a proof of work.
const OtherWays = ({
  view,
  captchaId,
  proof,
}: Required<Pick<SignInPageProps, 'view' | 'captchaId' | 'proof'>>) => {
  const words = view.text.signIn;
  return (
    <details class="other-ways" open={proof !== ''}>
      <summary>{words.otherWays}</summary>
      <div class="captcha-sound">
        <span id="captcha-sound">{words.captchaSound}</span>
        <audio
          controls
          preload="none"
          src={`/captcha/${captchaId}.wav`}
          aria-labelledby="captcha-sound"
        />
      </div>
      {/* Shown by its script, so only where it can work. */}
      <div
        class="proof"
        hidden
        data-proof
        data-worker={view.paths.proofWorker}
        data-kept={proof}
        data-working={words.proof.working}
        data-dear={words.proof.dear}
        data-done={words.proof.done}
        data-failed={words.proof.failed}
        data-expired={words.proof.expired}
      >
        <p id="proof-instead">{words.proof.instead}</p>
        <button type="button" class="button button--secondary" aria-describedby="proof-instead">
          <Icon name="check" />
          {words.proof.button}
        </button>
        <p role="status" />
        <input type="hidden" name="proof" value="" />
      </div>
    </details>
  );
};

export const SignInPage = ({
  view,
  captchaId,
  captchaAnswer = '',
  mobile = '',
  proof = '',
  problems = {},
  notice,
  needsCookies = false,
}: SignInPageProps) => {
  const words = view.text.signIn;
  return (
    <Layout view={view} title={words.title} hasProblems={Object.keys(problems).length > 0}>
      <ErrorSummary view={view} problems={problems} />
      <Notice view={view} code={notice} />
      {needsCookies && (
        <NoticeBox tone="warning" role="status">
          {words.needsCookies}
        </NoticeBox>
      )}
      <div class="welcome">
        <div class="card">
          <h1>{words.title}</h1>
          <p class="lead">{words.lead}</p>
          <form method="post" action="/sign-in" novalidate>
            {/* Enter presses the first button of a form, which is not to be that of the picture. */}
            <button type="submit" class="out-of-sight" tabindex={-1} aria-hidden="true" />
            <TextField
              id="mobile"
              label={words.mobile}
              hint={words.mobileHint}
              problem={problems.mobile}
              value={mobile}
              type="tel"
              inputmode="tel"
              autocomplete="tel"
              latin
              width="phone"
            />
            <input type="hidden" name="captchaId" value={captchaId} />
            <TextField
              id="captcha"
              label={words.captcha}
              hint={words.captchaHint}
              problem={problems.captcha}
              value={captchaAnswer}
              inputmode="numeric"
              latin
              width="code"
            >
              <div class="captcha">
                <img
                  src={`/captcha/${captchaId}.png`}
                  alt={words.captchaPicture}
                  width="200"
                  height="72"
                />
                {/* It keeps what was typed. */}
                <button
                  type="submit"
                  class="button button--secondary"
                  formaction="/sign-in/picture"
                >
                  <Icon name="refresh" />
                  {words.newPicture}
                </button>
              </div>
            </TextField>
            <OtherWays view={view} captchaId={captchaId} proof={proof} />
            <div class="actions">
              <button type="submit" class="button">
                {words.send}
              </button>
            </div>
          </form>
        </div>
        <script type="module" src={view.paths.proof} />
        <section class="steps-panel" aria-labelledby="steps">
          <h2 id="steps">{words.stepsLabel}</h2>
          <ol class="steps">
            {words.steps.map((step) => (
              <li>{step}</li>
            ))}
          </ol>
          <p>
            <a class="steps-panel__more" href="/help">
              {view.text.help.title}
            </a>
          </p>
        </section>
      </div>
    </Layout>
  );
};
