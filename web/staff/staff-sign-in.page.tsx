import type { PendingSignIn } from '../../src/desk/staff/staff-sign-in.ts';
import { BackLink } from '../components/back-link.tsx';
import { ErrorSummary, type Problems } from '../components/error-summary.tsx';
import { TextField } from '../components/field.tsx';
import { Layout } from '../components/layout.tsx';
import { Notice } from '../components/notice.tsx';
import { PasskeyForm } from '../components/passkey-form.tsx';
import type { View } from '../view.ts';

interface StaffSignInPageProps {
  view: View;
  username?: string;
  problems?: Problems;
  notice?: string | undefined;
  singleSignOn?: string | null;
}

export const StaffSignInPage = ({
  view,
  username = '',
  problems = {},
  notice,
  singleSignOn = null,
}: StaffSignInPageProps) => {
  const words = view.text.staffSignIn;
  return (
    <Layout
      view={view}
      title={words.title}
      area="staff"
      hasProblems={Object.keys(problems).length > 0}
    >
      <div class="narrow">
        <ErrorSummary view={view} problems={problems} />
        <Notice view={view} code={notice} />
        <div class="card">
          <h1>{words.title}</h1>
          <form method="post" action="/staff/sign-in" novalidate>
            <TextField
              id="username"
              label={words.username}
              problem={problems.username}
              value={username}
              autocomplete="username"
              latin
            />
            <TextField
              id="password"
              label={words.password}
              type="password"
              autocomplete="current-password"
              latin
            />
            <div class="actions">
              <button type="submit" class="button">
                {words.submit}
              </button>
            </div>
          </form>
          {singleSignOn !== null && (
            <p class="other-way">
              <a class="button button--secondary" href="/staff/single-sign-on">
                {words.singleSignOn(singleSignOn)}
              </a>
            </p>
          )}
        </div>
      </div>
    </Layout>
  );
};

interface SecondFactorPageProps {
  view: View;
  ways: PendingSignIn['ways'];
  problems?: Problems;
}

export const SecondFactorPage = ({ view, ways, problems = {} }: SecondFactorPageProps) => {
  const words = view.text.staffSignIn;
  const wrong = Object.keys(problems).length > 0;
  return (
    <Layout view={view} title={words.secondFactorTitle} area="staff" hasProblems={wrong}>
      <div class="narrow">
        <ErrorSummary view={view} problems={problems} />
        <div class="card">
          <h1>{words.secondFactorTitle}</h1>
          {ways.totp && (
            <>
              <p class="lead">{words.secondFactorLead}</p>
              <form method="post" action="/staff/second-factor" novalidate>
                <TextField
                  id="code"
                  label={words.secondFactor}
                  problem={problems.code}
                  inputmode="numeric"
                  autocomplete="one-time-code"
                  latin
                  width="code"
                  autofocus={!wrong}
                />
                <div class="actions">
                  <button type="submit" class="button">
                    {words.secondFactorSubmit}
                  </button>
                </div>
              </form>
            </>
          )}
          {ways.passkey && (
            <div
              class="other-way"
              id={ways.totp ? undefined : 'code'}
              tabindex={ways.totp ? undefined : -1}
            >
              <p>{words.passkeyLead}</p>
              <PasskeyForm
                view={view}
                act="get"
                action="/staff/second-factor/passkey"
                options="/staff/second-factor/passkey"
                button={words.passkey}
                without={words.passkeyNeedsScript}
              />
            </div>
          )}
          <p class="other-way">
            <a href="/staff/second-factor/recovery">{words.recoveryLink}</a>
          </p>
        </div>
      </div>
    </Layout>
  );
};

export const RecoverySignInPage = ({
  view,
  problems = {},
}: {
  view: View;
  problems?: Problems;
}) => {
  const words = view.text.staffSignIn;
  const wrong = Object.keys(problems).length > 0;
  return (
    <Layout view={view} title={words.recoveryTitle} area="staff" hasProblems={wrong}>
      <div class="narrow">
        <BackLink href="/staff/second-factor" label={words.backToCode} />
        <ErrorSummary view={view} problems={problems} />
        <div class="card">
          <h1>{words.recoveryTitle}</h1>
          <p class="lead">{words.recoveryLead}</p>
          <form method="post" action="/staff/second-factor/recovery" novalidate>
            <TextField
              id="code"
              label={words.recovery}
              problem={problems.code}
              latin
              width="phone"
              autofocus={!wrong}
            />
            <div class="actions">
              <button type="submit" class="button">
                {words.secondFactorSubmit}
              </button>
            </div>
          </form>
        </div>
      </div>
    </Layout>
  );
};
