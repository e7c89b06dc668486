import { deviceOf } from '../../src/platform/base/device.ts';
import type { View } from '../view.ts';
import { Icon } from './icon.tsx';
import { Moment } from './letter-facts.tsx';

export const ActButton = ({
  action,
  label,
  name,
  small = true,
}: {
  action: string;
  label: string;
  // Distinguishes equal buttons in a list.
  name?: string;
  small?: boolean;
}) => (
  <form method="post" action={action}>
    <button
      type="submit"
      class={small ? 'button button--small' : 'button button--secondary'}
      aria-label={name}
    >
      {label}
    </button>
  </form>
);

const deviceText = ({ text }: View, userAgent: string | null): string => {
  const words = text.account.sessions;
  const { browser, system } = deviceOf(userAgent);
  if (browser !== null && system !== null)
    return words.on(words.browsers[browser], words.systems[system]);
  if (browser !== null) return words.browsers[browser];
  return system === null ? words.unknown : words.systems[system];
};

interface ShownSession {
  id: string;
  userAgent: string | null;
  createdAt: Date;
  lastSeenAt: Date;
  secondFactor?: keyof View['text']['account']['sessions']['by'] | null;
  own: boolean;
}

interface OwnSessionsProps {
  view: View;
  sessions: ShownSession[];
  lead: string;
  path: string;
}

export const OwnSessions = ({ view, sessions, lead, path }: OwnSessionsProps) => {
  const words = view.text.account.sessions;
  return (
    <section class="card">
      <h2>
        <Icon name="user" />
        {words.heading}
      </h2>
      <p class="muted">{lead}</p>
      <ul class="own-list">
        {sessions.map((session) => {
          const device = deviceText(view, session.userAgent);
          const by = session.secondFactor ?? null;
          return (
            <li class="own-item" data-own={session.own ? 'yes' : undefined}>
              <p class="own-item__what">
                {device}
                {session.own && (
                  <>
                    {' '}
                    <strong class="own-item__mark">
                      <Icon name="check" />
                      {words.own}
                    </strong>
                  </>
                )}
              </p>
              <p class="own-item__facts">
                {words.began} <Moment view={view} at={session.createdAt} />
                {by !== null && ` ${words.by[by]}`}
                <br />
                {words.seen} <Moment view={view} at={session.lastSeenAt} />
              </p>
              <div class="own-item__acts">
                <ActButton
                  action={`${path}/sessions/${session.id}/end`}
                  label={words.end}
                  name={words.endNamed(session.own ? words.own : device)}
                />
              </div>
            </li>
          );
        })}
      </ul>
      {sessions.length > 1 && (
        <ActButton action={`${path}/sessions/end-others`} label={words.endOthers} small={false} />
      )}
    </section>
  );
};
