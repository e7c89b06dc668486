/** Chooses the gateway that `SMS_URL` names, as a mail library's URL names a mail server. */
import { OperatorError } from '../base/errors.ts';
import { createOutboxGateway } from './outbox-gateway.ts';
import type { SmsGateway } from './sms-gateway.ts';
import { createWebhookGateway } from './webhook-gateway.ts';

/**
 * @param options.timeoutMs how long the gateway may take for one answer
 * @throws OperatorError when no gateway has this name
 */
export const createSmsGateway = (options: { url: string; timeoutMs: number }): SmsGateway => {
  const scheme = /^[a-z][a-z0-9+.-]*:/i.exec(options.url)?.[0].toLowerCase() ?? '';
  switch (scheme) {
    case 'outbox:':
      return createOutboxGateway();
    case 'webhook+http:':
    case 'webhook+https:':
      return createWebhookGateway(options);
    default:
      // Only the scheme is repeated: the rest may hold a key.
      throw new OperatorError(
        `SMS_URL: no gateway is named "${scheme}"; use outbox: or webhook+https://…`,
      );
  }
};
