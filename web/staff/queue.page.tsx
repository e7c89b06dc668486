import type { Unit } from '../../src/desk/administration/units.ts';
import { mayDecideInBulk } from '../../src/desk/letters/decide-in-bulk.ts';
import type { StaffMember, Substitution } from '../../src/desk/staff/staff-member.ts';
import { subjectOf } from '../components/erased.tsx';
import { Icon } from '../components/icon.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import { Notice, NoticeBox } from '../components/notice.tsx';
import { Pagination } from '../components/pagination.tsx';
import type { View } from '../view.ts';
import { KeysLink, KeysSheet } from './keys.page.tsx';
import { hasDeadline, isNarrowed, placeQuery, type QueuePlace } from './queue-place.ts';
import { QueueSearch } from './queue-search.tsx';
import { QueueTable, ReaderFlag } from './queue-table.tsx';
import type { StaffLetter } from '../../src/desk/letters/staff-letter.ts';
import type { QueueFilter, StaffQueue } from '../../src/desk/letters/staff-queue.ts';

interface QueuePageProps {
  view: View;
  staff: StaffMember;
  queue: StaffQueue;
  place: QueuePlace;
  units: Unit[];
  keys: boolean;
  filters: readonly QueueFilter[];
  coming: Substitution[];
  notice: string | undefined;
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

const Views = ({
  view,
  place,
  letters,
  picks,
}: Pick<QueuePageProps, 'view' | 'place'> & { letters: number; picks: boolean }) => {
  const { views } = view.text.queue;
  if (place.search !== '' || !hasDeadline(place.filter)) return null;
  const { overdue, claim, ...rest } = { ...place, page: 1 };
  const shown = [
    { name: views.all, to: rest, isHere: !overdue && claim === undefined },
    { name: views.mine, to: { ...rest, claim: 'mine' as const }, isHere: claim === 'mine' },
    { name: views.nobody, to: { ...rest, claim: 'nobody' as const }, isHere: claim === 'nobody' },
    { name: views.overdue, to: { ...rest, overdue: true }, isHere: overdue === true },
  ];
  return (
    <nav class="queue-views no-print" aria-label={views.label}>
      <ul>
        {shown.map(({ name, to, isHere }) => (
          <li>
            <a
              href={`/staff?${placeQuery(to)}`}
              aria-current={isHere ? ('true' as const) : undefined}
            >
              {name}
            </a>
          </li>
        ))}
      </ul>
      {letters > 0 && (
        <div class="queue-views__acts">
          {picks && (
            <form id="bulk" method="get" action="/staff/bulk/new">
              <button type="submit" class="button button--small button--secondary">
                {view.text.bulk.title}
              </button>
            </form>
          )}
          <a
            class="button button--small button--secondary"
            href={`/staff/next?${placeQuery(place)}`}
          >
            {view.text.queue.next}
            <Icon name="forward" />
          </a>
        </div>
      )}
    </nav>
  );
};

// A script listens to what changes at the desk and fills this in.
const Arrivals = ({ view, place }: Pick<QueuePageProps, 'view' | 'place'>) => {
  const query = placeQuery(place);
  return (
    <div
      class="arrivals no-print"
      aria-live="polite"
      data-desk-news={`/staff/events?${query}&at=${Date.now()}`}
    >
      <template data-arrived="">
        <a class="button" href={`/staff?${query}`}>
          <Icon name="inbox" />
          <span>{view.text.queue.arrived('{n}')}</span>
        </a>
      </template>
      <template data-reader-flag="">
        <ReaderFlag view={view} name="" more="" />
      </template>
      <script type="module" src={view.paths.deskNews} />
    </div>
  );
};

const emptyText = ({ text }: View, place: QueuePlace): string => {
  const { search, overdue, filter, claim } = place;
  if (search !== '') return text.queue.search.none;
  if (isNarrowed(place) || claim !== undefined) return text.queue.filters.none;
  return overdue && hasDeadline(filter) ? text.queue.noneOverdue : text.queue.empty[filter];
};

export const QueuePage = (props: QueuePageProps) => {
  const { view, staff, queue, place, units, filters, coming, notice, keys, referred } = props;
  const { filter } = place;
  const picks = filter === 'pending' && place.search === '' && mayDecideInBulk(staff);
  const words = view.text.queue;
  return (
    <StaffLayout view={view} title={words.title} staff={staff}>
      {referred ? (
        <ReferredNotice view={view} letter={referred} />
      ) : (
        <Notice view={view} code={notice} />
      )}
      {staff.actsFor && (
        <NoticeBox tone="info">
          {view.text.absence.actingFor(
            staff.actsFor.map(({ name }) => name).join(view.text.punctuation.comma),
          )}
        </NoticeBox>
      )}
      {coming.map(({ name, firstDay, lastDay }) => (
        <NoticeBox tone="info">
          {view.text.absence.coming(name, view.day(firstDay), view.day(lastDay))}
        </NoticeBox>
      ))}
      <div class="queue-head">
        <h1>{words.title}</h1>
        <QueueSearch view={view} place={place} units={units} />
        <KeysLink view={view} />
      </div>
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
                {words.tabs[name]}{' '}
                <span class="count" data-count={name}>
                  {view.digits(queue.counts[name])}
                </span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <Found view={view} queue={queue} place={place} />
      <Arrivals view={view} place={place} />
      <Views view={view} place={place} letters={queue.letters.length} picks={picks} />
      {queue.letters.length === 0 ? (
        <p class="card empty">{emptyText(view, place)}</p>
      ) : (
        <QueueTable view={view} letters={queue.letters} place={place} picks={picks} />
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
