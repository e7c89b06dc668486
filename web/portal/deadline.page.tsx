import type { DeadlineExplanation } from '../../src/desk/letters/deadlines.ts';
import { DeadlineAccount } from '../components/deadline.tsx';
import { Layout } from '../components/layout.tsx';
import type { View } from '../view.ts';

export const OwnDeadlinePage = ({
  view,
  explanation,
}: {
  view: View;
  explanation: DeadlineExplanation;
}) => (
  <Layout view={view} title={view.text.deadline.title} signedIn={{ area: 'portal' }}>
    <DeadlineAccount
      view={view}
      explanation={explanation}
      href={`/letters/${explanation.letterId}`}
    />
  </Layout>
);
