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
  resendSeconds: number;
  action: string;
  href: string;
  children?: Child;
}

export const NotReceived = ({ view, resendSeconds, action, href, children }: NotReceivedProps) => {
  const words = view.text.code;
  const mustWait = resendSeconds > 0;
  const mayAt = new Date(Date.now() + resendSeconds * 1000);
  return (
    <section class="aside" aria-labelledby="not-received">
      <h2 id="not-received">{words.notReceived}</h2>
      {mustWait ? (
        <div
          data-wait={String(resendSeconds)}
          data-text={words.waitUntil('%', view.clock(mayAt))}
          data-done={words.mayResend}
        >
          <p id="resend-wait">{words.waitUntil(view.digits(resendSeconds), view.clock(mayAt))}</p>
          <p role="status" />
        </div>
      ) : (
        <p>{words.mayResend}</p>
      )}
      <form method="post" action={action} class="actions">
        <button
          type="submit"
          class="button button--secondary"
          disabled={mustWait}
          aria-describedby={mustWait ? 'resend-wait' : undefined}
        >
          <Icon name="refresh" />
          {words.resend}
        </button>
        {/* Taken away by the script that opens the button when the time comes. */}
        {mustWait && (
          <a class="button button--quiet" href={href} data-reload>
            {words.reload}
          </a>
        )}
        {children}
      </form>
    </section>
  );
};

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

export const WaitMore = ({ view, seconds }: { view: View; seconds: number }) => (
  <p class="notice notice--info" role="status">
    <Icon name="clock" />
    <span>{view.text.code.waitMore(view.digits(seconds))}</span>
  </p>
);

interface CodePageProps {
  view: View;
  mobile: string | undefined;
  codeMinutes: number;
  resendSeconds: number;
  waitSeconds?: number;
  problems?: Problems;
  notice?: string | undefined;
}

const CodeLead = ({
  view,
  mobile,
  codeMinutes,
  notice,
}: Pick<CodePageProps, 'view' | 'mobile' | 'codeMinutes' | 'notice'>) => {
  const { lead, correct } = view.text.code;
  const words = notice === 'codes_delayed' ? lead.delayed : lead.sent;
  return (
    <p class="lead">
      {words.before}{' '}
      {mobile !== undefined && (
        <bdi dir="ltr" class="number">
          {view.digits(mobile)}
        </bdi>
      )}
      {words.after(view.digits(codeMinutes))} <a href="/?number=kept">{correct}</a>
    </p>
  );
};

export const CodePage = ({
  view,
  mobile,
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
        <CodeLead view={view} mobile={mobile} codeMinutes={codeMinutes} notice={notice} />
        <form method="post" action="/sign-in/code" novalidate>
          <CodeField view={view} problems={problems} />
          <div class="actions">
            <button type="submit" class="button">
              {words.confirm}
            </button>
          </div>
        </form>
      </div>
      <NotReceived
        view={view}
        resendSeconds={resendSeconds}
        action="/sign-in/code/resend"
        href="/sign-in/code"
      />
      <script type="module" src={view.paths.code} />
    </Layout>
  );
};
