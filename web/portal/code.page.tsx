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
          <div class="actions">
            <button type="submit" class="button">
              {words.confirm}
            </button>
          </div>
        </form>
      </div>
      <section class="aside" aria-labelledby="not-received">
        <h2 id="not-received">{words.notReceived}</h2>
        <p>{words.wait(view.digits(resendSeconds))}</p>
        <form method="post" action="/sign-in/code/resend" class="actions">
          <button type="submit" class="button button--secondary">
            <Icon name="refresh" />
            {words.resend}
          </button>
          <a class="button button--quiet" href="/">
            {words.correct}
          </a>
        </form>
      </section>
    </Layout>
  );
};
