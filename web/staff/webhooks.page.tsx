import type { DeliveryRow, WebhookRow } from '../../src/operations/integrations/webhooks.ts';
import {
  INTERNAL_EVENTS,
  USUAL_EVENTS,
  WEBHOOK_EVENTS,
} from '../../src/platform/audit/audit-action.ts';
import type { WebhookEvent } from '../../src/platform/audit/audit-action.ts';
import { CardTable } from '../components/card-table.tsx';
import type { Column } from '../components/card-table.tsx';
import type { Problems } from '../components/error-summary.tsx';
import { TextField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { KeyField } from '../components/kept-values.tsx';
import { Moment } from '../components/letter-facts.tsx';
import { LetterLink } from '../components/letter-link.tsx';
import { NoticeBox } from '../components/notice.tsx';
import type { View } from '../view.ts';
import { adminPath } from './admin-areas.ts';
import { AdminPage, FormFrame, HandedOver, ListFrame, RetireForm, Submit } from './admin-parts.tsx';
import type { AdminProps } from './admin-parts.tsx';

const HOME = adminPath('webhooks');

export const eventField = (event: WebhookEvent): string => `event-${event}`;

const eventName = ({ text }: View, event: WebhookEvent): string => text.audit.actions[event];

export const WebhooksPage = ({
  view,
  staff,
  webhooks,
  notice,
}: AdminProps & { webhooks: WebhookRow[]; notice: string | undefined }) => {
  const words = view.text.admin.webhooks;
  const { columns } = words;
  return (
    <ListFrame view={view} staff={staff} list="webhooks" add={words.add} notice={notice}>
      <p class="muted">{words.lead}</p>
      {webhooks.length === 0 ? (
        <p class="card empty">{words.empty}</p>
      ) : (
        <CardTable
          labelledBy="webhooks"
          rows={webhooks}
          columns={[
            {
              head: columns.url,
              class: 'queue__subject',
              isRowHead: true,
              cell: ({ id, url }) => (
                <a href={`${HOME}/${id}`}>
                  <bdi dir="ltr">{url}</bdi>
                </a>
              ),
            },
            {
              head: columns.open,
              labelled: true,
              cell: ({ open }) => view.digits(open),
            },
            {
              head: columns.failed,
              labelled: true,
              cell: ({ failed }) => view.digits(failed),
            },
            {
              head: columns.state,
              labelled: true,
              cell: ({ disabledAt }) => (disabledAt ? words.disabled : words.active),
            },
          ]}
        />
      )}
    </ListFrame>
  );
};

const EventChoices = ({
  view,
  events,
  isChosen,
}: Pick<AdminProps, 'view'> & {
  events: readonly WebhookEvent[];
  isChosen: (event: WebhookEvent) => boolean;
}) => (
  <>
    {events.map((event) => (
      <label class="choices__one">
        <input
          type="checkbox"
          id={eventField(event)}
          name={eventField(event)}
          value="on"
          checked={isChosen(event)}
        />
        <span>{eventName(view, event)}</span>
      </label>
    ))}
  </>
);

export const NewWebhookPage = ({
  view,
  staff,
  formKey,
  typed,
  problems = {},
}: AdminProps & {
  formKey: string;
  typed?: { url: string; events: string[] };
  problems?: Problems;
}) => {
  const words = view.text.admin.webhooks;
  const action = `${HOME}/new`;
  const isChosen = (event: WebhookEvent): boolean =>
    view.kept
      ? view.kept.fields[eventField(event)] === 'on'
      : (typed?.events ?? USUAL_EVENTS).some((chosen) => chosen === event);
  const [first] = WEBHOOK_EVENTS;
  return (
    <FormFrame {...{ view, staff, problems }} title={words.addTitle} list="webhooks">
      <div class="card">
        <h1>{words.addTitle}</h1>
        <form method="post" action={action} novalidate>
          <KeyField name="formKey" value={formKey} of={action} />
          <TextField
            id="url"
            label={words.url}
            hint={words.urlHint}
            problem={problems.url}
            value={typed?.url ?? ''}
            latin
          />
          <fieldset class="choices">
            <legend>{words.events}</legend>
            {problems[eventField(first)] !== undefined && (
              <p class="field__problem">
                <Icon name="alert" />
                <span>{problems[eventField(first)]}</span>
              </p>
            )}
            <EventChoices {...{ view, isChosen }} events={USUAL_EVENTS} />
          </fieldset>
          <fieldset class="choices">
            <legend>{words.internalEvents}</legend>
            <p class="field__hint">{words.internalHint}</p>
            <EventChoices {...{ view, isChosen }} events={INTERNAL_EVENTS} />
          </fieldset>
          <Submit label={words.add} />
        </form>
      </div>
    </FormFrame>
  );
};

export const AddedWebhookPage = ({ view, staff, secret }: AdminProps & { secret: string }) => {
  const words = view.text.admin.webhooks;
  return (
    <FormFrame view={view} staff={staff} list="webhooks" title={words.addedTitle}>
      <HandedOver title={words.addedTitle} text={words.addedText} secret={secret} />
    </FormFrame>
  );
};

const TestResult = ({ view, webhook }: { view: View; webhook: WebhookRow }) => {
  const words = view.text.admin.webhooks.test;
  const { testedAt, testStatus, testError } = webhook;
  if (!testedAt) return null;
  const isTaken = testError === '';
  const answer = testStatus === null ? '' : view.digits(testStatus);
  return (
    <NoticeBox tone={isTaken ? 'done' : 'warning'} role="status">
      {isTaken ? words.taken(answer) : words.failed}{' '}
      {testStatus !== null && !isTaken && words.answered(answer)}
      {testStatus === null && <bdi dir="ltr">{testError}</bdi>} <Moment view={view} at={testedAt} />
    </NoticeBox>
  );
};

const Test = ({ view, webhook }: { view: View; webhook: WebhookRow }) => {
  const words = view.text.admin.webhooks.test;
  return (
    <section class="card" aria-labelledby="test">
      <h2 id="test">{words.heading}</h2>
      <p>{words.text}</p>
      <TestResult view={view} webhook={webhook} />
      <form method="post" action={`${HOME}/${webhook.id}/test`} class="actions">
        <input type="hidden" name="act" value="test" />
        <button type="submit" class="button button--secondary">
          <Icon name="send" />
          {words.submit}
        </button>
      </form>
    </section>
  );
};

const stateText = (view: View, delivery: DeliveryRow): string => {
  const words = view.text.admin.webhooks.deliveries;
  if (delivery.deliveredAt) return words.delivered;
  return delivery.givenUpAt ? words.givenUp : words.waits;
};

const Deliveries = ({
  view,
  staff,
  webhook,
  deliveries,
}: AdminProps & { webhook: WebhookRow; deliveries: DeliveryRow[] }) => {
  const words = view.text.admin.webhooks.deliveries;
  const { columns } = words;
  const again: Column<DeliveryRow> = {
    head: columns.again,
    cell: ({ id, type, deliveredAt }) =>
      !deliveredAt && (
        <form method="post" action={`${HOME}/${webhook.id}/redelivery`}>
          <input type="hidden" name="delivery" value={id} />
          <button
            type="submit"
            class="button button--secondary"
            aria-label={words.againOf(eventName(view, type))}
          >
            {words.again}
          </button>
        </form>
      ),
  };
  return (
    <section class="admin-part" aria-labelledby="deliveries">
      <h2 id="deliveries">{words.heading}</h2>
      {deliveries.length === 0 ? (
        <p class="card empty">{words.empty}</p>
      ) : (
        <CardTable
          labelledBy="deliveries"
          rows={deliveries}
          columns={[
            { head: columns.event, isRowHead: true, cell: ({ type }) => eventName(view, type) },
            {
              head: columns.letter,
              labelled: true,
              class: 'queue__letter',
              cell: ({ letterId, number }) => (
                <LetterLink view={view} letterId={letterId} letterNumber={number} />
              ),
            },
            {
              head: columns.at,
              labelled: true,
              class: 'queue__when',
              cell: ({ at }) => <Moment view={view} at={at} />,
            },
            {
              head: columns.state,
              labelled: true,
              cell: (delivery) => (
                <>
                  {stateText(view, delivery)}{' '}
                  {!delivery.deliveredAt && delivery.lastError !== null && (
                    <bdi dir="ltr" class="muted">
                      {delivery.lastError}
                    </bdi>
                  )}
                </>
              ),
            },
            ...(staff.role === 'admin' && !webhook.disabledAt ? [again] : []),
          ]}
        />
      )}
    </section>
  );
};

export const WebhookPage = ({
  view,
  staff,
  webhook,
  deliveries,
  notice,
}: AdminProps & {
  webhook: WebhookRow;
  deliveries: DeliveryRow[];
  notice: string | undefined;
}) => {
  const words = view.text.admin.webhooks;
  const mayChange = staff.role === 'admin' && !webhook.disabledAt;
  return (
    <AdminPage view={view} staff={staff} area="webhooks" notice={notice}>
      <p class="lead">
        <bdi dir="ltr">{webhook.url}</bdi>
      </p>
      {webhook.disabledAt && <NoticeBox tone="warning">{words.isDisabled}</NoticeBox>}
      <p class="muted">
        {words.events}:{' '}
        {webhook.events.map((event) => eventName(view, event)).join(view.text.punctuation.comma)}
      </p>
      {mayChange && <Test view={view} webhook={webhook} />}
      <Deliveries {...{ view, staff, webhook, deliveries }} />
      {mayChange && (
        <section class="card" aria-labelledby="retire">
          <h2 id="retire">{words.retireHeading}</h2>
          <p>{words.retireText}</p>
          <RetireForm action={`${HOME}/${webhook.id}`} version={0} label={words.retire} />
        </section>
      )}
    </AdminPage>
  );
};
