import type { OutboxMessage } from '../../src/platform/messages/outbox-gateway.ts';
import { TextField } from '../components/field.tsx';
import { Layout } from '../components/layout.tsx';
import { Moment } from '../components/letter-facts.tsx';
import type { View } from '../view.ts';

interface OutboxPageProps {
  view: View;
  messages: OutboxMessage[];
  mobile: string;
}

export const OutboxPage = ({ view, messages, mobile }: OutboxPageProps) => {
  const words = view.text.outbox;
  return (
    <Layout view={view} title={words.title}>
      <h1>{words.title}</h1>
      <p class="lead">{words.lead}</p>
      <form method="get" action="/dev/outbox" class="inline-form">
        <TextField
          id="mobile"
          label={words.mobile}
          value={mobile}
          inputmode="tel"
          latin
          width="phone"
        />
        <button type="submit" class="button button--secondary">
          {words.filter}
        </button>
      </form>
      {messages.length === 0 && <p class="card empty">{words.empty}</p>}
      <ul class="outbox">
        {messages.map((message) => (
          <li class="card" data-kind={message.kind}>
            <p class="outbox__meta">
              {words.to} <bdi dir="ltr">{message.to}</bdi>
              <span class="dot" aria-hidden="true" />
              <bdi dir="ltr">{message.kind}</bdi>
              <span class="dot" aria-hidden="true" />
              <Moment view={view} at={message.sentAt} />
            </p>
            <p class="user-text" dir="auto">
              {message.text}
            </p>
          </li>
        ))}
      </ul>
    </Layout>
  );
};
