import type { AuditFilter, AuditPage } from '../../src/usecases/administration.ts';
import type { StaffMember } from '../../src/usecases/desk.ts';
import { BackLink } from '../components/back-link.tsx';
import { SelectField, TextField } from '../components/field.tsx';
import { StaffLayout } from '../components/staff-layout.tsx';
import { Moment } from '../components/letter-facts.tsx';
import { LetterLink } from '../components/letter-link.tsx';
import { NoticeBox } from '../components/notice.tsx';
import type { View } from '../view.ts';

type Line = AuditPage['lines'][number];

interface AuditPageProps {
  view: View;
  staff: StaffMember;
  filter: AuditFilter;
  found: AuditPage;
  /** False: older ones than the newest are shown. */
  isNewest: boolean;
  /** Address of this page with this filter, and more. */
  hrefOf: (path: string, more?: Record<string, string>) => string;
}

const Actor = ({ view, line }: { view: View; line: Line }) => (
  <>
    {view.text.audit.actors[line.actorKind]}{' '}
    {line.actorKind !== 'engine' && <bdi>{line.actor}</bdi>}
  </>
);

/** Undefined: an older version told of it, and this one knows no words for it. */
const actionText = ({ text }: View, action: string): string | undefined => {
  const words: Partial<Record<string, string>> = text.audit.actions;
  return words[action];
};

/** In the words of the record, for whoever looks closely. */
const Details = ({ details }: Line) => {
  const said = Object.entries(details).filter(([, value]) => value !== null && value !== '');
  if (said.length === 0) return '—';
  return said.map(([name, value], index) => (
    <>
      {index > 0 && ' · '}
      <bdi dir="ltr">{name}</bdi>: <bdi>{String(value)}</bdi>
    </>
  ));
};

const Filters = ({
  view,
  filter,
  actions,
}: Pick<AuditPageProps, 'view' | 'filter'> & {
  actions: string[];
}) => {
  const words = view.text.audit;
  return (
    <form method="get" action="/staff/audit" class="card audit-filters" role="search" novalidate>
      <h2>{words.filterHeading}</h2>
      <TextField
        id="letter"
        label={words.filters.letter}
        value={filter.letterNumber ?? ''}
        width="phone"
        latin
      />
      <TextField
        id="actor"
        label={words.filters.actor}
        value={filter.username ?? ''}
        width="phone"
        latin
      />
      <TextField
        id="day"
        label={words.filters.day}
        hint={words.filters.dayHint}
        value={filter.day ?? ''}
        width="phone"
        latin
      />
      <SelectField
        id="action"
        label={words.filters.action}
        value={filter.action}
        prompt={words.filters.all}
        options={actions.map((action) => ({
          value: action,
          label: actionText(view, action) ?? action,
        }))}
      />
      <div class="actions">
        <button type="submit" class="button">
          {words.filters.submit}
        </button>
      </div>
    </form>
  );
};

/** What was looked at just now, and how far the trail is known elsewhere. */
const Chain = ({ view, found }: Pick<AuditPageProps, 'view' | 'found'>) => {
  const words = view.text.audit;
  const broken = found.lines.filter(({ fits }) => !fits);
  return (
    <NoticeBox tone={broken.length > 0 ? 'warning' : 'info'}>
      {broken.length > 0 ? (
        <>
          {words.broken} {broken.map(({ id }) => view.digits(id)).join(view.text.punctuation.comma)}
        </>
      ) : (
        words.fits
      )}{' '}
      {found.head === null ? (
        words.unpublished
      ) : (
        <>
          {words.published(view.digits(found.head.entryId))}{' '}
          <Moment view={view} at={found.head.publishedAt} />
        </>
      )}
    </NoticeBox>
  );
};

const Lines = ({ view, lines }: { view: View; lines: Line[] }) => {
  const words = view.text.audit;
  const { columns } = words;
  return (
    <table class="queue" role="table">
      <thead role="rowgroup">
        <tr role="row">
          {Object.values(columns).map((head) => (
            <th scope="col" role="columnheader">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {lines.map((line) => (
          <tr role="row" data-action={line.action}>
            <td role="cell" data-label={columns.at} class="queue__when">
              <Moment view={view} at={line.at} />
            </td>
            <td role="cell" data-label={columns.actor}>
              <Actor view={view} line={line} />
            </td>
            <td role="cell" data-label={columns.action}>
              {actionText(view, line.action) ?? <bdi dir="ltr">{line.action}</bdi>}
            </td>
            <td role="cell" data-label={columns.letter} class="queue__letter">
              <LetterLink view={view} {...line} />
            </td>
            <td role="cell" data-label={columns.details} class="audit-details">
              <Details {...line} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
};

export const AuditTrailPage = ({
  view,
  staff,
  filter,
  found,
  isNewest,
  hrefOf,
}: AuditPageProps) => {
  const words = view.text.audit;
  return (
    <StaffLayout view={view} title={words.title} staff={staff}>
      <BackLink href="/staff/admin" label={view.text.admin.title} />
      <h1>{words.title}</h1>
      <p class="muted">{words.lead}</p>
      <Filters view={view} filter={filter} actions={found.actions} />
      {found.lines.length === 0 ? (
        <p class="card empty">{words.empty}</p>
      ) : (
        <>
          <Chain view={view} found={found} />
          <Lines view={view} lines={found.lines} />
        </>
      )}
      <p class="actions">
        {!isNewest && (
          <a class="button button--secondary" href={hrefOf('/staff/audit')}>
            {words.newest}
          </a>
        )}
        {found.older !== null && (
          <a
            class="button button--secondary"
            href={hrefOf('/staff/audit', { before: String(found.older) })}
          >
            {words.older}
          </a>
        )}
        {found.lines.length > 0 && (
          <a class="button button--secondary" href={hrefOf('/staff/audit/entries.csv')} download="">
            {words.csv}
          </a>
        )}
      </p>
    </StaffLayout>
  );
};
