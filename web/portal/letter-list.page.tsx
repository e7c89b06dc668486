import type { Applicant } from '../../src/desk/applicants/applicant-sessions.ts';
import { subjectOf } from '../components/erased.tsx';
import type { Problems } from '../components/error-summary.tsx';
import { ErrorSummary } from '../components/error-summary.tsx';
import { Icon } from '../components/icon.tsx';
import { Layout } from '../components/layout.tsx';
import { Moment, RegistrationFacts } from '../components/letter-facts.tsx';
import { Notice } from '../components/notice.tsx';
import { StatusBadge } from '../components/status-badge.tsx';
import { ForeignCodes } from './foreign-codes.tsx';
import type { View } from '../view.ts';
import type { LetterSummary } from '../../src/desk/letters/letter-summary.ts';

const NewLetterButton = ({ view }: { view: View }) => (
  <form method="get" action="/letters/new">
    <button type="submit" class="button">
      <Icon name="plus" />
      {view.text.list.newLetter}
    </button>
  </form>
);

interface SearchFormProps {
  view: View;
  code: string;
  problem: string | undefined;
}

const SearchForm = ({ view, code, problem }: SearchFormProps) => {
  const words = view.text.list;
  return (
    <form method="post" action="/letters" class="search" role="search" novalidate>
      <label for="code">{words.searchCode}</label>
      <p class="field__hint" id="code-hint">
        {words.searchHint}{' '}
        <bdi dir="ltr" class="code">
          7K3M-9QRT-2XAB
        </bdi>
      </p>
      {problem !== undefined && (
        <p class="field__problem" id="code-problem">
          <Icon name="alert" />
          <span>{problem}</span>
        </p>
      )}
      <div class="search__row">
        <input
          id="code"
          name="code"
          class="input"
          type="text"
          value={code}
          dir="ltr"
          autocomplete="off"
          autocapitalize="characters"
          aria-describedby={problem === undefined ? 'code-hint' : 'code-hint code-problem'}
          aria-invalid={problem === undefined ? undefined : 'true'}
        />
        <button type="submit" class="button button--secondary">
          <Icon name="search" />
          {words.search}
        </button>
      </div>
    </form>
  );
};

const LetterCard = ({ view, letter }: { view: View; letter: LetterSummary }) => {
  const { list, facts, steps } = view.text;
  const titleId = `subject-${letter.id}`;
  return (
    <article
      class={`letter-card letter-card--${letter.status}`}
      data-state={letter.status}
      data-step={letter.step ?? undefined}
      data-annulled={letter.annulledAt === null ? undefined : ''}
      aria-labelledby={titleId}
    >
      <div class="letter-card__head">
        <h2 id={titleId}>
          <a href={`/letters/${letter.id}`}>
            <bdi>{subjectOf(view, letter)}</bdi>
          </a>
        </h2>
        <StatusBadge view={view} status={letter.status} annulled={letter.annulledAt !== null} />
      </div>
      <p class="letter-card__meta">
        {letter.step === null ? `${facts.unit}: ` : `${steps[letter.step]}: `}
        <bdi>{letter.unit}</bdi>
        <span class="dot" aria-hidden="true" />
        <Moment view={view} at={letter.submittedAt} />
      </p>
      {letter.rejectionReason !== null && (
        <div class="reason">
          <h3>{facts.reason}</h3>
          <p class="user-text" dir="auto">
            {letter.rejectionReason}
          </p>
        </div>
      )}
      <RegistrationFacts view={view} letter={letter} />
      <div class="letter-card__foot">
        <form method="get" action={`/letters/${letter.id}`}>
          <input type="hidden" name="latest" value="1" />
          <button type="submit" class="button button--small" aria-describedby={titleId}>
            <Icon name="refresh" />
            {list.latest}
          </button>
        </form>
        {letter.isAsked && (
          <a class="has-reply" href={`/letters/${letter.id}/answer`}>
            <Icon name="message" />
            {view.text.question.link}
          </a>
        )}
        {letter.replies > 0 && (
          <a class="has-reply" href={`/letters/${letter.id}#replies`}>
            <Icon name="reply" />
            {list.hasReply}
          </a>
        )}
      </div>
    </article>
  );
};

export interface LetterListPageProps {
  view: View;
  applicant: Applicant;
  letters: LetterSummary[];
  code: string | undefined;
  problem?: string | undefined;
  notice: string | undefined;
}

export const LetterListPage = ({
  view,
  applicant,
  letters,
  code,
  problem,
  notice,
}: LetterListPageProps) => {
  const words = view.text.list;
  const problems: Problems = problem === undefined ? {} : { code: problem };
  return (
    <Layout
      view={view}
      title={words.title}
      hasProblems={problem !== undefined}
      signedIn={{ area: 'portal' }}
    >
      <ErrorSummary view={view} problems={problems} />
      <Notice view={view} code={notice} />
      <ForeignCodes view={view} applicant={applicant} />
      <div class="page-head">
        <div>
          <h1>{words.title}</h1>
          {code === undefined && (
            <p class="page-head__note">{words.count(view.digits(letters.length))}</p>
          )}
        </div>
        <NewLetterButton view={view} />
      </div>
      <div class="card card--flat">
        <SearchForm view={view} code={code ?? ''} problem={problem} />
      </div>
      {code !== undefined && (
        <div class="search-result" role="status">
          {letters.length === 0 ? (
            <p class="notice notice--info">
              <Icon name="info" />
              <span>{words.notFound}</span>
            </p>
          ) : (
            <h2>{words.searchResult}</h2>
          )}
          <p>
            <a href="/letters">{words.showAll}</a>
          </p>
        </div>
      )}
      <div class="letters">
        {letters.map((letter) => (
          <LetterCard view={view} letter={letter} />
        ))}
      </div>
    </Layout>
  );
};

interface FirstVisitPageProps {
  view: View;
  applicant: Applicant;
  problem?: string | undefined;
  notice: string | undefined;
}

export const FirstVisitPage = ({ view, applicant, problem, notice }: FirstVisitPageProps) => {
  const words = view.text.list;
  const problems: Problems = problem === undefined ? {} : { code: problem };
  return (
    <Layout
      view={view}
      title={words.firstTitle}
      hasProblems={problem !== undefined}
      signedIn={{ area: 'portal' }}
    >
      <ErrorSummary view={view} problems={problems} />
      <Notice view={view} code={notice} />
      <ForeignCodes view={view} applicant={applicant} />
      <h1>{words.firstTitle}</h1>
      <p class="lead">{words.firstLead}</p>
      <div class="two-parts">
        <section class="card part" aria-labelledby="part-new">
          <span class="part__icon">
            <Icon name="file" />
          </span>
          <h2 id="part-new">{words.newLetter}</h2>
          <p>{words.firstNewText}</p>
          <NewLetterButton view={view} />
        </section>
        <section class="card part" aria-labelledby="part-search">
          <span class="part__icon">
            <Icon name="search" />
          </span>
          <h2 id="part-search">{words.searchHeading}</h2>
          <SearchForm view={view} code="" problem={problem} />
        </section>
      </div>
    </Layout>
  );
};
