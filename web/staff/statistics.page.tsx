import type { Child } from 'hono/jsx';
import { AGE_BANDS, COUNTS } from '../../src/desk/letters/letter-counts.ts';
import type { LetterCounts, Spread } from '../../src/desk/letters/letter-counts.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import type { Statistics, StatisticsMonth } from '../../src/desk/letters/statistics.ts';
import { CardTable } from '../components/card-table.tsx';
import type { Column } from '../components/card-table.tsx';
import { Moment } from '../components/letter-facts.tsx';
import { AdminPage } from './admin-parts.tsx';
import type { View } from '../view.ts';
import { StatisticsBars } from './statistics-bars.tsx';
import { StatisticsChart } from './statistics-chart.tsx';
import { durationText } from './statistics-durations.ts';
import { StatisticsFigures } from './statistics-figures.tsx';

const SpreadText = ({ view, spread }: { view: View; spread: Spread | null }) =>
  spread === null ? (
    <>—</>
  ) : (
    <>
      {view.text.statistics.spread(
        durationText(view, spread.median),
        durationText(view, spread.p90),
      )}
    </>
  );

const MonthName = ({
  view,
  month: { year, month, from },
}: {
  view: View;
  month: StatisticsMonth;
}) => {
  const words = view.text.statistics;
  return (
    <>
      {words.month(words.months[month - 1] ?? '', view.digits(year))}
      {view.showsOwnDate && (
        <>
          {' '}
          <span class="muted unbroken">{words.since(view.date(from))}</span>
        </>
      )}
    </>
  );
};

const countColumns = <Row extends LetterCounts>(view: View): Column<Row>[] => {
  const { columns } = view.text.statistics;
  return [
    ...COUNTS.map((name): Column<Row> => ({
      head: columns[name],
      labelled: true,
      cell: (row) => view.digits(row[name]),
    })),
    {
      head: columns.decision,
      labelled: true,
      cell: ({ decision }) => <SpreadText view={view} spread={decision} />,
    },
    {
      head: columns.reply,
      labelled: true,
      cell: ({ reply }) => <SpreadText view={view} spread={reply} />,
    },
  ];
};

const Part = ({
  id,
  heading,
  lead,
  fold,
  children,
}: {
  id: string;
  heading: string;
  lead?: string | undefined;
  /** What opens it. */
  fold?: string;
  children: Child;
}) => {
  const content = (
    <>
      {lead !== undefined && <p class="muted">{lead}</p>}
      {children}
    </>
  );
  return (
    <section class="admin-part" aria-labelledby={id}>
      <h2 id={id}>{heading}</h2>
      {fold === undefined ? (
        content
      ) : (
        <details class="fold">
          <summary>{fold}</summary>
          {content}
        </details>
      )}
    </section>
  );
};

const Months = ({
  view,
  statistics: { months, total },
}: {
  view: View;
  statistics: Statistics;
}) => {
  const words = view.text.statistics;
  const rows: (LetterCounts & { name: Child })[] = [
    ...months
      .toReversed()
      .filter((month) => COUNTS.some((name) => month[name] > 0))
      .map((month) => ({ ...month, name: <MonthName view={view} month={month} /> })),
    { ...total, name: <strong>{words.total}</strong> },
  ];
  return (
    <Part id="months" heading={words.monthsHeading} lead={words.monthsLead} fold={words.table}>
      <CardTable
        labelledBy="months"
        rows={rows}
        columns={[
          { head: words.columns.month, isRowHead: true, cell: ({ name }) => name },
          ...countColumns<LetterCounts & { name: Child }>(view),
        ]}
      />
    </Part>
  );
};

const Units = ({ view, units }: { view: View; units: Statistics['units'] }) => {
  const words = view.text.statistics;
  return (
    <Part id="units" heading={words.unitsHeading} lead={words.unitsLead} fold={words.table}>
      {units.length === 0 ? (
        <p class="card empty">{words.none}</p>
      ) : (
        <CardTable
          labelledBy="units"
          rows={units}
          columns={[
            { head: words.columns.unit, isRowHead: true, cell: ({ name }) => <bdi>{name}</bdi> },
            ...countColumns<Statistics['units'][number]>(view),
          ]}
        />
      )}
    </Part>
  );
};

const OpenLetters = ({ view, open }: { view: View; open: Statistics['open'] }) => {
  const words = view.text.statistics;
  const bandName = (band: number): string => {
    const [from, to] = [AGE_BANDS[band - 1], AGE_BANDS[band]];
    if (from === undefined) return words.bands.under(view.digits(to ?? 0));
    if (to === undefined) return words.bands.over(view.digits(from));
    return words.bands.between(view.digits(from), view.digits(to));
  };
  return (
    <Part id="open" heading={words.openHeading} lead={words.openLead}>
      <CardTable
        labelledBy="open"
        rows={open.filter(({ ages }) => ages.some((count) => count > 0))}
        columns={[
          {
            head: words.columns.state,
            isRowHead: true,
            cell: ({ state }) => view.text.queue.tabs[state],
          },
          ...[0, ...AGE_BANDS].map((_days, band): Column<Statistics['open'][number]> => ({
            head: bandName(band),
            labelled: true,
            cell: ({ ages }) => view.digits(ages[band] ?? 0),
          })),
          {
            head: words.columns.all,
            labelled: true,
            cell: ({ ages }) => (
              <strong>{view.digits(ages.reduce((sum, count) => sum + count, 0))}</strong>
            ),
          },
        ]}
      />
    </Part>
  );
};

