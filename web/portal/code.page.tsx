import type { Child } from 'hono/jsx';
import type { Problems } from '../components/error-summary.tsx';
import { ErrorSummary } from '../components/error-summary.tsx';
import { TextField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { Layout } from '../components/layout.tsx';
import { Notice } from '../components/notice.tsx';
import type { View } from '../view.ts';

interface NotReceivedProps {
  view: View;
  /** Until a new code may be asked for; 0: now. */
  resendSeconds: number;
  /** What asks for one. */
  action: string;
  /** Beside the button: the way back. */
  children: Child;
}

/** What to do when no code comes. */
export const NotReceived = ({ view, resendSeconds, action, children }: NotReceivedProps) => {
  const words = view.text.code;
  const mayAt = new Date(Date.now() + resendSeconds * 1000);
  return (
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
      <form method="post" action={action} class="actions">
        <button type="submit" class="button button--secondary">
          <Icon name="refresh" />
          {words.resend}
        </button>
        {children}
      </form>
    </section>
  );
};

/** The field of the code, and what its script says of it. */
export const CodeField = ({ view, problems }: { view: View; problems: Problems }) => {
  const words = view.text.code;
  return (
    <>
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
    </>
  );
};

/** When a new code was asked for too early. */
export const WaitMore = ({ view, seconds }: { view: View; seconds: number }) => (
  <p class="notice notice--info" role="status">
    <Icon name="clock" />
    <span>{view.text.code.waitMore(view.digits(seconds))}</span>
  </p>
);

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
  return (
    <Layout view={view} title={words.title} hasProblems={Object.keys(problems).length > 0}>
      <ErrorSummary view={view} problems={problems} />
      <Notice view={view} code={notice} />
      {waitSeconds !== undefined && <WaitMore view={view} seconds={waitSeconds} />}
      <div class="card">
        <h1>{words.title}</h1>
        <p class="lead">{words.lead(view.digits(codeMinutes))}</p>
        <form method="post" action="/sign-in/code" novalidate>
          <CodeField view={view} problems={problems} />
          <div class="actions">
            <button type="submit" class="button">
              {words.confirm}
            </button>
          </div>
        </form>
      </div>
      <NotReceived view={view} resendSeconds={resendSeconds} action="/sign-in/code/resend">
        <a class="button button--quiet" href="/?number=kept">
          {words.correct}
        </a>
      </NotReceived>
      <script type="module" src={view.paths.code} />
    </Layout>
  );
};
