import type { FoundPeople, FoundPerson } from '../../src/desk/people/find-people.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { CardTable, type Column } from '../components/card-table.tsx';
import { TextField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { Moment } from '../components/letter-facts.tsx';
import { NoticeBox } from '../components/notice.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import type { View } from '../view.ts';
import { Mobile } from './person-mobile.tsx';
import { NumberCard } from './person-number.tsx';

interface PeoplePageProps {
  view: View;
  staff: StaffMember;
  search: string;
  found: FoundPeople;
}

export const Names = ({ view, names }: { view: View; names: string[] }) =>
  names.length === 0 ? (
    <>{view.text.people.noName}</>
  ) : (
    <>
      {names.map((name, index) => (
        <>
          {index > 0 && view.text.punctuation.comma}
          <bdi>{name}</bdi>
        </>
      ))}
    </>
  );

const columnsOf = (view: View): Column<FoundPerson>[] => {
  const { columns } = view.text.people;
  return [
    {
      head: columns.name,
      isRowHead: true,
      cell: ({ id, names }) => (
        <a href={`/staff/people/${id}`}>
          <Names view={view} names={names} />
        </a>
      ),
    },
    {
      head: columns.mobile,
      labelled: true,
      cell: ({ maskedMobile }) => <Mobile view={view} mobile={maskedMobile} />,
    },
    { head: columns.letters, labelled: true, cell: ({ letters }) => view.digits(letters) },
    {
      head: columns.last,
      labelled: true,
      cell: ({ lastLetterAt }) => (lastLetterAt ? <Moment view={view} at={lastLetterAt} /> : '—'),
    },
  ];
};

const OpenMoves = ({ view, moves }: { view: View; moves: FoundPeople['openMoves'] }) =>
  moves.length === 0 ? null : (
    <section class="card" aria-labelledby="moves">
      <h2 id="moves">
        <Icon name="clock" />
        {view.text.people.openMoves}
      </h2>
      <ul class="messages">
        {moves.map(({ applicantId, proposer, proposedAt }) => (
          <li>
            <a class="standing-link" href={`/staff/people/${applicantId}`}>
              <Moment view={view} at={proposedAt} />
            </a>
            <bdi>{proposer}</bdi>
          </li>
        ))}
      </ul>
    </section>
  );

const Found = ({ view, search, found }: Omit<PeoplePageProps, 'staff'>) => {
  const words = view.text.people;
  if (search === '') return null;
  if (found.number)
    return (
      <>
        <NoticeBox tone="info" icon="search" role="status">
          {words.unknown}
        </NoticeBox>
        <NumberCard view={view} number={found.number} />
      </>
    );
  if (found.people.length === 0)
    return (
      <NoticeBox tone="info" icon="search" role="status">
        {words.none}
      </NoticeBox>
    );
  return (
    <>
      {!found.whole && <p class="note">{words.notWhole}</p>}
      <CardTable labelledBy="people" rows={found.people} columns={columnsOf(view)} />
    </>
  );
};

export const PeoplePage = ({ view, staff, search, found }: PeoplePageProps) => {
  const words = view.text.people;
  return (
    <StaffLayout view={view} title={words.title} staff={staff} style={view.paths.staffLetterStyle}>
      <h1 id="people">{words.title}</h1>
      <p class="muted">{words.lead}</p>
      <form class="card queue-search no-print" role="search" method="get" action="/staff/people">
        <div class="queue-search__line">
          <TextField id="q" label={words.search} type="search" value={search} autofocus />
          <button type="submit" class="button button--secondary">
            <Icon name="search" />
            {words.submit}
          </button>
        </div>
      </form>
      <OpenMoves view={view} moves={found.openMoves} />
      <Found view={view} search={search} found={found} />
    </StaffLayout>
  );
};
