import type { Child } from 'hono/jsx';
import type { Applicant } from '../../src/desk/applicants/applicant-sessions.ts';
import { subjectOf } from '../components/erased.tsx';
import type { Problems } from '../components/error-summary.tsx';
import { ErrorSummary } from '../components/error-summary.tsx';
import { Icon } from '../components/icon.tsx';
import { Layout } from '../components/layout.tsx';
import { LetterNumber, TrackingCode } from '../components/letter-facts.tsx';
import { Notice } from '../components/notice.tsx';
import { StatusBadge } from '../components/status-badge.tsx';
import { ForeignCodes } from './foreign-codes.tsx';
import type { View } from '../view.ts';
import type { ListedLetter } from '../../src/desk/letters/applicant-letters.ts';

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
  hint: string;
}

const SearchForm = ({ view, code, problem, hint }: SearchFormProps) => {
  const words = view.text.list;
  return (
    <form method="post" action="/letters" class="search" role="search" novalidate>
      <div class="search__name">
        <label for="code">{words.searchCode}</label>
        <p class="field__hint" id="code-hint">
          {hint}{' '}
          <bdi dir="ltr" class="code">
            7K3M-9QRT-2XAB
          </bdi>
        </p>
      </div>
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

const Facts = ({ view, letter }: { view: View; letter: ListedLetter }) => {
  const { facts, steps } = view.text;
  const { letterNumber, trackingCode, registeredAt } = letter;
  const day = (at: Date) => (
    <time datetime={at.toISOString()}>
      <bdi>{view.shortDate(at)}</bdi>
    </time>
  );
  const shown: [string, Child][] = [
    [letter.step === null ? facts.unit : steps[letter.step], <bdi>{letter.unit}</bdi>],
    ...(registeredAt === null ? [[facts.sentOn, day(letter.submittedAt)] as [string, Child]] : []),
  ];
  if (letterNumber !== null)
    shown.push([facts.letterNumber, <LetterNumber view={view} number={letterNumber} />]);
  if (trackingCode !== null) shown.push([facts.trackingCode, <TrackingCode code={trackingCode} />]);
  if (registeredAt !== null) shown.push([facts.registeredOn, day(registeredAt)]);
  if (letter.annulledAt !== null) shown.push([facts.annulled, day(letter.annulledAt)]);
  return (
    <dl class="letter-card__facts">
      {shown.map(([name, value]) => (
        <div>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
};

// The objection last: it may be made, and the others are waited for.
const AWAITED = {
  correction: 'pencil',
  answer: 'reply',
  objection: 'undo',
} as const;

const Said = ({ view, letter }: { view: View; letter: ListedLetter }) => {
  const { facts, question } = view.text;
  const headings = {
    correction: facts.returnReason,
    objection: facts.reason,
    answer: question.ofUnit,
  };
  const what = letter.awaits?.what ?? 'objection';
  const said = letter.awaits ? letter.awaits.said : letter.rejectionReason;
  if (said === null) return null;
  const isRefusal = what === 'objection';
  return (
    <div class={isRefusal ? 'reason' : 'reason reason--return'}>
      <h4>{headings[what]}</h4>
      <p class="user-text" dir="auto">
        {said}
      </p>
    </div>
  );
};

const CardActions = ({ view, letter }: { view: View; letter: ListedLetter }) => {
  const { list, letter: words, objection, question } = view.text;
  const href = `/letters/${letter.id}`;
  const titleId = `subject-${letter.id}`;
  const links = { correction: words.correct, objection: objection.link, answer: question.link };
  if (letter.awaits === null && letter.hasEnded && letter.replies === 0) return null;
  const isOptional = letter.awaits?.what === 'objection';
  return (
    <div class="letter-card__foot">
      {letter.awaits && (
        <a
          class={isOptional ? 'button button--secondary' : 'button'}
          href={`${href}/${letter.awaits.what}`}
          aria-describedby={titleId}
        >
          <Icon name={AWAITED[letter.awaits.what]} />
          {links[letter.awaits.what]}
        </a>
      )}
      {letter.replies > 0 && (
        <a class="has-reply" href={`${href}#replies`}>
          <Icon name="reply" />
          {list.hasReply}
        </a>
      )}
      {!letter.hasEnded && (
        <form method="get" action={href}>
          <input type="hidden" name="latest" value="1" />
          <button type="submit" class="button button--small" aria-describedby={titleId}>
            <Icon name="refresh" />
            {list.latest}
          </button>
        </form>
      )}
    </div>
  );
};

const LetterCard = ({ view, letter }: { view: View; letter: ListedLetter }) => {
  const titleId = `subject-${letter.id}`;
  return (
    <article
      class={`letter-card letter-card--${letter.status}${letter.awaits ? '' : ' letter-card--row'}`}
      data-state={letter.status}
      data-step={letter.step ?? undefined}
      data-annulled={letter.annulledAt === null ? undefined : ''}
      aria-labelledby={titleId}
    >
      <div class="letter-card__head">
        <h3 id={titleId}>
          <a href={`/letters/${letter.id}`}>
            <bdi>{subjectOf(view, letter)}</bdi>
          </a>
        </h3>
        <StatusBadge view={view} status={letter.status} annulled={letter.annulledAt !== null} />
      </div>
      <Facts view={view} letter={letter} />
      <Said view={view} letter={letter} />
      <CardActions view={view} letter={letter} />
    </article>
  );
};

interface GroupProps {
  view: View;
  id: string;
  heading: string;
  letters: ListedLetter[];
}

const Group = ({ view, id, heading, letters }: GroupProps) =>
  letters.length === 0 ? null : (
    <section class="letters" aria-labelledby={id}>
      <h2 id={id}>{heading}</h2>
      {letters.map((letter) => (
        <LetterCard view={view} letter={letter} />
      ))}
    </section>
  );

const awaitingOf = (letters: ListedLetter[]): ListedLetter[] =>
  Object.keys(AWAITED).flatMap((what) => letters.filter(({ awaits }) => awaits?.what === what));

export interface LetterListPageProps {
  view: View;
  applicant: Applicant;
  letters: ListedLetter[];
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
      <SearchForm view={view} code={code ?? ''} problem={problem} hint={words.searchExample} />
      {code !== undefined && (
        <div class="search-result" role="status">
          {letters.length === 0 && (
            <p class="notice notice--info">
              <Icon name="info" />
              <span>{words.notFound}</span>
            </p>
          )}
          <p>
            <a href="/letters">{words.showAll}</a>
          </p>
        </div>
      )}
      {code === undefined ? (
        <>
          <Group view={view} id="awaiting" heading={words.awaiting} letters={awaitingOf(letters)} />
          <Group
            view={view}
            id="others"
            heading={words.others}
            letters={letters.filter(({ awaits }) => awaits === null)}
          />
        </>
      ) : (
        <Group view={view} id="found" heading={words.searchResult} letters={letters} />
      )}
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
          <SearchForm view={view} code="" problem={problem} hint={words.searchHint} />
        </section>
      </div>
    </Layout>
  );
};
