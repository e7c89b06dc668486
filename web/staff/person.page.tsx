import type { Person } from '../../src/desk/people/open-person.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { BackLink } from '../components/back-link.tsx';
import { CardTable, type Column } from '../components/card-table.tsx';
import { Personal, subjectOf } from '../components/erased.tsx';
import { Icon } from '../components/icon.tsx';
import { LetterNumber, Moment } from '../components/letter-facts.tsx';
import { LetterLink } from '../components/letter-link.tsx';
import { ErrorSummary } from '../components/error-summary.tsx';
import { Notice } from '../components/notice.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import { StatusBadge } from '../components/status-badge.tsx';
import type { View } from '../view.ts';
import { Names } from './people.page.tsx';
import { Mobile } from './person-mobile.tsx';
import { MovePart } from './person-move.tsx';
import { NamePart } from './person-name.tsx';
import { NumberCard } from './person-number.tsx';
import type { StaffDraft } from './staff-letter.form.ts';
import { Messages } from './staff-letter-parts.tsx';

interface PersonPageProps {
  view: View;
  staff: StaffMember;
  person: Person;
  draft: StaffDraft;
  notice?: string | undefined;
}

const letterColumns = (view: View): Column<Person['letters'][number]>[] => {
  const { letterColumns: heads } = view.text.people;
  return [
    {
      head: heads.subject,
      isRowHead: true,
      cell: (letter) => (
        <a href={`/staff/letters/${letter.id}`}>
          <bdi>{subjectOf(view, letter)}</bdi>
        </a>
      ),
    },
    {
      head: heads.state,
      labelled: true,
      cell: ({ status, step, annulledAt }) => (
        <>
          <StatusBadge view={view} status={status} annulled={annulledAt !== null} />{' '}
          {step !== null && annulledAt === null && view.text.steps[step]}
        </>
      ),
    },
    {
      head: heads.number,
      labelled: true,
      cell: ({ letterNumber }) =>
        letterNumber === null ? '—' : <LetterNumber view={view} number={letterNumber} />,
    },
    { head: heads.unit, labelled: true, cell: ({ unit }) => <bdi>{unit}</bdi> },
    {
      head: heads.name,
      labelled: true,
      cell: (letter) => <Personal view={view} letter={letter} text={letter.senderName} />,
    },
    {
      head: heads.sent,
      labelled: true,
      cell: ({ submittedAt }) => <Moment view={view} at={submittedAt} />,
    },
  ];
};

const Letters = ({ view, person }: Pick<PersonPageProps, 'view' | 'person'>) => {
  const words = view.text.people;
  return (
    <section class="card" aria-labelledby="letters">
      <h2 id="letters">
        <Icon name="inbox" />
        {words.letters}
      </h2>
      {person.letters.length === 0 ? (
        <p class="muted">{words.noLetters}</p>
      ) : (
        <CardTable
          labelledBy="letters"
          rows={person.letters}
          columns={letterColumns(view)}
          dataOf={({ id, status }) => ({ 'data-letter': id, 'data-state': status })}
        />
      )}
    </section>
  );
};

export const PersonPage = ({ view, staff, person, draft, notice }: PersonPageProps) => {
  const words = view.text.people;
  const title = person.names[0] ?? words.noName;
  return (
    <StaffLayout
      view={view}
      title={title}
      staff={staff}
      style={view.paths.staffLetterStyle}
      hasProblems={Object.keys(draft.problems).length > 0}
    >
      <BackLink href="/staff/people" label={words.back} />
      <ErrorSummary view={view} problems={draft.problems} />
      <Notice view={view} code={notice} />
      <h1>
        <bdi>{title}</bdi>
      </h1>
      <div class="card">
        <dl class="facts">
          <div>
            <dt>{words.mobile}</dt>
            <dd>
              <Mobile view={view} mobile={person.mobile} />
            </dd>
          </div>
          {person.names.length > 1 && (
            <div>
              <dt>{words.names}</dt>
              <dd>
                <Names view={view} names={person.names} />
              </dd>
            </div>
          )}
          <div>
            <dt>{words.sessions}</dt>
            <dd>{view.digits(person.sessions)}</dd>
          </div>
        </dl>
      </div>
      <NamePart {...{ view, staff, person, draft }} />
      {person.number && <NumberCard view={view} number={person.number} />}
      <Letters view={view} person={person} />
      <Messages
        view={view}
        messages={person.messages}
        words={words}
        more={({ deliveryReason, ...letter }) => (
          <>
            <LetterLink view={view} {...letter} />
            {deliveryReason !== null && <bdi class="muted">{deliveryReason}</bdi>}
          </>
        )}
      />
      <MovePart {...{ view, staff, person, draft }} />
    </StaffLayout>
  );
};
