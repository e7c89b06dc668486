import type { Unit } from '../../src/desk/administration/units.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { CardTable } from '../components/card-table.tsx';
import { DeadlineMark } from '../components/deadline.tsx';
import { SelectField, TextField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { LetterNumber, Moment } from '../components/letter-facts.tsx';
import { Personal, subjectOf } from '../components/erased.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import { Notice, NoticeBox } from '../components/notice.tsx';
import { Pagination } from '../components/pagination.tsx';
import { StatusBadge } from '../components/status-badge.tsx';
import type { View } from '../view.ts';
import { KeysLink, KeysSheet } from './keys.page.tsx';
import { hasDeadline, placeQuery, type QueuePlace } from './queue-place.ts';
import { Waiting } from './waiting.tsx';
import type { LetterSummary } from '../../src/desk/letters/letter-summary.ts';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';
import type { QueueFilter, StaffQueue } from '../../src/desk/letters/staff-queue.ts';

interface QueuePageProps {
  view: View;
  staff: StaffMember;
  queue: StaffQueue;
  place: QueuePlace;
  units: Unit[];
  keys: boolean;
  /** Tabs that this member has. */
  filters: readonly QueueFilter[];
  notice: string | undefined;
  /** Just referred to another unit. */
  referred?: StaffLetter | undefined;
}

const ReferredNotice = ({ view, letter }: { view: View; letter: StaffLetter }) => {
  const words = view.text.queue.referredNotice;
  return (
    <NoticeBox tone="done" role="status">
      {words.before}
      <a class="standing-link" href={`/staff/letters/${letter.id}?filter=referred`}>
        <bdi>{subjectOf(view, letter)}</bdi>
      </a>
      {words.to}
      <bdi>{letter.unit}</bdi>
      {words.after}
    </NoticeBox>
  );
};

const ObjectionMark = ({ view, letter }: { view: View; letter: LetterSummary }) => {
  const { mark, ownMark } = view.text.objection;
  if (letter.objectedAt === null || letter.status !== 'pending') return null;
  return <span class="objection-mark">{letter.isOwnRejection ? ownMark : mark}</span>;
};

const QueueTable = ({
  view,
  letters,
  place,
}: {
  view: View;
  letters: LetterSummary[];
  place: QueuePlace;
}) => {
  const { columns } = view.text.queue;
  return (
    <CardTable
      rows={letters}
      dataOf={({ status, step, annulledAt, objectedAt }) => ({
        'data-state': status,
        'data-step': step ?? undefined,
        'data-annulled': annulledAt === null ? undefined : '',
        'data-objection': objectedAt !== null && status === 'pending' ? '' : undefined,
      })}
      columns={[
        {
          head: columns.subject,
          class: 'queue__subject',
          cell: (letter) => (
            <a href={`/staff/letters/${letter.id}?${placeQuery(place)}`} data-row="">
              <bdi>{subjectOf(view, letter)}</bdi>
            </a>
          ),
        },
        {
          head: columns.sender,
          labelled: true,
          cell: (letter) => <Personal view={view} letter={letter} text={letter.senderName} />,
        },
        { head: columns.unit, labelled: true, cell: ({ unit }) => <bdi>{unit}</bdi> },
        {
          head: columns.submittedAt,
          labelled: true,
          class: 'queue__when',
          cell: (letter) => (
            <>
              <Moment view={view} at={letter.submittedAt} />
              <Waiting view={view} letter={letter} />
              <DeadlineMark view={view} letter={letter} />
            </>
          ),
        },
        {
          head: columns.number,
          labelled: true,
          class: ({ letterNumber }) => (letterNumber === null ? 'queue__none' : undefined),
          cell: ({ letterNumber }) =>
            letterNumber === null ? '—' : <LetterNumber view={view} number={letterNumber} />,
        },
        {
          head: columns.state,
          class: 'queue__state',
          cell: (letter) => (
            <>
              <StatusBadge
                view={view}
                status={letter.status}
                annulled={letter.annulledAt !== null}
              />
              <ObjectionMark view={view} letter={letter} />
            </>
          ),
        },
      ]}
    />
  );
};

const QueueSearch = ({ view, place, units }: Pick<QueuePageProps, 'view' | 'place' | 'units'>) => {
  const words = view.text.queue.search;
  return (
    <form class="queue-search no-print" role="search" method="get" action="/staff">
      <input type="hidden" name="filter" value={place.filter} />
      {place.overdue && <input type="hidden" name="overdue" value="1" />}
      <TextField id="q" label={words.label} type="search" value={place.search} />
      <SelectField
        id="queue-unit"
        name="unit"
        label={words.unit}
        prompt={words.allUnits}
        value={place.unitId}
        options={units.map(({ id, name }) => ({ value: id, label: name }))}
      />
      <SelectField
        id="order"
        label={words.order}
        prompt={words.usualOrder}
        value={place.order}
        options={[
          { value: 'oldest', label: words.oldest },
          { value: 'newest', label: words.newest },
          { value: 'due', label: words.due },
        ]}
      />
      <button type="submit" class="button button--secondary">
        <Icon name="search" />
        {words.submit}
      </button>
    </form>
  );
};

const Found = ({ view, queue, place }: Pick<QueuePageProps, 'view' | 'queue' | 'place'>) => {
  const words = view.text.queue.search;
  if (place.search === '') return null;
  return (
    <NoticeBox tone="info" icon="search" role="status">
      {words.found(view.digits(queue.found))} <bdi>{place.search}</bdi>{' '}
      <a class="standing-link" href={`/staff?filter=${place.filter}`}>
        {words.clear}
      </a>
      {!queue.whole && <span class="muted">{words.notWhole}</span>}
    </NoticeBox>
  );
};

const OverdueLink = ({ view, place }: Pick<QueuePageProps, 'view' | 'place'>) => {
  const words = view.text.queue;
  if (place.search !== '' || !hasDeadline(place.filter)) return null;
  const other: QueuePlace = { ...place, overdue: !place.overdue, page: 1 };
  return (
    <p class="overdue-link no-print">
      <a class="standing-link" href={`/staff?${placeQuery(other)}`}>
        {place.overdue ? words.notOnlyOverdue : words.overdue}
      </a>
    </p>
  );
};

const emptyText = ({ text }: View, { search, overdue, filter }: QueuePlace): string => {
  if (search !== '') return text.queue.search.none;
  return overdue && hasDeadline(filter) ? text.queue.noneOverdue : text.queue.empty[filter];
};

export const QueuePage = (props: QueuePageProps) => {
  const { view, staff, queue, place, units, filters, notice, keys, referred } = props;
  const { filter } = place;
  const words = view.text.queue;
  return (
    <StaffLayout view={view} title={words.title} staff={staff}>
      {referred ? (
        <ReferredNotice view={view} letter={referred} />
      ) : (
        <Notice view={view} code={notice} />
      )}
      <div class="page-head">
        <h1>{words.title}</h1>
        <KeysLink view={view} />
      </div>
      <QueueSearch view={view} place={place} units={units} />
      <nav class="tabs" aria-label={words.tabsLabel}>
        <ul>
          {filters.map((name) => (
            <li>
              <a
                href={`/staff?filter=${name}`}
                aria-current={
                  name === filter && place.search === '' ? ('page' as const) : undefined
                }
              >
                {words.tabs[name]} <span class="count">{view.digits(queue.counts[name])}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <Found view={view} queue={queue} place={place} />
      <OverdueLink view={view} place={place} />
      {queue.letters.length === 0 ? (
        <p class="card empty">{emptyText(view, place)}</p>
      ) : (
        <QueueTable view={view} letters={queue.letters} place={place} />
      )}
      <Pagination
        view={view}
        page={queue.page}
        pages={queue.pages}
        hrefOf={(page) => `/staff?${placeQuery({ ...place, page })}`}
        label={words.pagesLabel}
      />
      <KeysSheet view={view} on={keys} />
    </StaffLayout>
  );
};
