import { ErrorSummary, type Problems } from '../components/error-summary.tsx';
import { TextField } from '../components/field.tsx';
import { Layout } from '../components/layout.tsx';
import { Notice } from '../components/notice.tsx';
import type { View } from '../view.ts';

interface StaffSignInPageProps {
  view: View;
  username?: string;
  problems?: Problems;
  notice?: string | undefined;
}

export const StaffSignInPage = ({
  view,
  username = '',
  problems = {},
  notice,
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
        </div>
      </div>
    </Layout>
  );
};

interface SecondFactorPageProps {
  view: View;
  problems?: Problems;
}

export const SecondFactorPage = ({ view, problems = {} }: SecondFactorPageProps) => {
  const words = view.text.staffSignIn;
  const wrong = Object.keys(problems).length > 0;
  return (
    <Layout view={view} title={words.secondFactorTitle} area="staff" hasProblems={wrong}>
      <div class="narrow">
        <ErrorSummary view={view} problems={problems} />
        <div class="card">
          <h1>{words.secondFactorTitle}</h1>
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
        </div>
      </div>
    </Layout>
  );
};
