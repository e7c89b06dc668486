import type {
  LetterSummary,
  QueueFilter,
  StaffMember,
  StaffQueue,
} from '../../src/usecases/desk.ts';
import { LetterNumber, Moment } from '../components/letter-facts.tsx';
import { Personal, subjectOf } from '../components/erased.tsx';
import { Layout } from '../components/layout.tsx';
import { Notice } from '../components/notice.tsx';
import { StatusBadge } from '../components/status-badge.tsx';
import type { View } from '../view.ts';

interface QueuePageProps {
  view: View;
  staff: StaffMember;
  queue: StaffQueue;
  filter: QueueFilter;
  /** Tabs that this member has. */
  filters: readonly QueueFilter[];
  notice: string | undefined;
}

/** A table on a wide screen, a card per letter on a narrow one; the roles keep it a table. */
const QueueTable = ({ view, letters }: { view: View; letters: LetterSummary[] }) => {
  const { columns } = view.text.queue;
  const heads = [
    columns.subject,
    columns.sender,
    columns.unit,
    columns.submittedAt,
    columns.number,
    columns.state,
  ];
  return (
    <table class="queue" role="table">
      <thead role="rowgroup">
        <tr role="row">
          {heads.map((head) => (
            <th scope="col" role="columnheader">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {letters.map((letter) => (
          <tr role="row" data-state={letter.status} data-step={letter.step ?? undefined}>
            <td role="cell" class="queue__subject">
              <a href={`/staff/letters/${letter.id}`}>
                <bdi>{subjectOf(view, letter)}</bdi>
              </a>
            </td>
            <td role="cell" data-label={columns.sender}>
              <Personal view={view} letter={letter} text={letter.senderName} />
            </td>
            <td role="cell" data-label={columns.unit}>
              <bdi>{letter.unit}</bdi>
            </td>
            <td role="cell" data-label={columns.submittedAt} class="queue__when">
              <Moment view={view} at={letter.submittedAt} />
            </td>
            <td
              role="cell"
              data-label={columns.number}
              class={letter.letterNumber === null ? 'queue__none' : undefined}
            >
              {letter.letterNumber === null ? (
                '—'
              ) : (
                <LetterNumber view={view} number={letter.letterNumber} />
              )}
            </td>
            <td role="cell" class="queue__state">
              <StatusBadge view={view} status={letter.status} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

export const QueuePage = ({ view, staff, queue, filter, filters, notice }: QueuePageProps) => {
  const words = view.text.queue;
  return (
    <Layout
      view={view}
      title={words.title}
      area="staff"
      signedIn={{ area: 'staff', name: staff.name, role: staff.role }}
    >
      <Notice view={view} code={notice} />
      <h1>{words.title}</h1>
      <nav class="tabs" aria-label={words.tabsLabel}>
        <ul>
          {filters.map((name) => (
            <li>
              <a
                href={`/staff?filter=${name}`}
                aria-current={name === filter ? ('page' as const) : undefined}
              >
                {words.tabs[name]} <span class="count">{view.digits(queue.counts[name])}</span>
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {queue.letters.length === 0 ? (
        <p class="card empty">{words.empty[filter]}</p>
      ) : (
        <QueueTable view={view} letters={queue.letters} />
      )}
    </Layout>
  );
};
