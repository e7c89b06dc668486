// The query part that leads from letter to letter within a queue.
import { isOfUnit } from '../../src/desk/staff/staff-member.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { cleanLine } from '../../src/platform/base/text.ts';
import type { LetterSummary } from '../../src/desk/letters/letter-summary.ts';
import type { QueueFilter, QueueOrder, QueueQuery } from '../../src/desk/letters/staff-queue.ts';
import { isUuid } from '../../src/platform/base/uuid.ts';

export const FILTERS: readonly QueueFilter[] = [
  'pending',
  'returned',
  'with_unit',
  'answered',
  'closed',
  'rejected',
  'withdrawn',
];
const UNIT_FILTERS: readonly QueueFilter[] = [
  'with_unit',
  'consulted',
  'answered',
  'closed',
  'referred',
];
const ORDERS: readonly QueueOrder[] = ['oldest', 'newest', 'due'];
const WITH_DEADLINE: readonly QueueFilter[] = ['pending', 'with_unit'];
export const HISTORIES = ['first', 'corrected', 'objected', 'asked', 'held', 'annulled'] as const;
const CLAIMS = ['mine', 'nobody'] as const;
const MAX_DAY = 20;
const MAX_SEARCH = 200;
const MAX_PAGE = 10_000;

export const filtersOf = (staff: Pick<StaffMember, 'role'>): readonly QueueFilter[] =>
  isOfUnit(staff) ? UNIT_FILTERS : FILTERS;

export const hasDeadline = (filter: QueueFilter): boolean => WITH_DEADLINE.includes(filter);

export interface QueuePlace extends QueueQuery {
  search: string;
  page: number;
}

const dayOf = (asked: URLSearchParams, name: string): string =>
  cleanLine(asked.get(name) ?? '').slice(0, MAX_DAY);

export const isNarrowed = ({ unitId, order, history, since, until }: QueuePlace): boolean =>
  [unitId, order, history, since, until].some((value) => value !== undefined);

// Unknown values are ignored.
export const readPlace = (
  asked: URLSearchParams,
  filters: readonly QueueFilter[],
  fallback: QueueFilter = filters[0] ?? 'pending',
): QueuePlace => {
  const unitId = asked.get('unit') ?? '';
  const order = asked.get('order');
  const page = Number(asked.get('page'));
  const history = HISTORIES.find((known) => known === asked.get('history'));
  const claim = CLAIMS.find((known) => known === asked.get('claim'));
  const since = dayOf(asked, 'since');
  const until = dayOf(asked, 'until');
  return {
    filter: filters.find((name) => name === asked.get('filter')) ?? fallback,
    search: cleanLine(asked.get('q') ?? '').slice(0, MAX_SEARCH),
    unitId: isUuid(unitId) ? unitId : undefined,
    order: ORDERS.find((known) => known === order),
    ...(asked.get('overdue') === '1' && { overdue: true }),
    ...(claim && { claim }),
    ...(history && { history }),
    ...(since && { since }),
    ...(until && { until }),
    page: Number.isInteger(page) && page >= 1 && page <= MAX_PAGE ? page : 1,
  };
};

export const placeQuery = ({
  filter,
  search,
  unitId,
  order,
  overdue,
  claim,
  history,
  since,
  until,
  page,
}: QueuePlace): string => {
  const query = new URLSearchParams({ filter });
  if (search !== '') query.set('q', search);
  if (unitId !== undefined) query.set('unit', unitId);
  if (order !== undefined) query.set('order', order);
  if (overdue) query.set('overdue', '1');
  if (claim !== undefined) query.set('claim', claim);
  if (history !== undefined) query.set('history', history);
  if (since !== undefined) query.set('since', since);
  if (until !== undefined) query.set('until', until);
  if (page > 1) query.set('page', String(page));
  return query.toString();
};

export const ownFilter = (
  { step, status }: Pick<LetterSummary, 'step' | 'status'>,
  filters: readonly QueueFilter[],
): QueueFilter => filters.find((name) => name === (step ?? status)) ?? filters[0] ?? 'pending';

export const neighboursOf = (
  letters: Pick<LetterSummary, 'id'>[],
  letterId: string,
): { previous: string | undefined; next: string | undefined } => {
  const at = letters.findIndex(({ id }) => id === letterId);
  return { previous: letters[at - 1]?.id, next: letters[at + 1]?.id };
};
