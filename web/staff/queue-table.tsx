import type { Child } from 'hono/jsx';
import type { LetterSummary } from '../../src/desk/letters/letter-summary.ts';
import type { QueueFilter } from '../../src/desk/letters/staff-queue.ts';
import { DeadlineMark } from '../components/deadline.tsx';
import { Personal, subjectOf } from '../components/erased.tsx';
import { Icon } from '../components/icon.tsx';
import { LetterNumber } from '../components/letter-facts.tsx';
import { StatusBadge } from '../components/status-badge.tsx';
import type { View } from '../view.ts';
import { placeQuery, type QueuePlace } from './queue-place.ts';
import { Age } from './waiting.tsx';

interface RowProps {
  view: View;
  letter: LetterSummary;
}

export const othersText = (view: View, others: string[]): string =>
  others.length === 0 ? '' : view.text.queue.flags.more(view.digits(others.length));

export const ReaderFlag = ({ view, name, more }: { view: View; name: string; more: string }) => (
  <span class="flag flag--reader">
    <Icon name="eye" />
    <span>
      {view.text.queue.flags.open} <bdi>{name}</bdi> <span>{more}</span>
    </span>
  </span>
);

const Readers = ({ view, names: [first, ...others] }: { view: View; names: string[] }) =>
  first === undefined ? null : (
    <ReaderFlag view={view} name={first} more={othersText(view, others)} />
  );

const isObjection = ({ objectedAt, status }: LetterSummary): boolean =>
  objectedAt !== null && status === 'pending';

const Flags = ({ view, letter }: RowProps) => {
  const { queue, objection } = view.text;
  return (
    <>
      {letter.hasOpenDecision && <span class="flag">{queue.waited.decided}</span>}
      {isObjection(letter) ? (
        <span class="flag flag--objection">
          {letter.isOwnRejection ? objection.ownMark : objection.mark}
        </span>
      ) : (
        letter.round > 1 && (
          <span class="flag">{queue.flags.corrected(view.digits(letter.round))}</span>
        )
      )}
      <Readers view={view} names={letter.readers ?? []} />
    </>
  );
};

const Pick = ({ view, letter }: RowProps) =>
  letter.hasOpenDecision || letter.isOwnRejection || letter.damaged ? null : (
    <label>
      <input type="checkbox" name="letter" value={letter.id} form="bulk" />
      <span class="out-of-sight">{view.text.bulk.pick(subjectOf(view, letter))}</span>
    </label>
  );

const REGISTERED: readonly QueueFilter[] = [
  'with_unit',
  'consulted',
  'answered',
  'closed',
  'referred',
];

interface Column {
  head: string;
  class: string;
  isQuiet?: true;
  cell: (letter: LetterSummary) => Child;
}

const columnsOf = (
  view: View,
  letters: LetterSummary[],
  place: QueuePlace,
  picks: boolean,
): Column[] => {
  const { columns } = view.text.queue;
  const isMixed = place.search !== '' || letters.some(({ annulledAt }) => annulledAt !== null);
  const hasNumber = place.search !== '' || REGISTERED.includes(place.filter);
  const hasDeadline = letters.some(({ deadline }) => deadline !== undefined);
  const all: (Column | false)[] = [
    picks && {
      head: columns.pick,
      class: 'triage__pick',
      isQuiet: true,
      cell: (letter) => <Pick view={view} letter={letter} />,
    },
    {
      head: columns.sender,
      class: 'triage__sender',
      cell: (letter) => <Personal view={view} letter={letter} text={letter.senderName} />,
    },
    {
      head: columns.subject,
      class: 'triage__subject',
      cell: (letter) => (
        <>
          <a
            href={`/staff/letters/${letter.id}?${placeQuery(place)}`}
            title={subjectOf(view, letter)}
            data-row=""
          >
            <bdi>{subjectOf(view, letter)}</bdi>
          </a>
          <Flags view={view} letter={letter} />
        </>
      ),
    },
    {
      head: columns.unit,
      class: 'triage__unit',
      cell: ({ unit }) => <bdi>{unit}</bdi>,
    },
    hasNumber && {
      head: columns.number,
      class: 'triage__number',
      cell: ({ letterNumber }) =>
        letterNumber === null ? null : <LetterNumber view={view} number={letterNumber} />,
    },
    {
      head: columns.sent,
      class: 'triage__sent',
      cell: (letter) => <Age view={view} letter={letter} />,
    },
    hasDeadline && {
      head: columns.deadline,
      class: 'triage__due',
      cell: (letter) =>
        letter.deadline && (
          <span data-deadline={letter.deadline.state}>
            <span class="triage__label">{view.text.queue.flags.until} </span>
            <DeadlineMark view={view} letter={letter} />
          </span>
        ),
    },
    isMixed && {
      head: columns.state,
      class: 'triage__state',
      cell: (letter) => (
        <StatusBadge view={view} status={letter.status} annulled={letter.annulledAt !== null} />
      ),
    },
  ];
  return all.filter((column) => column !== false);
};

export const QueueTable = ({
  view,
  letters,
  place,
  picks,
}: {
  view: View;
  letters: LetterSummary[];
  place: QueuePlace;
  picks: boolean;
}) => {
  const columns = columnsOf(view, letters, place, picks);
  return (
    <table class="triage" role="table" data-columns={String(columns.length)}>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ head, class: own, isQuiet }) => (
            <th scope="col" role="columnheader" class={own}>
              {isQuiet ? <span class="out-of-sight">{head}</span> : head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {letters.map((letter) => (
          <tr
            role="row"
            data-letter={letter.id}
            data-state={letter.status}
            data-step={letter.step ?? undefined}
            data-annulled={letter.annulledAt === null ? undefined : ''}
            data-objection={isObjection(letter) ? '' : undefined}
          >
            {columns.map(({ class: own, cell }) => (
              <td role="cell" class={own}>
                {cell(letter)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
};
