import { toJalali } from '../../src/platform/base/jalali.ts';
import { formatMinutes } from '../../src/desk/administration/working-time.ts';
import type { CalendarDay } from '../../src/desk/administration/working-time.ts';
import type {
  AdministeredCalendar,
  TypedDay,
  TypedHours,
} from '../../src/desk/administration/working-calendar.ts';
import type { StaffMember } from '../../src/desk/staff/staff-member.ts';
import { CardTable } from '../components/card-table.tsx';
import { weekdaysOf } from '../components/deadline.tsx';
import type { Problems } from '../components/error-summary.tsx';
import { controlProps, SelectField, TextField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { useKept } from '../components/kept-values.tsx';
import { AdminPage } from './admin-parts.tsx';
import { NoticeBox } from '../components/notice.tsx';
import type { View } from '../view.ts';
import { closesField, opensField } from './calendar.form.ts';

const HOME = '/staff/admin/calendar';

export interface CalendarPageProps {
  view: View;
  staff: StaffMember;
  calendar: AdministeredCalendar;
  year: number;
  notice?: string | undefined;
  problems?: Problems;
  stale?: boolean;
  typedWeek?: TypedHours[] | undefined;
  typedDay?: TypedDay | undefined;
}

const typedHoursOf = (calendar: AdministeredCalendar): TypedHours[] =>
  calendar.week.map((hours) => ({
    opens: hours ? formatMinutes(hours.opens) : '',
    closes: hours ? formatMinutes(hours.closes) : '',
  }));

const Seen = ({ calendar, year }: Pick<CalendarPageProps, 'calendar' | 'year'>) => (
  <>
    <input type="hidden" name="version" value={String(calendar.version)} />
    <input type="hidden" name="year" value={String(year)} />
  </>
);

interface HourCellProps {
  id: string;
  /** Beside the field; read out as `name`, which has the weekday. */
  label: string;
  name: string;
  value: string;
  describedBy: string;
}

const HourCell = ({ id, label, name, value, describedBy }: HourCellProps) => (
  <td>
    <label for={id}>{label}</label>{' '}
    <input
      {...controlProps({ id, label })}
      class="input"
      type="text"
      value={useKept(id) ?? value}
      aria-label={name}
      aria-describedby={describedBy}
      autocomplete="off"
      dir="ltr"
    />
  </td>
);

const HoursForm = ({ view, calendar, year, problems = {}, typedWeek }: CalendarPageProps) => {
  const words = view.text.admin.calendar;
  const week = typedWeek ?? typedHoursOf(calendar);
  return (
    <form method="post" action={`${HOME}/hours`} class="card" novalidate>
      <h2 id="week">{words.hoursHeading}</h2>
      <p class="muted" id="week-hint">
        {words.hoursHint}
      </p>
      <Seen calendar={calendar} year={year} />
      <table class="calendar-week" aria-labelledby="week">
        <tbody>
          {weekdaysOf(view).map((weekday) => {
            const [opens, closes] = [opensField(weekday), closesField(weekday)];
            const day = view.weekday(weekday);
            const describedBy = problems[opens] === undefined ? 'week-hint' : `${opens}-problem`;
            return (
              <tr>
                <th scope="row">
                  {day}
                  {problems[opens] !== undefined && (
                    <p class="field__problem" id={describedBy}>
                      <Icon name="alert" />
                      <span>{problems[opens]}</span>
                    </p>
                  )}
                </th>
                <HourCell
                  {...{ id: opens, label: words.from, name: words.opens(day), describedBy }}
                  value={week[weekday]?.opens ?? ''}
                />
                <HourCell
                  {...{ id: closes, label: words.to, name: words.closes(day), describedBy }}
                  value={week[weekday]?.closes ?? ''}
                />
              </tr>
            );
          })}
        </tbody>
      </table>
      <div class="actions">
        <button type="submit" class="button">
          {words.saveHours}
        </button>
      </div>
    </form>
  );
};

const HoursList = ({ view, calendar }: Pick<CalendarPageProps, 'view' | 'calendar'>) => {
  const { deadline } = view.text;
  return (
    <section class="card" aria-labelledby="hours">
      <h2 id="hours">{view.text.admin.calendar.hoursHeading}</h2>
      <dl class="facts">
        {weekdaysOf(view).map((weekday) => {
          const hours = calendar.week[weekday];
          return (
            <div>
              <dt>{view.weekday(weekday)}</dt>
              <dd>
                {hours
                  ? deadline.hours(
                      view.digits(formatMinutes(hours.opens)),
                      view.digits(formatMinutes(hours.closes)),
                    )
                  : deadline.closed}
              </dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
};

const yearOf = ({ day }: CalendarDay): number => toJalali(new Date(`${day}T12:00:00Z`), 'UTC').year;

const Days = ({ view, staff, calendar, year }: CalendarPageProps) => {
  const words = view.text.admin.calendar;
  const days = calendar.days.filter((day) => yearOf(day) === year);
  const remove = {
    head: words.columns.act,
    cell: ({ day }: CalendarDay) => (
      <form method="post" action={`${HOME}/removal`}>
        <Seen calendar={calendar} year={year} />
        <input type="hidden" name="day" value={day} />
        <button
          type="submit"
          class="button button--secondary"
          aria-label={words.removeDay(view.day(day))}
        >
          {words.remove}
        </button>
      </form>
    ),
  };
  return (
    <section class="admin-part" aria-labelledby="days">
      <h2 id="days">{words.daysHeading(view.digits(year))}</h2>
      <nav class="actions" aria-label={words.yearsLabel}>
        <a class="button button--quiet" href={`${HOME}?year=${year - 1}`}>
          {words.previousYear(view.digits(year - 1))}
        </a>
        <a class="button button--quiet" href={`${HOME}?year=${year + 1}`}>
          {words.nextYear(view.digits(year + 1))}
        </a>
      </nav>
      {days.length === 0 ? (
        <NoticeBox tone="warning">{words.empty}</NoticeBox>
      ) : (
        <CardTable
          labelledBy="days"
          rows={days}
          columns={[
            {
              head: words.columns.day,
              class: 'queue__subject',
              isRowHead: true,
              cell: ({ day }) => <time datetime={day}>{view.day(day)}</time>,
            },
            {
              head: words.columns.kind,
              labelled: true,
              cell: ({ hours }) =>
                hours ? (
                  <>
                    {words.kinds.working}
                    {view.text.punctuation.comma}
                    {view.text.deadline.hours(
                      view.digits(formatMinutes(hours.opens)),
                      view.digits(formatMinutes(hours.closes)),
                    )}
                  </>
                ) : (
                  words.kinds.holiday
                ),
            },
            { head: words.columns.name, labelled: true, cell: ({ name }) => <bdi>{name}</bdi> },
            ...(staff.role === 'admin' ? [remove] : []),
          ]}
        />
      )}
    </section>
  );
};

const DayForm = ({ view, calendar, year, problems = {}, typedDay }: CalendarPageProps) => {
  const words = view.text.admin.calendar;
  return (
    <form method="post" action={`${HOME}/days`} class="card" novalidate>
      <h2>{words.addHeading}</h2>
      <Seen calendar={calendar} year={year} />
      <TextField
        id="day"
        label={words.day}
        hint={words.dayHint}
        problem={problems.day}
        value={typedDay?.day ?? ''}
        width="phone"
        latin
      />
      <SelectField
        id="kind"
        label={words.kind}
        problem={problems.kind}
        value={typedDay?.kind ?? 'holiday'}
        options={(['holiday', 'working'] as const).map((kind) => ({
          value: kind,
          label: words.kinds[kind],
        }))}
      />
      <TextField
        id="dayOpens"
        label={words.dayOpens}
        hint={words.dayHoursHint}
        problem={problems.dayOpens}
        value={typedDay?.hours.opens ?? ''}
        width="code"
        latin
      />
      <TextField
        id="dayCloses"
        label={words.dayCloses}
        hint={words.dayHoursHint}
        value={typedDay?.hours.closes ?? ''}
        width="code"
        latin
      />
      <TextField
        id="name"
        label={words.name}
        hint={words.nameHint}
        problem={problems.name}
        value={typedDay?.name ?? ''}
      />
      <div class="actions">
        <button type="submit" class="button">
          <Icon name="plus" />
          {words.add}
        </button>
      </div>
    </form>
  );
};

const SolarForm = ({ view, calendar, year }: CalendarPageProps) => {
  const words = view.text.admin.calendar;
  return (
    <form method="post" action={`${HOME}/solar`} class="card">
      <h2>{words.solarHeading}</h2>
      <p>{words.solarText(view.digits(year))}</p>
      <p>{words.lunar}</p>
      <Seen calendar={calendar} year={year} />
      <div class="actions">
        <button type="submit" class="button button--secondary">
          <Icon name="plus" />
          {words.addSolar(view.digits(year))}
        </button>
      </div>
    </form>
  );
};

export const CalendarPage = (props: CalendarPageProps) => {
  const { view, staff, calendar, notice, problems = {}, stale = false } = props;
  const words = view.text.admin.calendar;
  const { answerWorkingDays } = view.facts;
  const mayChange = staff.role === 'admin';
  return (
    <AdminPage {...{ view, staff, notice, problems, stale }} area="calendar">
      {!mayChange && <p class="muted">{view.text.admin.readOnly}</p>}
      <p>{words.lead}</p>
      <p>
        {answerWorkingDays === 0 ? words.noDeadline : words.promise(view.digits(answerWorkingDays))}
      </p>
      <Days {...props} />
      {mayChange ? (
        <>
          <SolarForm {...props} />
          <DayForm {...props} />
          <HoursForm {...props} />
        </>
      ) : (
        <HoursList view={view} calendar={calendar} />
      )}
    </AdminPage>
  );
};
