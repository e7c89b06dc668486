import type { PropsWithChildren } from 'hono/jsx';
import { BackLink } from '../components/back-link.tsx';
import { ErrorSummary, type Problems } from '../components/error-summary.tsx';
import { Layout } from '../components/layout.tsx';
import type { View } from '../view.ts';

type LetterFormPageProps = PropsWithChildren<{
  view: View;
  href: string;
  title: string;
  problems: Problems;
}>;

export const LetterFormPage = ({ view, href, title, problems, children }: LetterFormPageProps) => (
  <Layout
    view={view}
    title={title}
    signedIn={{ area: 'portal' }}
    hasProblems={Object.keys(problems).length > 0}
  >
    <BackLink href={href} label={view.text.withdrawal.tooLate.see} />
    <ErrorSummary view={view} problems={problems} />
    <div class="card">
      <h1>{title}</h1>
      {children}
    </div>
  </Layout>
);
