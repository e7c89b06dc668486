import { listDeliveries, listWebhooks } from '../operations/integrations/webhooks.sql.ts';
import type { DeliveryRow, WebhookRow } from '../operations/integrations/webhooks.sql.ts';
import { USUAL_EVENTS, WEBHOOK_EVENTS } from '../platform/audit/audit-action.ts';
import { OperatorError } from '../platform/base/errors.ts';
import {
  redeliverWebhook,
  subscribeWebhook,
  unsubscribeWebhook,
} from '../operations/integrations/webhooks.ts';
import { commandDeps } from '../main/compose.ts';
import { OPERATOR } from './command.ts';
import type { CommandInput, CommandResult, Commands } from './command.ts';

const LOGGED = 100;

const line = ({ id, url, events, disabledAt, open, failed }: WebhookRow): string =>
  [
    id,
    url,
    events.join(','),
    `${open} open, ${failed} given up`,
    disabledAt === null ? '' : '(disabled)',
  ]
    .filter(Boolean)
    .join('  ');

const stateOf = (delivery: DeliveryRow): string => {
  const { deliveredAt, givenUpAt, attempts, nextAttemptAt, lastError } = delivery;
  if (deliveredAt) return `delivered ${deliveredAt.toISOString()}`;
  if (givenUpAt) return `given up after ${attempts} tries: ${lastError ?? ''}`;
  if (attempts === 0) return 'waits';
  return `tried ${attempts} times, again ${nextAttemptAt.toISOString()}: ${lastError ?? ''}`;
};

export const addWebhookCommand = async (input: CommandInput): Promise<CommandResult> => {
  const { args, options, config } = input;
  const named = typeof options.event === 'string' ? options.event : USUAL_EVENTS.join(',');
  const added = await subscribeWebhook(commandDeps(input), {
    by: OPERATOR,
    url: args[0] ?? '',
    events: named.split(',').map((event) => event.trim()),
  });
  if (added.outcome === 'added') {
    const { id, secret } = added;
    return { text: `${id}\nsecret (shown once): ${secret}`, json: { id, secret } };
  }
  throw new OperatorError(
    added.outcome === 'invalid' && added.field === 'event'
      ? `--event must be of: ${WEBHOOK_EVENTS.join(',')}`
      : `The address must be ${config.production ? 'https' : 'http or https'}, without user and password.`,
  );
};

export const listWebhooksCommand = async ({ db }: CommandInput): Promise<CommandResult> => {
  const rows = await listWebhooks(db);
  return { text: rows.map(line).join('\n') || 'no webhooks', json: rows };
};

export const disableWebhookCommand = async (input: CommandInput): Promise<CommandResult> => {
  const id = input.args[0] ?? '';
  if (!(await unsubscribeWebhook(commandDeps(input), { by: OPERATOR, id })))
    throw new OperatorError(
      `There is no webhook ${id} that is not disabled; see: npm run desk -- webhook list`,
    );
  return { text: `${id} disabled`, json: { id } };
};

export const webhookLogCommand = async ({ db }: CommandInput): Promise<CommandResult> => {
  const rows = await listDeliveries(db, LOGGED);
  const lines = rows.map((row) =>
    [row.at.toISOString(), row.id, row.type, row.letterId, stateOf(row)].join('  '),
  );
  return { text: lines.join('\n') || 'no deliveries', json: rows };
};

export const redeliverWebhookCommand = async (input: CommandInput): Promise<CommandResult> => {
  const id = input.args[0] ?? '';
  if (!(await redeliverWebhook(commandDeps(input), { by: OPERATOR, id })))
    throw new OperatorError(`There is no delivery ${id}; see: npm run desk -- webhook log`);
  return { text: `${id} is sent again`, json: { id } };
};

export const WEBHOOK_COMMANDS: Commands = {
  'webhook add': {
    usage: 'webhook add URL [--event approved,rejected,…]',
    help: 'notify an address of what happens to letters, signed with a secret that is printed once; without `--event` of every event',
    options: { event: { type: 'string' } },
    args: 1,
    run: addWebhookCommand,
  },
  'webhook list': {
    usage: 'webhook list',
    help: 'the addresses, with their numbers of pending and failed deliveries',
    args: 0,
    run: listWebhooksCommand,
  },
  'webhook log': {
    usage: 'webhook log',
    help: 'the last deliveries and how each went',
    args: 0,
    run: webhookLogCommand,
  },
  'webhook redeliver': {
    usage: 'webhook redeliver DELIVERY_ID',
    help: 'send a delivery again',
    args: 1,
    run: redeliverWebhookCommand,
  },
  'webhook disable': {
    usage: 'webhook disable ID',
    help: 'send nothing more to the address',
    args: 1,
    run: disableWebhookCommand,
  },
};
