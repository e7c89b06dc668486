import { formatMinutes } from '../../src/desk/administration/working-time.ts';
import type { DeadlineExplanation } from '../../src/desk/letters/deadlines.ts';
import type { View } from '../view.ts';
import { BackLink } from './back-link.tsx';
import { CardTable } from './card-table.tsx';
import { Icon } from './icon.tsx';
import { Moment } from './letter-facts.tsx';
import { NoticeBox } from './notice.tsx';
import type { LetterSummary } from '../../src/desk/letters/letter-summary.ts';

interface DeadlineProps {
  view: View;
  letter: Pick<LetterSummary, 'deadline'>;
}

const Until = ({ view, dueAt, dueOn }: { view: View; dueAt: Date | null; dueOn: string | null }) =>
  dueAt === null || dueOn === null ? null : (
    <>
      {view.text.deadline.until} <time datetime={dueAt.toISOString()}>{view.day(dueOn)}</time>
    </>
  );

const Overdue = ({ view }: { view: View }) => (
  <strong class="overdue">
    <Icon name="alert" />
    {view.text.deadline.overdue}
  </strong>
);

export const DeadlineMark = ({ view, letter: { deadline } }: DeadlineProps) => {
  if (!deadline) return null;
  const { state, left, dueAt } = deadline;
  if (state === 'paused' || dueAt === null)
    return <>{view.text.deadline.left(view.digits(left))}</>;
  return (
    <>
      <time datetime={dueAt.toISOString()}>{view.date(dueAt)}</time>{' '}
      {state === 'overdue' && <Overdue view={view} />}
    </>
  );
};

export const DeadlineLine = ({
  view,
  letter: { deadline },
  href,
}: DeadlineProps & { href: string }) => {
  if (!deadline) return null;
  const words = view.text.deadline;
  return (
    <p class="deadline" data-deadline={deadline.state}>
      <Icon name="clock" />
      {deadline.state === 'paused' ? (
        <span>{words.paused(view.digits(deadline.left))}</span>
      ) : (
        <span>
          <Until view={view} {...deadline} />
        </span>
      )}
      {deadline.state === 'overdue' && <Overdue view={view} />}
      <a class="standing-link no-print" href={`${href}/deadline`}>
        {words.how}
      </a>
    </p>
  );
};

type Day = DeadlineExplanation['days'][number];

const DayCounted = ({ view, day, of }: { view: View; day: Day; of: number }) => {
  const words = view.text.deadline;
  return (
    <>
      {day.count === 'counted'
        ? words.counted(view.digits(day.number ?? 0), view.digits(of))
        : words.counts[day.count]}
      {day.name !== undefined && (
        <>
          {view.text.punctuation.comma}
          <bdi>{day.name}</bdi>
        </>
      )}
    </>
  );
};

// Weeks begin on Saturday in Persian.
export const weekdaysOf = ({ language }: Pick<View, 'language'>): number[] =>
  language === 'fa' ? [6, 0, 1, 2, 3, 4, 5] : [1, 2, 3, 4, 5, 6, 0];

export const DeadlineAccount = ({
  view,
  explanation,
  href,
}: {
  view: View;
  explanation: DeadlineExplanation;
  href: string;
}) => {
  const words = view.text.deadline;
  const { state, workingDays, submittedAt, reopenedAt, days, week } = explanation;
  return (
    <>
      <BackLink href={href} label={words.back} />
      <h1>{words.title}</h1>
      {state === 'ended' && <NoticeBox tone="info">{words.ended}</NoticeBox>}
      <DeadlineSummary view={view} explanation={explanation} />
      <p>
        {reopenedAt ? view.text.followUp.at : view.text.facts.submittedAt}:{' '}
        <Moment view={view} at={reopenedAt ?? submittedAt} />
      </p>
      <section class="card deadline-part">
        <p>{words.promise(view.digits(workingDays))}</p>
        <ul>
          {words.rules.map((rule) => (
            <li>{rule}</li>
          ))}
        </ul>
      </section>
      <section class="deadline-part" aria-labelledby="days">
        <h2 id="days">{words.daysHeading}</h2>
        <CardTable
          labelledBy="days"
          rows={days}
          dataOf={({ count }) => ({ 'data-count': count })}
          columns={[
            {
              head: words.columns.day,
              class: 'queue__subject',
              isRowHead: true,
              cell: ({ day }) => <time datetime={day}>{view.day(day)}</time>,
            },
            {
              head: words.columns.count,
              labelled: true,
              cell: (day) => <DayCounted view={view} day={day} of={workingDays} />,
            },
          ]}
        />
      </section>
      <section class="card deadline-part" aria-labelledby="hours">
        <h2 id="hours">{words.hoursHeading}</h2>
        <dl class="facts">
          {weekdaysOf(view).map((weekday) => {
            const hours = week[weekday];
            return (
              <div>
                <dt>{view.weekday(weekday)}</dt>
                <dd>
                  {hours
                    ? words.hours(
                        view.digits(formatMinutes(hours.opens)),
                        view.digits(formatMinutes(hours.closes)),
                      )
                    : words.closed}
                </dd>
              </div>
            );
          })}
        </dl>
      </section>
    </>
  );
};

const DeadlineSummary = ({
  view,
  explanation,
}: {
  view: View;
  explanation: DeadlineExplanation;
}) => {
  const { state, left } = explanation;
  return (
    <p class="deadline" data-deadline={state}>
      <Icon name="clock" />
      {state === 'paused' || explanation.dueAt === null ? (
        view.text.deadline.paused(view.digits(left))
      ) : (
        <span>
          <Until view={view} {...explanation} />
        </span>
      )}
      {state === 'overdue' && <Overdue view={view} />}
    </p>
  );
};