const MESSAGE_COUNTS = ['delivered', 'undelivered', 'unheard', 'unsent'] as const;

const Messages = ({ view, months }: { view: View; months: Statistics['months'] }) => {
  const words = view.text.statistics;
  return (
    <Part
      id="messages"
      heading={words.messagesHeading}
      lead={words.messagesLead}
      fold={words.table}
    >
      <CardTable
        labelledBy="messages"
        rows={months
          .toReversed()
          .filter(({ messages }) => MESSAGE_COUNTS.some((name) => messages[name] > 0))}
        columns={[
          {
            head: words.columns.month,
            isRowHead: true,
            cell: (month) => <MonthName view={view} month={month} />,
          },
          ...MESSAGE_COUNTS.map((name): Column<Statistics['months'][number]> => ({
            head: words.columns[name],
            labelled: true,
            cell: ({ messages }) => view.digits(messages[name]),
          })),
        ]}
      />
    </Part>
  );
};

const Rejections = ({ view, rejections }: { view: View; rejections: Statistics['rejections'] }) => {
  const words = view.text.statistics;
  const { picked, own, gone, whole } = rejections;
  const rows: { reason: Child; count: number }[] = [
    ...picked.map(({ text, count }) => ({ reason: <bdi>{text}</bdi>, count })),
    { reason: words.ownReason, count: own },
    { reason: words.goneReason, count: gone },
  ].filter(({ count }) => count > 0);
  return (
    <Part
      id="rejections"
      heading={words.rejectionsHeading}
      lead={whole ? words.rejectionsLead : `${words.rejectionsLead} ${words.newestOnly}`}
    >
      {rows.length === 0 ? (
        <p class="card empty">{words.none}</p>
      ) : (
        <CardTable
          labelledBy="rejections"
          rows={rows}
          columns={[
            { head: words.columns.reason, isRowHead: true, cell: ({ reason }) => reason },
            {
              head: words.columns.letters,
              labelled: true,
              cell: ({ count }) => view.digits(count),
            },
          ]}
        />
      )}
    </Part>
  );
};

const Registers = ({ view, registers }: { view: View; registers: Statistics['registers'] }) => {
  const words = view.text.statistics;
  return (
    <Part id="registers" heading={words.registersHeading} fold={words.table}>
      <CardTable
        labelledBy="registers"
        rows={registers}
        columns={[
          {
            head: words.columns.register,
            isRowHead: true,
            cell: ({ register }) => <bdi dir="ltr">{register}</bdi>,
          },
          {
            head: words.columns.entries,
            labelled: true,
            cell: ({ entries }) => view.digits(entries),
          },
          {
            head: words.columns.annulled,
            labelled: true,
            cell: ({ annulled }) => view.digits(annulled),
          },
        ]}
      />
    </Part>
  );
};

const sinceFirst = (months: Statistics['months']): Statistics['months'] =>
  months.slice(
    Math.max(
      0,
      months.findIndex(({ waiting }) => waiting > 0),
    ),
  );

export const StatisticsPage = ({
  view,
  staff,
  statistics,
}: {
  view: View;
  staff: StaffMember;
  statistics: Statistics;
}) => {
  const words = view.text.statistics;
  return (
    <AdminPage view={view} staff={staff} area="statistics">
      <p class="muted">
        {words.lead} <Moment view={view} at={statistics.at} />
      </p>
      <p class="actions">
        <a class="button button--secondary" href="/staff/admin/statistics.csv" download="">
          {words.csv}
        </a>
      </p>
      <StatisticsFigures view={view} statistics={statistics} />
      <div class="statistics-now">
        <StatisticsChart view={view} months={statistics.months} />
        <StatisticsBars
          view={view}
          id="backlog"
          heading={words.backlog.title}
          text={words.backlog.text}
          bars={sinceFirst(statistics.months).map(({ year, month, waiting }) => ({
            label: words.month(words.months[month - 1] ?? '', view.digits(year)),
            value: waiting,
          }))}
        />
        {statistics.late.length > 0 && (
          <StatisticsBars
            view={view}
            id="late"
            heading={words.lateUnits.title}
            text={words.lateUnits.text}
            bars={statistics.late.map(({ name, count }) => ({ label: name, value: count }))}
          />
        )}
      </div>
      <OpenLetters view={view} open={statistics.open} />
      <Months view={view} statistics={statistics} />
      <Units view={view} units={statistics.units} />
      <Messages view={view} months={statistics.months} />
      <Rejections view={view} rejections={statistics.rejections} />
      <Registers view={view} registers={statistics.registers} />
    </AdminPage>
  );
};
