import type { Problems } from '../components/error-summary.tsx';
import { ErrorSummary } from '../components/error-summary.tsx';
import { TextField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { Layout } from '../components/layout.tsx';
import { Notice } from '../components/notice.tsx';
import type { View } from '../view.ts';

interface CodePageProps {
  view: View;
  codeMinutes: number;
  /** Until a new code may be asked for; 0: now. */
  resendSeconds: number;
  /** Seconds still to wait, when a new code was asked for too early. */
  waitSeconds?: number;
  problems?: Problems;
  notice?: string | undefined;
}

export const CodePage = ({
  view,
  codeMinutes,
  resendSeconds,
  waitSeconds,
  problems = {},
  notice,
}: CodePageProps) => {
  const words = view.text.code;
  const mayAt = new Date(Date.now() + resendSeconds * 1000);
  return (
    <Layout view={view} title={words.title} hasProblems={Object.keys(problems).length > 0}>
      <ErrorSummary view={view} problems={problems} />
      <Notice view={view} code={notice} />
      {waitSeconds !== undefined && (
        <p class="notice notice--info" role="status">
          <Icon name="clock" />
          <span>{words.waitMore(view.digits(waitSeconds))}</span>
        </p>
      )}
      <div class="card">
        <h1>{words.title}</h1>
        <p class="lead">{words.lead(view.digits(codeMinutes))}</p>
        <form method="post" action="/sign-in/code" novalidate>
          <TextField
            id="code"
            label={words.code}
            problem={problems.code}
            inputmode="numeric"
            autocomplete="one-time-code"
            latin
            width="code"
            autofocus={Object.keys(problems).length === 0}
          />
          {/* Shown by its script, where the browser can read the SMS. */}
          <p class="field__hint" hidden data-otp>
            {words.fillsItself}
          </p>
          <div class="actions">
            <button type="submit" class="button">
              {words.confirm}
            </button>
          </div>
        </form>
      </div>
      <section class="aside" aria-labelledby="not-received">
        <h2 id="not-received">{words.notReceived}</h2>
        {resendSeconds > 0 ? (
          <div
            data-wait={String(resendSeconds)}
            data-text={words.waitUntil('%', view.clock(mayAt))}
            data-done={words.mayResend}
          >
            <p>{words.waitUntil(view.digits(resendSeconds), view.clock(mayAt))}</p>
            <p role="status" />
          </div>
        ) : (
          <p>{words.mayResend}</p>
        )}
        <form method="post" action="/sign-in/code/resend" class="actions">
          <button type="submit" class="button button--secondary">
            <Icon name="refresh" />
            {words.resend}
          </button>
          <a class="button button--quiet" href="/?number=kept">
            {words.correct}
          </a>
        </form>
      </section>
      <script type="module" src={view.paths.code} />
    </Layout>
  );
};
