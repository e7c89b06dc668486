import type { AskedCode, NumberState } from '../../src/desk/people/number-state.ts';
import { CardTable } from '../components/card-table.tsx';
import { Icon } from '../components/icon.tsx';
import { Moment } from '../components/letter-facts.tsx';
import { NoticeBox } from '../components/notice.tsx';
import type { View } from '../view.ts';
import { MessageState } from './staff-letter-parts.tsx';

interface NumberProps {
  view: View;
  number: NumberState;
}

const DAY_MS = 86_400_000;

const Limits = ({ view, number }: NumberProps) => {
  const words = view.text.people.number;
  const { limitedUntil, foreign, full } = number;
  const { strangers, ownBrowsers } = limitedUntil;
  if (!strangers && !ownBrowsers && !foreign && full === null)
    return <NoticeBox tone="done">{words.fine}</NoticeBox>;
  return (
    <>
      {strangers && (
        <NoticeBox tone="warning">
          {words.limited(view.dateTime(strangers))} {!ownBrowsers && words.ownFine}
        </NoticeBox>
      )}
      {ownBrowsers && (
        <NoticeBox tone="warning">{words.ownLimited(view.dateTime(ownBrowsers))}</NoticeBox>
      )}
      {full !== null && <NoticeBox tone="warning">{words.full[full]}</NoticeBox>}
      {foreign && (
        <NoticeBox tone="warning">
          {words.foreign(
            view.digits(foreign.count),
            view.dateTime(foreign.from),
            view.dateTime(foreign.to),
            view.dateTime(new Date(foreign.to.getTime() + DAY_MS)),
          )}
        </NoticeBox>
      )}
    </>
  );
};

const Sent = ({ view, code }: { view: View; code: AskedCode }) => {
  const words = view.text.people.number;
  if (code.sent.length === 0)
    return (
      <span class="message-state message-state--failed">
        <Icon name="cross" />
        {words.notSent}
      </span>
    );
  return (
    <ul class="messages">
      {code.sent.map(({ at, state, delivery, deliveryReason }) => (
        <li>
          {state && <MessageState view={view} state={state} delivery={delivery} />}
          <Moment view={view} at={at} />
          {deliveryReason !== null && <bdi class="muted">{deliveryReason}</bdi>}
        </li>
      ))}
    </ul>
  );
};

const Codes = ({ view, codes }: { view: View; codes: AskedCode[] }) => {
  const words = view.text.people.number;
  const { columns } = words;
  return (
    <CardTable
      labelledBy="codes"
      rows={codes}
      dataOf={({ end }) => ({ 'data-end': end })}
      columns={[
        {
          head: columns.asked,
          labelled: true,
          cell: ({ askedAt, knownBrowser }) => (
            <>
              <Moment view={view} at={askedAt} />{' '}
              <span class="muted">{knownBrowser ? words.known : words.stranger}</span>
            </>
          ),
        },
        {
          head: columns.sent,
          labelled: true,
          cell: (code) => <Sent view={view} code={code} />,
        },
        {
          head: columns.tries,
          labelled: true,
          cell: ({ wrongTries }) => (wrongTries === 0 ? '—' : words.tries(view.digits(wrongTries))),
        },
        {
          head: columns.end,
          labelled: true,
          cell: ({ end, typedAt, sent }) =>
            sent.length === 0 ? (
              '—'
            ) : (
              <>
                {words.ends[end]} {typedAt && <Moment view={view} at={typedAt} />}
              </>
            ),
        },
      ]}
    />
  );
};

export const NumberCard = ({ view, number }: NumberProps) => {
  const words = view.text.people.number;
  return (
    <section class="card" aria-labelledby="codes">
      <h2 id="codes">
        <Icon name="message" />
        {words.heading}
      </h2>
      <Limits view={view} number={number} />
      <p class="muted">{words.lead}</p>
      {number.codes.length === 0 ? <p>{words.none}</p> : <Codes view={view} codes={number.codes} />}
    </section>
  );
};
