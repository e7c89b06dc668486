/**
 * `outbox:` keeps a message where it already is, in the table `messages`, and shows it on
 * `/dev/outbox`. For trying out: nothing leaves the machine.
 */
import type { SmsGateway } from './sms-gateway.ts';

export const createOutboxGateway = (): SmsGateway => ({
  send: () => Promise.resolve({}),
});
