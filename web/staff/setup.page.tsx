import { ErrorSummary, type Problems } from '../components/error-summary.tsx';
import { TextField } from '../components/field.tsx';
import { Layout } from '../components/layout.tsx';
import type { View } from '../view.ts';

interface SetupPageProps {
  view: View;
  typed?: Record<'code' | 'organisation' | 'unit' | 'username', string>;
  problems?: Problems;
}

export const SetupPage = ({
  view,
  typed = { code: '', organisation: '', unit: '', username: '' },
  problems = {},
}: SetupPageProps) => {
  const words = view.text.setup;
  return (
    <Layout
      view={view}
      title={words.title}
      area="staff"
      hasProblems={Object.keys(problems).length > 0}
    >
      <div class="narrow">
        <ErrorSummary view={view} problems={problems} />
        <div class="card">
          <h1>{words.title}</h1>
          <p class="lead">{words.lead}</p>
          <form method="post" action="/staff/setup" novalidate>
            <TextField
              id="code"
              label={words.code}
              hint={words.codeHint}
              problem={problems.code}
              value={typed.code}
              autocomplete="off"
              latin
            />
            <TextField
              id="organisation"
              label={words.organisation}
              problem={problems.organisation}
              value={typed.organisation}
              autocomplete="organization"
            />
            <TextField
              id="unit"
              label={words.unit}
              hint={words.unitHint}
              problem={problems.unit}
              value={typed.unit}
            />
            <TextField
              id="username"
              label={view.text.staffSignIn.username}
              hint={words.usernameHint}
              problem={problems.username}
              value={typed.username}
              autocomplete="username"
              latin
            />
            <TextField
              id="password"
              label={view.text.staffSignIn.password}
              hint={words.passwordHint}
              problem={problems.password}
              type="password"
              autocomplete="new-password"
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
