import { BackLink } from '../components/back-link.tsx';
import { HandedBack } from '../components/handed-back.tsx';
import { Layout } from '../components/layout.tsx';
import { Moment } from '../components/letter-facts.tsx';
import type { View } from '../view.ts';
import type { Letter } from '../../src/desk/letters/letter-detail.ts';

interface WithdrawalPageProps {
  view: View;
  letter: Letter;
}

export const WithdrawalPage = ({ view, letter }: WithdrawalPageProps) => {
  const words = view.text.withdrawal;
  const href = `/letters/${letter.id}`;
  return (
    <Layout view={view} title={words.title} signedIn={{ area: 'portal' }}>
      <BackLink href={href} label={view.text.withdrawal.tooLate.see} />
      <div class="card">
        <h1>{words.title}</h1>
        <p class="lead">
          <bdi>{letter.subject}</bdi>
        </p>
        <p class="note">{words.lead}</p>
        <form method="post" action={`${href}/withdrawal`} class="actions">
          <button type="submit" class="button button--reject">
            {words.confirm}
          </button>
          <a class="button button--secondary" href={href}>
            {words.back}
          </a>
        </form>
      </div>
    </Layout>
  );
};

interface TooLatePageProps {
  view: View;
  letterId: string;
  title: string;
  text: string;
  at?: Date | undefined;
  typed?: Record<string, string>;
}

export const TooLatePage = ({ view, letterId, title, text, at, typed }: TooLatePageProps) => {
  const words = view.text.withdrawal.tooLate;
  return (
    <Layout view={view} title={title} signedIn={{ area: 'portal' }}>
      <div class="card message-page">
        <h1>{title}</h1>
        <p>{text}</p>
        {at !== undefined && (
          <dl class="facts">
            <div>
              <dt>{words.at}</dt>
              <dd>
                <Moment view={view} at={at} />
              </dd>
            </div>
          </dl>
        )}
        {typed && (
          <HandedBack
            view={view}
            path={`/letters/${letterId}`}
            {...{ typed }}
            hidden={{}}
            canSend={false}
          />
        )}
        <a class="button" href={`/letters/${letterId}`}>
          {words.see}
        </a>
      </div>
    </Layout>
  );
};
