import type { AuditFilter, AuditPage } from '../../src/desk/administration/audit-trail.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { CardTable } from '../components/card-table.tsx';
import { SelectField, TextField } from '../components/field.tsx';
import { AdminPage } from './admin-parts.tsx';
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
  isNewest: boolean;
  hrefOf: (path: string, more?: Record<string, string>) => string;
}

/** Ids and hashes: whole in the exported table, here their beginning. */
const MACHINE_WORD = /^(?:[0-9a-f]{16,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;

const Word = ({ said }: { said: string }) =>
  MACHINE_WORD.test(said) ? (
    <bdi dir="ltr" class="unbroken" title={said}>
      {said.slice(0, 8)}…
    </bdi>
  ) : (
    <bdi>{said}</bdi>
  );

const Actor = ({ view, line }: { view: View; line: Line }) => (
  <>
    {view.text.audit.actors[line.actorKind]}{' '}
    {line.actorKind !== 'engine' && <Word said={line.actor} />}
  </>
);

// Entries of an older version may have actions without a text.
const actionText = ({ text }: View, action: string): string | undefined => {
  const words: Partial<Record<string, string>> = text.audit.actions;
  return words[action];
};

const detailName = ({ text }: View, name: string): string | undefined => {
  const words: Partial<Record<string, string>> = text.audit.details;
  return words[name];
};

// Details with a code, not with a name or text of a person.
const CODED: ReadonlySet<string> = new Set([
  'kind',
  'why',
  'factor',
  'secondFactor',
  'role',
  'roleBefore',
]);

type Detail = [string, string | number | boolean | null];

const detailText = (view: View, { action }: Line, [name, value]: Detail): string => {
  const { audit, account } = view.text;
  if (typeof value === 'boolean') return value ? audit.yes : audit.no;
  if (typeof value === 'number') return view.digits(value);
  const said = String(value);
  if (name === 'letterNumber') return view.digits(said);
  if (name === 'action') return actionText(view, said) ?? said;
  // Who did it, but of a proof the way it was given.
  const isCoded = CODED.has(name) || (name === 'by' && action === 'staff_confirmed');
  const words: Partial<Record<string, string>> = { ...audit.values, ...account.roles };
  return (isCoded && words[said]) || said;
};

interface SaidProps {
  view: View;
  line: Line;
  details: Detail[];
}

const Said = ({ view, line, details }: SaidProps) => (
  <>
    {details.map(([name, value], index) => (
      <>
        {index > 0 && ' · '}
        {detailName(view, name) ?? <bdi dir="ltr">{name}</bdi>}:{' '}
        <Word said={detailText(view, line, [name, value])} />
      </>
    ))}
  </>
);

const Details = ({ view, line }: { view: View; line: Line }) => {
  const all = Object.entries(line.details).filter(([, value]) => value !== null && value !== '');
  const isMachine = ([, value]: Detail): boolean => MACHINE_WORD.test(String(value));
  const machine = all.filter(isMachine);
  const human = all.filter((detail) => !isMachine(detail));
  if (all.length === 0) return '—';
  return (
    <>
      <Said {...{ view, line }} details={human} />
      {machine.length > 0 && (
        <details class="fold">
          <summary>{view.text.audit.ids}</summary>
          <p>
            <Said {...{ view, line }} details={machine} />
          </p>
        </details>
      )}
    </>
  );
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
    <form
      method="get"
      action="/staff/admin/audit"
      class="card audit-filters"
      role="search"
      novalidate
    >
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
      {found.checkpoint === null ? (
        words.unpublished
      ) : (
        <>
          {words.published(view.digits(found.checkpoint.entryId))}{' '}
          <Moment view={view} at={found.checkpoint.publishedAt} />
        </>
      )}
    </NoticeBox>
  );
};

const Lines = ({ view, lines }: { view: View; lines: Line[] }) => {
  const { columns } = view.text.audit;
  return (
    <CardTable
      rows={lines}
      dataOf={({ action }) => ({ 'data-action': action })}
      columns={[
        {
          head: columns.at,
          labelled: true,
          class: 'queue__when audit-when',
          cell: ({ at }) => <Moment view={view} at={at} />,
        },
        { head: columns.actor, labelled: true, cell: (line) => <Actor view={view} line={line} /> },
        {
          head: columns.action,
          labelled: true,
          cell: ({ action }) => actionText(view, action) ?? <bdi dir="ltr">{action}</bdi>,
        },
        {
          head: columns.letter,
          labelled: true,
          class: 'queue__letter',
          cell: (line) => <LetterLink view={view} {...line} />,
        },
        {
          head: columns.details,
          labelled: true,
          class: 'audit-details',
          cell: (line) => <Details view={view} line={line} />,
        },
      ]}
    />
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
    <AdminPage view={view} staff={staff} area="audit">
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
          <a class="button button--secondary" href={hrefOf('/staff/admin/audit')}>
            {words.newest}
          </a>
        )}
        {found.older !== null && (
          <a
            class="button button--secondary"
            href={hrefOf('/staff/admin/audit', { before: String(found.older) })}
          >
            {words.older}
          </a>
        )}
        {found.lines.length > 0 && (
          <a
            class="button button--secondary"
            href={hrefOf('/staff/admin/audit/entries.csv')}
            download=""
          >
            {words.csv}
          </a>
        )}
      </p>
    </AdminPage>
  );
};
